"""Compute clusters: nodes for training, batch scoring and image builds, which come and go with the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from components.machine_identity import identity_of, system_principal_id
from components.workspace_child import WorkspaceChildArgs, group_of, minutes, own_id, workspace_of


@dataclass(frozen=True, kw_only=True)
class ComputeClusterArgs(WorkspaceChildArgs):
    """A cluster of `size` VMs, between `min_nodes` and `max_nodes`; an idle node is released after `idle_minutes`.

    `location` is the workspace's. `subnet_id=None`: the nodes are in the workspace's managed network. `low_priority`
    nodes are cheap and can be evicted. `identity_ids` are user-assigned identities, the first of which pulls images
    and mounts data; without any the cluster gets one of its own. Raises ValueError for counts that make no sense.
    """

    location: str
    size: str
    max_nodes: int
    min_nodes: int = 0
    idle_minutes: int = 15
    low_priority: bool = False
    subnet_id: Input[str] | None = None
    identity_ids: Sequence[Input[str]] = ()
    description: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.min_nodes <= self.max_nodes or self.max_nodes < 1:
            raise ValueError(f"a cluster takes 0 <= min_nodes <= max_nodes, not {self.min_nodes} and {self.max_nodes}")
        if self.idle_minutes < 1:
            raise ValueError(f"idle_minutes is {self.idle_minutes}; it takes at least 1")


class ComputeCluster(Component):
    """A cluster that scales to zero, without public IP addresses, remote login or local accounts.

    `principal_id` is that of its system-assigned identity, None where it has user-assigned ones.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str] | None

    def __init__(self, name: str, args: ComputeClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        compute = azure.machinelearningservices.Compute(
            name,
            compute_name=args.resource_name,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            location=args.location,
            tags=args.tags,
            identity=identity_of(args.identity_ids),
            properties=azure.machinelearningservices.AmlComputeArgs(
                compute_type="AmlCompute",
                compute_location=args.location,
                description=args.description or None,
                disable_local_auth=True,
                properties=_properties(args),
            ),
            # Azure changes only a cluster's scale, identity and tags in place, and the name is taken.
            # Source: Azure Machine Learning REST reference, Compute - Update.
            opts=self.child_opts(
                replace_on_changes=[
                    f"properties.properties.{fixed}"
                    for fixed in ("vmSize", "vmPriority", "subnet", "enableNodePublicIp")
                ],
                delete_before_replace=True,
            ),
        )
        self.id = own_id(self, args, "computes")
        self.name = self.computed(lambda: args.resource_name)
        self.principal_id = None if args.identity_ids else system_principal_id(self, compute.identity)
        self.register_outputs({"id": self.id, "name": self.name, "principal_id": self.principal_id})


def _properties(args: ComputeClusterArgs) -> azure.machinelearningservices.AmlComputePropertiesArgs:
    ml = azure.machinelearningservices
    priority: Literal["LowPriority", "Dedicated"] = "LowPriority" if args.low_priority else "Dedicated"
    return ml.AmlComputePropertiesArgs(
        os_type="Linux",
        vm_size=args.size,
        vm_priority=priority,
        scale_settings=ml.ScaleSettingsArgs(
            min_node_count=args.min_nodes,
            max_node_count=args.max_nodes,
            node_idle_time_before_scale_down=minutes(args.idle_minutes),
        ),
        enable_node_public_ip=False,
        remote_login_port_public_access="Disabled",
        subnet=None if args.subnet_id is None else ml.ResourceIdArgs(id=args.subnet_id),
    )
