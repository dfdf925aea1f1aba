"""From an environment and an endpoint's name to where a release goes, by the names that the environment's plan has."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from seawall.cli import planning
from seawall.cli.exits import BadInput
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.cli.wording import azure_name, resource_group
from seawall.delivery.target import Target
from seawall.plan.model import Plan, Resource
from seawall.plan.values import plain

_ML = "azure-native:machinelearningservices"
ENDPOINT, WORKSPACE = f"{_ML}:OnlineEndpoint", f"{_ML}:Workspace"
DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"


def target(project: Project, env: str, endpoint: str, screen: Screen, plan: Plan | None = None) -> Target:
    """Where a release to an endpoint of an environment goes. The endpoint is named as in the stack file, or in Azure.

    An empty name asks for the environment without an endpoint. Raises `BadInput` where there is no such thing.
    """
    plan = plan or planning.plan(project, env, screen)
    workspace = next(plan.of_type(WORKSPACE), None)
    if workspace is None:
        raise BadInput(f"{env} has no workspace: models are released to an environment that has one")
    chosen = endpoint_of(plan, endpoint) if endpoint else None
    settings = planning.settings(project, env)
    inputs = plain(workspace.inputs)
    isolation = str((inputs.get("managedNetwork") or {}).get("isolationMode", "Disabled"))
    return Target(
        environment=env,
        production=settings.is_production,
        subscription=workspace.id.split("/")[2],
        resource_group=resource_group(workspace.id),
        workspace=azure_name(workspace.id),
        location=str(inputs.get("location", settings.location)),
        tenant=str(settings.tenant),
        registry=settings.shared_registry_name,
        storage_account=azure_name(str(inputs.get("storageAccount", ""))),
        log_workspace_id=_log_workspace(plan, chosen) if chosen else "",
        managed_network=isolation != "Disabled",
        private=str(inputs.get("publicNetworkAccess", "Enabled")) == "Disabled",
        endpoint=azure_name(chosen.id) if chosen else "",
        endpoint_name=logical_name(chosen) if chosen else "",
    )


def endpoint_of(plan: Plan, name: str) -> Resource:
    """The endpoint of a plan, by its name in the stack file or in Azure. Raises `BadInput`."""
    found = {logical_name(one): one for one in _endpoints(plan)}
    found |= {azure_name(one.id): one for one in _endpoints(plan)}
    if name in found:
        return found[name]
    known = [logical_name(one) for one in _endpoints(plan)]
    near = difflib.get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise BadInput(
        f"{plan.stack} has no online endpoint {name!r}.{meant}",
        hint=f"Its endpoints: {', '.join(known) or 'none'}. They stand in stacks/Pulumi.{plan.stack}.yaml.",
    )


def logical_name(endpoint: Resource) -> str:
    """An endpoint's name in the stack file."""
    return endpoint.name.removeprefix("online-")


def _endpoints(plan: Plan) -> Iterator[Resource]:
    return plan.of_type(ENDPOINT)


def _log_workspace(plan: Plan, endpoint: Resource) -> str:
    """The Log Analytics workspace to which an endpoint's diagnostic setting sends, if any."""
    for setting in plan.of_type(DIAGNOSTICS):
        inputs: dict[str, Any] = plain(setting.inputs)
        if str(inputs.get("resourceUri", "")).casefold() == endpoint.id.casefold():
            return str(inputs.get("workspaceId", ""))
    return ""
