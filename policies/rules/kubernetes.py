"""Rules on Kubernetes clusters."""

from __future__ import annotations

from policies.facts import anywhere, texts
from policies.reading import ResourceView
from policies.rule import HIGH, Found, rule

CLUSTER = "containerservice:ManagedCluster"

NETWORK_POLICIES = ("azure", "calico", "cilium")


@rule(
    CLUSTER,
    group="network",
    severity=HIGH,
    psrule="Azure.AKS.AuthorizedIPs Azure.AKS.NetworkPolicy",
    checkov="CKV_AZURE_115 CKV_AZURE_6 CKV_AZURE_7",
    azure_policy="040732e8-d947-40b8-95d6-854c95024bf8",
    mcsb="NS-2",
    fix="Set apiServerAccessProfile.enablePrivateCluster to true, or name authorizedIPRanges; and set "
    "networkProfile.networkPolicy.",
)
def aks_private_api(cluster: ResourceView) -> Found:
    """A cluster's API can't be reached from the Internet, and its pods can't all reach each other.

    Who reaches the API server needs but one stolen token to run a pod next to the data. Without a network policy, one
    pod that was broken into reaches all others.
    """
    if cluster.get("apiServerAccessProfile.enablePrivateCluster") is not True:
        ranges = texts(cluster.get("apiServerAccessProfile.authorizedIPRanges"))
        if not ranges:
            yield "its API server is public, and authorizedIPRanges names nobody"
        for source in ranges:
            if anywhere(source):
                yield f"authorizedIPRanges has {source}: that is everybody"
    policy = str(cluster.get("networkProfile.networkPolicy", "not set"))
    if policy.casefold() not in NETWORK_POLICIES:
        yield f"networkProfile.networkPolicy is {policy}: every pod reaches every other"
