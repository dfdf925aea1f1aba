"""The plan of a whole platform, and of the same one some weeks later."""

from __future__ import annotations

from typing import Any

from builder import GROUP, LOCATION, OTHER_GROUP, TAGS, Builder, Ref

from seawall.plan.model import Plan


class Platform:
    """A platform such as Seawall builds, of about eighty resources, part by part."""

    def __init__(
        self, stack: str = "test", *, lakes: int = 3, protected_vault: bool = True, edited: bool = False
    ) -> None:
        """`edited`: the same platform some weeks later, with something of each kind of change."""
        self.b = Builder(stack)
        self.stack = stack
        self.edited = edited
        b, s = self.b, stack
        self.net, self.group, self.ops = b.group(f"rg-net-{s}"), b.group(f"rg-mlp-{s}"), b.group(f"rg-ops-{s}")
        self._network()
        self.logs = b.logs(self.ops)
        self.vault = b.vault(self.group, f"kv-mlp-{s}", protected=protected_vault)
        self.account = b.storage(self.group, f"stmlp{s}")
        self._registry()
        insights = b.insights(self.ops, self.logs)
        self.workspace = b.workspace(self.group, self.account, self.vault, insights, f"mlw-{s}")
        clusters, endpoints = (2, 3) if edited else (3, 2)
        self.clusters = [b.cluster(self.group, self.workspace, f"cluster-{i}") for i in range(clusters)]
        self.endpoints = [b.endpoint(self.group, self.workspace, f"endpoint-{i}-{s}") for i in range(endpoints)]
        for use in ("workspace", "compute", "endpoint", "ci"):
            self._part("managedidentity:UserAssignedIdentity", f"id-{use}", resourceName=f"id-{use}")
        self._guards()
        for i in range(lakes):
            self._lake(i)

    def plan(self) -> Plan:
        return self.b.plan(workspaceId=self.workspace.id)

    def _part(self, token: str, name: str, **inputs: Any) -> Ref:
        defaults = {"resourceGroupName": self.group.name, "location": LOCATION}
        return self.b.add(token, name, **{**defaults, **inputs})

    def _network(self) -> None:
        b = self.b
        self.network = b.network(self.net)
        guard = {"id": b.security_group(self.net, "nsg-mlp").id}
        names = ("endpoints", "runners", "training")
        self.subnets = [
            b.subnet(self.net, self.network, f"snet-{name}", f"10.20.{i}.0/24", networkSecurityGroup=guard)
            for i, name in enumerate(names)
        ]

    def _registry(self) -> None:
        name = f"crmlp{self.stack}"
        self.registry = self._part("containerregistry:Registry", name, registryName=name, sku={"name": "Premium"})

    def _guards(self) -> None:
        b = self.b
        for target, part, zone in (
            (self.account, "blob", "blob.core.windows.net"),
            (self.vault, "vault", "vaultcore.azure.net"),
            (self.registry, "registry", "azurecr.io"),
            (self.workspace, "amlworkspace", "api.azureml.ms"),
        ):
            self._reachable(target, part, zone)
        logged = (self.vault, self.registry, self.workspace, self.network, *self.endpoints)
        settings = [b.diagnostics(target, self.logs) for target in logged]
        # Both are under a lock: the second goes when the platform is edited, the first comes under another name.
        blobs = b.role(self.account, "Storage Blob Data Contributor", OTHER_GROUP if self.edited else GROUP)
        secrets = b.role(self.group if self.edited else self.vault, "Key Vault Secrets User")
        b.role(self.workspace, "AzureML Data Scientist")
        b.lock(self.vault, "CanNotDelete", (settings[0], secrets))
        b.lock(self.account, "CanNotDelete", (blobs,))
        b.budget(self.group)

    def _reachable(self, target: Ref, part: str, name: str) -> None:
        """A private endpoint with its DNS zone."""
        b, there = self.b, {"resourceGroupName": self.net.name, "location": "global"}
        zone = b.add("privatedns:PrivateZone", name, privateZoneName=f"privatelink.{name}", **there)
        link = {"virtualNetworkLinkName": "to-mlp", "registrationEnabled": False}
        network = {"virtualNetwork": {"id": self.network.id}}
        b.add("privatedns:VirtualNetworkLink", f"{name}-link", privateZoneName=zone.name, **link, **network, **there)
        endpoint = b.private_endpoint(self.net, self.subnets[0], target, part)
        b.add(
            "network:PrivateDnsZoneGroup",
            f"{endpoint.name}-zones",
            privateDnsZoneGroupName="default",
            privateEndpointName=endpoint.name,
            resourceGroupName=self.net.name,
            privateDnsZoneConfigs=[{"name": "zone", "privateDnsZoneId": zone.id}],
        )

    def _lake(self, number: int) -> None:
        b, where = self.b, {"resourceGroupName": self.group.name}
        moved = {"location": "northeurope"} if self.edited and number == 0 else {}
        renamed = "new" if self.edited and number == 1 else ""
        name, tags = f"stlake{number}{renamed}{self.stack}", {**TAGS, "edited": str(self.edited)}
        lake = b.storage(self.group, name, logical=f"lake-{number}", isHnsEnabled=True, tags=tags, **moved)
        where["accountName"] = lake.name
        kept = {"enabled": True, "days": 14}
        service = b.add(
            "storage:BlobServiceProperties",
            f"lake-{number}-blobs",
            blobServicesName="default",
            deleteRetentionPolicy=kept,
            **where,
        )
        for zone in ("raw", "curated", "features"):
            name = f"lake-{number}-{zone}"
            b.add("storage:BlobContainer", name, containerName=zone, publicAccess="None", **where)
        b.diagnostics(service, self.logs, f"lake-{number}")


def platform(stack: str = "test", **options: Any) -> Plan:
    """The plan of a `Platform`."""
    return Platform(stack, **options).plan()
