"""Whether the regions have machines of the sizes that the plans ask for, and for what they are to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seawall.doctor.asked import ML, Machines, machines
from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok

ML_VERSION, COMPUTE_VERSION = "2024-10-01", "2021-07-01"

CHOOSE = "Choose another size in the stack file, one that `az ml compute list-sizes --location {region}` lists."


def sizes(case: Case, subscription: str, location: str) -> dict[str, dict[str, Any]]:
    """What Azure Machine Learning offers in a region, by name in lower case.

    Source: Azure ML REST reference, Virtual Machine Sizes - List.
    """
    path = f"/subscriptions/{subscription}/providers/{ML}/locations/{location}/vmSizes"
    found = (case.port.get(path, ML_VERSION) or {}).get("value") or ()
    return {str(size.get("name", "")).lower(): size for size in found}


def skus(case: Case, subscription: str, location: str) -> dict[str, dict[str, Any]]:
    """The sizes of virtual machines in a region, by name in lower case. Source: Compute REST, Resource Skus - List."""
    query = {"$filter": f"location eq '{location}'"}
    listed = case.port.listed(f"/subscriptions/{subscription}/providers/Microsoft.Compute/skus", COMPUTE_VERSION, query)
    return {str(sku.get("name", "")).lower(): sku for sku in listed if sku.get("resourceType") == "virtualMachines"}


def check(case: Case) -> Iterator[Finding]:
    """Every size is offered where it is asked for."""
    asked = [one for one in machines(case) if one.location]
    wrong = 0
    for one in asked:
        told = _learning(case, one) if one.learning else _virtual(case, one)
        if told:
            yield fault(told, CHOOSE.format(region=one.location))
            wrong += 1
    if asked and not wrong:
        yield ok(f"{', '.join(sorted({one.size for one in asked}))} can be had")


def _learning(case: Case, one: Machines) -> str:
    offered = sizes(case, one.wanted.subscription, one.location)
    size = offered.get(one.size.lower())
    if size is None:
        return f"{one.location} has no {one.size} for {one.name}" if offered else ""
    kinds = size.get("supportedComputeTypes") or ()
    if kinds and one.kind not in kinds:
        return f"{one.size} in {one.location} can't be used as {one.kind}, which {one.name} is"
    return ""


def _virtual(case: Case, one: Machines) -> str:
    offered = skus(case, one.wanted.subscription, one.location)
    size = offered.get(one.size.lower())
    if size is None:
        return f"{one.location} has no {one.size} for {one.name}" if offered else ""
    barred = [part for part in size.get("restrictions") or () if part.get("type") == "Location"]
    return f"{one.size} in {one.location} isn't open to this subscription ({one.name})" if barred else ""
