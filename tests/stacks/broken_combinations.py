"""Stack files whose settings don't go together."""

from __future__ import annotations

from tests.stacks.broken import ENVIRONMENT, INSTANCE, RULE, Broken
from tests.stacks.broken_access import ACCESS
from tests.stacks.documents import CLUSTER, HUB, OWN, SPOKE

VAULT = "/subscriptions/x/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"


def endpoint(**rule: object) -> dict[str, object]:
    return {"name": "vault", "type": "privateEndpoint", "resourceId": VAULT, "subresource": "vault"} | rule


COMBINATIONS = {
    **ACCESS,
    "production as preproduction": Broken({"tier": "preproduction"}, {"tier": "production: prod is guarded"}, "prod"),
    "staging as preproduction": Broken({"tier": "preproduction"}, {"tier": "production"}, "staging"),
    "an address space that is too small": Broken(
        {"network.addressSpace": "10.40.4.0/25"}, {"network.addressSpace": "a range from /8 to /24"}
    ),
    "a subnet outside": Broken(
        {"network.subnets.runners": "10.50.0.0/26"}, {"network.subnets.runners": "within network.addressSpace"}
    ),
    "a subnet that is too small": Broken(
        {"network.subnets.runners": "10.40.4.0/30"}, {"network.subnets.runners": "a /29 or larger"}
    ),
    "a private endpoint subnet that is too small": Broken(
        {"network.subnets.privateEndpoints": "10.40.4.0/27"}, {"network.subnets.privateEndpoints": "a /26 or larger"}
    ),
    "subnets that overlap": Broken(
        {"network.subnets": {"privateEndpoints": "10.40.4.0/24", "runners": "10.40.4.64/26"}},
        {"network.subnets.runners": "a range apart from network.subnets.privateEndpoints"},
    ),
    "no room for the other subnets": Broken(
        {"network.subnets": {"privateEndpoints": "10.40.4.0/23", "runners": "10.40.6.0/24"}},
        {"network.addressSpace": "room for privateEndpoints, runners, training, scoring"},
    ),
    "a subnet for computes in managed mode": Broken(
        {"network.subnets.training": "10.40.4.0/24"}, {"network.subnets.training": "none: in managed mode"}
    ),
    "a firewall subnet outside the hub": Broken(
        {"network.subnets.firewall": "10.40.4.0/26"}, {"network.subnets.firewall": "in shared only"}
    ),
    "more nodes than addresses": Broken(
        {"network": OWN | {"addressSpace": "10.40.8.0/24"}, "compute.clusters": [CLUSTER | {"maxNodes": 60}]},
        {"network.addressSpace": "at least 60: one for each node"},
    ),
    "more nodes than addresses of a given subnet": Broken(
        {"network": OWN | {"subnets": {"training": "10.40.8.0/28"}}, "compute.clusters": [CLUSTER | {"maxNodes": 12}]},
        {"network.subnets.training": "at least 12"},
    ),
    "Docker's own range": Broken(
        {"network": OWN | {"addressSpace": "172.17.0.0/22"}}, {"network.addressSpace": "apart from 172.17.0.0/16"}
    ),
    "a managed network outside managed mode": Broken(
        {"network": OWN | {"managed": {"provisionNow": True}}},
        {"network.managed": "none: network.mode is virtualNetwork"},
    ),
    "an fqdn rule where all is let out": Broken(
        {"network.managed": {"isolation": "allowInternetOutbound", "outboundRules": [RULE]}},
        {"network.managed.outboundRules[0].type": "only where isolation is allowOnlyApprovedOutbound"},
    ),
    "a service tag rule where all is let out": Broken(
        {
            "network.managed": {
                "isolation": "allowInternetOutbound",
                "outboundRules": [{"name": "tag", "type": "serviceTag", "serviceTag": "AzureMonitor"}],
            }
        },
        {"network.managed.outboundRules[0].type": "privateEndpoint: a serviceTag rule"},
    ),
    "a firewall where all is let out": Broken(
        {"network.managed": {"isolation": "allowInternetOutbound", "firewallSku": "Basic"}},
        {"network.managed.firewallSku": "only under allowOnlyApprovedOutbound"},
    ),
    "storage by its name": Broken(
        {"network.managed.outboundRules": [RULE | {"destination": "*.blob.core.windows.net"}]},
        {"network.managed.outboundRules[0].destination": "needs a privateEndpoint rule"},
    ),
    "two outbound rules of one name": Broken(
        {"network.managed.outboundRules": [RULE, RULE | {"name": "RULE"}]},
        {"network.managed.outboundRules[1].name": "no other outbound rule"},
    ),
    "a sub-resource that the target lacks": Broken(
        {"network.managed.outboundRules": [endpoint(subresource="blob")]},
        {"network.managed.outboundRules[0].subresource": "what the target has: vault"},
    ),
    "Spark's endpoint without Spark": Broken(
        {"network.managed.outboundRules": [endpoint(spark=True)]},
        {"network.managed.outboundRules[0].spark": "unless network.managed.includeSpark is true"},
    ),
    "endpoints before their network": Broken(
        {"network.managed.provisionNow": False, "endpoints.online": [{"name": "fraud"}]},
        {"network.managed.provisionNow": "a deployment needs the network beforehand"},
    ),
    "a hub outside hubAndSpoke": Broken(
        {"network.hub": {"addressSpace": "10.0.0.0/22"}}, {"network.hub": "none: network.mode is managed"}
    ),
    "a spoke that doesn't know its hub": Broken(
        {"network": SPOKE | {"hub": {}}}, {"network.hub.addressSpace": "shared's network.addressSpace"}, "test"
    ),
    "a spoke without a hub": Broken(
        {"network": {"mode": "hubAndSpoke", "addressSpace": "10.40.8.0/22"}},
        {"network.hub.addressSpace": "shared's network.addressSpace"},
        "test",
    ),
    "a spoke that overlaps its hub": Broken(
        {"network": SPOKE | {"hub": {"addressSpace": "10.40.0.0/16"}}},
        {"network.addressSpace": "Azure peers no networks that overlap"},
        "test",
    ),
    "a hub without room for its firewall": Broken(
        {"network": SPOKE | {"hub": {"addressSpace": "10.40.0.0/26"}}},
        {"network.hub.addressSpace": "a range of /24 or larger"},
        "test",
    ),
    "a firewall outside its hub": Broken(
        {"network": SPOKE | {"hub": {"addressSpace": "10.40.0.0/22", "firewallSubnet": "10.41.0.0/26"}}},
        {"network.hub.firewallSubnet": "within network.hub.addressSpace"},
        "test",
    ),
    "a spoke that builds the hub": Broken(
        {"network": SPOKE | {"hub": {"addressSpace": "10.40.0.0/22", "bastion": True}}},
        {"network.hub.bastion": "shared builds the hub"},
        "test",
    ),
    "a hub that points to itself": Broken(
        {"network": HUB | {"hub": {"addressSpace": "10.40.0.0/22"}}},
        {"network.hub.addressSpace": "in shared it is network.addressSpace"},
        "shared",
    ),
    "a firewall's settings without a firewall": Broken(
        {"network": HUB | {"hub": {"egress": "nat", "firewallSku": "Premium"}}},
        {"network.hub.firewallSku": "network.hub.egress is nat"},
        "shared",
    ),
    "a bastion for everybody": Broken(
        {"network": HUB | {"hub": {"bastion": True}}}, {"network.hub.bastionAllowedSources": "addresses"}, "shared"
    ),
    "a firewall subnet that is too small": Broken(
        {"network": HUB | {"subnets": {"firewall": "10.40.0.0/27"}}},
        {"network.subnets.firewall": "a /26 or larger"},
        "shared",
    ),
    "zones where there are none": Broken(
        {"location": "westus", "containerRegistry.zoneRedundant": False, "dataLake.redundancy": "LRS"},
        {"storage.redundancy": "westus has no availability zones"},
    ),
    "a pair where there is none": Broken(
        {"location": "qatarcentral", "dataLake.redundancy": "GRS"}, {"dataLake.redundancy": "no paired region"}
    ),
    "a container registry over zones that aren't there": Broken(
        {"location": "ukwest", "storage.redundancy": "LRS", "dataLake.redundancy": "GRS"},
        {"containerRegistry.zoneRedundant": "ukwest has no availability zones"},
    ),
    "an archive that the account lacks": Broken(
        {"dataLake.lifecycle.archiveAfterDays": 90},
        {"dataLake.lifecycle.archiveAfterDays": "an account with ZRS has no archive tier"},
    ),
    "a lifecycle upside down": Broken(
        {"dataLake.lifecycle": {"coolAfterDays": 60, "deleteAfterDays": 30}},
        {"dataLake.lifecycle.deleteAfterDays": "more than coolAfterDays, 60"},
    ),
    "a zone twice": Broken({"dataLake.zones": ["raw", "raw"]}, {"dataLake.zones[1]": "each zone once"}),
    "account keys that don't work": Broken(
        {"workspace.datastoreAuth": "accessKey"}, {"workspace.datastoreAuth": "storage.sharedKeyAccess is false"}
    ),
    "own keys in a vault that can be purged": Broken(
        {"security": {"customerManagedKeys": True, "keyVault": {"purgeProtection": False}}},
        {"security.keyVault.purgeProtection": "only from a purge-protected vault"},
    ),
    "a vault of production that can be purged": Broken(
        {"security.keyVault.purgeProtection": False},
        {"security.keyVault.purgeProtection": "production is always protected"},
        "prod",
    ),
    "hardware keys in a standard vault": Broken(
        {"security.customerManagedKeys": {"enabled": True, "hardware": True}},
        {"security.customerManagedKeys.hardware": "unless security.keyVault.sku is premium"},
    ),
    "short logs in production": Broken(
        {"monitoring.retentionDays": 30}, {"monitoring.retentionDays": "at least 90 in production"}, "prod"
    ),
    "an ML registry outside shared": Broken({"registry.name": "larkspur"}, {"registry": "it belongs to shared"}),
    "a replica at home": Broken(
        {"registry.replicaLocations": ["westeurope"]},
        {"registry.replicaLocations[0]": "other than the stack's own"},
        "shared",
    ),
    "a workspace in shared": Broken(
        {"workspace.highBusinessImpact": True}, {"workspace": "shared has no workspace"}, "shared"
    ),
    "computes in shared": Broken({"compute.clusters": [CLUSTER]}, {"compute": "shared has no workspace"}, "shared"),
    "images built on no cluster": Broken(
        {"workspace.imageBuildCompute": "gpu", "compute.clusters": [CLUSTER]},
        {"workspace.imageBuildCompute": "a name in compute.clusters: cpu"},
    ),
    "packages without a cluster to build on": Broken(
        {"environments": [ENVIRONMENT | {"condaFile": "conda.yaml"}]},
        {"environments[0].condaFile": "a private container registry can't build images itself"},
    ),
    "more nodes at least than at most": Broken(
        {"compute.clusters": [CLUSTER | {"minNodes": 5}]}, {"compute.clusters[0].minNodes": "at most maxNodes, 4"}
    ),
    "a cluster and an instance of one name": Broken(
        {
            "compute.clusters": [CLUSTER],
            "compute.instances": [INSTANCE | {"name": "CPU"}],
        },
        {"compute.instances[0].name": "no other cluster or instance"},
    ),
    "an online and a batch endpoint of one name": Broken(
        {"endpoints": {"online": [{"name": "fraud"}], "batch": [{"name": "fraud"}]}},
        {"endpoints.batch[0].name": "no other endpoint has, online or batch"},
    ),
    "a data store over no zone": Broken(
        {"datastores": [{"name": "claims", "zone": "gold"}]}, {"datastores[0].zone": "raw, curated, features"}
    ),
    "a data store without a data lake": Broken(
        {"datastores": [{"name": "claims", "zone": "raw"}], "dataLake.enabled": False},
        {"datastores[0].zone": "dataLake.enabled is false"},
    ),
    "a data store of the workspace's own": Broken(
        {"datastores": [{"name": "workspaceblobstore", "zone": "raw"}]}, {"datastores[0].name": "the workspace's own"}
    ),
    "an image from anywhere": Broken(
        {"environments": [{"name": "scoring", "image": "docker.io/library/python:3.11"}]},
        {"environments[0].image": "security.approvedImageRegistries or the stack's own: mcr.microsoft.com"},
    ),
    "an image that changes": Broken(
        {"environments": [{"name": "scoring", "image": "mcr.microsoft.com/azureml/base:latest"}]},
        {"environments[0].image": "a tag other than latest, or a digest"},
    ),
    "an environment of Microsoft's": Broken(
        {"environments": [ENVIRONMENT | {"name": "AzureML-sklearn"}]}, {"environments[0].name": "Microsoft's own"}
    ),
    "a cluster whose name is too long": Broken(
        {"compute.clusters": [CLUSTER | {"name": "gradient-boosting"}]},
        {"compute.clusters[0].name": "has 27 characters, 3 too many: Azure takes 3 to 24"},
    ),
    "an endpoint whose name is too long": Broken(
        {"endpoints.online": [{"name": "claims-triage-and-severity"}]},
        {"endpoints.online[0].name": "4 too many: Azure takes 3 to 32"},
    ),
    "a platform whose names are too long": Broken(
        {"workload": "mlplatform", "organisation": "larkspurgrp"},
        {"organisation": "name 'mlr-larkspurgrp-mlplatform-shared-weu' has 37 characters, 5 too many"},
        "dev",
    ),
    "a budget from the middle of a month": Broken(
        {"budget.start": "2026-12-15"}, {"budget.start": "the first of a month, such as 2026-12-01"}
    ),
    "a budget that ends before it starts": Broken(
        {"budget.end": "2026-11-30"}, {"budget.end": "a day after budget.start"}
    ),
    "six notifications of a budget": Broken(
        {"budget.thresholds": {"actual": [20, 40, 60, 80, 100], "forecast": [100]}},
        {"budget.thresholds": "1 to 5, actual and forecast together"},
    ),
    "a threshold twice": Broken(
        {"budget.thresholds.actual": [80, 80]}, {"budget.thresholds.actual[1]": "each percentage once"}
    ),
    "a tag that the platform sets": Broken({"tags": {"Owner": "Ana"}}, {"tags.Owner": "doesn't set itself"}),
    "a tag that Azure keeps": Broken({"tags": {"azure-team": "ml"}}, {"tags.azure-team": "Azure keeps those"}),
    "a tag that Azure refuses": Broken({"tags": {"cost/center": "1"}}, {"tags.cost/center": "without"}),
}
"""One combination each that Azure refuses, or that the platform rules out."""
