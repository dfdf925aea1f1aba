"""What has to be true of a release file's sections together, and of the files that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from seawall.delivery.document import Release
from seawall.delivery.durations import written
from seawall.delivery.source import Place, shown

GRAIN = timedelta(minutes=1)
"""Source: Azure Machine Learning docs, monitor-azure-machine-learning-reference: time grains of PT1M."""


@dataclass(frozen=True)
class Fault:
    place: Place
    got: str
    expected: str


@dataclass(frozen=True)
class Surroundings:
    """Where a release file stands, and whether it goes to the local Azure, whose metrics have no grain."""

    folder: Path
    local: bool = False


def _brings_its_environment(release: Release, around: Surroundings) -> Iterator[Fault]:
    if release.code and release.environment is None:
        yield Fault(("code",), "code without an environment", "environment, for the scoring script to run in")
    if release.environment and release.code is None:
        yield Fault(("environment",), "an environment without code", "code; an MLflow model has neither")


def _promotes_what_it_takes(release: Release, around: Surroundings) -> Iterator[Fault]:
    if release.promotion == "recipe" and release.model.source == "registry":
        yield Fault(("promotion",), "recipe", "model, for the registry's; a model trained anew is `from: workspace`")


def _starts_within_bounds(release: Release, around: Surroundings) -> Iterator[Fault]:
    scale, count = release.autoscale, release.instance.count
    if scale and not scale.min <= count <= scale.max:
        yield Fault(("instance", "count"), str(count), f"{scale.min} to {scale.max}, as autoscale has it")


def _looks_no_finer_than_the_metrics(release: Release, around: Surroundings) -> Iterator[Fault]:
    analysis = release.analysis
    if around.local or release.strategy.direct:
        return
    for name, length in (("interval", analysis.interval), ("window", analysis.window)):
        if length is not None and length < GRAIN:
            yield Fault(("analysis", name), written(length), f"at least {written(GRAIN)}, the grain of Azure's metrics")


def _files_exist(release: Release, around: Surroundings) -> Iterator[Fault]:
    folder = around.folder
    if release.code:
        code = folder / release.code.folder
        if not code.is_dir():
            yield Fault(("code", "folder"), shown(release.code.folder), f"a folder in {folder}")
        elif not (code / release.code.script).is_file():
            yield Fault(("code", "script"), shown(release.code.script), f"a file in {code}")
    for index, test in enumerate(release.smoke_tests):
        for place, name in ((("file",), test.file), (("expect", "file"), test.expect.file)):
            if name is not None and not (folder / name).is_file():
                yield Fault(("smokeTests", index, *place), shown(name), f"a file in {folder}")


CHECKS: Sequence[tuple[Callable[[Release, Surroundings], Iterator[Fault]], tuple[str, ...]]] = (
    (_brings_its_environment, ("code", "environment")),
    (_promotes_what_it_takes, ("promotion", "model")),
    (_starts_within_bounds, ("autoscale", "instance")),
    (_looks_no_finer_than_the_metrics, ("analysis", "strategy")),
    (_files_exist, ("code", "smokeTests")),
)
"""Each check with the sections that it reads: it is silent where one of them is wrong in itself."""
