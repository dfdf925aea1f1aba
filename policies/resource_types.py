"""The resource types that a platform may use, each with its API version and whether it takes tags.

A list of one's own instead of the SDK's hundreds: what isn't here has been looked at by nobody. Previews stand here
where the SDK itself has no other version by default. Source: the azure-native SDK, 3.29.
"""

from __future__ import annotations

import re

_LISTED = """
apimanagement 2024-05-01: Api ApiManagementService* ApiPolicy
app 2025-02-02-preview: ContainerApp* Job* ManagedEnvironment*
applicationinsights 2020-02-02: Component*
applicationinsights 2023-06-01: Workbook*
authorization 2020-05-01: ManagementLockByScope
authorization 2020-10-01: PimRoleEligibilitySchedule
authorization 2022-04-01: RoleAssignment
authorization 2022-05-01-preview: RoleDefinition
authorization 2022-07-01-preview: PolicyExemption
authorization 2024-09-01-preview: RoleManagementPolicy RoleManagementPolicyAssignment
authorization 2025-01-01: PolicyAssignment PolicyDefinition PolicySetDefinition
cognitiveservices 2025-06-01: Account* AccountCapabilityHost AccountConnection Deployment* Project* RaiBlocklist*
  RaiPolicy*
compute 2024-03-02: DiskEncryptionSet*
compute 2024-11-01: VirtualMachine* VirtualMachineScaleSet*
consumption 2024-08-01: Budget
containerregistry 2019-06-01-preview: Task*
containerregistry 2023-01-01-preview: Registry*
containerregistry 2024-11-01-preview: CacheRule ConnectedRegistry ScopeMap
containerservice 2025-09-01: AgentPool* ManagedCluster*
cosmosdb 2025-10-15: DatabaseAccount* SqlResourceSqlContainer* SqlResourceSqlDatabase* SqlResourceSqlRoleAssignment
costmanagement 2024-08-01: Budget Export ScheduledAction
databricks 2026-01-01: AccessConnector* Workspace*
datafactory 2018-06-01: Dataset Factory* IntegrationRuntime LinkedService ManagedPrivateEndpoint Pipeline Trigger
dbforpostgresql 2025-08-01: Configuration Database Server*
dnsresolver 2023-07-01-preview: DnsResolver*
eventgrid 2025-02-15: SystemTopic* SystemTopicEventSubscription
eventhub 2024-01-01: ConsumerGroup EventHub Namespace*
fabric 2023-11-01: FabricCapacity*
hdinsight 2024-08-01-preview: Cluster*
keyvault 2024-11-01: Key* Secret* Vault*
kubernetes 2024-02-01-preview: ConnectedCluster*
kubernetesconfiguration 2023-05-01: Extension FluxConfiguration
machinelearningservices 2024-01-01-preview: LabelingJob
machinelearningservices 2025-04-01-preview: OutboundRule
machinelearningservices 2025-12-01: BatchDeployment* BatchEndpoint* CapabilityHost CodeContainer CodeVersion
  ComponentContainer ComponentVersion Compute* DataContainer DataVersion Datastore EnvironmentContainer
  EnvironmentVersion FeaturesetContainerEntity FeaturesetVersion FeaturestoreEntityContainerEntity
  FeaturestoreEntityVersion Job ManagedNetworkSettingsRule MarketplaceSubscription ModelContainer ModelVersion
  OnlineDeployment* OnlineEndpoint* PrivateEndpointConnection* Registry* RegistryEnvironmentContainer
  RegistryEnvironmentVersion RegistryModelContainer RegistryModelVersion Schedule ServerlessEndpoint* Workspace*
  WorkspaceConnection
managedidentity 2023-01-31: FederatedIdentityCredential UserAssignedIdentity*
monitor 2018-03-01: MetricAlert*
monitor 2020-10-01: ActivityLogAlert*
monitor 2021-05-01-preview: AutoscaleSetting* DiagnosticSetting
monitor 2022-06-01: DataCollectionRule*
monitor 2023-06-01-preview: PrivateLinkScope* PrivateLinkScopedResource
monitor 2024-10-01-preview: ActionGroup*
monitor 2025-01-01-preview: ScheduledQueryRule*
network 2024-05-01: ApplicationGateway* AzureFirewall* BastionHost* FirewallPolicy* FirewallPolicyRuleCollectionGroup
  FlowLog* IpGroup* NatGateway* NetworkSecurityGroup* NetworkWatcher* PrivateDnsZoneGroup PrivateEndpoint*
  PublicIPAddress* PublicIPPrefix* Route RouteTable* SecurityRule Subnet VirtualNetwork* VirtualNetworkPeering
  WebApplicationFirewallPolicy*
network 2024-06-01-preview: NetworkSecurityPerimeter*
operationalinsights 2023-09-01: Cluster* SavedSearch* Table Workspace*
policyinsights 2024-10-01: RemediationAtResourceGroup
portal 2022-12-01-preview: Dashboard*
privatedns 2024-06-01: PrivateZone* VirtualNetworkLink*
purview 2024-04-01-preview: Account*
redis 2024-11-01: Redis*
resources 2024-03-01: Deployment* ResourceGroup*
search 2025-05-01: Service* SharedPrivateLinkResource
security 2023-11-15: APICollectionByAzureApiManagementService
security 2023-12-01-preview: Automation* SecurityContact
security 2024-01-01: Pricing
security 2024-08-01-preview: SecurityConnector*
security 2024-10-01-preview: DefenderForStorage
sql 2023-08-01: Database* Server*
storage 2024-01-01: BlobContainer BlobServiceProperties FileServiceProperties FileShare ManagementPolicy Queue
  QueueServiceProperties StorageAccount* Table TableServiceProperties
synapse 2021-06-01: BigDataPool* PrivateLinkHub* Workspace*
web 2025-03-01: AppServicePlan* WebApp*
"""
"""A line for each module and API version; a star marks what takes tags of its own, and a deeper line goes on."""


def _entries() -> list[tuple[str, str, bool]]:
    entries = []
    for line in re.sub(r"\n  +", " ", _LISTED.strip()).splitlines():
        place, _, names = line.partition(": ")
        module, version = place.split()
        entries += [(f"{module}:{name.rstrip('*')}", version, name.endswith("*")) for name in names.split()]
    return entries


ALLOWED_TYPES: dict[str, str] = {type: version for type, version, _ in _entries()}
"""API version by short type, such as `storage:StorageAccount`."""

TAGGABLE: frozenset[str] = frozenset(type for type, _, tags in _entries() if tags)
"""The short types of those that take tags."""
