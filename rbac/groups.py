"""Entra groups for personas that have none yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_azuread as azuread
from pulumi import Output, ResourceOptions

from components.base import Component
from rbac.roles import slug


@dataclass(frozen=True)
class Group:
    """A security group. `key` is what its principal goes by."""

    key: str
    display_name: str
    description: str


@dataclass(frozen=True, kw_only=True)
class PersonaGroupsArgs:
    """`owners` are object IDs; without any a group can't be looked after. Raises ValueError for none."""

    groups: Sequence[Group]
    owners: Sequence[str]

    def __post_init__(self) -> None:
        if self.groups and not self.owners:
            raise ValueError("a group needs an owner")


class PersonaGroups(Component):
    """One group for each persona and project; who is in them is not the platform's to say.

    `object_ids` are by the groups' keys.
    """

    object_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: PersonaGroupsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.object_ids = {
            group.key: security_group(self, f"{name}-{slug(group.key)}", group, args.owners).object_id
            for group in args.groups
        }
        self.register_outputs({})


def security_group(parent: Component, name: str, group: Group, owners: Sequence[str]) -> azuread.Group:
    """A security group that is refused where another one has its name, and whose members are left alone."""
    return azuread.Group(
        name,
        display_name=group.display_name,
        description=group.description[:1024],
        security_enabled=True,
        mail_enabled=False,
        owners=list(owners),
        prevent_duplicate_names=True,
        opts=parent.child_opts(ignore_changes=["members"]),
    )
