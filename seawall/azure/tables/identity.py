"""Resource groups, identities, and who may do what: roles, locks, Azure Policy."""

from functools import partial

from seawall.azure.model import RESOURCE_GROUP, SUBSCRIPTION, ArmType, arm, shape

_rule = partial(arm, under="{scope}", replace_on="", state=False)

_OFFERING = shape(places={"mdcContainersAgentlessDiscoveryK8S": "mdcContainersAgentlessDiscoveryK8s"})

TYPES: tuple[ArmType, ...] = (
    arm(
        "resources:ResourceGroup",
        "Microsoft.Resources/resourceGroups",
        "2024-03-01",
        "resourceGroupName",
        flat_outputs=False,
        under=SUBSCRIPTION,
        # managedBy: "immutable once set" (Source: Resource Manager reference, Resource Groups - Create Or Update).
        replace_on="location managedBy",
    ),
    arm(
        "resources:Deployment",
        "Microsoft.Resources/deployments",
        "2024-03-01",
        "deploymentName",
        flat=False,
        no_output="properties.template",
    ),
    arm(
        "managedidentity:UserAssignedIdentity",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "2023-01-31",
        "resourceName",
        state=False,
    ),
    arm(
        "managedidentity:FederatedIdentityCredential",
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "2023-01-31",
        "resourceName federatedIdentityCredentialResourceName",
        replace_on="",
        state=False,
    ),
    _rule(
        "authorization:RoleAssignment",
        "Microsoft.Authorization/roleAssignments",
        "2022-04-01",
        "roleAssignmentName",
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go. The role and the principal's type are not in
        # that list, and Azure refuses to change them: see `lifecycle.FIXED`.
        replace_on="principalId scope",
    ),
    _rule(
        "authorization:RoleDefinition",
        "Microsoft.Authorization/roleDefinitions",
        "2022-05-01-preview",
        "roleDefinitionId",
        places={"roleType": "properties.type"},
    ),
    _rule(
        "authorization:PimRoleEligibilitySchedule",
        "Microsoft.Authorization/roleEligibilityScheduleRequests",
        "2020-10-01",
        "",
        # It takes no name: the service makes one. Source: pulumi-azure-native, custom_pim_eligibility.go, which
        # also replaces the schedule on every change, since it can't be updated.
        name_from="scope principalId roleDefinitionId",
        replace_on=(
            "principalId roleDefinitionId condition conditionVersion justification scheduleInfo ticketInfo "
            "targetRoleEligibilityScheduleId targetRoleEligibilityScheduleInstanceId"
        ),
    ),
    _rule(
        "authorization:RoleManagementPolicy",
        "Microsoft.Authorization/roleManagementPolicies",
        "2024-09-01-preview",
        "roleManagementPolicyName",
    ),
    _rule(
        "authorization:RoleManagementPolicyAssignment",
        "Microsoft.Authorization/roleManagementPolicyAssignments",
        "2024-09-01-preview",
        "roleManagementPolicyAssignmentName",
    ),
    _rule(
        "authorization:ManagementLockByScope",
        "Microsoft.Authorization/locks",
        "2020-05-01",
        "lockName",
    ),
    _rule(
        "authorization:PolicyAssignment",
        "Microsoft.Authorization/policyAssignments",
        "2025-01-01",
        "policyAssignmentName",
    ),
    arm(
        "authorization:PolicyDefinition",
        "Microsoft.Authorization/policyDefinitions",
        "2025-01-01",
        "policyDefinitionName",
        under=SUBSCRIPTION,
        replace_on="",
        state=False,
    ),
    arm(
        "authorization:PolicySetDefinition",
        "Microsoft.Authorization/policySetDefinitions",
        "2025-01-01",
        "policySetDefinitionName",
        under=SUBSCRIPTION,
        replace_on="",
        state=False,
    ),
    _rule(
        "authorization:PolicyExemption",
        "Microsoft.Authorization/policyExemptions",
        "2022-07-01-preview",
        "policyExemptionName",
    ),
    arm(
        "policyinsights:RemediationAtResourceGroup",
        "Microsoft.PolicyInsights/remediations",
        "2024-10-01",
        "remediationName",
        replace_on="",
    ),
    arm(
        "security:Pricing",
        "Microsoft.Security/pricings",
        "2024-01-01",
        "pricingName",
        under="{scopeId}",
        replace_on="",
        state=False,
    ),
    arm(
        "security:SecurityContact",
        "Microsoft.Security/securityContacts",
        "2023-12-01-preview",
        "securityContactName",
        under=SUBSCRIPTION,
        replace_on="",
        state=False,
    ),
    arm(
        "security:SecurityConnector",
        "Microsoft.Security/securityConnectors",
        "2024-08-01-preview",
        "securityConnectorName",
        nested={"offerings": _OFFERING},
        state=False,
    ),
    arm("security:Automation", "Microsoft.Security/automations", "2023-12-01-preview", "automationName", state=False),
    arm(
        "security:DefenderForStorage",
        "Microsoft.Security/defenderForStorageSettings",
        "2024-10-01-preview",
        "settingName",
        flat=False,
        under="{resourceId}",
        replace_on="",
        state=False,
    ),
    arm(
        "security:APICollectionByAzureApiManagementService",
        "Microsoft.Security/apiCollections",
        "2023-11-15",
        "apiId",
        under=RESOURCE_GROUP + "/providers/Microsoft.ApiManagement/service/{serviceName}",
        replace_on="",
    ),
)
