"""The settings of one stack."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from components.names import Names
from stacks.settings.base import Day, Email, Guid, Region, Section, Slug
from stacks.settings.learning import Compute, Datastore, Endpoints, Environment, Workspace
from stacks.settings.network import Network
from stacks.settings.operations import Budget, Identities
from stacks.settings.services import ContainerRegistry, DataLake, Monitoring, Registry, Security, Shared, Storage
from stacks.settings.subnets import Layout

Classification = Literal["public", "internal", "confidential", "restricted"]


class Settings(Section):
    """A stack file, read and checked. What is derived from it stands below the fields, as properties."""

    organisation: Slug = Field(description="Short name of the organisation, part of every Azure name.")
    workload: Slug = Field(description="Short name of the platform, part of every Azure name.")
    environment: Slug = Field(description="Name of the environment; the stack's name where not given.")
    tier: Literal["preproduction", "production"] = Field(
        description="What guards it: access tables and policy levels. dev is preproduction unless said otherwise; "
        "every other environment production, and shared, test, staging and prod nothing else."
    )
    subscription: Guid = Field(description="Azure subscription of the stack.")
    tenant: Guid = Field(description="Entra tenant of the subscription.")
    location: Region = Field(description="Azure region, such as westeurope.")
    data_classification: Classification = Field("internal", description="The most sensitive data that the stack holds.")
    owner: Email = Field(description="Mailbox of who answers for the stack; also a tag.")
    cost_center: Annotated[str, Field(min_length=1, max_length=256)] = Field(description="Who pays; also a tag.")
    expiry: Day | None = Field(None, description="Day after which the environment may be removed; also a tag.")
    tags: dict[str, str] = Field({}, description="More tags, on everything.")
    network: Network = Field(description="Where the platform stands, and how it is reached.")
    monitoring: Monitoring = Field(Monitoring(), description="Logs, metrics, alerts.")
    security: Security = Field(Security(), description="Key vault, own keys, image sources.")
    storage: Storage = Field(Storage(), description="The workspace's storage account.")
    data_lake: DataLake = Field(DataLake(), description="The data lake.")
    container_registry: ContainerRegistry = Field(ContainerRegistry(), description="The container registry.")
    registry: Registry = Field(Registry(), description="The ML registry; shared only.")
    shared: Shared = Field(Shared(), description="Where an environment finds shared.")
    workspace: Workspace = Field(Workspace(), description="The workspace; environments only.")
    compute: Compute = Field(Compute(), description="Compute clusters and instances; environments only.")
    datastores: tuple[Datastore, ...] | None = Field(
        None, description="Data stores; one for each zone of the data lake where not given. Environments only."
    )
    environments: tuple[Environment, ...] = Field((), description="Environments of the workspace. Environments only.")
    endpoints: Endpoints = Field(Endpoints(), description="Online and batch endpoints; environments only.")
    identities: Identities = Field(Identities(), description="Pipelines that deploy.")
    budget: Budget = Field(description="What the stack may cost.")
    alert_webhook: SecretStr | None = Field(
        None, description="A secret: URL that alerts are posted to. `pulumi config set --secret seawall:alertWebhook ...`"
    )
    keep_version_aliases: bool = Field(
        False, description="Keep the SDK's aliases of old API versions: for a stack once built with versioned modules."
    )

    @property
    def is_shared(self) -> bool:
        """Whether the stack is the one that environments share: registry, hub, central DNS, no workspace."""
        return self.environment == "shared"

    @property
    def is_production(self) -> bool:
        return self.tier == "production"

    @property
    def is_hub(self) -> bool:
        return self.is_shared and self.network.mode == "hubAndSpoke"

    @property
    def is_spoke(self) -> bool:
        return not self.is_shared and self.network.mode == "hubAndSpoke"

    @property
    def has_managed_network(self) -> bool:
        """Whether the workspace's computes stand in a network that Azure Machine Learning runs."""
        return not self.is_shared and self.network.mode == "managed"

    @property
    def has_own_dns(self) -> bool:
        """Whether the stack holds private DNS zones: all but the spokes, whose zones stand in the hub."""
        return not self.is_spoke

    @property
    def has_data_lake(self) -> bool:
        return self.data_lake.enabled and not self.is_shared

    @property
    def uses_own_keys(self) -> bool:
        return self.security.customer_managed_keys.enabled

    @property
    def egress(self) -> Literal["managed", "nat", "firewall"]:
        """How the subnets of computes and runners reach out.

        In managed mode computes have the managed network's way out, and the runners' subnet a NAT gateway.
        """
        if self.network.mode == "hubAndSpoke" and self.network.hub is not None:
            return self.network.hub.egress
        return "managed" if self.has_managed_network else "nat"

    @cached_property
    def layout(self) -> Layout:
        """The subnets of the stack's network, given and computed."""
        return Layout.of(self.network.address_space, self.network.subnets, is_hub=self.is_hub, **self._layout_wants)

    @property
    def firewall_ip(self) -> IPv4Address | None:
        """Private address of the hub's firewall, where that is the way out; None elsewhere."""

    @cached_property
    def names(self) -> Names:
        """The names of everything in the stack."""
        return Names(self.organisation, self.workload, self.environment, self.location, self.subscription)

    @cached_property
    def shared_names(self) -> Names:
        """The names of everything in `shared`, as this stack refers to it."""
        if self.is_shared:
            return self.names
        return Names(
            self.organisation,
            self.workload,
            self.shared.environment,
            self.shared.location or self.location,
            self.shared.subscription or self.subscription,
        )

    @property
    def alert_receivers(self) -> tuple[str, ...]:
        return self.monitoring.alert_receivers or (self.owner,)

    @property
    def budget_contacts(self) -> tuple[str, ...]:
        return self.budget.contacts or (self.owner,)

    @property
    def image_build_compute(self) -> str | None:
        """Cluster that builds images, by its name in the settings; None where there is no cluster."""
        first = self.compute.clusters[0].name if self.compute.clusters else None
        return self.workspace.image_build_compute or first
