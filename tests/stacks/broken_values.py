"""Stack files with a value that is wrong in itself."""

from __future__ import annotations

from tests.stacks.broken import ENVIRONMENT, RULE, Broken
from tests.stacks.documents import CLUSTER, GONE

VALUES = {
    "an unknown setting": Broken({"netwrk": {}}, {"netwrk": "'network'?"}, by_schema=True),
    "an unknown key of a section": Broken(
        {"network.adressSpace": "10.0.0.0/22"}, {"network.adressSpace": "'addressSpace'?"}, by_schema=True
    ),
    "a key in snake_case": Broken(
        {"monitoring.retention_days": 90}, {"monitoring.retention_days": "'retentionDays'?"}, by_schema=True
    ),
    "an unknown key in a list": Broken(
        {"compute.clusters": [CLUSTER | {"maxnode": 3}]}, {"compute.clusters[0].maxnode": "'maxNodes'?"}, by_schema=True
    ),
    "an unknown key of an outbound rule": Broken(
        {"network.managed.outboundRules": [RULE | {"destinaton": "x"}]},
        {"network.managed.outboundRules[0].destinaton": "'destination'?"},
        by_schema=True,
    ),
    "a missing setting": Broken(
        {"owner": GONE}, {"owner": "owner: Mailbox of who answers for the stack"}, by_schema=True
    ),
    "a missing key of a section": Broken(
        {"network.addressSpace": GONE}, {"network.addressSpace": "Range of the stack's virtual network"}, by_schema=True
    ),
    "a missing key in a list": Broken(
        {"compute.clusters": [{"name": "cpu", "maxNodes": 1}]}, {"compute.clusters[0].size": "VM size"}, by_schema=True
    ),
    "a list for a mapping": Broken({"monitoring": [1]}, {"monitoring": "a mapping"}, by_schema=True),
    "a mapping for a list": Broken({"compute.clusters": CLUSTER}, {"compute.clusters": "a list"}, by_schema=True),
    "text for a section": Broken({"network": "managed"}, {"network": "a mapping"}, by_schema=True),
    "a section for text": Broken({"owner": {"name": "Ana"}}, {"owner": "an e-mail address"}, by_schema=True),
    "nothing for a section": Broken({"network": None}, {"network": "a mapping"}, by_schema=True),
    "text for a number": Broken(
        {"monitoring.retentionDays": "90"}, {"monitoring.retentionDays": "a whole number"}, by_schema=True
    ),
    "a fraction for a whole number": Broken(
        {"monitoring.retentionDays": 90.5}, {"monitoring.retentionDays": "a whole number"}, by_schema=True
    ),
    "a number for text": Broken(
        {"environments": [ENVIRONMENT | {"version": 1.1}]}, {"environments[0].version": "in quotes"}, by_schema=True
    ),
    "a word for a boolean": Broken(
        {"storage.versioning": "yes"}, {"storage.versioning": "true or false"}, by_schema=True
    ),
    "a number that is too small": Broken(
        {"security.keyVault.softDeleteDays": 3}, {"security.keyVault.softDeleteDays": "at least 7"}, by_schema=True
    ),
    "a number that is too large": Broken(
        {"security.keyVault.softDeleteDays": 91}, {"security.keyVault.softDeleteDays": "at most 90"}, by_schema=True
    ),
    "a budget of nothing": Broken({"budget.amount": 0}, {"budget.amount": "above 0"}, by_schema=True),
    "a word that isn't one of the choices": Broken(
        {"network.mode": "public"}, {"network.mode": "'managed', 'virtualNetwork', 'hubAndSpoke'"}, by_schema=True
    ),
    "an unknown kind of outbound rule": Broken(
        {"network.managed.outboundRules": [RULE | {"type": "ip"}]},
        {"network.managed.outboundRules[0]": "'fqdn', 'privateEndpoint', 'serviceTag'"},
        by_schema=True,
    ),
    "an unknown region": Broken({"location": "west-europe"}, {"location": "such as westeurope"}, by_schema=True),
    "a region as the portal shows it": Broken(
        {"location": "North Europe"}, {"location": "such as northeurope"}, by_schema=True
    ),
    "a subscription that is no GUID": Broken({"subscription": "prod"}, {"subscription": "a GUID"}, by_schema=True),
    "an owner who is no mailbox": Broken(
        {"owner": "the platform team"}, {"owner": "an e-mail address"}, by_schema=True
    ),
    "a range that is no CIDR": Broken(
        {"network.addressSpace": "10.0.0.0/33"}, {"network.addressSpace": "an IPv4 range in CIDR notation"}
    ),
    "a range without a length": Broken(
        {"network.addressSpace": "10.0.0.0"}, {"network.addressSpace": "CIDR notation"}, by_schema=True
    ),
    "a range that starts in the middle": Broken(
        {"network.addressSpace": "10.40.4.1/22"},
        {"network.addressSpace": "the first address of the range: 10.40.4.0/22"},
    ),
    "a public range": Broken({"network.addressSpace": "8.8.0.0/16"}, {"network.addressSpace": "a private range"}),
    "an organisation in capitals": Broken(
        {"organisation": "Larkspur"}, {"organisation": "lower-case letters and digits"}, by_schema=True
    ),
    "an organisation that is too long": Broken(
        {"organisation": "larkspurinsurance"},
        {"organisation": "at most 12 characters: 17 are 5 too many"},
        by_schema=True,
    ),
    "a day that doesn't exist": Broken({"budget.start": "2026-02-30"}, {"budget.start": "a day in quotes"}),
    "a VM size by another name": Broken(
        {"compute.clusters": [CLUSTER | {"size": "DS3"}]},
        {"compute.clusters[0].size": "Standard_DS3_v2"},
        by_schema=True,
    ),
    "a person by name": Broken(
        {"compute.instances": [{"name": "ana", "size": "Standard_DS3_v2", "assignedTo": "ana"}]},
        {"compute.instances[0].assignedTo": "a GUID"},
        by_schema=True,
    ),
    "a data lake without zones": Broken({"dataLake.zones": []}, {"dataLake.zones": "at least 1"}, by_schema=True),
    "a federated repository with a wildcard": Broken(
        {"identities.github": {"organisation": "larkspur", "repository": "*"}},
        {"identities.github.repository": "a repository's name"},
        by_schema=True,
    ),
    "an fqdn rule with a port": Broken(
        {"network.managed.outboundRules": [RULE | {"destination": "packages.larkspur.example:8443"}]},
        {"network.managed.outboundRules[0].destination": "a host name"},
        by_schema=True,
    ),
    "ports of an fqdn rule": Broken(
        {"network.managed.outboundRules": [RULE | {"ports": [8443]}]},
        {"network.managed.outboundRules[0].ports": "80 and 443, always"},
        by_schema=True,
    ),
    "a hierarchical workspace account": Broken(
        {"storage.hierarchicalNamespace": True}, {"storage.hierarchicalNamespace": "Azure refuses"}, by_schema=True
    ),
    "a premium workspace account": Broken(
        {"storage.sku": "Premium_LRS"},
        {"storage.sku": "Azure refuses a workspace account that isn't flat"},
        by_schema=True,
    ),
    "a Basic container registry": Broken(
        {"containerRegistry.sku": "Basic"}, {"containerRegistry.sku": "only that has private endpoints"}, by_schema=True
    ),
    "a public workspace": Broken(
        {"workspace.publicNetworkAccess": True},
        {"workspace.publicNetworkAccess": "everything is private"},
        by_schema=True,
    ),
    "keys for a batch endpoint": Broken(
        {"endpoints.batch": [{"name": "nightly", "auth": "key"}]},
        {"endpoints.batch[0].auth": "Entra tokens and nothing else"},
        by_schema=True,
    ),
    "traffic of an endpoint": Broken(
        {"endpoints.online": [{"name": "fraud", "traffic": {"blue": 100}}]},
        {"endpoints.online[0].traffic": "belongs to releases"},
        by_schema=True,
    ),
    "a conda file outside": Broken(
        {"environments": [ENVIRONMENT | {"condaFile": "/etc/conda.yaml"}], "compute.clusters": [CLUSTER]},
        {"environments[0].condaFile": "relative to the stack file"},
        by_schema=True,
    ),
    "a conda file that isn't there": Broken(
        {"environments": [ENVIRONMENT | {"condaFile": "conda/none.yaml"}], "compute.clusters": [CLUSTER]},
        {"environments[0].condaFile": "a file in "},
    ),
}
"""One wrong value each."""
