"""Locks that keep a single stateful resource from being deleted."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_azure_native as azure
from pulumi import Input, Resource

from components.base import Component

LOCK_NAME = "do-not-delete"

NEVER_LOCKED = frozenset({"Microsoft.MachineLearningServices/workspaces", "Microsoft.Resources/resourceGroups"})
"""A lock on a workspace, or on the resource group of one, stops its clusters from scaling down.

Source: Azure Machine Learning docs, includes/machine-learning-resource-lock.
"""


def delete_lock(
    parent: Component,
    name: str,
    *,
    target_id: Input[str],
    target_type: str,
    after: Sequence[Resource] = (),
) -> azure.authorization.ManagementLockByScope:
    """A CanNotDelete lock on one resource, as a child of `parent`.

    `after` names all that lives under the resource (diagnostic settings, role assignments, private endpoints): the
    lock covers them too, so it is made last and lifted first. Raises ValueError for a type that must not be locked.
    """
    if target_type in NEVER_LOCKED:
        raise ValueError(f"{target_type} must not be locked: its clusters could no longer scale down")
    return azure.authorization.ManagementLockByScope(
        name,
        lock_name=LOCK_NAME,
        scope=target_id,
        level=azure.authorization.LockLevel.CAN_NOT_DELETE,
        notes="Holds state that can't be recreated. Lift this lock on purpose, by turning delete_protection off.",
        opts=parent.child_opts(depends_on=list(after)),
    )
