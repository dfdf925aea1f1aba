"""Managed online endpoints: where models answer. Their deployments and their traffic belong to releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, computed
from components.diagnostics import diagnostic_setting
from components.machine_identity import identity_of, system_principal_id
from components.workspace_child import WORKSPACE_TYPE, WorkspaceChildArgs, group_of, own_id, workspace_of

ARM_TYPE = f"{WORKSPACE_TYPE}/onlineEndpoints"

RELEASE_TAG = "seawall-release"
RELEASE_TAGS = (
    RELEASE_TAG,
    *(
        f"{RELEASE_TAG}-{part}"
        for part in (
            "approval", "ask", "by", "digest", "hooks", "leftovers", "looks", "model", "outcome", "pause", "phase",
            "since", "stable", "step",
        )
    ),
)  # fmt: skip
"""The tags in which a release keeps its state on the endpoint."""

SET_BY_RELEASES = (
    "properties.traffic",
    "properties.mirrorTraffic",
    *(f'tags["{tag}"]' for tag in RELEASE_TAGS),
)
"""What is never an input here, yet must not be left out of an update: a PUT without traffic stops all live traffic, and
one without its tags takes a release's memory away.

Ignored, it keeps what the state has, which a refresh right before an update makes the live values.
"""


@dataclass(frozen=True, kw_only=True)
class OnlineEndpointArgs(WorkspaceChildArgs):
    """An endpoint, whose name is unique in its region. `location` is the workspace's.

    Callers prove who they are by `auth`: Entra tokens, or tokens or keys of the workspace. `log_analytics_workspace_id`
    has no default: None says "not logged" out loud. `identity_ids` are user-assigned identities, which need AcrPull
    and Storage Blob Data Reader from whoever made them; without any the endpoint gets one of its own, which Azure
    grants both.

    Source: Azure Machine Learning docs, how-to-access-resources-from-endpoints-managed-identities.
    """

    location: str
    log_analytics_workspace_id: Input[str] | None
    auth: Literal["AADToken", "AMLToken", "Key"] = "AADToken"
    identity_ids: Sequence[Input[str]] = ()
    description: str = ""


class OnlineEndpoint(Component):
    """A private endpoint for models, whose traffic, console and events are logged.

    It is reached through the workspace's own private endpoint. `principal_id` is that of its system-assigned
    identity, None where it has user-assigned ones. `scoring_uri` is where callers send requests.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str] | None
    scoring_uri: Output[str]

    def __init__(self, name: str, args: OnlineEndpointArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        ml = azure.machinelearningservices
        endpoint = ml.OnlineEndpoint(
            name,
            endpoint_name=args.resource_name,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            location=args.location,
            tags=args.tags,
            kind="Managed",
            identity=identity_of(args.identity_ids),
            properties=ml.OnlineEndpointPropertiesArgs(
                auth_mode=args.auth, public_network_access="Disabled", description=args.description or None
            ),
            opts=self.child_opts(ignore_changes=list(SET_BY_RELEASES)),
        )
        diagnostic_setting(
            self,
            name,
            target_id=computed(
                endpoint, lambda workspace: f"{workspace}/onlineEndpoints/{args.resource_name}", args.workspace_id
            ),
            target_type=ARM_TYPE,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        self.id = own_id(self, args, "onlineEndpoints")
        self.name = self.computed(lambda: args.resource_name)
        self.principal_id = None if args.identity_ids else system_principal_id(self, endpoint.identity)
        self.scoring_uri = self.computed(lambda known: known, endpoint.properties.apply(lambda told: told.scoring_uri))
        self.register_outputs(
            {"id": self.id, "name": self.name, "principal_id": self.principal_id, "scoring_uri": self.scoring_uri}
        )
