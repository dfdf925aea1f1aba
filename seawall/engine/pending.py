"""Pending operations: what an interrupted run had asked the cloud for without hearing the answer.

Source: pulumi/sdk, apitype, `DeploymentV3.PendingOperations` and `OperationV2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seawall.plan.aliases import name_of


@dataclass(frozen=True)
class Pending:
    """An operation that was under way when the engine ended."""

    urn: str
    type: str
    operation: str
    """`creating`, `updating`, `deleting`, `reading`, `importing`."""

    def told(self, *, made: bool, id: str) -> str:
        """What became of it, and what is done about it, in a sentence."""
        what = f"{self.type.split(':', 1)[-1]} {name_of(self.urn)}"
        if self.operation != "creating":
            return f"{what}: {self.operation} was interrupted; it is read from the cloud anew"
        if made:
            return f"{what}: creating it was interrupted, and it exists ({id}); it is taken into the state"
        return f"{what}: creating it was interrupted before it existed; it will be created"


def pending_in(deployment: Mapping[str, Any]) -> tuple[Pending, ...]:
    """The pending operations of an exported deployment."""
    found = deployment.get("pending_operations") or ()
    return tuple(
        Pending(str(item["resource"]["urn"]), str(item["resource"]["type"]), str(item["type"])) for item in found
    )
