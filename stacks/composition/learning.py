"""The machine-learning part of a stack: the workspace with its computes, data, environments and endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pulumi import Input, Output

import components
from components import managed_network as outbound
from stacks.composition.access import Grants, grants
from stacks.composition.data import Data
from stacks.composition.ground import Ground, Guards
from stacks.composition.identities import Identities
from stacks.composition.monitoring import Monitoring
from stacks.composition.network import Network
from stacks.settings import Settings

STACKS = Path(__file__).parent.parent
"""The folder of the stack files, to which their paths are relative."""

AUTH = {"aadToken": "AADToken", "amlToken": "AMLToken", "key": "Key"}


@dataclass(frozen=True)
class Learning:
    """An environment's workspace, and its endpoints by their names in the settings."""

    workspace: components.Workspace
    online: Mapping[str, components.OnlineEndpoint] = field(default_factory=dict)
    batch: Mapping[str, components.BatchEndpoint] = field(default_factory=dict)


def registry(ground: Ground, guards: Guards) -> components.MachineLearningRegistry:
    """Make the ML registry that every environment promotes its models through."""
    settings = ground.settings
    return components.MachineLearningRegistry(
        "registry",
        components.MachineLearningRegistryArgs(
            **ground.placed("ml", "ml registry", name=settings.registry.name or ""),
            **guards.on(settings),
            replica_locations=settings.registry.replica_locations,
        ),
        ground.opts,
    )


def learning(
    ground: Ground, guards: Guards, network: Network, data: Data, watched: Monitoring, who: Identities
) -> Learning:
    """Make the workspace of an environment and all that stands in it."""
    granted = grants(ground, who, data, watched)
    workspace = _workspace(ground, guards, network, data, watched, granted)
    inside = _Inside(ground, workspace, network, granted)
    clusters = inside.computes()
    inside.datastores(data)
    inside.environments(clusters)
    return Learning(
        workspace=workspace, online=inside.online_endpoints(watched.logs.id), batch=inside.batch_endpoints()
    )


def _workspace(
    ground: Ground,
    guards: Guards,
    network: Network,
    data: Data,
    watched: Monitoring,
    granted: Grants,
) -> components.Workspace:
    settings = ground.settings
    wanted = settings.workspace
    own = wanted.identity == "userAssigned"
    cluster = settings.image_build_compute
    assert data.storage and data.vault and watched.insights  # every environment has them
    return components.Workspace(
        "workspace",
        components.WorkspaceArgs(
            **ground.placed("ml", "ml workspace", name=wanted.name or ""),
            **guards.unprotected(),
            storage_account_id=data.storage.id,
            key_vault_id=data.vault.id,
            container_registry_id=data.images.id,
            application_insights_id=watched.insights.id,
            identity_ids=[granted.workspace_id] if own else [],
            system_identity=not own,
            managed_network=_managed_network(settings, data),
            serverless_subnet_id=None if settings.has_managed_network else network.subnet_ids["training"],
            image_build_compute=ground.name("compute cluster", cluster) if cluster else None,
            high_business_impact=wanted.high_business_impact,
            data_isolation=wanted.data_isolation,
            datastore_auth="Identity" if wanted.datastore_auth == "identity" else "AccessKey",
            encryption_key=data.workspace_key,
            friendly_name=f"{settings.organisation} {settings.workload} {settings.environment}",
        ),
        ground.opts,
    )


def _managed_network(settings: Settings, data: Data) -> outbound.ManagedNetwork | None:
    if not settings.has_managed_network:
        return None
    wanted = settings.network.managed
    given = {rule.name: _outbound_rule(rule) for rule in wanted.outbound_rules}
    return outbound.ManagedNetwork(
        isolation="AllowInternetOutbound"
        if wanted.isolation == "allowInternetOutbound"
        else "AllowOnlyApprovedOutbound",
        outbound_rules={**_to_storage(settings, data), **given},
        provision_now=wanted.provision_now,
        include_spark=wanted.include_spark,
        firewall_sku=wanted.firewall_sku,
    )


def _to_storage(settings: Settings, data: Data) -> dict[str, outbound.OutboundRule]:
    """Private endpoints to what Azure makes none for by itself: the data lake, and what batch jobs keep their state in.

    Source: Azure Machine Learning docs, how-to-managed-network, "Scenario: Use batch endpoints or ParallelRunStep".
    """
    wanted: list[tuple[str, Input[str], str]] = []
    if data.lake:
        wanted += [("lake", data.lake.id, group) for group in ("blob", "dfs")]
    if data.storage and settings.endpoints.batch:
        wanted += [("storage", data.storage.id, group) for group in ("queue", "table")]
    spark = settings.network.managed.include_spark
    return {
        f"{what}-{group}": outbound.PrivateEndpointRule(resource_id=id, subresource=group, spark=spark)
        for what, id, group in wanted
    }


def _outbound_rule(rule) -> outbound.OutboundRule:
    if rule.type == "fqdn":
        return outbound.FqdnRule(host=rule.destination)
    if rule.type == "serviceTag":
        return outbound.ServiceTagRule(
            service_tag=rule.service_tag, protocol=rule.protocol, port_ranges=rule.port_ranges
        )
    return outbound.PrivateEndpointRule(
        resource_id=rule.resource_id, subresource=rule.subresource, spark=rule.spark, fqdns=rule.fqdns
    )


class _Inside:
    """Makes what stands in a workspace."""

    def __init__(self, ground: Ground, workspace: components.Workspace, network: Network, granted: Grants) -> None:
        self.ground, self.settings, self.workspace, self.granted = ground, ground.settings, workspace, granted
        in_own_network = not ground.settings.has_managed_network
        self.subnet_id: Input[str] | None = network.subnet_ids["training"] if in_own_network else None

    def placed(self, name: str) -> dict[str, object]:
        """The arguments of `WorkspaceChildArgs`."""
        return {"workspace_id": self.workspace.id, "tags": self.ground.tags, "resource_name": name}

    def computes(self) -> Sequence[components.ComputeCluster]:
        """Clusters and instances; the clusters are returned, since they build images."""
        clusters = [self._cluster(wanted) for wanted in self.settings.compute.clusters]
        for wanted in self.settings.compute.instances:
            components.ComputeInstance(
                f"instance-{wanted.name}",
                components.ComputeInstanceArgs(
                    **self.placed(self.ground.name("compute instance", wanted.name)),
                    location=self.settings.location,
                    size=wanted.size,
                    assigned_to=wanted.assigned_to,
                    tenant_id=self.settings.tenant,
                    idle_minutes=wanted.idle_shutdown_minutes,
                    subnet_id=self.subnet_id,
                ),
                self.ground.opts,
            )
        return clusters

    def _cluster(self, wanted) -> components.ComputeCluster:
        return components.ComputeCluster(
            f"cluster-{wanted.name}",
            components.ComputeClusterArgs(
                **self.placed(self.ground.name("compute cluster", wanted.name)),
                location=self.settings.location,
                size=wanted.size,
                max_nodes=wanted.max_nodes,
                min_nodes=wanted.min_nodes,
                idle_minutes=wanted.idle_minutes,
                low_priority=wanted.tier == "lowPriority",
                subnet_id=self.subnet_id,
                identity_ids=[self.granted.compute_id] if wanted.identity == "userAssigned" else [],
            ),
            self.ground.opts,
        )

    def datastores(self, data: Data) -> None:
        """One for each zone of the lake, or those that the settings name."""
        if data.lake is None:
            return
        for wanted in self.settings.all_datastores:
            components.Datastore(
                f"datastore-{wanted.name}",
                components.DatastoreArgs(
                    **self.placed(self.ground.name("datastore", wanted.name)),
                    storage_account_id=data.lake.id,
                    container=wanted.zone,
                    service_identity="WorkspaceUserAssignedIdentity"
                    if self.settings.workspace.identity == "userAssigned"
                    else "WorkspaceSystemAssignedIdentity",
                    description=wanted.description,
                ),
                self.ground.opts,
            )

    def environments(self, clusters: Sequence[components.ComputeCluster]) -> None:
        """Environments. They wait for the clusters, one of which builds the image of those with Conda packages."""
        workspace_id = Output.all(self.workspace.id, *(cluster.id for cluster in clusters)).apply(lambda ids: ids[0])
        for wanted in self.settings.environments:
            components.EnvironmentVersion(
                f"environment-{wanted.name}",
                components.EnvironmentVersionArgs(
                    workspace_id=workspace_id,
                    tags=self.ground.tags,
                    resource_name=self.ground.name("environment", wanted.name),
                    version=wanted.version,
                    image=wanted.image,
                    conda_file=(STACKS / wanted.conda_file).read_text() if wanted.conda_file else "",
                    description=wanted.description,
                ),
                self.ground.opts,
            )

    def online_endpoints(self, log_analytics_workspace_id: Input[str]) -> dict[str, components.OnlineEndpoint]:
        return {
            wanted.name: components.OnlineEndpoint(
                f"online-{wanted.name}",
                components.OnlineEndpointArgs(
                    **self.placed(self.ground.name("online endpoint", wanted.name)),
                    location=self.settings.location,
                    log_analytics_workspace_id=log_analytics_workspace_id,
                    auth=AUTH[wanted.auth],
                    identity_ids=[self.granted.endpoints_id] if wanted.identity == "userAssigned" else [],
                    description=wanted.description,
                ),
                self.ground.opts,
            )
            for wanted in self.settings.endpoints.online
        }

    def batch_endpoints(self) -> dict[str, components.BatchEndpoint]:
        return {
            wanted.name: components.BatchEndpoint(
                f"batch-{wanted.name}",
                components.BatchEndpointArgs(
                    **self.placed(self.ground.name("batch endpoint", wanted.name)),
                    location=self.settings.location,
                    identity_ids=[self.granted.endpoints_id],
                    description=wanted.description,
                ),
                self.ground.opts,
            )
            for wanted in self.settings.endpoints.batch
        }
