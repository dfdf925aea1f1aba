"""The services around a platform: databases, streams, AI services, Kubernetes."""

from __future__ import annotations

from seawall.azure.fills.base import Filling, Put, fills, properties
from seawall.azure.guid import guid


@fills("Microsoft.CognitiveServices/accounts")
def cognitive_account(put: Put) -> Filling:
    """With a subdomain of its own an account has an address of its own; else it shares the region's."""
    own = put.word("properties", "customSubDomainName")
    host = f"{own}.cognitiveservices.azure.com" if own else f"{put.region}.api.cognitive.microsoft.com"
    return properties(
        defaults={"publicNetworkAccess": "Enabled"},
        endpoint=f"https://{host}/",
        internalId=guid(str(put.id), "internal").replace("-", ""),
        privateEndpointConnections=[],
    )


@fills("Microsoft.Search/searchServices")
def search_service(put: Put) -> Filling:
    return properties(
        defaults={"partitionCount": 1, "publicNetworkAccess": "Enabled", "replicaCount": 1},
        privateEndpointConnections=[],
        status="running",
    )


@fills("Microsoft.DocumentDB/databaseAccounts")
def cosmos_account(put: Put) -> Filling:
    return properties(
        documentEndpoint=f"https://{put.id.name.lower()}.documents.azure.com:443/",
        instanceId=guid(str(put.id), "instance"),
    )


@fills("Microsoft.EventHub/namespaces")
def event_hub_namespace(put: Put) -> Filling:
    return properties(
        defaults={"disableLocalAuth": False, "minimumTlsVersion": "1.2", "publicNetworkAccess": "Enabled"},
        metricId=f"{put.id.subscription}:{put.id.name.lower()}",
        serviceBusEndpoint=f"https://{put.id.name.lower()}.servicebus.windows.net:443/",
        status="Active",
    )


@fills("Microsoft.Sql/servers")
def sql_server(put: Put) -> Filling:
    return properties(
        defaults={"publicNetworkAccess": "Enabled", "version": "12.0"},
        fullyQualifiedDomainName=f"{put.id.name.lower()}.database.windows.net",
        privateEndpointConnections=[],
        state="Ready",
    )


@fills("Microsoft.DBforPostgreSQL/flexibleServers")
def postgresql_server(put: Put) -> Filling:
    return properties(
        fullyQualifiedDomainName=f"{put.id.name.lower()}.postgres.database.azure.com",
        privateEndpointConnections=[],
        state="Ready",
    )


@fills("Microsoft.Databricks/workspaces")
def databricks_workspace(put: Put) -> Filling:
    number = int(guid(str(put.id), "workspace").replace("-", "")[:12], 16)
    return properties(workspaceId=str(number), workspaceUrl=f"adb-{number}.{number % 20}.azuredatabricks.net")


@fills("Microsoft.ContainerService/managedClusters")
def kubernetes_cluster(put: Put) -> Filling:
    prefix = put.word("properties", "dnsPrefix", default=put.id.name.lower())
    host = f"{prefix}-{guid(str(put.id), 'host')[:8]}.hcp.{put.region}.azmk8s.io"
    group = f"MC_{put.id.resource_group}_{put.id.name}_{put.region}"
    return properties(defaults={"nodeResourceGroup": group}, fqdn=host, powerState={"code": "Running"})


@fills("Microsoft.Web/sites")
def web_app(put: Put) -> Filling:
    host = f"{put.id.name.lower()}.azurewebsites.net"
    return properties(defaults={"enabled": True}, defaultHostName=host, hostNames=[host], state="Running")


@fills("Microsoft.ApiManagement/service")
def api_management(put: Put) -> Filling:
    return properties(gatewayUrl=f"https://{put.id.name.lower()}.azure-api.net")
