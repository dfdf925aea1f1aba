"""Reading a component's plan in tests: its tree of resources, one of them, and Microsoft's verdict on each body."""

from __future__ import annotations

from typing import Any

from seawall.azure.bodies import body
from seawall.azure.types import lookup
from seawall.plan.model import Plan, Resource
from seawall.plan.values import plain, unknown_paths

AZURE = "azure-native:"


def judge(plan: Plan, azure_types: Any) -> None:
    """Asserts that Azure would take each resource: its body is valid, all is known, and no two have one ID."""
    resources = azure_resources(plan)
    assert resources, "the plan has no Azure resource to judge"
    faults = [f"{r.name}: {fault}" for r in resources for fault in _faults(r, azure_types)]
    ids = [resource.id.lower() for resource in resources]
    faults += [f"two resources have the ID {id}" for id in sorted({id for id in ids if ids.count(id) > 1})]
    assert not faults, "\n".join(faults)


def azure_resources(plan: Plan) -> list[Resource]:
    return [resource for resource in plan.resources if resource.type.startswith(AZURE)]


def tree(plan: Plan) -> set[tuple[str, str, str]]:
    """Each Azure resource and component as (type, name, parent), without the stack.

    A type is the token without its package (`storage:StorageAccount`, `KeyVault`); a parent is `Type name`, empty
    where it is the stack.
    """
    stack = {resource.urn for resource in plan.resources if resource.type == "pulumi:pulumi:Stack"}
    named = {resource.urn: f"{short(resource.type)} {resource.name}" for resource in plan.resources}
    return {
        (short(resource.type), resource.name, "" if resource.parent in stack else named[resource.parent])
        for resource in plan.resources
        if resource.urn not in stack and not resource.type.startswith("pulumi:")
    }


def short(token: str) -> str:
    return token.removeprefix(AZURE).removeprefix("seawall:components:")


def one(plan: Plan, kind: str, name: str = "") -> Resource:
    """The only resource of a short type, or the one of that name."""
    found = [r for r in plan.resources if short(r.type) == kind and name in ("", r.name)]
    assert len(found) == 1, f"expected one {kind} {name}, got {[r.name for r in found]}"
    return found[0]


def inputs(plan: Plan, kind: str, name: str = "") -> dict[str, Any]:
    """The inputs of that resource, secrets laid open."""
    return plain(one(plan, kind, name).inputs)


def waits_for(plan: Plan, resource: Resource) -> set[str]:
    """What a resource depends on, each as `type name`."""
    return {f"{short(plan.by_urn[urn].type)} {plan.by_urn[urn].name}" for urn in resource.dependencies}


def _faults(resource: Resource, azure_types: Any) -> list[str]:
    unknown = [f"{path} is unknown" for path in unknown_paths(resource.inputs)]
    return unknown or azure_types.errors(lookup(resource.type).arm_type, body(resource.type, plain(resource.inputs)))
