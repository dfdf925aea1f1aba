"""Who, what and where: the settings that names are made of, and what the other sections are told from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.names import REGIONS, Kind, NameRefused, Names
from seawall.importing.existing import Existing, Inventory

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
_OWN_TAGS = ("owner", "costCenter", "env", "dataClassification", "expiry")
_NAME = re.compile(r"[a-z]+-([a-z][a-z0-9]{1,11})-([a-z][a-z0-9]{1,9})-([a-z][a-z0-9]{1,9})-([a-z0-9]+)(-.*)?")
_CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")


class NotTold(Exception):
    """What exists doesn't tell what a stack file must say; `faults` has a line for each thing."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, kw_only=True)
class Told:
    """Settings by key as in a stack file, and what exists that settings can't say."""

    settings: Mapping[str, Any]
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace with everything that exists around it."""

    workspace: Existing
    inventory: Inventory
    names: Names
    tenant: str
    owner: str
    unsaid: list[str] = field(default_factory=list)

    def companion(self, key: str) -> Existing | None:
        """What the workspace works with: `storageAccount`, `keyVault`, `containerRegistry`, `applicationInsights`."""
        return self.inventory.get(self.workspace.at(key))

    def within(self, collection: str) -> list[Existing]:
        """What stands in the workspace, such as its `computes`."""
        return self.inventory.of(f"{WORKSPACE}/{collection}", f"{self.workspace.id}/")

    def named(self, arm_type: str, kind: Kind, instance: str = "") -> Existing | None:
        """The one resource of a type: that of the name by the rule, else the only one in the subscription."""
        found = [one for one in self.inventory.of(arm_type) if one.subscription == self.workspace.subscription]
        wanted = self.by_rule(kind, instance)
        by_name = [one for one in found if one.name.lower() == wanted.lower()]
        return next(iter(by_name or (found if len(found) == 1 else [])), None)

    def by_rule(self, kind: Kind, instance: str = "") -> str:
        """The name that the rule makes; nothing where Azure would refuse it."""
        try:
            return self.names.of(kind, instance)
        except NameRefused:
            return ""

    def short(self, kind: Kind, name: str) -> str:
        """The name in the stack file that the naming rule makes an Azure name of; the Azure name where none does."""
        suffix = f"-{self.names.environment}-{self.names.hash}"
        return name.removesuffix(suffix)


def workspace_of(inventory: Inventory, name: str = "") -> Existing:
    """The workspace to be told of. Raises `NotTold` where there is none, or several and none is named."""
    found = inventory.of(WORKSPACE)
    chosen = [one for one in found if not name or one.name.lower() == name.lower()]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(one.name for one in found)
    if not found:
        raise NotTold([f"there is no workspace of Azure Machine Learning among {len(inventory)} resources"])
    if name:
        raise NotTold([f"there is no workspace {name!r}; there is {names}"])
    raise NotTold([f"there are {len(found)} workspaces, {names}: say which with --workspace NAME"])


def ground(
    inventory: Inventory, workspace: Existing, env: str, given: Mapping[str, Any]
) -> tuple[dict[str, Any], Workspace, list[str]]:
    """The first settings of a stack file, what the sections are told from, and what a person has to say."""
    tags = workspace.tags
    organisation, workload, environment = _from_names(inventory, workspace)
    base: dict[str, Any] = {
        "organisation": organisation,
        "workload": workload,
        "environment": environment if environment not in ("", env) else None,
        "subscription": workspace.subscription,
        "tenant": _tenant(inventory, workspace),
        "location": workspace.location,
        "owner": tags.get("owner"),
        "costCenter": tags.get("costCenter"),
        "dataClassification": _unless("internal", tags.get("dataClassification")),
        "expiry": tags.get("expiry"),
        "tags": {key: value for key, value in tags.items() if key not in _OWN_TAGS},
    }
    base |= {key: given[key] for key in base if key in given}
    faults = [asked_for(key, example) for key, example in _EXAMPLES.items() if not base.get(key)]
    if base["location"] not in REGIONS:
        faults.append(f"the workspace is in {base['location'] or 'no region'}, which is no region of public Azure")
    if base["dataClassification"] not in (None, *_CLASSIFICATIONS):
        base["dataClassification"] = None
    names = Names(
        base["organisation"] or "organisation",  # stand-ins, with which the rest is looked at all the same
        base["workload"] or "workload",
        base["environment"] or env,
        base["location"] if base["location"] in REGIONS else "westeurope",
        base["subscription"],
    )
    where = Workspace(
        workspace=workspace, inventory=inventory, names=names, tenant=base["tenant"], owner=base["owner"] or ""
    )
    return base, where, faults


def asked_for(key: str, example: str) -> str:
    """That a person has to say a setting."""
    return f"what exists doesn't tell {key}: say --set {key}={example}"


_EXAMPLES: Mapping[str, str] = {
    "organisation": "larkspur, part of every name that is made anew",
    "workload": "mlp, part of every name that is made anew",
    "tenant": "GUID",
    "owner": "ml-platform@larkspur.example",
    "costCenter": "CC-4711",
}


def _from_names(inventory: Inventory, workspace: Existing) -> tuple[str, str, str]:
    """Organisation, workload and environment, where most names around the workspace follow the rule for the region."""
    region = REGIONS.get(workspace.location, "")
    votes: Counter[tuple[str, str, str]] = Counter()
    for one in inventory:
        found = _NAME.fullmatch(one.name)
        if found and found[4] == region and one.subscription == workspace.subscription:
            votes[(found[1], found[2], found[3])] += 10 if one.key == workspace.key else 1
    return votes.most_common(1)[0][0] if votes else ("", "", "")


def _tenant(inventory: Inventory, workspace: Existing) -> str:
    vault = inventory.get(workspace.at("keyVault"))
    identity = (workspace.body or {}).get("identity") or {}
    return str((vault and vault.at("tenantId")) or identity.get("tenantId") or workspace.at("tenantId") or "")


def _unless(default: Any, value: Any) -> Any:
    return None if value == default else value
