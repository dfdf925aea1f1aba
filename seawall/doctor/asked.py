"""The machines that plans ask for: computes, deployments, node pools, with how many of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.doctor.case import Case, Wanted, region

ML = "Microsoft.MachineLearningServices"
COMPUTE, DEPLOYMENT = f"{ML}/workspaces/computes", f"{ML}/workspaces/onlineEndpoints/deployments"
AKS, POOL = "Microsoft.ContainerService/managedClusters", "Microsoft.ContainerService/managedClusters/agentPools"
VM, SCALE_SET = "Microsoft.Compute/virtualMachines", "Microsoft.Compute/virtualMachineScaleSets"

DEFAULT_SIZE = "Standard_F4s_v2"
"""Of a managed deployment that asks for none. Source: Azure ML docs, reference-yaml-deployment-managed-online."""


@dataclass(frozen=True, kw_only=True)
class Machines:
    """So many machines of one size."""

    wanted: Wanted
    name: str
    size: str
    least: int
    """Without these it doesn't come about, or can't do anything."""
    most: int
    kind: str
    """`AmlCompute`, `ComputeInstance`, `ManagedOnlineEndpoint`; empty outside Azure Machine Learning."""
    low_priority: bool = False

    @property
    def location(self) -> str:
        inner = self.wanted.inputs.get("properties")
        place = inner.get("computeLocation") if isinstance(inner, Mapping) else None
        return region(place) or self.wanted.location

    @property
    def learning(self) -> bool:
        """Whether Azure Machine Learning's own quota holds, which is apart from that of virtual machines.

        Source: Azure ML docs, how-to-manage-quotas.
        """
        return bool(self.kind)


def machines(case: Case) -> tuple[Machines, ...]:
    """All that the plans ask for."""
    return tuple(_machines(case))


def _machines(case: Case) -> Iterator[Machines]:
    for one in case.of_type(COMPUTE):
        yield from _compute(one, _map(one.inputs.get("properties")))
    for one in case.of_type(DEPLOYMENT):
        yield _deployment(one)
    for one in case.of_type(AKS):
        for pool in one.inputs.get("agentPoolProfiles") or ():
            yield _pool(one, f"{one.name}/{pool.get('name')}", pool)
    for one in case.of_type(POOL):
        yield _pool(one, one.name, one.inputs)
    for one in case.of_type(VM):
        size = str(_map(one.inputs.get("hardwareProfile")).get("vmSize", ""))
        yield Machines(wanted=one, name=one.name, size=size, least=1, most=1, kind="")
    for one in case.of_type(SCALE_SET):
        sku = _map(one.inputs.get("sku"))
        count = int(sku.get("capacity") or 0)
        yield Machines(wanted=one, name=one.name, size=str(sku.get("name", "")), least=count, most=count, kind="")


def _compute(one: Wanted, properties: Mapping[str, Any]) -> Iterator[Machines]:
    kind, inner = str(properties.get("computeType", "")), _map(properties.get("properties"))
    size = str(inner.get("vmSize", ""))
    if kind == "ComputeInstance" and size:
        yield Machines(wanted=one, name=one.name, size=size, least=1, most=1, kind=kind)
    if kind == "AmlCompute" and size:
        scale = _map(inner.get("scaleSettings"))
        least, most = int(scale.get("minNodeCount") or 0), int(scale.get("maxNodeCount") or 1)
        low = str(inner.get("vmPriority", "")).lower() == "lowpriority"
        least = max(least, 1)  # a cluster without even one node that it can have does nothing
        yield Machines(wanted=one, name=one.name, size=size, least=least, most=most, kind=kind, low_priority=low)


def _deployment(one: Wanted) -> Machines:
    """Managed deployments take a fifth more than they have, for upgrades: ceil(1.2 x instances).

    Source: Azure ML docs, how-to-manage-quotas, "Virtual machine quota allocation for deployment".
    """
    properties = _map(one.inputs.get("properties"))
    settings = properties or one.inputs
    count = int(_map(one.inputs.get("sku")).get("capacity") or 1)
    reserved = math.ceil(round(1.2 * count, 6))
    size = str(settings.get("instanceType") or DEFAULT_SIZE)
    return Machines(wanted=one, name=one.name, size=size, least=reserved, most=reserved, kind="ManagedOnlineEndpoint")


def _pool(one: Wanted, name: str, pool: Mapping[str, Any]) -> Machines:
    least = int(pool.get("count") or pool.get("minCount") or 1)
    most = max(least, int(pool.get("maxCount") or 0))
    return Machines(wanted=one, name=name, size=str(pool.get("vmSize", "")), least=least, most=most, kind="")


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
