"""Conditions that keep whoever can assign roles from making anyone more than the tables do.

Source: Azure RBAC docs, delegate-role-assignments-examples ("Constrain roles", "Constrain roles and specific groups").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VERSION = "2.0"
_WRITE, _DELETE = "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"
_ATTRIBUTE = "Microsoft.Authorization/roleAssignments"


@dataclass(frozen=True)
class Condition:
    """Which roles may be assigned: `roles` to anyone, `privileged` to the principals with these keys alone.

    Roles are GUIDs. Without principals the privileged roles can't be assigned at all, since whoever assigned Owner
    without a condition would be rid of his own.
    """

    roles: tuple[str, ...]
    privileged: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()

    def text(self, principal_ids: Mapping[str, str] | None = None) -> str:
        """The condition in Azure's language. `principal_ids` gives object IDs by the principals' keys."""
        ids = [(principal_ids or {})[key] for key in self.principals]
        return f"{self._half('Request', _WRITE, ids)} AND {self._half('Resource', _DELETE, ids)}"

    def _half(self, source: str, action: str, principal_ids: Sequence[str]) -> str:
        allowed = _among(source, "RoleDefinitionId", self.roles)
        if self.privileged and principal_ids:
            narrow = _among(source, "RoleDefinitionId", self.privileged)
            allowed = f"{allowed} OR ({narrow} AND {_among(source, 'PrincipalId', principal_ids)})"
        return f"((!(ActionMatches{{'{action}'}})) OR ({allowed}))"


def _among(source: str, attribute: str, values: Sequence[str]) -> str:
    return f"@{source}[{_ATTRIBUTE}:{attribute}] ForAnyOfAnyValues:GuidEquals {{{', '.join(values)}}}"
