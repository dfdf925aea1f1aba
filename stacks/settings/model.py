"""The settings of one stack."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from components.names import Names
from stacks.settings.access import Access
from stacks.settings.azure_policy import AzurePolicy
from stacks.settings.base import SLUG, Day, Email, Guid, Region, Section, Text
from stacks.settings.guardrails import Guardrails
from stacks.settings.learning import Compute, Datastore, Endpoints, Environment, Workspace
from stacks.settings.network import Hub, Network
from stacks.settings.operations import Budget, Identities, State
from stacks.settings.services import (
    SHARED,
    ContainerRegistry,
    DataLake,
    Monitoring,
    Registry,
    Security,
    Shared,
    Storage,
)
from stacks.settings.subnets import Layout, arranged, first_usable

CostCenter = Annotated[str, Text(r"[^\x00-\x1f]+", "a cost centre such as CC-4711")]
Organisation = Annotated[str, Text(r"[a-z][a-z0-9]*", SLUG, most=12, least=2)]
ShortSlug = Annotated[str, Text(r"[a-z][a-z0-9]*", SLUG, most=10, least=2)]
Tag = Annotated[str, Text(r"[^\x00-\x1f]+", "text on one line")]
Classification = Literal["public", "internal", "confidential", "restricted"]


class Settings(Section):
    """A stack file, read and checked. What is derived from it stands below the fields, as properties."""

    organisation: Organisation = Field(description="Short name of the organisation, part of every Azure name.")
    workload: ShortSlug = Field(description="Short name of the platform, part of every Azure name.")
    environment: ShortSlug = Field(description="Name of the environment; the stack's name where not given.")
    tier: Literal["preproduction", "production"] = Field(
        description="What guards it: access tables and policy levels. dev is preproduction unless said otherwise; "
        "every other environment production, and shared, test, staging and prod nothing else."
    )
    subscription: Guid = Field(description="Azure subscription of the stack.")
    tenant: Guid = Field(description="Entra tenant of the subscription.")
    location: Region = Field(description="Azure region, such as westeurope.")
    data_classification: Classification = Field(
        default="internal", description="The most sensitive data that the stack holds."
    )
    owner: Email = Field(description="Mailbox of who answers for the stack; also a tag.")
    cost_center: CostCenter = Field(description="Who pays; also a tag.")
    expiry: Day | None = Field(default=None, description="Day after which the environment may be removed; also a tag.")
    tags: dict[str, Tag] = Field(default={}, description="More tags, on everything.")
    network: Network = Field(description="Where the platform stands, and how it is reached.")
    monitoring: Monitoring = Field(default=Monitoring(), description="Logs, metrics, alerts.")
    security: Security = Field(default=Security(), description="Key vault, own keys, image sources.")
    storage: Storage = Field(default=Storage(), description="The workspace's storage account.")
    data_lake: DataLake = Field(default=DataLake(), description="The data lake.")
    container_registry: ContainerRegistry = Field(default=ContainerRegistry(), description="The container registry.")
    registry: Registry = Field(default=Registry(), description="The ML registry; shared only.")
    shared: Shared = Field(default=Shared(), description="Where an environment finds shared.")
    workspace: Workspace = Field(default=Workspace(), description="The workspace; environments only.")
    compute: Compute = Field(default=Compute(), description="Compute clusters and instances; environments only.")
    datastores: tuple[Datastore, ...] | None = Field(
        default=None, description="Data stores; one for each zone of the data lake where not given. Environments only."
    )
    environments: tuple[Environment, ...] = Field(
        default=(), description="Environments of the workspace. Environments only."
    )
    endpoints: Endpoints = Field(default=Endpoints(), description="Online and batch endpoints; environments only.")
    identities: Identities = Field(default=Identities(), description="Pipelines that deploy.")
    state: State = Field(default=State(), description="Where Pulumi keeps the stack's state.")
    access: Access = Field(default=Access(), description="Who may do what.")
    budget: Budget = Field(description="What the stack may cost.")
    guardrails: Guardrails = Field(default=Guardrails(), description="The limits that the guardrails hold it to.")
    azure_policy: AzurePolicy = Field(default=AzurePolicy(), description="Azure's own policies on what the stack has.")
    alert_webhook: SecretStr | None = Field(
        default=None,
        description="A secret: URL that alerts are posted to. `pulumi config set --secret seawall:alertWebhook ...`",
    )
    keep_version_aliases: bool = Field(
        default=False,
        description="Keep the SDK's aliases of old API versions: for a stack once built with versioned modules.",
    )

    @property
    def is_shared(self) -> bool:
        """Whether the stack is the one that environments share: registry, hub, central DNS, no workspace."""
        return self.environment == SHARED

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
    def egress(self) -> Literal["nat", "firewall"]:
        """How the stack's own subnets reach out: a NAT gateway of their own, or the hub's firewall.

        In managed mode that is the runners' way out; computes have the managed network's.
        """
        return self.hub.egress if self.network.mode == "hubAndSpoke" else "nat"

    @property
    def hub(self) -> Hub:
        """The hub of hubAndSpoke, as the section says or by default."""
        return self.network.hub or Hub()

    @cached_property
    def subnets(self) -> Layout:
        """The subnets of the stack's network, given and computed. Raises SubnetsDontFit."""
        ranges = arranged(self.network.address_space, self.network.subnets.given, self.is_hub)
        computes = not self.is_shared and not self.has_managed_network
        hub = self.hub if self.is_hub else None
        return Layout(
            private_endpoints=ranges["privateEndpoints"],
            runners=ranges["runners"],
            training=ranges["training"] if computes else None,
            scoring=ranges["scoring"] if computes else None,
            firewall=ranges["firewall"] if hub and hub.egress == "firewall" else None,
            bastion=ranges["bastion"] if hub and hub.bastion else None,
        )

    @cached_property
    def firewall_ip(self) -> IPv4Address | None:
        """Private address of the hub's firewall, for a hub and its spokes; None where that isn't the way out."""
        if self.egress != "firewall":
            return None
        if self.is_hub:
            return first_usable(
                arranged(self.network.address_space, self.network.subnets.given, is_hub=True)["firewall"]
            )
        assert self.hub.address_space is not None  # a check of every spoke
        return first_usable(self.hub.firewall_subnet or arranged(self.hub.address_space, {}, is_hub=True)["firewall"])

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
            organisation=self.organisation,
            workload=self.workload,
            environment=SHARED,
            region=self.shared.location or self.location,
            subscription=self.shared.subscription or self.subscription,
        )

    @property
    def shared_registry_name(self) -> str:
        """Name of the ML registry, which stands in `shared`."""
        given = self.registry.name if self.is_shared else self.shared.registry_name
        return given or self.shared_names.of("ml registry")

    @property
    def all_datastores(self) -> tuple[Datastore, ...]:
        """The data stores of the workspace: those that are given, or one for each zone of the data lake."""
        if self.datastores is not None:
            return self.datastores
        zones = self.data_lake.zones if self.has_data_lake else ()
        return tuple(Datastore(name=f"lake_{zone.replace('-', '_')}", zone=zone) for zone in zones)

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects that the stack serves, for personas that are project-specific."""
        return self.access.projects or (self.workload,)

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
