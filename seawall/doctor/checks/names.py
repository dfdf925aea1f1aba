"""Whether names that must be unique are free, or the stack's own already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.doctor.asked import ML
from seawall.doctor.case import Case, Wanted
from seawall.doctor.checks import deleted
from seawall.doctor.finding import Finding, fault, ok

CHECKED: Mapping[str, str] = {
    "Microsoft.Storage/storageAccounts": "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults": "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries": "Microsoft.ContainerRegistry/registries",
    "Microsoft.EventHub/namespaces": "Microsoft.EventHub/namespaces",
    "Microsoft.Search/searchServices": "searchServices",
}
"""Types whose names are unique in the world, and the `type` that their check of a name takes.

Source: REST references, Storage Accounts, Vaults, Registries, Namespaces, Services - Check Name Availability.
"""

REGISTRY, WORKSPACE = f"{ML}/registries", f"{ML}/workspaces"
ENDPOINTS = (f"{WORKSPACE}/onlineEndpoints", f"{WORKSPACE}/batchEndpoints")
ML_VERSION = "2024-10-01"

RENAME = "Another name: change `seawall:workload` or `seawall:organisation` in the stack file, of which names are made."


def check(case: Case) -> Iterator[Finding]:
    """A resource that is there under the plan's own ID has its name already."""
    asked = case.of_type(*CHECKED)
    told = [one for one in case.each(lambda wanted: _checked(case, wanted), asked) if one]
    told += [*_registries(case), *_endpoints(case)]
    yield from told
    count = len(asked) + len(case.of_type(REGISTRY, *ENDPOINTS))
    if count and not told:
        yield ok(f"{count} names are free, or this environment's already")


def _checked(case: Case, one: Wanted) -> Finding | None:
    namespace = one.type.arm_type.split("/", 1)[0]
    body = {"name": one.name, "type": CHECKED[one.type.arm_type]}
    path = f"/subscriptions/{one.subscription}/providers/{namespace}/checkNameAvailability"
    answer = case.port.post(path, one.type.api_version, body)
    if answer.get("nameAvailable", True) or case.there(one.id, one.type.api_version) is not None:
        return None
    if deleted.vault(case, one) is not None:
        return None  # told as a soft-deleted leftover
    reason = str(answer.get("reason") or "")
    if reason and reason not in ("AlreadyExists", "NameUnavailable"):
        return fault(f"{one.name} is no name for {one.type.arm_type}: {answer.get('message') or reason}", RENAME)
    return fault(f"the name {one.name} of {one.type.arm_type} is taken by somebody else", RENAME)


def _registries(case: Case) -> Iterator[Finding]:
    """Unique in the tenant; only this subscription can be looked into. Source: Azure ML docs, how-to-manage-registries;
    REST reference, Registries - List By Subscription.
    """
    for one in case.of_type(REGISTRY):
        path = f"/subscriptions/{one.subscription}/providers/{REGISTRY}"
        yield from _other(one, [str(found.get("id", "")) for found in case.port.listed(path, ML_VERSION)])


def _endpoints(case: Case) -> Iterator[Finding]:
    """Unique in a region, among other workspaces of the subscription too, which can be looked into.

    Source: Azure ML docs, reference-yaml-endpoint-online (`name`); REST reference, Online Endpoints - List.
    """
    for one in case.of_type(*ENDPOINTS):
        kind, own = one.type.arm_type.rsplit("/", 1)[1], str(one.id).rsplit("/", 2)[0].lower()
        base = f"/subscriptions/{one.subscription}/providers/{WORKSPACE}"
        for workspace in case.port.listed(base, ML_VERSION):
            id, place = str(workspace.get("id", "")), str(workspace.get("location", ""))
            if id.lower() != own and place.replace(" ", "").lower() == one.location:
                listed = case.port.listed(f"{id}/{kind}", ML_VERSION)
                yield from _other(one, [str(found.get("id", "")) for found in listed])


def _other(one: Wanted, ids: list[str]) -> Iterator[Finding]:
    for id in ids:
        if id.rsplit("/", 1)[-1].lower() == one.name.lower() and id.lower() != str(one.id).lower():
            yield fault(f"the name {one.name} of {one.type.arm_type} is taken by {id}", RENAME)
