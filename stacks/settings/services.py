"""The services around the workspace: monitoring, keys, storage, the data lake, the container registry."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stacks.settings.base import Email, Guid, Region, Section, Text

SHARED = "shared"
"""The environment that the others share, and the name of its stack."""

Redundancy = Literal["LRS", "ZRS", "GRS", "GZRS"]
ZoneName = Annotated[str, Text(r"[a-z0-9](-?[a-z0-9])*", "lower-case letters, digits and single '-'", most=63, least=3)]
ImageHost = Annotated[str, Text(r"([a-z0-9-]+\.)+[a-z]{2,}", "a registry's host name such as mcr.microsoft.com")]
RegistryName = Annotated[str, Text(r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, '-' and '_'", most=32, least=5)]


class Monitoring(Section):
    """Logs, metrics and who is told."""

    retention_days: int = Field(
        default=90, ge=30, le=730, description="Days that logs are kept; at least 90 in production."
    )
    daily_cap_gb: int | None = Field(
        default=None, ge=1, description="Whole GB of logs a day, after which no more are taken; no limit if not given."
    )
    alert_receivers: tuple[Email, ...] = Field(
        default=(), description="Who receives alerts; the owner where not given."
    )
    private_ingestion: bool = Field(
        default=True,
        description="Whether telemetry comes in privately only, through an Azure Monitor Private Link Scope.",
    )


class KeyVault(Section):
    """The key vault of the stack."""

    sku: Literal["standard", "premium"] = Field(default="standard", description="premium keeps keys in hardware (HSM).")
    purge_protection: bool = Field(
        default=True,
        description="A deleted vault can't be purged before its time. Always in production, and for own keys.",
    )
    soft_delete_days: int = Field(
        default=90, ge=7, le=90, description="Days that a deleted vault or secret can be recovered."
    )


class CustomerManagedKeys(Section):
    """Keys of one's own for storage, the container registry and the workspace."""

    enabled: bool = Field(default=False, description="Whether they are used. It can't be turned off later.")
    hardware: bool = Field(
        default=False, description="Whether the keys are kept in hardware (HSM); needs a premium vault."
    )
    key_size: Literal[2048, 3072, 4096] = Field(default=3072, description="Bits of each RSA key.")
    rotation_days: int = Field(default=365, ge=28, le=730, description="Days after which a key is rotated by itself.")


def _enabled(value: Any) -> Any:
    """true and false are short for a mapping that says no more."""
    return {"enabled": value} if isinstance(value, bool) else value


class Security(Section):
    """Keys, and where images may come from."""

    key_vault: KeyVault = Field(default=KeyVault(), description="The key vault.")
    customer_managed_keys: Annotated[
        CustomerManagedKeys, BeforeValidator(_enabled, json_schema_input_type=bool | CustomerManagedKeys)
    ] = Field(default=CustomerManagedKeys(), description="Own keys: true, false, or a mapping with more to say.")
    approved_image_registries: tuple[ImageHost, ...] = Field(
        default=("mcr.microsoft.com",), description="Registries that images may come from, beside the stack's own."
    )


class Storage(Section):
    """The workspace's own storage account: always StorageV2, Standard and flat, since Azure takes nothing else."""

    redundancy: Redundancy = Field(
        default="ZRS", description="Copies: LRS one room, ZRS three zones, GRS and GZRS a second region."
    )
    soft_delete_days: int = Field(
        default=30, ge=1, le=365, description="Days that deleted blobs and containers can be recovered."
    )
    versioning: bool = Field(default=True, description="Whether overwritten blobs are kept as versions.")
    shared_key_access: bool = Field(
        default=False, description="Whether account keys work; needs workspace.datastoreAuth: accessKey."
    )


class Lifecycle(Section):
    """What happens to data that nobody changes any more."""

    cool_after_days: int | None = Field(
        default=30, ge=1, description="Days without change until data moves to the cool tier."
    )
    archive_after_days: int | None = Field(
        default=None, ge=1, description="Days until it moves to the archive tier; only with redundancy LRS or GRS."
    )
    delete_after_days: int | None = Field(default=None, ge=1, description="Days until it is deleted.")


class DataLake(Section):
    """A second storage account, with a hierarchical namespace, for data."""

    enabled: bool = Field(default=True, description="Whether the stack has a data lake. shared never has one.")
    redundancy: Redundancy = Field(default="ZRS", description="Copies, as in storage.")
    zones: Annotated[tuple[ZoneName, ...], Field(min_length=1)] = Field(
        default=("raw", "curated", "features"),
        description="Zones; each is a container and has a data store in the workspace.",
    )
    lifecycle: Lifecycle = Field(default=Lifecycle(), description="When data cools, is archived, is deleted.")
    soft_delete_days: int = Field(
        default=30, ge=1, le=365, description="Days that deleted files and containers can be recovered."
    )


class ContainerRegistry(Section):
    """The stack's container registry: always Premium, since only that has private endpoints."""

    retention_days: int = Field(default=30, ge=1, le=365, description="Days that images without a tag are kept.")
    zone_redundant: bool = Field(default=True, description="Whether it is spread over the region's zones.")


class Registry(Section):
    """The Azure Machine Learning registry that models are promoted through. shared only."""

    name: RegistryName | None = Field(
        default=None,
        description="Its name, 5 to 32 characters, unique in the tenant; made by the naming rule where not given.",
    )
    replica_locations: tuple[Region, ...] = Field(
        default=(), description="Other regions that it serves, beside the stack's own."
    )


class Shared(Section):
    """Where an environment finds `shared`: its registry, and in hubAndSpoke its hub and DNS."""

    subscription: Guid | None = Field(
        default=None, description="Subscription of shared; the environment's own where not given."
    )
    location: Region | None = Field(
        default=None, description="Region of shared; the environment's own where not given."
    )
    registry_name: RegistryName | None = Field(
        default=None, description="Name of shared's ML registry, where shared's registry.name is given."
    )

    @property
    def environment(self) -> str:
        """The environment that the others share."""
        return SHARED
