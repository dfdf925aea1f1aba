"""Breaking one thing in a plan that keeps the rules, to see that its rule tells, and no other.

The tables are the modules `mutations_*.py`; each has a list `MUTATIONS`. `test_mutations` runs them all.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from guarded import plan_of

from seawall.plan.model import Plan, Resource

Inputs = dict[str, Any]


@dataclass(frozen=True)
class Mutation:
    """What breaks one thing that a rule guards.

    `breaks` changes the inputs of the first resource of `type`, or of the one named `name`, in the plan of `stack`.
    `fixture` makes resources for that plan, of types that no stack has; it gets the plan, to refer to it.
    `related` are other rules that may tell too, since they guard the same property on other grounds.
    """

    rule: str
    type: str
    breaks: Callable[[Inputs], None]
    related: frozenset[str] = frozenset()
    stack: str = "prod"
    name: str = ""
    fixture: Callable[[Plan], list[Resource]] | None = None

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.name or self.type}"

    def whole(self, plan: Plan) -> Plan:
        """The plan with the fixture in it, unbroken."""
        if self.fixture is None:
            return plan
        linked = plan_of(*plan.resources, *self.fixture(plan))
        return with_resources(plan, (*plan.resources, *linked.resources[len(plan.resources) :]))

    def broken(self, whole: Plan) -> Plan:
        """The plan with one thing broken. Raises `LookupError` where there is no such resource."""
        for index, resource in reversed(list(enumerate(whole.resources))):
            if resource.type == f"azure-native:{self.type}" and self.name in ("", resource.name):
                inputs = copy.deepcopy(resource.inputs)
                self.breaks(inputs)
                fields = {field: getattr(resource, field) for field in resource.__struct_fields__}
                changed = Resource(**{**fields, "inputs": inputs})
                return with_resources(whole, (*whole.resources[:index], changed, *whole.resources[index + 1 :]))
        raise LookupError(f"no {self.type} {self.name} in {whole.stack}")


def with_resources(plan: Plan, resources: tuple[Resource, ...]) -> Plan:
    return Plan(stack=plan.stack, project=plan.project, resources=resources, outputs=plan.outputs)


def sets(path: str, value: Any) -> Callable[[Inputs], None]:
    """Breaks by setting what stands at a path such as `properties.authMode`."""

    def breaks(inputs: Inputs) -> None:
        *steps, last = path.split(".")
        place = inputs
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value

    return breaks


def drops(path: str) -> Callable[[Inputs], None]:
    """Breaks by leaving out what stands at a path. Raises `KeyError` where nothing does."""

    def breaks(inputs: Inputs) -> None:
        *steps, last = path.split(".")
        place = inputs
        for step in steps:
            place = place[step]
        del place[last]

    return breaks


def has(*resources: Resource) -> Callable[[Plan], list[Resource]]:
    """A fixture of resources that don't refer to the plan."""
    return lambda plan: list(resources)
