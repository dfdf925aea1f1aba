"""How one plan of an environment differs from another: resource by resource, property by property."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.local import kinds
from seawall.local.changes import change, differences
from seawall.local.diff import Diff, ResourceChange
from seawall.local.events import Op
from seawall.local.reasons import Differences, same_place
from seawall.plan.aliases import name_of
from seawall.plan.model import Plan, Resource
from seawall.plan.values import masked


def compared(before: Plan, after: Plan) -> Diff:
    """What an update from one plan to the other would do. Secrets are masked; what is only renamed keeps its ID."""
    old = {resource.urn: resource for resource in before.managed}
    found = list(_changes(old, after))
    counts: dict[Op, int] = {}
    for item in found:
        counts[item.op] = counts.get(item.op, 0) + 1
    return Diff(stack=after.stack or before.stack, resources=tuple(found), counts=counts)


def _changes(old: dict[str, Resource], after: Plan) -> Iterator[ResourceChange]:
    left = dict(old)
    for resource in after.managed:
        known = left.pop(resource.urn, None)
        for alias in resource.options.aliases:
            known = known or left.pop(alias, None)
        yield _created(resource) if known is None else _changed(known, resource)
    for resource in reversed(list(left.values())):
        op = Op.FORGET if resource.options.retain_on_delete else Op.DELETE
        yield ResourceChange(urn=resource.urn, type=resource.type, name=resource.name, id=resource.id, op=op)


def _created(resource: Resource) -> ResourceChange:
    return ResourceChange(urn=resource.urn, type=resource.type, name=resource.name, id=resource.id, op=Op.CREATE)


def _changed(old: Resource, new: Resource) -> ResourceChange:
    found = tuple(differences(masked(old.inputs), masked(new.inputs)))
    reasons = tuple(dict.fromkeys(_replacing(old, new, found)))
    op = Op.REPLACE if reasons else Op.UPDATE if found else Op.SAME
    return ResourceChange(
        urn=new.urn,
        type=new.type,
        name=new.name,
        id=new.id,
        op=op,
        changes=tuple(change(*item) for item in found),
        reasons=reasons,
        renamed_from=old.urn if old.urn != new.urn else "",
    )


def _replacing(old: Resource, new: Resource, found: Differences) -> Iterator[str]:
    fixed = kinds.replace_on(new.type) if kinds.is_known(new.type) else ()
    for path, before, after in found:
        if path[0] in fixed and not same_place(path, before, after):
            yield f"{path[0]} can't be changed in place"
    if old.id.lower() != new.id.lower():
        yield f"its ID changes from {name_of(old.urn)}'s"
