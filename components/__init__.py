"""Azure, as an ML platform wants it: private, identity-based, encrypted, logged and tagged by default.

One Pulumi component a module, usable by itself from any Pulumi program:

    from components import ResourceGroup, ResourceGroupArgs

A name is looked up when it is first used: the modules pull in parts of the Azure SDK, which are slow to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES: dict[str, str] = {
    "action_group": "ActionGroup ActionGroupArgs",
    "activity_log_alert": "ActivityLogAlert ActivityLogAlertArgs",
    "application_insights": "ApplicationInsights ApplicationInsightsArgs",
    "base": "Component GuardedArgs PrivateLink ResourceArgs",
    "bastion": "Bastion BastionArgs",
    "batch_endpoint": "BatchEndpoint BatchEndpointArgs",
    "budget": "Budget BudgetArgs Threshold",
    "compute_cluster": "ComputeCluster ComputeClusterArgs",
    "compute_instance": "ComputeInstance ComputeInstanceArgs",
    "container_registry": "ContainerRegistry ContainerRegistryArgs",
    "customer_managed_key": "CustomerManagedKey CustomerManagedKeyArgs EncryptionKey",
    "data_lake": "DataLake DataLakeArgs Lifecycle Zone",
    "datastore": "Datastore DatastoreArgs",
    "defender_plan": "DefenderPlan DefenderPlanArgs",
    "egress": "AZURE_DEVOPS_AGENT_HOSTS GITHUB_RUNNER_HOSTS ComputeEgress",
    "environment_version": "EnvironmentVersion EnvironmentVersionArgs",
    "firewall": "Firewall FirewallArgs",
    "flow_log": "FlowLog FlowLogArgs",
    "hub_network": "HubBastion HubFirewall HubNetwork HubNetworkArgs",
    "key_vault": "KeyVault KeyVaultArgs",
    "log_analytics_workspace": "LogAnalyticsWorkspace LogAnalyticsWorkspaceArgs",
    "machine_learning_registry": "MachineLearningRegistry MachineLearningRegistryArgs",
    "managed_network": "FqdnRule ManagedNetwork PrivateEndpointRule ServiceTagRule",
    "metric_alert": "MetricAlert MetricAlertArgs",
    "names": "Names",
    "online_endpoint": "OnlineEndpoint OnlineEndpointArgs",
    "peering": "Peering PeeringArgs",
    "policy_assignments": "AssignedPolicy PolicyAssignments PolicyAssignmentsArgs PolicyWaiver",
    "private_dns": (
        "Cloud PrivateDnsZoneLinks PrivateDnsZoneLinksArgs PrivateDnsZones PrivateDnsZonesArgs Target zone_names"
    ),
    "private_endpoint": "PrivateEndpoint PrivateEndpointArgs",
    "private_link_scope": "PrivateLinkScope PrivateLinkScopeArgs",
    "private_link_scope_members": "PrivateLinkScopeMembers PrivateLinkScopeMembersArgs",
    "query_alert": "QueryAlert QueryAlertArgs",
    "resource_group": "ResourceGroup ResourceGroupArgs",
    "role_assignment": "RoleAssignment RoleAssignmentArgs",
    "security_contact": "SecurityContact SecurityContactArgs",
    "storage_account": "StorageAccount StorageAccountArgs",
    "subnet": "SecurityRule Subnet private_endpoints_subnet runners_subnet scoring_subnet training_subnet",
    "user_assigned_identity": (
        "FederatedCredential UserAssignedIdentity UserAssignedIdentityArgs azure_devops_connection github_environment"
    ),
    "virtual_network": "VirtualNetwork VirtualNetworkArgs",
    "workspace": "Workspace WorkspaceArgs",
}

_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
