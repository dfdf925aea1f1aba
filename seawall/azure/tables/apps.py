"""AI services, gateways, containers, Kubernetes and machines: what may surround a platform."""

from functools import partial

from seawall.azure.model import PART, RESOURCE_GROUP, ArmType, arm, kebab, part, shape

_ai = partial(arm, api_version="2025-06-01", flat=False, replace_on="")
_api = partial(arm, api_version="2024-05-01", replace_on="")
_app = partial(arm, api_version="2025-02-02-preview")
_extension = partial(
    arm,
    api_version="2023-05-01",
    under=RESOURCE_GROUP + "/providers/{clusterRp}/{clusterResourceName}/{clusterName}",
    replace_on="",
)

_NIC = part({"ipConfigurations": part({"publicIPAddressConfiguration": PART})})
_VM_NETWORK = shape(nested={"networkInterfaceConfigurations": _NIC, "networkInterfaces": PART})
_SCALE_SET_PROFILE = shape(
    nested={
        "networkProfile": shape(nested={"networkInterfaceConfigurations": _NIC}),
        "extensionProfile": shape(nested={"extensions": part(inside="type")}),
    }
)

_AUTOSCALER = shape(
    places=kebab(
        "balanceSimilarNodeGroups daemonsetEvictionForEmptyNodes daemonsetEvictionForOccupiedNodes "
        "ignoreDaemonsetsUtilization maxEmptyBulkDelete maxGracefulTerminationSec maxNodeProvisionTime "
        "maxTotalUnreadyPercentage newPodScaleUpDelay okTotalUnreadyCount scaleDownDelayAfterAdd "
        "scaleDownDelayAfterDelete scaleDownDelayAfterFailure scaleDownUnneededTime scaleDownUnreadyTime "
        "scaleDownUtilizationThreshold scanInterval skipNodesWithLocalStorage skipNodesWithSystemPods"
    )
)

TYPES: tuple[ArmType, ...] = (
    _ai(
        "cognitiveservices:Account",
        "Microsoft.CognitiveServices/accounts",
        path="accountName",
        nested={"properties": shape(nested={"privateEndpointConnections": PART})},
        replace_on="location",
        soft_delete=True,
        global_name=True,
    ),
    _ai(
        "cognitiveservices:Deployment",
        "Microsoft.CognitiveServices/accounts/deployments",
        path="accountName deploymentName",
    ),
    _ai(
        "cognitiveservices:Project",
        "Microsoft.CognitiveServices/accounts/projects",
        path="accountName projectName",
        replace_on="location",
    ),
    _ai(
        "cognitiveservices:RaiPolicy",
        "Microsoft.CognitiveServices/accounts/raiPolicies",
        path="accountName raiPolicyName",
        state=False,
    ),
    _ai(
        "cognitiveservices:RaiBlocklist",
        "Microsoft.CognitiveServices/accounts/raiBlocklists",
        path="accountName raiBlocklistName",
        state=False,
    ),
    _ai(
        "cognitiveservices:AccountCapabilityHost",
        "Microsoft.CognitiveServices/accounts/capabilityHosts",
        path="accountName capabilityHostName",
        places={"capabilityHostProperties": "properties"},
    ),
    _ai(
        "cognitiveservices:AccountConnection",
        "Microsoft.CognitiveServices/accounts/connections",
        path="accountName connectionName",
        no_output="properties.credentials",
        state=False,
    ),
    arm(
        "search:Service",
        "Microsoft.Search/searchServices",
        "2025-05-01",
        "searchServiceName",
        state="succeeded",
        nested={"privateEndpointConnections": PART},
        global_name=True,
    ),
    arm(
        "search:SharedPrivateLinkResource",
        "Microsoft.Search/searchServices/sharedPrivateLinkResources",
        "2025-05-01",
        "searchServiceName sharedPrivateLinkResourceName",
        flat=False,
        replace_on="",
    ),
    _api(
        "apimanagement:ApiManagementService",
        "Microsoft.ApiManagement/service",
        path="serviceName",
        nested={"privateEndpointConnections": PART},
        replace_on="location",
        soft_delete=True,
        global_name=True,
    ),
    _api(
        "apimanagement:Api",
        "Microsoft.ApiManagement/service/apis",
        path="serviceName apiId",
        places={
            "apiType": "properties.type",
            "soapApiType": "properties.apiType",
            "translateRequiredQueryParametersConduct": "properties.translateRequiredQueryParameters",
        },
        # An imported definition is read once.
        no_output=(
            "properties.format properties.value properties.wsdlSelector properties.apiType "
            "properties.translateRequiredQueryParameters"
        ),
    ),
    _api(
        "apimanagement:ApiPolicy",
        "Microsoft.ApiManagement/service/apis/policies",
        path="serviceName apiId policyId",
        state=False,
    ),
    arm(
        "containerservice:ManagedCluster",
        "Microsoft.ContainerService/managedClusters",
        "2025-09-01",
        "resourceName",
        nested={"autoScalerProfile": _AUTOSCALER},
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go
        replace_on="location diskEncryptionSetID dnsPrefix fqdnSubdomain linuxProfile nodeResourceGroup windowsProfile",
    ),
    arm(
        "containerservice:AgentPool",
        "Microsoft.ContainerService/managedClusters/agentPools",
        "2025-09-01",
        "resourceName agentPoolName",
        inside="type tags",
        # Source: as above
        replace_on="gpuInstanceProfile vmSize",
    ),
    arm("kubernetes:ConnectedCluster", "Microsoft.Kubernetes/connectedClusters", "2024-02-01-preview", "clusterName"),
    _extension(
        "kubernetesconfiguration:Extension", "Microsoft.KubernetesConfiguration/extensions", path="extensionName"
    ),
    _extension(
        "kubernetesconfiguration:FluxConfiguration",
        "Microsoft.KubernetesConfiguration/fluxConfigurations",
        path="fluxConfigurationName",
    ),
    arm("web:AppServicePlan", "Microsoft.Web/serverfarms", "2025-03-01", "name"),
    arm(
        "web:WebApp",
        "Microsoft.Web/sites",
        "2025-03-01",
        "name",
        nested={"siteConfig": shape(nested={"push": PART})},
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go
        replace_on="location kind",
        no_output="properties.cloningInfo",
        global_name=True,
        state=False,
    ),
    _app(
        "app:ManagedEnvironment",
        "Microsoft.App/managedEnvironments",
        path="environmentName",
        nested={"privateEndpointConnections": PART},
    ),
    _app("app:ContainerApp", "Microsoft.App/containerApps", path="containerAppName"),
    _app("app:Job", "Microsoft.App/jobs", path="jobName"),
    arm("compute:DiskEncryptionSet", "Microsoft.Compute/diskEncryptionSets", "2024-03-02", "diskEncryptionSetName"),
    arm(
        "compute:VirtualMachine",
        "Microsoft.Compute/virtualMachines",
        "2024-11-01",
        "vmName",
        nested={"networkProfile": _VM_NETWORK, "resources": PART},
        no_output="properties.osProfile.adminPassword",
    ),
    arm(
        "compute:VirtualMachineScaleSet",
        "Microsoft.Compute/virtualMachineScaleSets",
        "2024-11-01",
        "vmScaleSetName",
        nested={"virtualMachineProfile": _SCALE_SET_PROFILE},
        no_output="properties.virtualMachineProfile.osProfile.adminPassword",
    ),
)
