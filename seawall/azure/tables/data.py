"""The data estate: databases, streams, integration and analytics."""

from functools import partial

from seawall.azure.model import PART, ArmType, Shape, arm, kebab, part, shape

_pg = partial(arm, api_version="2025-08-01", replace_on="", state=False)
_sql = partial(arm, api_version="2023-08-01", state=False)
_cosmos = partial(arm, api_version="2025-10-15")
_hub = partial(arm, api_version="2024-01-01", replace_on="")
_factory = partial(arm, api_version="2018-06-01", flat=False, replace_on="")
_synapse = partial(arm, api_version="2021-06-01")

_COSMOS_ENTITY = shape(places={"colls": "_colls", "etag": "_etag", "rid": "_rid", "ts": "_ts", "users": "_users"})

_DATABRICKS_KEY = shape(places={"keyName": "KeyName", "keyVaultUri": "keyvaulturi", "keyVersion": "keyversion"})
_DATABRICKS_PARAMETERS = shape(nested={"encryption": shape(nested={"value": _DATABRICKS_KEY})})

# Data Factory's polymorphic objects keep what is common to their kind and put the rest under `typeProperties`.
_typed = partial(shape, container="typeProperties")
# A web service's `typeProperties` are polymorphic themselves, so they stay as they are.
_LINKED_SERVICE = _typed(
    keeps="type annotations connectVia description parameters version",
    variants={"Web": shape()},
)
_DATASET = _typed(keeps="type annotations description folder linkedServiceName parameters schema structure")
_SETUP = shape(nested={"expressCustomSetupProperties": _typed(keeps="type")})
_RUNTIME = _typed(keeps="type description managedVirtualNetwork", nested={"ssisProperties": _SETUP})
_TRIGGER = _typed(keeps="type annotations description pipelines pipeline")
_SOURCE = shape(places={"sOQLQuery": "SOQLQuery"})
_ACTIVITY_PARTS: dict[str, Shape] = {
    "source": _SOURCE,
    "logLocation": _typed(keeps="type logPath"),
    "packageLocation": _typed(keeps="type packagePath"),
}
_ACTIVITY_KEEPS = (
    "type name description dependsOn onInactiveMarkAs state userProperties linkedServiceName policy inputs outputs"
)
_SPARK_JOB = _typed(keeps=_ACTIVITY_KEEPS, places={"arguments": "typeProperties.args"})
_ACTIVITY = _typed(keeps=_ACTIVITY_KEEPS, nested=_ACTIVITY_PARTS, variants={"SparkJob": _SPARK_JOB})
# Activities hold activities.
_ACTIVITY_PARTS |= {
    "activities": _ACTIVITY,
    "ifTrueActivities": _ACTIVITY,
    "ifFalseActivities": _ACTIVITY,
    "defaultActivities": _ACTIVITY,
    "cases": shape(nested={"activities": _ACTIVITY}),
}

_HD_PRIVATE_LINK = part({"ipConfigurations": PART})
_HD_ROLE = shape(places={"autoscaleConfiguration": "autoscale", "vMGroupName": "VMGroupName"})
_HD_CLUSTER = shape(
    nested={
        "computeProfile": shape(nested={"roles": _HD_ROLE}),
        "privateLinkConfigurations": _HD_PRIVATE_LINK,
        "privateEndpointConnections": PART,
    }
)

_REDIS = shape(
    places=kebab(
        "aadEnabled aofBackupEnabled aofStorageConnectionString0 aofStorageConnectionString1 "
        "maxfragmentationmemoryReserved maxmemoryDelta maxmemoryPolicy maxmemoryReserved notifyKeyspaceEvents "
        "preferredDataArchiveAuthMethod preferredDataPersistenceAuthMethod rdbBackupEnabled rdbBackupFrequency "
        "rdbBackupMaxSnapshotCount rdbStorageConnectionString storageSubscriptionId zonalConfiguration"
    )
)

TYPES: tuple[ArmType, ...] = (
    _cosmos(
        "cosmosdb:DatabaseAccount",
        "Microsoft.DocumentDB/databaseAccounts",
        path="accountName",
        nested={"privateEndpointConnections": PART},
        global_name=True,
    ),
    _cosmos(
        "cosmosdb:SqlResourceSqlDatabase",
        "Microsoft.DocumentDB/databaseAccounts/sqlDatabases",
        path="accountName databaseName",
        nested={"resource": _COSMOS_ENTITY},
        state=False,
    ),
    _cosmos(
        "cosmosdb:SqlResourceSqlContainer",
        "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers",
        path="accountName databaseName containerName",
        nested={"resource": _COSMOS_ENTITY},
        state=False,
    ),
    _cosmos(
        "cosmosdb:SqlResourceSqlRoleAssignment",
        "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments",
        path="accountName roleAssignmentId",
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go
        replace_on="principalId scope",
        state=False,
    ),
    _pg(
        "dbforpostgresql:Server",
        "Microsoft.DBforPostgreSQL/flexibleServers",
        path="serverName",
        nested={"privateEndpointConnections": PART},
        replace_on="location",
        no_output="properties.administratorLoginPassword properties.createMode properties.pointInTimeUTC",
        global_name=True,
    ),
    _pg(
        "dbforpostgresql:Configuration",
        "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
        path="serverName configurationName",
    ),
    _pg(
        "dbforpostgresql:Database",
        "Microsoft.DBforPostgreSQL/flexibleServers/databases",
        path="serverName databaseName",
    ),
    _sql(
        "sql:Server",
        "Microsoft.Sql/servers",
        path="serverName",
        nested={"privateEndpointConnections": PART},
        no_output="properties.administratorLoginPassword",
        global_name=True,
    ),
    _sql(
        "sql:Database",
        "Microsoft.Sql/servers/databases",
        path="serverName databaseName",
        sets="keys",
        # How a database came to be is said once, at its creation.
        no_output=(
            "properties.createMode properties.longTermRetentionBackupResourceId properties.recoverableDatabaseId "
            "properties.recoveryServicesRecoveryPointId properties.restorableDroppedDatabaseId "
            "properties.restorePointInTime properties.sampleName properties.sourceDatabaseDeletionDate "
            "properties.sourceDatabaseId properties.sourceResourceId"
        ),
    ),
    _hub(
        "eventhub:Namespace",
        "Microsoft.EventHub/namespaces",
        path="namespaceName",
        nested={"privateEndpointConnections": PART},
        replace_on="location",
        global_name=True,
    ),
    _hub(
        "eventhub:EventHub",
        "Microsoft.EventHub/namespaces/eventhubs",
        path="namespaceName eventHubName",
        nested={"captureDescription": shape(nested={"destination": PART})},
        state=False,
    ),
    _hub(
        "eventhub:ConsumerGroup",
        "Microsoft.EventHub/namespaces/eventhubs/consumergroups",
        path="namespaceName eventHubName consumerGroupName",
        state=False,
    ),
    arm("eventgrid:SystemTopic", "Microsoft.EventGrid/systemTopics", "2025-02-15", "systemTopicName"),
    arm(
        "eventgrid:SystemTopicEventSubscription",
        "Microsoft.EventGrid/systemTopics/eventSubscriptions",
        "2025-02-15",
        "systemTopicName eventSubscriptionName",
        nested={
            "deadLetterDestination": PART,
            "deadLetterWithResourceIdentity": shape(nested={"deadLetterDestination": PART}),
            "destination": part({"deliveryAttributeMappings": PART}),
            "deliveryWithResourceIdentity": shape(nested={"destination": part({"deliveryAttributeMappings": PART})}),
        },
        replace_on="",
    ),
    _factory(
        "datafactory:Factory", "Microsoft.DataFactory/factories", path="factoryName", flat=True, replace_on="location"
    ),
    _factory(
        "datafactory:LinkedService",
        "Microsoft.DataFactory/factories/linkedservices",
        path="factoryName linkedServiceName",
        nested={"properties": _LINKED_SERVICE},
        state=False,
    ),
    _factory(
        "datafactory:Dataset",
        "Microsoft.DataFactory/factories/datasets",
        path="factoryName datasetName",
        nested={"properties": _DATASET},
        state=False,
    ),
    _factory(
        "datafactory:Pipeline",
        "Microsoft.DataFactory/factories/pipelines",
        path="factoryName pipelineName",
        flat=True,
        nested={"activities": _ACTIVITY},
        state=False,
    ),
    _factory(
        "datafactory:IntegrationRuntime",
        "Microsoft.DataFactory/factories/integrationRuntimes",
        path="factoryName integrationRuntimeName",
        nested={"properties": _RUNTIME},
        state=False,
    ),
    _factory(
        "datafactory:Trigger",
        "Microsoft.DataFactory/factories/triggers",
        path="factoryName triggerName",
        nested={"properties": _TRIGGER},
        state=False,
    ),
    _factory(
        "datafactory:ManagedPrivateEndpoint",
        "Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints",
        path="factoryName managedVirtualNetworkName managedPrivateEndpointName",
    ),
    arm(
        "databricks:Workspace",
        "Microsoft.Databricks/workspaces",
        "2026-01-01",
        "workspaceName",
        nested={"parameters": _DATABRICKS_PARAMETERS, "privateEndpointConnections": PART},
    ),
    arm(
        "databricks:AccessConnector",
        "Microsoft.Databricks/accessConnectors",
        "2026-01-01",
        "connectorName",
        flat_outputs=False,
    ),
    _synapse(
        "synapse:Workspace",
        "Microsoft.Synapse/workspaces",
        path="workspaceName",
        nested={"privateEndpointConnections": PART},
        no_output="properties.sqlAdministratorLoginPassword properties.azureADOnlyAuthentication",
        global_name=True,
    ),
    _synapse(
        "synapse:BigDataPool",
        "Microsoft.Synapse/workspaces/bigDataPools",
        path="workspaceName bigDataPoolName",
        unsent="force",
    ),
    _synapse(
        "synapse:PrivateLinkHub",
        "Microsoft.Synapse/privateLinkHubs",
        path="privateLinkHubName",
        nested={"privateEndpointConnections": PART},
    ),
    arm(
        "hdinsight:Cluster",
        "Microsoft.HDInsight/clusters",
        "2024-08-01-preview",
        "clusterName",
        flat=False,
        nested={"properties": _HD_CLUSTER},
        global_name=True,
    ),
    arm(
        "purview:Account",
        "Microsoft.Purview/accounts",
        "2024-04-01-preview",
        "accountName",
        nested={"privateEndpointConnections": PART},
        global_name=True,
    ),
    arm("fabric:FabricCapacity", "Microsoft.Fabric/capacities", "2023-11-01", "capacityName", global_name=True),
    arm(
        "redis:Redis",
        "Microsoft.Cache/redis",
        "2024-11-01",
        "name",
        inside="sku",
        nested={"redisConfiguration": _REDIS, "privateEndpointConnections": PART},
        global_name=True,
    ),
)
