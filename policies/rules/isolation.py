"""The rule that keeps environments apart."""

from __future__ import annotations

import re
from functools import lru_cache

from policies.context import Context
from policies.reading import ResourceView
from policies.relations import PlanView
from policies.rule import CRITICAL, Finding, Found, rule
from seawall.plan.values import UNKNOWN

RESOURCE_GROUP = "resources:ResourceGroup"

ENVIRONMENTS = frozenset(
    {"dev", "development", "test", "tst", "qa", "uat", "int", "staging", "stage", "stg", "preprod", "prod", "prd",
     "production", "sandbox"}
)  # fmt: skip
"""What environments are called in the names of resource groups; `shared` is everybody's."""

_PLACE = re.compile(r"/subscriptions/([^/\s]+)(?:/resourcegroups/([^/\s]+))?")
_REFERENCE = re.compile(r"(^|\.)(id|scope|[a-zA-Z]*(Id|Ids|Scope|ResourceIds))(\[\d+\])?$")


@rule(
    "*",
    group="network",
    severity=CRITICAL,
    mcsb="NS-1",
    fix="Refer to the environment's own resource; name the subscription of a neighbour in guardrails.subscriptions.",
)
def env_isolation(resource: ResourceView, plan: PlanView, context: Context) -> Found:
    """An environment refers to nothing of another environment.

    One reference from dev to production is a way for untested code to reach real data. Whatever a stack names stands in
    its own subscription, in that of `shared`, or in one that its settings name; and where environments have one
    subscription together, in no resource group that is the twin of an own one. Where no subscription is given, those
    count as own in which the plan's resources stand.
    """
    places = plan.derived(_Places)
    own = plan.subscription(resource)
    if context.subscriptions and own and own not in context.subscriptions:
        yield f"it would stand in subscription {own}, which isn't one of this stack's"
    text = resource.text
    if "/subscriptions/" in text:
        agreed = _agreed(context.controlled_subnets | context.declared_resources)
        allowed = (context.subscriptions or places.stands) | agreed
        for subscription, group in sorted(set(_PLACE.findall(text)) - places.own):
            fault = places.fault(subscription, group, allowed)
            if fault:
                yield fault
    if resource.has_unknowns:
        yield from _unknown_references(resource)


def _unknown_references(resource: ResourceView) -> Found:
    """IDs that are unknown and come from no resource of the plan: from anywhere, then."""
    for path, value in resource.places():
        source = path.partition(".")[0].partition("[")[0]
        if value is UNKNOWN and _REFERENCE.search(path) and not resource.resource.property_dependencies.get(source):
            yield Finding(f"property {path} can't be known before deployment", unknown=True)


class _Places:
    """Where a plan stands: its subscriptions and its resource groups."""

    def __init__(self, plan: PlanView) -> None:
        self.stack = plan.plan.stack.lower()
        groups = [view for view in plan.of_type(RESOURCE_GROUP) if not view.is_unknown("resourceGroupName")]
        self.groups = {str(group.get("resourceGroupName")).lower() for group in groups}
        self.own = {(plan.subscription(group), str(group.get("resourceGroupName")).lower()) for group in groups}
        stands = {plan.subscription(plan.view(resource)) for resource in plan.plan.resources}
        self.stands = frozenset(stands - {""})

    def fault(self, subscription: str, group: str, allowed: frozenset[str]) -> str:
        """What is wrong with a reference to a resource group, or to a subscription, if anything."""
        if allowed and subscription not in allowed:
            where = f"subscription {subscription}, which isn't one of this stack's"
            return f"it refers to resource group {group} of {where}" if group else f"it refers to {where}"
        if group and group not in self.groups and self._twin(group):
            return f"it refers to resource group {group}, the twin of this stack's own in another environment"
        return ""

    def _twin(self, group: str) -> bool:
        """Whether a resource group would be an own one, but for the environment in its name."""
        parts = re.split(r"([-_.])", group)
        return any(
            part in ENVIRONMENTS - {self.stack}
            and "".join([*parts[:index], self.stack, *parts[index + 1 :]]) in self.groups
            for index, part in enumerate(parts)
        )


@lru_cache(maxsize=64)
def _agreed(ids: frozenset[str]) -> frozenset[str]:
    """The subscriptions of what the settings say that someone else guards: it was agreed on that the stack uses it."""
    return frozenset(match[0] for id in ids for match in _PLACE.findall(id.lower()))
