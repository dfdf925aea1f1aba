# Twelve of the rules of policies/rules in Rego, for bench/check.py to time conftest with. A message is `rule urn`.
package main

import rego.v1

of_type(short) := [r | some r in input.resources; r.type == concat("", ["azure-native:", short])]

is(value, expected) if lower(value) == lower(expected)

closed(value) if is(value, "Disabled")

closed(value) if is(value, "SecuredByPerimeter")

said(rule, resource) := sprintf("%s %s", [rule, resource.urn])

deny contains said("ml-workspace-public-off", r) if {
	some r in of_type("machinelearningservices:Workspace")
	not is(object.get(r.inputs, "publicNetworkAccess", ""), "Disabled")
}

deny contains said("ml-workspace-public-off", r) if {
	some r in of_type("machinelearningservices:Workspace")
	r.inputs.allowPublicAccessWhenBehindVnet == true
}

managed_computes := [r |
	some r in of_type("machinelearningservices:Compute")
	lower(object.get(r.inputs, ["properties", "computeType"], "")) in {"amlcompute", "computeinstance"}
]

deny contains said("ml-compute-local-auth-off", r) if {
	some r in managed_computes
	object.get(r.inputs, ["properties", "disableLocalAuth"], false) != true
}

deny contains said("ml-compute-no-public-ip", r) if {
	some r in managed_computes
	object.get(r.inputs, ["properties", "properties", "enableNodePublicIp"], true) != false
}

deny contains said("ml-compute-no-public-ip", r) if {
	some r in managed_computes
	is(object.get(r.inputs, ["properties", "properties", "sshSettings", "sshPublicAccess"], ""), "Enabled")
}

deny contains said("ml-compute-no-public-ip", r) if {
	some r in managed_computes
	is(r.inputs.properties.computeType, "AmlCompute")
	login := object.get(r.inputs, ["properties", "properties", "remoteLoginPortPublicAccess"], "NotSpecified")
	not is(login, "Disabled")
	not in_subnet(r, login)
}

in_subnet(r, login) if {
	is(login, "NotSpecified")
	r.inputs.properties.properties.subnet.id
}

# A relation: the network of a compute's workspace.
networks[[lower(r.inputs.resourceGroupName), lower(r.inputs.workspaceName)]] := mode if {
	some r in of_type("machinelearningservices:Workspace")
	mode := object.get(r.inputs, ["managedNetwork", "isolationMode"], "Disabled")
}

deny contains said("ml-compute-isolated", r) if {
	some r in managed_computes
	not r.inputs.properties.properties.subnet.id
	is(networks[[lower(r.inputs.resourceGroupName), lower(r.inputs.workspaceName)]], "Disabled")
}

deny contains said("ml-endpoint-entra-auth", r) if {
	some kind in ["machinelearningservices:OnlineEndpoint", "machinelearningservices:BatchEndpoint"]
	some r in of_type(kind)
	not is(object.get(r.inputs, ["properties", "authMode"], ""), "AADToken")
}

deny contains said("ml-endpoint-private", r) if {
	some r in of_type("machinelearningservices:OnlineEndpoint")
	not lower(object.get(r.inputs, "kind", "")) in {"kubernetes", "k8s"}
	not closed(object.get(r.inputs, ["properties", "publicNetworkAccess"], ""))
}

accounts := of_type("storage:StorageAccount")

deny contains said("storage-no-anonymous-blob", r) if {
	some r in accounts
	object.get(r.inputs, "allowBlobPublicAccess", true) != false
}

deny contains said("storage-no-anonymous-blob", r) if {
	some r in of_type("storage:BlobContainer")
	not is(object.get(r.inputs, "publicAccess", "None"), "None")
}

deny contains said("storage-shared-key-off", r) if {
	some r in accounts
	some key in ["allowSharedKeyAccess", "isLocalUserEnabled"]
	object.get(r.inputs, key, true) != false
}

deny contains said("storage-shared-key-off", r) if {
	some r in accounts
	r.inputs.isSftpEnabled == true
}

vaults := of_type("keyvault:Vault")

deny contains said("keyvault-rbac", r) if {
	some r in vaults
	object.get(r.inputs, ["properties", "enableRbacAuthorization"], false) != true
}

deny contains said("keyvault-rbac", r) if {
	some r in vaults
	count(r.inputs.properties.accessPolicies) > 0
}

deny contains said("keyvault-purge-protection", r) if {
	some r in vaults
	object.get(r.inputs, ["properties", "enablePurgeProtection"], false) != true
}

deny contains said("keyvault-purge-protection", r) if {
	some r in vaults
	object.get(r.inputs, ["properties", "enableSoftDelete"], true) != true
}

deny contains said("keyvault-purge-protection", r) if {
	some r in vaults
	object.get(r.inputs, ["properties", "softDeleteRetentionInDays"], 90) < 90
}

registries := of_type("containerregistry:Registry")

deny contains said("acr-network", r) if {
	some r in registries
	not is(object.get(r.inputs, ["sku", "name"], ""), "Premium")
}

deny contains said("acr-network", r) if {
	some r in registries
	not closed(object.get(r.inputs, "publicNetworkAccess", ""))
}

deny contains said("acr-admin-anonymous-off", r) if {
	some r in registries
	some key in ["adminUserEnabled", "anonymousPullEnabled"]
	object.get(r.inputs, key, false) == true
}
