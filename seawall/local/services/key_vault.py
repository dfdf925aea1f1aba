"""Key vaults: soft delete is always on, purge protection is for good."""

from __future__ import annotations

import re
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.routes import Route
from seawall.local.services.reading import number
from seawall.local.services.service import Put, Service, SoftDelete, lower_name, name_conflict, refuse

_NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")


def check_vault(put: Put) -> None:
    """Source: Key Vault docs, general/soft-delete-overview, and REST reference vaults/create-or-update."""
    if not _NAME.fullmatch(put.route.name):
        raise refuse(
            "VaultNameNotValid",
            f"The vault name {put.route.name!r} is invalid: 3 to 24 letters, digits, single hyphens, a letter first.",
            target="name",
        )
    wanted, before = put.properties, put.properties_before
    if wanted.get("enableSoftDelete") is False:
        raise refuse("BadRequest", 'The property "enableSoftDelete" can be set only to true.')
    if wanted.get("enablePurgeProtection") is False and before.get("enablePurgeProtection"):
        raise refuse(
            "BadRequest",
            'The property "enablePurgeProtection" cannot be set to false: once on, purge protection stays on.',
        )
    days = number(wanted, "softDeleteRetentionInDays", default=90)
    if not 7 <= days <= 90:
        raise refuse("BadRequest", f'"softDeleteRetentionInDays" must be 7 to 90, not {days}.')
    if before and days != before.get("softDeleteRetentionInDays", 90):
        raise refuse("BadRequest", 'The property "softDeleteRetentionInDays" can\'t be changed after the creation.')


def _keep_protection(put: Put) -> dict[str, Any]:
    """A PUT that doesn't mention purge protection leaves it on."""
    if not put.properties_before.get("enablePurgeProtection") or "enablePurgeProtection" in put.properties:
        return put.body
    return {**put.body, "properties": {**put.properties, "enablePurgeProtection": True}}


def _deleted_exists(route: Route) -> AzureError:
    return refuse(
        "ConflictError",
        f"A vault with the same name already exists in deleted state: {route.name}. You need to either recover or "
        "purge existing key vault.",
        status=409,
    )


VAULT = Service(
    put_ticks=1,
    check=check_vault,
    merged=_keep_protection,
    global_name=lower_name,
    name_taken=name_conflict("VaultAlreadyExists", "vault"),
    soft_delete=SoftDelete(
        recover=("createMode", "recover"),
        conflict=_deleted_exists,
        purgeable=lambda body: not body.get("properties", {}).get("enablePurgeProtection"),
        deleted_type="microsoft.keyvault/locations/deletedvaults",
    ),
)

SERVICES = {"microsoft.keyvault/vaults": VAULT}
