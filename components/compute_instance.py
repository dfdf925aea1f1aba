"""Compute instances: one person's workstation in the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from components.key_vault import deploying_tenant
from components.machine_identity import identity_of, system_principal_id
from components.workspace_child import WorkspaceChildArgs, group_of, minutes, own_id, workspace_of


@dataclass(frozen=True, kw_only=True)
class ComputeInstanceArgs(WorkspaceChildArgs):
    """A workstation of `size` for the person whose object ID in Entra is `assigned_to`.

    `tenant_id` is that person's tenant, the one of whoever deploys where not given. It shuts down after
    `idle_minutes` (15 to 4320) without use. `location` is the workspace's. `subnet_id=None`: it is in the workspace's
    managed network. `identity_ids` are user-assigned identities; without any it gets one of its own. Raises
    ValueError for minutes out of range.

    Source: Azure Machine Learning docs, how-to-create-compute-instance, "Configure idle shutdown".
    """

    location: str
    size: str
    assigned_to: str
    tenant_id: Input[str] | None = None
    idle_minutes: int = 60
    subnet_id: Input[str] | None = None
    identity_ids: Sequence[Input[str]] = ()
    description: str = ""

    def __post_init__(self) -> None:
        if not 15 <= self.idle_minutes <= 4320:
            raise ValueError(f"idle_minutes is {self.idle_minutes}; a compute instance takes 15 to 4320")


class ComputeInstance(Component):
    """A workstation that only its owner opens, without a public IP address, SSH or local accounts.

    Azure changes nothing of it in place but tags: any other change makes a new one, and what isn't in the workspace's
    file share goes with the old one. `principal_id` is that of its system-assigned identity, None where it has
    user-assigned ones.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str] | None

    def __init__(self, name: str, args: ComputeInstanceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        tenant_id = args.tenant_id if args.tenant_id is not None else deploying_tenant(self)
        compute = azure.machinelearningservices.Compute(
            name,
            compute_name=args.resource_name,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            location=args.location,
            tags=args.tags,
            identity=identity_of(args.identity_ids),
            properties=azure.machinelearningservices.ComputeInstanceArgs(
                compute_type="ComputeInstance",
                compute_location=args.location,
                description=args.description or None,
                disable_local_auth=True,
                properties=_properties(args, tenant_id),
            ),
            opts=self.child_opts(replace_on_changes=["properties"], delete_before_replace=True),
        )
        self.id = own_id(self, args, "computes")
        self.name = self.computed(lambda: args.resource_name)
        self.principal_id = None if args.identity_ids else system_principal_id(self, compute.identity)
        self.register_outputs({"id": self.id, "name": self.name, "principal_id": self.principal_id})


def _properties(
    args: ComputeInstanceArgs, tenant_id: Input[str]
) -> azure.machinelearningservices.ComputeInstancePropertiesArgs:
    ml = azure.machinelearningservices
    return ml.ComputeInstancePropertiesArgs(
        vm_size=args.size,
        application_sharing_policy="Personal",
        compute_instance_authorization_type="personal",
        personal_compute_instance_settings=ml.PersonalComputeInstanceSettingsArgs(
            assigned_user=ml.AssignedUserArgs(object_id=args.assigned_to, tenant_id=tenant_id)
        ),
        idle_time_before_shutdown=minutes(args.idle_minutes),
        enable_node_public_ip=False,
        ssh_settings=ml.ComputeInstanceSshSettingsArgs(ssh_public_access="Disabled"),
        subnet=None if args.subnet_id is None else ml.ResourceIdArgs(id=args.subnet_id),
    )
