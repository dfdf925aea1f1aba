"""The machines that computes and managed endpoints run on.

Sources: Azure ML docs, reference-managed-online-endpoints-vm-sku-list; Azure docs, sizes (vCPUs, memory, GPUs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class VmSize:
    """One size of machine."""

    name: str
    family: str
    """What quotas are given for, such as `standardDSv2Family`."""
    cores: int
    memory: float
    """GiB."""
    gpus: int = 0


def _series(family: str, pattern: str, memory: float, cores: Iterable[int], gpu_cores: int = 0) -> Iterator[VmSize]:
    """The sizes of a series: `{}` stands for the vCPUs, `memory` is GiB for each, `gpu_cores` vCPUs for each GPU."""
    for count in cores:
        yield VmSize(pattern.format(count), family, count, count * memory, count // gpu_cores if gpu_cores else 0)


def _numbered(family: str, pattern: str, sizes: dict[int, tuple[int, float]]) -> Iterator[VmSize]:
    """The sizes of a series whose names count on: number to vCPUs and GiB."""
    for number, (cores, memory) in sizes.items():
        yield VmSize(pattern.format(number), family, cores, memory)


_DS_V2 = {1: (1, 3.5), 2: (2, 7.0), 3: (4, 14.0), 4: (8, 28.0), 5: (16, 56.0), 11: (2, 14.0), 12: (4, 28.0)}
_DS_V2 |= {13: (8, 56.0), 14: (16, 112.0), 15: (20, 140.0)}
_SMALL, _LARGE = (2, 4, 8, 16, 32, 48, 64), (2, 4, 8, 16, 32, 48, 64, 96)


def _all() -> Iterator[VmSize]:
    yield from _numbered("standardDSv2Family", "Standard_DS{}_v2", _DS_V2)
    yield from _numbered("standardDv2Family", "Standard_D{}_v2", _DS_V2)
    yield from _series("standardFSv2Family", "Standard_F{}s_v2", 2.0, (2, 4, 8, 16, 32, 48, 64, 72))
    for letter, memory in (("D", 4.0), ("E", 8.0)):
        for mark, version in (("", "v3"), ("a", "v4"), ("d", "v4"), ("", "v4"), ("", "v5"), ("a", "v5"), ("d", "v5")):
            family = f"standard{letter}{mark.upper()}S{version}Family"
            yield from _series(family, f"Standard_{letter}{{}}{mark}s_{version}", memory, _LARGE)
    yield from _series("standardDAv4Family", "Standard_D{}a_v4", 4.0, _LARGE)
    yield from _series("standardEAv4Family", "Standard_E{}a_v4", 8.0, _SMALL)
    yield from _series("standardNCSv2Family", "Standard_NC{}s_v2", 112 / 6, (6, 12, 24), 6)
    yield from _series("standardNCSv3Family", "Standard_NC{}s_v3", 112 / 6, (6, 12, 24), 6)
    for cores, gpus in ((4, 1), (8, 1), (16, 1), (64, 4)):
        yield VmSize(f"Standard_NC{cores}as_T4_v3", "standardNCASv3_T4Family", cores, cores * 7.0, gpus)
    yield from _series("standardNCADSA100v4Family", "Standard_NC{}ads_A100_v4", 220 / 24, (24, 48, 96), 24)
    yield from _series("standardNCADSH100v5Family", "Standard_NC{}ads_H100_v5", 8.0, (40, 80), 40)
    yield VmSize("Standard_ND40rs_v2", "standardNDSv2Family", 40, 672.0, 8)
    yield VmSize("Standard_ND96asr_v4", "standardNDASv4_A100Family", 96, 900.0, 8)
    yield VmSize("Standard_ND96amsr_A100_v4", "standardNDAMSv4_A100Family", 96, 1900.0, 8)
    yield VmSize("Standard_ND96isr_H100_v5", "standardNDISRH100v5Family", 96, 1900.0, 8)
    yield from _series("standardNVADSA10v5Family", "Standard_NV{}ads_A10_v5", 55 / 6, (6, 12, 18, 36, 72))


SIZES = {size.name.lower(): size for size in _all()}
"""By name in lower case."""


def vm_size(name: object) -> VmSize | None:
    """The size of a name in any case, or nothing."""
    return SIZES.get(name.lower()) if isinstance(name, str) else None


def families() -> dict[str, str]:
    """The families of machines, each with the words that people read."""
    return {size.family: f"{_words(size.family)} vCPUs" for size in SIZES.values()}


def _words(family: str) -> str:
    return f"Standard {family.removeprefix('standard').removesuffix('Family')} Family"
