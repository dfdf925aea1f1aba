"""Where a stack keeps things: keys, the workspace's storage, the data lake, images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pulumi import Input

import components
from components.customer_managed_key import EncryptionKey
from components.data_lake import Lifecycle, Zone
from stacks.composition.ground import Ground, Guards

ML_REGISTRIES = "Microsoft.MachineLearningServices/registries"


@dataclass(frozen=True)
class Data:
    """What an environment keeps. `shared` has the container registry alone, and a vault where it has own keys."""

    images: components.ContainerRegistry
    vault: components.KeyVault | None = None
    storage: components.StorageAccount | None = None
    lake: components.DataLake | None = None
    workspace_key: EncryptionKey | None = None


def data(ground: Ground, guards: Guards) -> Data:
    """Make the vault, the keys, the storage accounts and the container registry of a stack."""
    settings = ground.settings
    vault = _vault(ground, guards) if settings.uses_own_keys or not settings.is_shared else None
    key_for = own_keys(ground, vault)
    images = _images(ground, guards, key_for("images"))
    if settings.is_shared:
        return Data(images=images, vault=vault)
    return Data(
        images=images,
        vault=vault,
        storage=_storage(ground, guards, key_for("storage")),
        lake=_lake(ground, guards, key_for("lake")) if settings.has_data_lake else None,
        workspace_key=key_for("workspace"),
    )


def _vault(ground: Ground, guards: Guards) -> components.KeyVault:
    wanted = ground.settings.security.key_vault
    return components.KeyVault(
        "vault",
        components.KeyVaultArgs(
            **ground.placed("security", "key vault"),
            **guards.on(ground.settings),
            tenant_id=ground.settings.tenant,
            sku=wanted.sku,
            soft_delete_days=wanted.soft_delete_days,
            purge_protection=wanted.purge_protection,
        ),
        ground.opts,
    )


def own_keys(ground: Ground, vault: components.KeyVault | None) -> Callable[[str], EncryptionKey | None]:
    """Makes the key for one use, with the identity that may use it; None where the stack has no keys of its own."""
    wanted = ground.settings.security.customer_managed_keys

    def key_for(use: str) -> EncryptionKey | None:
        if vault is None or not wanted.enabled:
            return None
        made = components.CustomerManagedKey(
            f"key-{use}",
            components.CustomerManagedKeyArgs(
                **ground.placed("security", "key", use),
                vault_id=vault.id,
                identity_name=ground.name("identity", f"key-{use}"),
                key_size=wanted.key_size,
                hardware=wanted.hardware,
                rotation_days=wanted.rotation_days,
            ),
            ground.opts,
        )
        return made.encryption

    return key_for


def _images(ground: Ground, guards: Guards, key: EncryptionKey | None) -> components.ContainerRegistry:
    wanted = ground.settings.container_registry
    return components.ContainerRegistry(
        "images",
        components.ContainerRegistryArgs(
            **ground.placed("data", "container registry"),
            **guards.on(ground.settings),
            retention_days=wanted.retention_days,
            zone_redundant=wanted.zone_redundant,
            encryption_key=key,
        ),
        ground.opts,
    )


def _storage(ground: Ground, guards: Guards, key: EncryptionKey | None) -> components.StorageAccount:
    settings = ground.settings
    wanted = settings.storage
    return components.StorageAccount(
        "storage",
        components.StorageAccountArgs(
            **ground.placed("data", "storage account"),
            **guards.on(settings),
            redundancy=wanted.redundancy,
            soft_delete_days=wanted.soft_delete_days,
            versioning=wanted.versioning,
            shared_key_access=wanted.shared_key_access,
            tenant_id=settings.tenant,
            registry_ids=_registries(ground),
            encryption_key=key,
        ),
        ground.opts,
    )


def _registries(ground: Ground) -> Sequence[Input[str]]:
    """The registry that the workspace shares its models to: it reads them from the workspace's storage by itself."""
    return [ground.shared_id("ml", ML_REGISTRIES, ground.settings.shared_registry_name)]


def _lake(ground: Ground, guards: Guards, key: EncryptionKey | None) -> components.DataLake:
    wanted = ground.settings.data_lake
    lifecycle = Lifecycle(
        cool_after_days=wanted.lifecycle.cool_after_days,
        archive_after_days=wanted.lifecycle.archive_after_days,
        delete_after_days=wanted.lifecycle.delete_after_days,
    )
    return components.DataLake(
        "lake",
        components.DataLakeArgs(
            **ground.placed("data", "data lake account"),
            **guards.on(ground.settings),
            redundancy=wanted.redundancy,
            soft_delete_days=wanted.soft_delete_days,
            tenant_id=ground.settings.tenant,
            zones=[Zone(name=zone, lifecycle=lifecycle) for zone in wanted.zones],
            encryption_key=key,
        ),
        ground.opts,
    )
