"""Pending operations: what an interrupted run had asked the cloud for without hearing the answer.

Source: pulumi/sdk, apitype, `DeploymentV3.PendingOperations` and `OperationV2`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def told(self, *, made: bool | None, id: str) -> str:
        """What became of it, and what is done about it, in a sentence. `made` is None where nobody can tell."""
        what = f"{self.type.split(':', 1)[-1]} {name_of(self.urn)}"
        if self.operation != "creating":
            return f"{what}: {self.operation} was interrupted; it is read from the cloud anew"
        if made:
            return f"{what}: creating it was interrupted, and it exists ({id}); it is taken into the state"
        if made is None:
            return (
                f"{what}: creating it was interrupted; whether it exists can't be told, since the cloud gives its ID; "
                "it will be created: if there are two of that name then, delete the older one"
            )
        return f"{what}: creating it was interrupted before it existed; it will be created"


def pending_in(deployment: Mapping[str, Any]) -> tuple[Pending, ...]:
    """The pending operations of an exported deployment."""
    found = deployment.get("pending_operations") or ()
    return tuple(
        Pending(str(item["resource"]["urn"]), str(item["resource"]["type"]), str(item["type"])) for item in found
    )


def settled(deployment: Mapping[str, Any], made: Mapping[str, str]) -> dict[str, Any]:
    """A deployment without pending operations, with what they made, by URN its ID, among the resources.

    The engine's own way, `pulumi refresh --import-pending-creates`, forgets the operation and imports nothing (seen in
    3.260). What was pending keeps its inputs and dependencies; a refresh of it has to follow, for its outputs.
    """
    resources = [dict(resource) for resource in deployment.get("resources") or ()]
    for item in deployment.get("pending_operations") or ():
        urn = item["resource"]["urn"]
        if urn not in made or any(r["urn"] == urn and r.get("id") == made[urn] for r in resources):
            continue
        for old in resources:
            if old["urn"] == urn:
                old["delete"] = True  # it is being replaced
        inputs = item["resource"].get("inputs") or {}
        resources.append({**item["resource"], "id": made[urn], "outputs": inputs, "refreshBeforeUpdate": True})
    return {**deployment, "resources": resources, "pending_operations": []}


def standing(deployment: Mapping[str, Any], pending: Sequence[Pending]) -> list[str]:
    """The URNs of pending operations whose resources are in the state."""
    urns = {resource["urn"] for resource in deployment.get("resources") or ()}
    return [item.urn for item in pending if item.urn in urns]
