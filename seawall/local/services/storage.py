"""Storage accounts and what lies in them."""

from __future__ import annotations

import re

from seawall.local.services.service import Put, Service, lower_name, name_conflict, refuse

_NAME = re.compile(r"[a-z0-9]{3,24}")
_FIXED = ("isHnsEnabled", "isNfsV3Enabled")
"""Set when the account is made and never after. Source: Storage docs, upgrade-to-data-lake-storage-gen2."""


def check_account(put: Put) -> None:
    if not _NAME.fullmatch(put.route.name):
        raise refuse(
            "AccountNameInvalid",
            f"{put.route.name} is not a valid storage account name: 3 to 24 characters, lower-case letters and digits "
            "only.",
            target="name",
        )
    kind = put.body.get("kind", "")
    if put.properties.get("isHnsEnabled") and kind not in ("StorageV2", "BlockBlobStorage"):
        raise refuse("HnsNotSupportedForKind", f"A hierarchical namespace needs kind StorageV2, not {kind or 'none'}.")
    for name in _FIXED if put.before else ():
        before = put.properties_before.get(name, False)
        if put.properties.get(name, before) != before:
            raise refuse(
                "AccountPropertyIsImmutable",
                f"The property {name} of storage account {put.route.name} can't be changed after its creation.",
                status=409,
                target=f"properties.{name}",
            )


def _is_default(name: str) -> bool:
    return name.lower() == "default"


ACCOUNT = Service(
    put_ticks=1,
    check=check_account,
    global_name=lower_name,
    name_taken=name_conflict("StorageAccountAlreadyTaken", "storage account"),
)
PART = Service(exists_by_itself=_is_default)
"""The blob, file, queue and table services of an account: always there, never made or removed."""

SERVICES = {
    "microsoft.storage/storageaccounts": ACCOUNT,
    "microsoft.storage/storageaccounts/blobservices": PART,
    "microsoft.storage/storageaccounts/fileservices": PART,
    "microsoft.storage/storageaccounts/queueservices": PART,
    "microsoft.storage/storageaccounts/tableservices": PART,
}
