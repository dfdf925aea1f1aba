"""Comparing a plan with what a stack owns: what is to be done about each resource, and why it must not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec

from seawall.azure.types import canonical
from seawall.local import kinds
from seawall.local.azure import LocalAzure
from seawall.local.changes import differences, restored
from seawall.local.events import Op
from seawall.local.reasons import Differences, name_stays_taken, repairs, replacing, rewriting, same_name, same_place
from seawall.local.releases import released_inputs
from seawall.local.routes import parse
from seawall.local.sealing import with_known
from seawall.local.services import service_of
from seawall.local.state import Owned, StackState
from seawall.plan.model import Plan, Resource
from seawall.plan.values import unknown_paths


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be done about one resource."""

    op: Op
    urn: str
    wanted: Owned | None = None
    """What the stack owns afterwards; None where it owns it no more."""
    old: Owned | None = None
    changes: Differences = ()
    reasons: tuple[str, ...] = ()
    delete_first: bool = False
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def touched(self) -> bool:
        """Whether only the stack's record of it changes: its URN, options, dependencies."""
        return self.op is Op.SAME and self.wanted != self.old


@dataclass
class Comparison:
    """All decisions in the plan's order, deletions last, and what speaks against them."""

    decisions: list[Decision] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    outputs_differ: bool = False
    """Whether the stack exports something else than before."""


class Comparer:
    """Compares within one stack. `owned` is what the stack owns, with what a killed run left open settled."""

    def __init__(self, azure: LocalAzure, state: StackState, owned: Iterable[Owned]) -> None:
        self.azure = azure
        self.state = state
        self.owned = list(owned)
        self.by_key = {record.key: record for record in self.owned}
        self.by_urn = {record.urn: record for record in self.owned if not record.condemned}

    def with_plan(self, plan: Plan) -> Comparison:
        """What makes the stack what the plan says."""
        result = Comparison()
        result.problems += plan_faults(plan)
        if result.problems:
            return result
        result.outputs_differ = self.state.sealed_outputs() != self.state.store.sealer.seal(plan.outputs)
        matched = self._matched(plan)
        for resource in plan.managed:
            decision = self._decide(resource, matched.get(resource.urn), result)
            if decision is not None:
                result.decisions.append(decision)
        kept = {record.key for record in matched.values()}
        result.decisions += self._removals([record for record in self.owned if record.key not in kept], result)
        return result

    def with_nothing(self, *, lift_protection: bool) -> Comparison:
        """What deletes everything that the stack owns."""
        result = Comparison()
        result.decisions += self._removals(self.owned, result, lift_protection=lift_protection)
        return result

    # Which is which ------------------------------------------------------------------------------------------------

    def _matched(self, plan: Plan) -> dict[str, Owned]:
        """What the stack owns of each resource in the plan, by its URN or one of its aliases."""
        matched = {r.urn: self.by_urn[r.urn] for r in plan.managed if r.urn in self.by_urn}
        taken = set(matched)
        for resource in plan.managed:
            known_as = [urn for urn in resource.options.aliases if urn in self.by_urn and urn not in taken]
            if resource.urn not in matched and known_as:
                matched[resource.urn] = self.by_urn[known_as[0]]
                taken.add(known_as[0])
        return matched

    # One resource of the plan ----------------------------------------------------------------------------------------

    def _decide(self, resource: Resource, old: Owned | None, result: Comparison) -> Decision | None:
        wanted = self._wanted(resource, old)
        if old is None:
            return self._decide_new(resource, wanted, result)
        changes = tuple(differences(old.inputs, wanted.inputs))
        why = tuple(dict.fromkeys(replacing(resource, old, wanted, changes)))
        if why:
            return self._replacement(resource, old, wanted, changes, why, result)
        result.problems += _stays_where_it_is(resource.urn, old, changes)
        drift, reasons = tuple(repairs(old, resource.options.ignore_changes)), tuple(rewriting(old))
        op = Op.UPDATE if changes or drift or reasons else Op.SAME
        shown = changes + tuple(item for item in drift if item[0] not in {change[0] for change in changes})
        kept = msgspec.structs.replace(wanted, outputs=old.outputs, recovered=old.recovered)
        if op is Op.SAME:
            kept = msgspec.structs.replace(kept, drift=old.drift)
        return Decision(op=op, urn=resource.urn, wanted=kept, old=old, changes=shown, reasons=reasons)

    def _wanted(self, resource: Resource, old: Owned | None) -> Owned:
        sealed = self.state.store.sealer.seal(resource.inputs)
        inputs, id = sealed, resource.id
        if old is not None:
            ignored = (*resource.options.ignore_changes, *released_inputs(canonical(resource.type)))
            inputs = restored(with_known(sealed, old.inputs), old.inputs, ignored)
            if inputs != sealed:
                id = kinds.id_with(resource, inputs)
            id = old.id if id.lower() == old.key else id
        return Owned(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            id=id,
            parent=resource.parent,
            inputs=inputs,
            answers=self.state.store.sealer.seal(kinds.planned_answers(resource)),
            dependencies=resource.dependencies,
            # How it was found is of no interest once it is the stack's own.
            options=msgspec.structs.replace(resource.options, aliases=(), import_id=""),
        )

    def _decide_new(self, resource: Resource, wanted: Owned, result: Comparison) -> Decision | None:
        owner, own = self.state.owner(wanted.id), self.by_key.get(wanted.key)
        if owner and owner != self.state.key:
            result.problems.append(
                f"{resource.urn}: {wanted.id} belongs to stack {owner}; choose another name, or read it from there"
            )
        elif own is not None and not own.condemned:
            result.problems.append(
                f"{resource.urn}: {wanted.id} is already in this stack as {own.urn}; if it was renamed, give it an "
                "alias"
            )
        elif resource.options.import_id:
            return self._import(resource, wanted, result)
        elif own is None and not self.may_create(wanted):
            result.problems.append(
                f"{resource.urn}: {wanted.id} exists already and no stack owns it; import it, or choose another name"
            )
        result.problems += self._name_faults(wanted)
        reasons = ("brings back the soft-deleted one",) if self.azure.is_soft_deleted(wanted.id) else ()
        return Decision(op=Op.CREATE, urn=resource.urn, wanted=wanted, reasons=reasons)

    def _name_faults(self, wanted: Owned) -> Iterator[str]:
        """Why a new resource can't have its name, as far as soft-deleted ones are the reason."""
        asked = kinds.request_body(wanted)
        deleted = self.azure.store.deleted(wanted.id)
        here = asked.get("location") if deleted else None
        if deleted and not same_place(("location",), deleted.body.get("location"), here):
            yield (
                f"{wanted.urn}: {wanted.id} was soft-deleted in {deleted.body.get('location')} and can't come back in "
                f"{here}; purge it, or choose another name"
            )
        service = service_of(kinds.arm_type(wanted.type))
        name = service.name_of(parse(wanted.id), asked, self.azure.store)
        holder = self.azure.store.holder_of_name(name) if name else ""
        if holder and holder.lower() != wanted.key and self.azure.is_soft_deleted(holder):
            yield f"{wanted.urn}: the soft-deleted {holder} keeps the name; purge it, or choose another name"

    def may_create(self, wanted: Owned) -> bool:
        """Whether nothing stands in the way of a new resource, but what is always there or came back with a parent."""
        if not self.azure.store.exists(wanted.id) or self.azure.world.exists_by_itself(parse(wanted.id)):
            return True
        return any(record.recovered and wanted.key.startswith(f"{record.key}/") for record in self.owned)

    def _import(self, resource: Resource, wanted: Owned, result: Comparison) -> Decision:
        if resource.options.import_id.lower() != wanted.key:
            result.problems.append(
                f"{resource.urn}: can't import {resource.options.import_id}: the inputs describe {wanted.id}"
            )
        elif not self.azure.world.exists(wanted.id):
            result.problems.append(f"{resource.urn}: can't import {wanted.id}: it doesn't exist")
        return Decision(op=Op.IMPORT, urn=resource.urn, wanted=wanted)

    def _replacement(
        self,
        resource: Resource,
        old: Owned,
        wanted: Owned,
        changes: Differences,
        reasons: tuple[str, ...],
        result: Comparison,
    ) -> Decision:
        if wanted.key != old.key:
            self._decide_new(resource, wanted, result)
        elif name_stays_taken(self.azure.store, old):
            result.problems.append(
                f"{resource.urn}: {old.id} would have to be replaced ({reasons[0]}), but its purge protection keeps "
                "the name; give the new one another name"
            )
        first = wanted.key == old.key or resource.options.delete_before_replace is True or same_name(old, wanted)
        decision = Decision(
            op=Op.REPLACE,
            urn=resource.urn,
            wanted=wanted,
            old=old,
            changes=changes,
            reasons=reasons,
            delete_first=first,
        )
        check_replaceable(decision, result)
        return decision

    # What the plan no longer has -------------------------------------------------------------------------------------

    def _removals(
        self, records: list[Owned], result: Comparison, *, lift_protection: bool = False
    ) -> Iterator[Decision]:
        leaving = {record.urn for record in records}
        for record in reversed(records):
            options = record.options
            if options.retain_on_delete and not record.condemned:
                yield Decision(op=Op.FORGET, urn=record.urn, old=record, reasons=("retainOnDelete",))
                continue
            if options.protect and not record.condemned and not lift_protection:
                result.problems.append(
                    f"{record.urn}: {record.id} is protected and can't be deleted; take the protection off first"
                )
            if options.deleted_with and options.deleted_with in leaving:
                yield Decision(op=Op.DELETE, urn=record.urn, old=record, reasons=(f"with {options.deleted_with}",))
            else:
                yield Decision(op=Op.DELETE, urn=record.urn, old=record)


def check_replaceable(decision: Decision, result: Comparison) -> None:
    """Notes the problem where the plan protects what would be replaced."""
    # As in Pulumi, taking the protection off and replacing may happen in one run: the plan's protection counts.
    if decision.wanted and decision.old and decision.wanted.options.protect:
        result.problems.append(
            f"{decision.urn}: {decision.old.id} is protected and can't be replaced ({decision.reasons[0]}); take the "
            "protection off first"
        )


def plan_faults(plan: Plan) -> Iterator[str]:
    """Why a plan can't be deployed here at all."""
    seen: dict[str, str] = {}
    for resource in plan.managed:
        if not kinds.is_known(resource.type):
            yield f"{resource.urn}: the local Azure doesn't have the type {resource.type}"
        unknown = list(unknown_paths(resource.inputs))
        if unknown:
            yield f"{resource.urn}: not known before the deployment: {', '.join(unknown)}"
        other = seen.setdefault(resource.id.lower(), resource.urn)
        if other != resource.urn:
            yield f"{resource.urn}: {resource.id} is in the plan twice, also as {other}"


def _stays_where_it_is(urn: str, old: Owned, changes: Differences) -> Iterator[str]:
    """Azure moves nothing to another region, and azure-native doesn't replace every type for it."""
    for path, before, after in changes:
        if path == ("location",) and not same_place(path, before, after):
            yield (
                f"{urn}: {old.id} can't move from {before} to {after}; give the new one another name, or ask for the "
                "replacement with replaceOnChanges"
            )


def delete_first(decision: Decision, reason: str) -> Decision:
    """The decision turned into a replacement that starts with the deletion."""
    return replace(decision, op=Op.REPLACE, delete_first=True, reasons=(*decision.reasons, reason))
