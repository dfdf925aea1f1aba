"""What of an environment people work with: its workspaces, registries and endpoints, and where they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.cli.wording import resource_group
from seawall.plan.model import Plan, Resource
from seawall.plan.values import masked

STUDIO = "https://ml.azure.com/?wsid="
"""The studio's address of a workspace. Source: Azure ML docs, concept-workspace."""

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "azure-native:machinelearningservices:Workspace": ("Workspace", ()),
    "azure-native:machinelearningservices:OnlineEndpoint": ("Online endpoint", ("scoringUri",)),
    "azure-native:machinelearningservices:BatchEndpoint": ("Batch endpoint", ("scoringUri",)),
    "azure-native:machinelearningservices:Registry": ("Registry", ("discoveryUrl",)),
}
"""By token: what it is called, and the outputs in which its address stands."""

GRAINS = {"Monthly": "a month", "Quarterly": "a quarter", "Annually": "a year"}


@dataclass(frozen=True, kw_only=True)
class Place:
    kind: str
    name: str
    group: str
    url: str
    """Empty where there is none."""

    @property
    def document(self) -> dict[str, str]:
        return {"kind": self.kind, "name": self.name, "resourceGroup": self.group, "url": self.url}


def places(plan: Plan) -> tuple[Place, ...]:
    """The places of an environment, by kind."""
    return tuple(
        Place(
            kind=kind,
            name=resource.id.rpartition("/")[2],
            group=resource_group(resource.id),
            url=_url(resource),
        )
        for token, (kind, _) in KINDS.items()
        for resource in plan.of_type(token)
    )


def _url(resource: Resource) -> str:
    if resource.type.endswith(":Workspace"):
        return STUDIO + resource.id
    return next(_found(masked(resource.outputs), KINDS[resource.type][1]), "")


def _found(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """The values of the named outputs, however deep they stand."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in keys and isinstance(part, str):
                yield part
            else:
                yield from _found(part, keys)


def budgets(plan: Plan, currency: str) -> tuple[str, ...]:
    """The spending that the environment is held to: `4,000 EUR a month (budget-mlp-dev)`."""
    told = []
    for budget in plan.of_type("azure-native:consumption:Budget"):
        inputs = masked(budget.inputs)
        told.append(f"{inputs['amount']:,} {currency} {GRAINS[inputs['timeGrain']]} ({budget.id.rpartition('/')[2]})")
    return tuple(told)
