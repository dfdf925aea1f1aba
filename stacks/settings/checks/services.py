"""Regions, storage, keys, monitoring and the registries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from stacks.settings.checks.base import Fault, check, is_given
from stacks.settings.model import Settings
from stacks.settings.regions import WITHOUT_PAIR, WITHOUT_ZONES
from stacks.settings.services import DataLake, Storage

FEWEST_DAYS_IN_PRODUCTION = 90


@check("location", "storage.redundancy", "dataLake", "environment")
def redundancy_exists_in_the_region(settings: Settings) -> Iterator[Fault]:
    """Three zones need a region with zones, a second region needs a paired one. Source: storage-redundancy."""
    sections: dict[str, Storage | DataLake] = {} if settings.is_shared else {"storage": settings.storage}
    if settings.has_data_lake:
        sections["dataLake"] = settings.data_lake
    for name, section in sections.items():
        redundancy, region = section.redundancy, settings.location
        place = (name, "redundancy")
        if redundancy in ("ZRS", "GZRS") and region in WITHOUT_ZONES:
            yield Fault(
                place,
                redundancy,
                f"LRS{'' if region in WITHOUT_PAIR else ' or GRS'}: {region} has no availability zones",
            )
        if redundancy in ("GRS", "GZRS") and region in WITHOUT_PAIR:
            yield Fault(place, redundancy, f"LRS or ZRS: {region} has no paired region")


@check("location", "containerRegistry.zoneRedundant")
def container_registry_zones_exist(settings: Settings) -> Iterator[Fault]:
    """A registry is spread over zones only where there are zones. Source: container-registry zone-redundancy."""
    if settings.container_registry.zone_redundant and settings.location in WITHOUT_ZONES:
        expected = f"false: {settings.location} has no availability zones"
        yield Fault(("containerRegistry", "zoneRedundant"), "true", expected)


@check("location", "registry.replicaLocations")
def replicas_are_elsewhere(settings: Settings) -> Iterator[Fault]:
    """A registry is in its own region already, and in no region twice."""
    places = settings.registry.replica_locations
    for index, region in enumerate(places):
        if region == settings.location:
            yield Fault(("registry", "replicaLocations", index), region, "a region other than the stack's own")
        elif region in places[:index]:
            yield Fault(("registry", "replicaLocations", index), region, "each region once")


@check("dataLake")
def lifecycle_goes_down(settings: Settings) -> Iterator[Fault]:
    """Data cools before it is archived, and is archived before it is deleted; another order is a mistake.

    Source: lifecycle-management-overview.
    """
    steps = settings.data_lake.lifecycle
    days = [
        ("coolAfterDays", steps.cool_after_days),
        ("archiveAfterDays", steps.archive_after_days),
        ("deleteAfterDays", steps.delete_after_days),
    ]
    given = [(name, after) for name, after in days if after is not None]
    for (earlier, sooner), (later, after) in pairwise(given):
        if after <= sooner:
            yield Fault(("dataLake", "lifecycle", later), str(after), f"more than {earlier}, {sooner}")


@check("dataLake")
def archive_needs_plain_redundancy(settings: Settings) -> Iterator[Fault]:
    """The archive tier exists on LRS and GRS accounts only. Source: access-tiers-overview, "Archive access tier"."""
    lake = settings.data_lake
    if lake.lifecycle.archive_after_days is not None and lake.redundancy in ("ZRS", "GZRS"):
        place = ("dataLake", "lifecycle", "archiveAfterDays")
        expected = f"none: an account with {lake.redundancy} has no archive tier, one with LRS or GRS has"
        yield Fault(place, str(lake.lifecycle.archive_after_days), expected)


@check("dataLake.zones")
def zones_are_different(settings: Settings) -> Iterator[Fault]:
    """Each zone is a container, and container names are unique."""
    zones = settings.data_lake.zones
    for index, zone in enumerate(zones):
        if zone in zones[:index]:
            yield Fault(("dataLake", "zones", index), repr(zone), "each zone once")


@check("storage.sharedKeyAccess", "workspace.datastoreAuth")
def account_keys_only_where_they_work(settings: Settings) -> Iterator[Fault]:
    """Without account keys the workspace reaches its storage by identity. Source: how-to-disable-local-auth-storage."""
    if settings.workspace.datastore_auth == "accessKey" and not settings.storage.shared_key_access:
        expected = "identity, since storage.sharedKeyAccess is false: account keys don't work"
        yield Fault(("workspace", "datastoreAuth"), "accessKey", expected)


@check("tier", "security")
def purge_protection_where_it_matters(settings: Settings) -> Iterator[Fault]:
    """Own keys need a vault that can't be purged, and so does production. Source: customer-managed-keys-overview."""
    if settings.security.key_vault.purge_protection:
        return
    place = ("security", "keyVault", "purgeProtection")
    if settings.uses_own_keys:
        yield Fault(place, "false", "true: Azure takes customer-managed keys only from a purge-protected vault")
    elif settings.is_production:
        yield Fault(place, "false", "true: production is always protected")


@check("security")
def hardware_keys_need_a_premium_vault(settings: Settings) -> Iterator[Fault]:
    """Keys in hardware exist in premium vaults only. Source: key-vault/keys/about-keys."""
    if settings.security.customer_managed_keys.hardware and settings.security.key_vault.sku != "premium":
        expected = "false, unless security.keyVault.sku is premium"
        yield Fault(("security", "customerManagedKeys", "hardware"), "true", expected)


@check("tier", "monitoring.retentionDays")
def production_keeps_its_logs(settings: Settings) -> Iterator[Fault]:
    """Audit logs of production are there when someone asks a quarter later."""
    days = settings.monitoring.retention_days
    if settings.is_production and days < FEWEST_DAYS_IN_PRODUCTION:
        place = ("monitoring", "retentionDays")
        yield Fault(place, str(days), f"at least {FEWEST_DAYS_IN_PRODUCTION} in production")


@check("environment", "registry")
def ml_registry_stands_in_shared(settings: Settings) -> Iterator[Fault]:
    """One ML registry serves all environments."""
    if is_given(settings, "registry") and not settings.is_shared:
        yield Fault(
            ("registry",), "an ML registry", "none: it belongs to shared, which all environments promote through"
        )
