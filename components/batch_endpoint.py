"""Batch endpoints: where whole files are scored. Their deployments belong to releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from components.machine_identity import identity_of, system_principal_id
from components.workspace_child import WorkspaceChildArgs, group_of, own_id, workspace_of


@dataclass(frozen=True, kw_only=True)
class BatchEndpointArgs(WorkspaceChildArgs):
    """An endpoint, whose name is unique in its region. `location` is the workspace's.

    `identity_ids` are user-assigned identities; without any it gets one of its own. Batch endpoints take Entra tokens
    alone. Source: Azure Machine Learning docs, how-to-authenticate-batch-endpoint.
    """

    location: str
    identity_ids: Sequence[Input[str]] = ()
    description: str = ""


class BatchEndpoint(Component):
    """A batch endpoint, reached through the workspace's private endpoint.

    It has no diagnostic setting: Azure Monitor collects none of it, and its jobs log to the workspace. `principal_id`
    is that of its system-assigned identity, None where it has user-assigned ones.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str] | None
    scoring_uri: Output[str]

    def __init__(self, name: str, args: BatchEndpointArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        ml = azure.machinelearningservices
        endpoint = ml.BatchEndpoint(
            name,
            endpoint_name=args.resource_name,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            location=args.location,
            tags=args.tags,
            identity=identity_of(args.identity_ids),
            properties=ml.BatchEndpointPropertiesArgs(auth_mode="AADToken", description=args.description or None),
            # Which deployment answers by default is a release's to say: kept as the state has it.
            opts=self.child_opts(ignore_changes=["properties.defaults"]),
        )
        self.id = own_id(self, args, "batchEndpoints")
        self.name = self.computed(lambda: args.resource_name)
        self.principal_id = None if args.identity_ids else system_principal_id(self, endpoint.identity)
        self.scoring_uri = self.computed(lambda known: known, endpoint.properties.apply(lambda told: told.scoring_uri))
        self.register_outputs(
            {"id": self.id, "name": self.name, "principal_id": self.principal_id, "scoring_uri": self.scoring_uri}
        )
