"""Deletion: what forbids it, what goes along, what is kept for recovery, and purging that."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.local.errors import AzureError
from seawall.local.routes import RESOURCE_GROUP, is_below, parse
from seawall.local.services import service_of
from seawall.local.services.service import InUse
from seawall.local.store import DELETED_MARK, Deleted, Row, Store

_NEVER_RECOVERED = ("microsoft.authorization/", "microsoft.insights/diagnosticsettings")
"""Extensions go with their resource. Source: Azure ML docs, concept-soft-delete (role assignments)."""


def check_deletable(row: Row, store: Store) -> None:
    """Raises where a service refuses the deletion of a resource, or of something below it."""
    service = service_of(row.arm_type)
    if not service.deletable:
        raise AzureError("MethodNotAllowed", f"{row.id} can't be deleted, only changed.", status=405)
    if service.check_delete:
        service.check_delete(row, store)
    below = store.under(row.id)
    nested = [child for child in below if child.arm_type in service.nested]
    if nested:
        raise AzureError(
            "CannotDeleteResource",
            f"Can not delete resource before nested resources are deleted: {', '.join(_names(nested))}.",
            status=409,
        )
    for each in (row, *below):
        in_use = service_of(each.arm_type).in_use
        if in_use:
            _check_unused(each, in_use, row, store)


def _check_unused(row: Row, in_use: InUse, root: Row, store: Store) -> None:
    users = [user for user in blockers(row, in_use, store) if not is_below(user, root.id)]
    if users:
        raise AzureError(
            in_use.code,
            f"{row.id} is in use by {', '.join(sorted(users))} and cannot be deleted.",
            status=in_use.status,
        )


def blockers(row: Row, in_use: InUse, store: Store) -> list[str]:
    """The keys of those that keep a resource from being deleted by referring to it, or to what is below it."""
    keys = [source.removeprefix(DELETED_MARK) for source in store.referrers(row.id)]
    return [key for key in keys if _counts(key, in_use) and not is_below(key, row.id)]


def _counts(key: str, in_use: InUse) -> bool:
    arm_type = parse(key).arm_type
    return any(arm_type == by or (by.endswith("/") and arm_type.startswith(by)) for by in in_use.by)


def _names(rows: Iterable[Row]) -> list[str]:
    return sorted(row.id.rsplit("/", 1)[-1] for row in rows)


def remove(store: Store, row: Row, *, force: bool = False) -> None:
    """Take a resource away with all below it; what a service soft-deletes is kept, unless `force`.

    What is always there only goes back to its defaults, and what lies in it stays.
    """
    if service_of(row.arm_type).exists_by_itself(row.id.rsplit("/", 1)[-1]):
        store.reset(row.id)
        return
    below = store.under(row.id)
    roots = [row, *below] if row.arm_type == RESOURCE_GROUP else [row]
    for root in [] if force else roots:
        _keep(store, root, [child for child in below if is_below(child.id, root.id) and child.key != root.key])
    store.remove(row.id)


def _keep(store: Store, row: Row, below: list[Row]) -> None:
    soft = service_of(row.arm_type).soft_delete
    if soft is None or not soft.applies(row.body):
        return
    children = [list(child) for child in below if not _is_lost(child.arm_type, soft.lost)]
    held = [target for target in store.targets(row.id) if soft.holds_references]
    store.save_deleted(
        Deleted(row.id, row.arm_type, row.global_name, soft.purgeable(row.body), row.body, children), held
    )


def _is_lost(arm_type: str, lost: tuple[str, ...]) -> bool:
    return arm_type.startswith(_NEVER_RECOVERED) or any(arm_type == t or arm_type.startswith(f"{t}/") for t in lost)


def purge(store: Store, deleted: Deleted) -> None:
    """Give up a soft-deleted resource for good. Raises where purge protection forbids it."""
    if not deleted.purgeable:
        raise AzureError(
            "MethodNotAllowed",
            f"Operation 'DeletedVaultPurge' is not allowed: {deleted.id} has purge protection.",
            status=405,
        )
    store.remove_deleted(deleted.id)
