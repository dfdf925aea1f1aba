"""A plan as an ARM template, for tools that read those: one flat template with every body as the REST API takes it.

It is for analysis. Its values are literal and its secrets masked, so it isn't a template to deploy.
"""

from __future__ import annotations

from typing import Any

from seawall.azure.bodies import body
from seawall.azure.resource_id import parse
from seawall.azure.types import lookup
from seawall.plan.model import Plan, Resource
from seawall.plan.values import masked

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def arm_template(plan: Plan) -> dict[str, Any]:
    """The template of all resources that stand in Azure, in the plan's order; groups of Entra ID, say, do not.

    Each entry's `name` is the full name that ARM asks for (`account/default/container`), `scope` the target of an
    extension resource, and `dependsOn` the IDs of the plan's resources that it needs.
    """
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": {"stack": plan.stack, "project": plan.project},
        "resources": [_entry(resource, plan) for resource in plan.managed if resource.arm],
    }


def rest_body(resource: Resource) -> dict[str, Any]:
    """What a PUT of the resource would carry, with secrets masked and its `name` the last segment."""
    return body(resource.type, masked(resource.inputs))


def _entry(resource: Resource, plan: Plan) -> dict[str, Any]:
    arm_type = lookup(resource.type)
    id_ = parse(resource.id)
    entry = {"type": arm_type.arm_type, "apiVersion": arm_type.api_version, **rest_body(resource)}
    entry["name"] = "/".join(id_.names) if id_.names else entry.get("name", "")
    if id_.scope:
        entry["scope"] = id_.scope
    depends_on = [plan.by_urn[urn].id for urn in resource.dependencies if plan.by_urn[urn].arm]
    if depends_on:
        entry["dependsOn"] = depends_on
    return entry
