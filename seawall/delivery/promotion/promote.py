"""Carries a promotion out: environment first, then the model, then proof that both sides have the same bytes.

Each step looks first whether it is done, so that the same command finishes what a kill has left half done, and a second
run changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from seawall.delivery.port import CloudError
from seawall.delivery.promotion import audit, recipe, stamps
from seawall.delivery.promotion.audit import Event, Record
from seawall.delivery.promotion.examination import Examined, Places, downloaded_digest, is_registry, name_of
from seawall.delivery.promotion.facts import Measurement
from seawall.delivery.promotion.people import Person
from seawall.delivery.wording import size

Say = Callable[[str], None]


class BytesDiffer(Exception):
    """The copy isn't the original: it must not be used."""


class NotYours(Exception):
    """Whoever wants to approve may not."""


@dataclass(frozen=True)
class Desk:
    """Who decides, and when."""

    person: Person
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    say: Say = lambda line: None

    def at(self) -> str:
        return f"{self.now():%Y-%m-%dT%H:%M:%SZ}"


def ask(examined: Examined, places: Places, desk: Desk) -> Record | None:
    """Put on record that somebody asks and approval is waited for; once for each person and digest."""
    return _note(examined, places, desk, Event.ASKED, _explained(examined), once=True)


def refuse(examined: Examined, places: Places, desk: Desk) -> Record | None:
    """Put on record that the gates are closed, and why."""
    return _note(examined, places, desk, Event.REFUSED, _explained(examined))


def may_approve(examined: Examined, desk: Desk) -> None:
    """Raises `NotYours` where this person's yes wouldn't count."""
    approvals = examined.request.terms.approvals
    by = desk.person.by
    if approvals is None:
        raise NotYours(f"the policy asks for no approval of {examined.request.model} for {examined.request.target}")
    askers = {name for one in examined.records if one.event is Event.ASKED for name in one.names}
    if not desk.person.names & {name.casefold() for name in approvals.approvers}:
        raise NotYours(f"{by} is no approver; approvers are {', '.join(approvals.approvers)}")
    if desk.person.names & askers and not approvals.asker_may_approve:
        raise NotYours(f"{by} has asked for this promotion: somebody else must approve it")


def approve(examined: Examined, places: Places, desk: Desk) -> Record | None:
    """Put a person's yes on record; nothing is written where they have said it before. Raises `NotYours`."""
    may_approve(examined, desk)
    return _note(examined, places, desk, Event.APPROVED, {"files": examined.contents.files}, once=True)


def carry_out(examined: Examined, places: Places, desk: Desk) -> Record:
    """Do what was allowed, or what is left of it; the record of it. Raises `CloudError`, `BytesDiffer`.

    The verdict must be `ALLOWED`, or the promotion carried out before and only its tags missing.
    """
    if examined.promoted is not None:
        _stamp(examined, places, examined.promoted)
        return examined.promoted
    if not examined.allowed:
        _note(examined, places, desk, Event.ALLOWED, _explained(examined))
    _share_environment(examined, places, desk)
    details = _recipe(examined, places) if examined.request.terms.retrain else _copied(examined, places, desk)
    record = _note(examined, places, desk, Event.PROMOTED, details, once=True)
    done = record or _last(examined, places)
    _stamp(examined, places, done)
    return done


def _share_environment(examined: Examined, places: Places, desk: Desk) -> None:
    environment = name_of(examined.facts.environment)
    if environment is None or examined.shared_environment or places.source is None:
        return
    desk.say(f"Sharing environment {environment} with the registry")
    try:
        places.source.share_environment(environment, examined.request.registry)
    except CloudError:
        if not places.registry.has_environment(environment):
            raise
    if not places.registry.has_environment(environment):
        raise CloudError(f"the registry doesn't have environment {environment} after it was shared")


def _copied(examined: Examined, places: Places, desk: Desk) -> dict[str, Any]:
    """The model in the registry, and what was seen of both sides."""
    request, facts = examined.request, examined.facts
    if is_registry(request.target) and facts.standing is None and places.source is not None:
        desk.say(f"Sharing model {request.model} with the registry: {size(examined.contents.size)}")
        try:
            places.source.share(request.model, request.registry)
        except CloudError:
            if places.registry.registered(request.model) is None:
                raise  # else another run was quicker: its bytes are compared all the same
        desk.say("Comparing the bytes of both sides")
        copy = downloaded_digest(places, request.model)
        if copy != facts.digest:
            why = {"copy": copy, "files": examined.contents.files}
            _note(examined, places, desk, Event.FAILED, why)
            raise BytesDiffer(
                f"the registry's {request.model} is not what {request.source} has: "
                f"SHA-256 {copy[:12]}… instead of {facts.digest[:12]}…; don't use it"
            )
    return {"files": examined.contents.files, "bytes": examined.contents.size}


def _recipe(examined: Examined, places: Places) -> dict[str, Any]:
    content = recipe.document(examined.facts, examined.request.registry)
    places.log.keep(recipe.path(examined.facts), content)
    return {"recipe": recipe.path(examined.facts), "recipeDigest": hashlib.sha256(content).hexdigest()}


def _stamp(examined: Examined, places: Places, record: Record) -> None:
    """The tags stand where the model stands: in the registry, or where the model may not leave, with the original."""
    shelf = places.source if examined.request.terms.retrain and places.source else places.registry
    if not examined.stamped:
        shelf.tag(examined.request.model, stamps.stamps(record))


def _note(
    examined: Examined, places: Places, desk: Desk, event: Event, details: Mapping[str, Any], *, once: bool = False
) -> Record | None:
    request, facts = examined.request, examined.facts
    at = desk.at()

    def make(records: tuple[Record, ...]) -> Record | None:
        mine = [one for one in records if one.concerns(request.model.name, request.model.version, request.target)]
        for one in mine if once else ():
            same = one.event is event and one.digest == facts.digest
            if same and (event is Event.PROMOTED or one.by == desk.person.by):
                return None
        return Record(
            event=event,
            model=request.model.name,
            version=request.model.version,
            source=request.source,
            target=request.target,
            digest=facts.digest,
            by=desk.person.by,
            names=tuple(sorted(desk.person.names)),
            at=at,
            details=dict(details),
            before=audit.head(records),
        )

    return places.log.append(make)


def _last(examined: Examined, places: Places) -> Record:
    """The record of another run that was quicker with the same promotion."""
    request = examined.request
    return next(
        one
        for one in reversed(places.log.records())
        if one.event is Event.PROMOTED and one.concerns(request.model.name, request.model.version, request.target)
    )


def _explained(examined: Examined) -> dict[str, Any]:
    facts = examined.facts
    found = [f"{'yes' if one.passed else 'no'}: {one.sentence}" for one in examined.verdict.findings]
    details: dict[str, Any] = {"gates": found, "files": examined.contents.files, "bytes": examined.contents.size}
    if facts.measured:
        details["measured"] = _figures(facts.measured)
    if facts.rival:
        details["production"] = {"version": facts.rival.version, "metrics": dict(facts.rival.metrics)}
    return details


def _figures(measured: Measurement) -> dict[str, Any]:
    return {"metrics": dict(measured.metrics), "data": measured.data}
