"""Azure Machine Learning."""

from functools import partial

from seawall.azure.model import IDENTITY, PART, ArmType, arm, shape

_ml = partial(arm, api_version="2025-12-01")
_asset = partial(_ml, flat=False, replace_on="")

_SPARK_IDENTITY = shape(nested={"computeIdentity": shape(nested={"identity": IDENTITY})})
_MONITOR = shape(nested={"computeConfiguration": _SPARK_IDENTITY})
_SCHEDULE = shape(nested={"action": shape(nested={"monitorDefinition": _MONITOR})})

_WS = "Microsoft.MachineLearningServices/workspaces"
_REG = "Microsoft.MachineLearningServices/registries"

TYPES: tuple[ArmType, ...] = (
    _ml(
        "machinelearningservices:Workspace",
        _WS,
        path="workspaceName",
        nested={"sharedPrivateLinkResources": PART, "privateEndpointConnections": PART},
        # Nothing replaces a workspace, its location included: what can't be changed is refused, see `lifecycle.FIXED`.
        replace_on="",
        soft_delete=True,
    ),
    _ml(
        "machinelearningservices:Registry",
        _REG,
        path="registryName",
        nested={"registryPrivateEndpointConnections": PART},
        global_name=True,
        state=False,
    ),
    _ml(
        "machinelearningservices:Compute",
        f"{_WS}/computes",
        path="workspaceName computeName",
        flat=False,
        no_output=(
            "properties.properties.userAccountCredentials.adminUserPassword "
            "properties.properties.administratorAccount.password properties.properties.databricksAccessToken"
        ),
    ),
    _asset(
        "machinelearningservices:Datastore",
        f"{_WS}/datastores",
        path="workspaceName name",
        unsent="skipValidation",
        no_output=(
            "properties.credentials.secrets.key properties.credentials.secrets.sasToken "
            "properties.credentials.secrets.certificate properties.credentials.secrets.clientSecret"
        ),
        state=False,
    ),
    _ml(
        "machinelearningservices:OnlineEndpoint",
        f"{_WS}/onlineEndpoints",
        path="workspaceName endpointName",
        flat=False,
        no_output="properties.keys",
    ),
    _ml(
        "machinelearningservices:OnlineDeployment",
        f"{_WS}/onlineEndpoints/deployments",
        path="workspaceName endpointName deploymentName",
        flat=False,
    ),
    _ml(
        "machinelearningservices:BatchEndpoint",
        f"{_WS}/batchEndpoints",
        path="workspaceName endpointName",
        flat=False,
        no_output="properties.keys",
    ),
    _ml(
        "machinelearningservices:BatchDeployment",
        f"{_WS}/batchEndpoints/deployments",
        path="workspaceName endpointName deploymentName",
        flat=False,
    ),
    _ml(
        "machinelearningservices:ServerlessEndpoint",
        f"{_WS}/serverlessEndpoints",
        path="workspaceName name",
        flat=False,
    ),
    _asset(
        "machinelearningservices:MarketplaceSubscription", f"{_WS}/marketplaceSubscriptions", path="workspaceName name"
    ),
    _asset("machinelearningservices:ModelContainer", f"{_WS}/models", path="workspaceName name"),
    _asset("machinelearningservices:ModelVersion", f"{_WS}/models/versions", path="workspaceName name version"),
    _asset("machinelearningservices:EnvironmentContainer", f"{_WS}/environments", path="workspaceName name"),
    _asset(
        "machinelearningservices:EnvironmentVersion", f"{_WS}/environments/versions", path="workspaceName name version"
    ),
    _asset("machinelearningservices:DataContainer", f"{_WS}/data", path="workspaceName name", state=False),
    _asset(
        "machinelearningservices:DataVersion", f"{_WS}/data/versions", path="workspaceName name version", state=False
    ),
    _asset("machinelearningservices:CodeContainer", f"{_WS}/codes", path="workspaceName name"),
    _asset("machinelearningservices:CodeVersion", f"{_WS}/codes/versions", path="workspaceName name version"),
    _asset("machinelearningservices:ComponentContainer", f"{_WS}/components", path="workspaceName name"),
    _asset("machinelearningservices:ComponentVersion", f"{_WS}/components/versions", path="workspaceName name version"),
    _asset("machinelearningservices:RegistryModelContainer", f"{_REG}/models", path="registryName modelName"),
    _asset(
        "machinelearningservices:RegistryModelVersion", f"{_REG}/models/versions", path="registryName modelName version"
    ),
    _asset(
        "machinelearningservices:RegistryEnvironmentContainer",
        f"{_REG}/environments",
        path="registryName environmentName",
    ),
    _asset(
        "machinelearningservices:RegistryEnvironmentVersion",
        f"{_REG}/environments/versions",
        path="registryName environmentName version",
    ),
    _asset(
        "machinelearningservices:Schedule",
        f"{_WS}/schedules",
        path="workspaceName name",
        nested={"properties": _SCHEDULE},
    ),
    _asset("machinelearningservices:Job", f"{_WS}/jobs", path="workspaceName id", state=False),
    arm(
        "machinelearningservices:LabelingJob",
        f"{_WS}/labelingJobs",
        "2024-01-01-preview",
        "workspaceName id",
        flat=False,
        places={"labelingJobProperties": "properties"},
        replace_on="",
    ),
    _asset("machinelearningservices:FeaturesetContainerEntity", f"{_WS}/featuresets", path="workspaceName name"),
    _asset(
        "machinelearningservices:FeaturesetVersion", f"{_WS}/featuresets/versions", path="workspaceName name version"
    ),
    _asset(
        "machinelearningservices:FeaturestoreEntityContainerEntity",
        f"{_WS}/featurestoreEntities",
        path="workspaceName name",
    ),
    _asset(
        "machinelearningservices:FeaturestoreEntityVersion",
        f"{_WS}/featurestoreEntities/versions",
        path="workspaceName name version",
    ),
    _asset(
        "machinelearningservices:ManagedNetworkSettingsRule",
        f"{_WS}/outboundRules",
        path="workspaceName ruleName",
        state=False,
    ),
    arm(
        "machinelearningservices:OutboundRule",
        f"{_WS}/managedNetworks/outboundRules",
        "2025-04-01-preview",
        "workspaceName managedNetworkName ruleName",
        flat=False,
        replace_on="",
        state=False,
    ),
    _asset(
        "machinelearningservices:WorkspaceConnection",
        f"{_WS}/connections",
        path="workspaceName connectionName",
        no_output="properties.credentials",
        state=False,
    ),
    _ml(
        "machinelearningservices:PrivateEndpointConnection",
        f"{_WS}/privateEndpointConnections",
        path="workspaceName privateEndpointConnectionName",
        nested={"privateEndpoint": shape()},
    ),
    _asset("machinelearningservices:CapabilityHost", f"{_WS}/capabilityHosts", path="workspaceName name"),
)

CLIENTS: tuple[ArmType, ...] = (
    _asset("machinelearningservices:RegistryCodeContainer", f"{_REG}/codes", path="registryName codeName"),
    _asset(
        "machinelearningservices:RegistryCodeVersion", f"{_REG}/codes/versions", path="registryName codeName version"
    ),
    _asset(
        "machinelearningservices:RegistryComponentContainer", f"{_REG}/components", path="registryName componentName"
    ),
    _asset(
        "machinelearningservices:RegistryComponentVersion",
        f"{_REG}/components/versions",
        path="registryName componentName version",
    ),
    _asset("machinelearningservices:RegistryDataContainer", f"{_REG}/data", path="registryName name"),
    _asset("machinelearningservices:RegistryDataVersion", f"{_REG}/data/versions", path="registryName name version"),
)
"""Types that clients make and no plan does."""
