"""What is known of Azure's built-in policies: `builtin_policies.yaml`, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

TABLE = Path(__file__).parent / "builtin_policies.yaml"

Effect = Literal["Audit", "Deny"]
"""What becomes of a resource that doesn't comply: it is reported, or refused."""

_REPORTS = ("Audit", "AuditIfNotExists")


@dataclass(frozen=True)
class BuiltinPolicy:
    """One definition. `types` are the ARM types that it looks at, none where it looks at all.

    `effect_parameter` is empty where the effect is fixed. `parameters` are the others, by name; each says its type,
    whether it is required and, where that is limited, what it allows.
    """

    id: str
    name: str
    version: str
    types: tuple[str, ...]
    effects: tuple[str, ...]
    source: str
    effect_parameter: str = "effect"
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def preview(self) -> bool:
        return self.version.endswith("-preview")

    @property
    def definition_id(self) -> str:
        return f"/providers/Microsoft.Authorization/policyDefinitions/{self.id}"

    @property
    def versions(self) -> str | None:
        """The versions that an initiative takes: those of this major one. None for a preview: the newest there is.

        Source: Azure docs, governance/policy/concepts/initiative-definition-structure, "definitionVersion".
        """
        return None if self.preview else f"{self.version.partition('.')[0]}.*.*"

    def effect(self, wanted: Effect) -> str:
        """The definition's own word for an effect; what can't refuse reports. Raises ValueError where it does neither.

        A definition whose effect is fixed to Deny is audited by an override of its assignment.
        """
        if wanted == "Deny" and "Deny" in self.effects:
            return "Deny"
        reports = [effect for effect in _REPORTS if effect in self.effects]
        if reports:
            return reports[0]
        if self.effects == ("Deny",):
            return "Audit"
        raise ValueError(f"the policy {self.name!r} neither refuses nor reports: it takes {', '.join(self.effects)}")

    def faults(self, given: Mapping[str, Any]) -> list[str]:
        """What is wrong with parameters: one that isn't known, one that lacks, a value that isn't allowed."""
        unknown = [f"it has no parameter {name}" for name in given if name not in self.parameters]
        lacking = [
            f"its parameter {name} is required"
            for name, parameter in self.parameters.items()
            if parameter.get("required") and name not in given
        ]
        refused = [
            f"its parameter {name} takes {', '.join(allowed)}, not {value}"
            for name, value in given.items()
            if (allowed := self.parameters.get(name, {}).get("allowed")) and value not in allowed
        ]
        return unknown + lacking + refused


@cache
def builtin_policies() -> Mapping[str, BuiltinPolicy]:
    """The definitions of the table by their GUID."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {entry["id"]: _policy(entry, table["source"]) for entry in table["policies"]}


def _policy(entry: Mapping[str, Any], source: str) -> BuiltinPolicy:
    return BuiltinPolicy(
        id=entry["id"],
        name=entry["name"],
        version=str(entry["version"]),
        types=tuple(entry["types"]),
        effects=tuple(entry["effects"]),
        source=f"{source}/{entry['source']}",
        effect_parameter=entry.get("effectParameter", "effect"),
        parameters=entry.get("parameters", {}),
    )
