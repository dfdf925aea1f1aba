"""Data stores: where a workspace finds data, reached by identity and never by a stored key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, applied, id_segment, last_segment
from components.workspace_child import WorkspaceChildArgs, group_of, own_id, workspace_of

ServiceIdentity = Literal["WorkspaceUserAssignedIdentity", "WorkspaceSystemAssignedIdentity", "None"]


@dataclass(frozen=True, kw_only=True)
class DatastoreArgs(WorkspaceChildArgs):
    """A container of a storage account, as a workspace's data store.

    `kind="dataLake"` is a zone of a data lake, `"blob"` a container of a flat account. Jobs read with their own or
    their user's identity; `service_identity` is what the workspace's own services read with, for previews and
    profiles in the studio. `storage_endpoint` is that of the cloud.

    Source: Azure Machine Learning docs, how-to-datastore and how-to-identity-based-service-authentication.
    """

    storage_account_id: Input[str]
    container: str
    kind: Literal["dataLake", "blob"] = "dataLake"
    service_identity: ServiceIdentity = "WorkspaceUserAssignedIdentity"
    description: str = ""
    storage_endpoint: str = "core.windows.net"


class Datastore(Component):
    """A data store without credentials."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: DatastoreArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.machinelearningservices.Datastore(
            name,
            name=args.resource_name,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            # A check would read the data, from outside and before the identity's roles take effect.
            skip_validation=True,
            properties=_properties(args),
            opts=self.child_opts(),
        )
        self.id = own_id(self, args, "datastores")
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def _properties(
    args: DatastoreArgs,
) -> (
    azure.machinelearningservices.AzureDataLakeGen2DatastoreArgs | azure.machinelearningservices.AzureBlobDatastoreArgs
):
    ml = azure.machinelearningservices
    common: dict[str, Any] = {
        "account_name": last_segment(args.storage_account_id),
        "subscription_id": applied(lambda id: id_segment(id, "subscriptions"), args.storage_account_id),
        "resource_group": applied(lambda id: id_segment(id, "resourceGroups"), args.storage_account_id),
        "endpoint": args.storage_endpoint,
        "protocol": "https",
        "credentials": ml.NoneDatastoreCredentialsArgs(credentials_type="None"),
        "service_data_access_auth_identity": args.service_identity,
        "description": args.description or None,
        "tags": args.tags,
    }
    if args.kind == "blob":
        return ml.AzureBlobDatastoreArgs(datastore_type="AzureBlob", container_name=args.container, **common)
    return ml.AzureDataLakeGen2DatastoreArgs(datastore_type="AzureDataLakeGen2", filesystem=args.container, **common)
