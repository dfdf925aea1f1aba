"""What Azure keeps of deleted resources, and with it their names: listed, and given up for good.

Sources: REST references of Key Vault (deletedVaults), Azure AI services (deletedAccounts) and API Management
(deletedservices). Azure ML and Log Analytics have no such list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from seawall.local.azure import LocalAzure
from seawall.plan.model import Plan


class BinFailed(Exception):
    """The cloud doesn't list or purge. `str()` is one clear line."""


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A deleted resource that still has its name."""

    id: str
    """The ID that it had."""
    arm_type: str
    purge_id: str
    """Under which it is purged."""
    until: str = ""
    """The day on which it goes by itself; empty where that isn't told."""
    purgeable: bool = True

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]

    @property
    def document(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.arm_type, "until": self.until, "purgeable": self.purgeable}


class Bin(Protocol):
    """Where deleted resources are. Both methods raise `BinFailed`."""

    def listed(self, subscription: str) -> Iterator[Leftover]:
        """What was deleted in a subscription."""

    def purge(self, leftover: Leftover) -> None:
        """Give one up for good."""


def of_plan(plan: Plan, found_in: Bin) -> tuple[Leftover, ...]:
    """What was deleted of an environment: what has an ID of its plan's, or was in one of its resource groups."""
    ids = {resource.id.lower() for resource in plan.managed if resource.id}
    groups = {_group(id) for id in ids} - {""}
    subscriptions = sorted({id.split("/")[2] for id in ids if id.startswith("/subscriptions/")})
    found = [one for subscription in subscriptions for one in found_in.listed(subscription)]
    own = {one.id.lower(): one for one in found if one.id.lower() in ids or _group(one.id.lower()) in groups}
    return tuple(own[key] for key in sorted(own))


def _group(id: str) -> str:
    """The ID of the resource group that something is in, in lower case."""
    parts = id.split("/")
    return "/".join(parts[:5]) if len(parts) > 4 and parts[3] == "resourcegroups" else ""


class LocalBin:
    """The local Azure's. It purges by the ID that a resource had."""

    def __init__(self, azure: LocalAzure) -> None:
        self._azure = azure

    def listed(self, subscription: str) -> Iterator[Leftover]:
        for item in self._azure.store.all_deleted():
            if item.key.split("/")[2] == subscription.lower():
                yield Leftover(id=item.id, arm_type=item.arm_type, purge_id=item.id, purgeable=item.purgeable)

    def purge(self, leftover: Leftover) -> None:
        self._azure.purge(leftover.id)


@dataclass(frozen=True)
class _Listed:
    """A type whose deleted resources Azure lists."""

    arm_type: str
    deleted: str
    api_version: str
    id_property: str
    """Of `properties`: the ID that it had. Empty where that is made of the deleted one's own."""
    until_property: str
    purge_method: str
    purge_suffix: str = ""


_TYPES = (
    _Listed(
        "Microsoft.KeyVault/vaults", "Microsoft.KeyVault/deletedVaults", "2023-07-01", "vaultId", "scheduledPurgeDate",
        "POST", "/purge",
    ),
    _Listed(
        "Microsoft.CognitiveServices/accounts", "Microsoft.CognitiveServices/deletedAccounts", "2023-05-01", "",
        "scheduledPurgeDate", "DELETE",
    ),
    _Listed(
        "Microsoft.ApiManagement/service", "Microsoft.ApiManagement/deletedservices", "2022-08-01", "serviceId",
        "scheduledPurgeDate", "DELETE",
    ),
)  # fmt: skip

Ask = Callable[[str, str], tuple[int, Any]]
"""Method and path with query; status and body."""


class AzureBin:
    """Azure's."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def listed(self, subscription: str) -> Iterator[Leftover]:
        for kind in _TYPES:
            path = f"/subscriptions/{subscription}/providers/{kind.deleted}?api-version={kind.api_version}"
            while path:
                status, body = self._ask("GET", path)
                if status != 200:
                    what = f"{kind.deleted} of {subscription}"
                    raise BinFailed(f"Azure doesn't list {what}: it answers {status}{_told(body)}")
                for item in body.get("value", ()):
                    yield _leftover(kind, item)
                path = body.get("nextLink") or ""

    def purge(self, leftover: Leftover) -> None:
        kind = next(kind for kind in _TYPES if kind.arm_type == leftover.arm_type)
        path = f"{leftover.purge_id}{kind.purge_suffix}?api-version={kind.api_version}"
        status, body = self._ask(kind.purge_method, path)
        if status not in (200, 202, 204):
            raise BinFailed(f"Azure doesn't purge {leftover.name}: it answers {status}{_told(body)}")


def _leftover(kind: _Listed, item: Mapping[str, Any]) -> Leftover:
    properties = item.get("properties") or {}
    return Leftover(
        id=str(properties.get(kind.id_property) or _id_it_had(kind, str(item["id"]))),
        arm_type=kind.arm_type,
        purge_id=str(item["id"]),
        until=str(properties.get(kind.until_property) or "")[:10],
        purgeable=not properties.get("purgeProtectionEnabled"),
    )


def _id_it_had(kind: _Listed, id: str) -> str:
    """From …/locations/L/resourceGroups/G/deletedAccounts/N to the account's own ID."""
    parts = id.split("/")
    group = next((parts[n + 1] for n, part in enumerate(parts) if part.lower() == "resourcegroups"), "")
    return f"/subscriptions/{parts[2]}/resourceGroups/{group}/providers/{kind.arm_type}/{parts[-1]}"


def _told(body: Any) -> str:
    message = body.get("error", {}).get("message", "") if isinstance(body, dict) else ""
    return f": {' '.join(str(message).split())[:200]}" if message else ""
