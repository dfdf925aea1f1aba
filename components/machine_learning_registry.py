"""The Azure Machine Learning registry that models and environments are promoted through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, GuardedArgs, arm_id, child_id, resource_group_name
from components.guard import guard
from components.machine_identity import identity_of, system_principal_id
from components.private_dns import ML_REGISTRY
from components.storage import Redundancy

ARM_TYPE = ML_REGISTRY.arm_type


@dataclass(frozen=True, kw_only=True)
class MachineLearningRegistryArgs(GuardedArgs):
    """A registry, served from `location` and from each of `replica_locations`.

    Azure makes a storage account of `redundancy` and a Premium container registry in each region, in a managed
    resource group of its own, whose name it makes up. `managed_group_principal_ids` are the object IDs of who may
    work in that group: whoever adds private endpoints for the accounts in it, for example, which have to be placed
    in another group. `identity_ids` are user-assigned identities; without any it gets a system-assigned one.

    Sources: Azure Machine Learning docs, how-to-manage-registries and how-to-registry-network-isolation.
    """

    replica_locations: Sequence[str] = ()
    redundancy: Redundancy = "ZRS"
    managed_group_principal_ids: Sequence[Input[str]] = ()
    identity_ids: Sequence[Input[str]] = ()


class MachineLearningRegistry(Component):
    """A private registry.

    Since it is private, environments are made in a workspace and then shared to it, and components can't be shared
    from a private workspace. `principal_id` is that of its system-assigned identity, None where it has none.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str] | None

    def __init__(self, name: str, args: MachineLearningRegistryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        registry = azure.machinelearningservices.Registry(
            name,
            registry_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            identity=identity_of(args.identity_ids),
            public_network_access="Disabled",
            region_details=[_region(location, args.redundancy) for location in _locations(args)],
            managed_resource_group_settings=_managed_group(args.managed_group_principal_ids),
            opts=self.child_opts(protect=args.delete_protection),
        )
        guard(
            self,
            name,
            # Protected but not locked: every environment grants its identities access to it, and a lock on it would
            # keep them from ever revoking that. Source: Azure docs, lock-resources, "Considerations".
            replace(args, delete_protection=False),
            target_id=child_id(registry, args.resource_group_id, ARM_TYPE, args.resource_name),
            target_type=ARM_TYPE,
            endpoints=[ML_REGISTRY],
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.principal_id = None if args.identity_ids else system_principal_id(self, registry.identity)
        self.register_outputs({"id": self.id, "name": self.name, "principal_id": self.principal_id})


def _locations(args: MachineLearningRegistryArgs) -> list[str]:
    """All regions, the registry's own first, each once."""
    return list(dict.fromkeys([args.location, *args.replica_locations]))


def _region(location: str, redundancy: Redundancy) -> azure.machinelearningservices.RegistryRegionArmDetailsArgs:
    ml = azure.machinelearningservices
    return ml.RegistryRegionArmDetailsArgs(
        location=location,
        acr_details=[
            ml.AcrDetailsArgs(system_created_acr_account=ml.SystemCreatedAcrAccountArgs(acr_account_sku="Premium"))
        ],
        storage_account_details=[
            ml.StorageAccountDetailsArgs(
                system_created_storage_account=ml.SystemCreatedStorageAccountArgs(
                    storage_account_type=f"Standard_{redundancy}",
                    storage_account_hns_enabled=False,
                    allow_blob_public_access=False,
                )
            )
        ],
    )


def _managed_group(
    principal_ids: Sequence[Input[str]],
) -> azure.machinelearningservices.ManagedResourceGroupSettingsArgs | None:
    ml = azure.machinelearningservices
    if not principal_ids:
        return None
    return ml.ManagedResourceGroupSettingsArgs(
        assigned_identities=[ml.ManagedResourceGroupAssignedIdentitiesArgs(principal_id=id) for id in principal_ids]
    )
