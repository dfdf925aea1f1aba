"""Finds out what the gates need to know of a model version, from both sides; nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from seawall.delivery.promotion import files, gates, stamps
from seawall.delivery.promotion.audit import Event, Record
from seawall.delivery.promotion.evaluation import EvaluationFailed
from seawall.delivery.promotion.facts import REGISTRY, Approval, Facts, Measurement, ModelName, Rival
from seawall.delivery.promotion.files import Contents
from seawall.delivery.promotion.gates import Verdict
from seawall.delivery.promotion.log import Log
from seawall.delivery.promotion.people import Person
from seawall.delivery.promotion.policy import Terms
from seawall.delivery.promotion.shelves import Registered, Shelf, Source

ENVIRONMENT, DATA = "environment", "training-data"
"""Tags of a model that name an environment and data, NAME:VERSION."""


class NoSuchModel(Exception):
    """The model version isn't where it is said to come from."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for: a model version, from where to where, and on which terms."""

    model: ModelName
    source: str
    target: str
    terms: Terms
    registry: str
    """The registry's name."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a promotion looks and writes."""

    source: Source | None
    """The workspace that the model comes from; none where it comes from the registry."""
    registry: Shelf
    target: Shelf | None
    """The workspace of the target; none where that is the registry."""
    log: Log
    rival: tuple[Source, str] | None = None
    """The workspace with the version in production, and its endpoint in Azure."""
    measure: Callable[[Path], Measurement] | None = None
    """Measures a model's folder; raises `EvaluationFailed`."""
    scratch: Path = Path()
    """An empty folder for downloads."""


@dataclass(frozen=True)
class Examined:
    """A request with all that is known about it."""

    request: Request
    facts: Facts
    contents: Contents
    verdict: Verdict
    records: tuple[Record, ...]
    """The audit records about this model version and target, oldest first."""
    shared_environment: bool
    """Whether the registry has the model's environment."""
    stamped: bool
    """Whether the model version has the tags of this promotion."""

    @property
    def promoted(self) -> Record | None:
        """The record of the same promotion, where it has been carried out."""
        done = [one for one in self.records if one.event is Event.PROMOTED and one.digest == self.facts.digest]
        return done[-1] if done else None

    @property
    def allowed(self) -> bool:
        """Whether the same promotion was let through before, and not refused or failed since."""
        decisions = [one for one in self.records if one.event not in (Event.ASKED, Event.APPROVED)]
        last = decisions[-1] if decisions else None
        return last is not None and last.event is Event.ALLOWED and last.digest == self.facts.digest


def examine(request: Request, places: Places, person: Person) -> Examined:
    """All facts and the verdict. Raises `NoSuchModel`, `CloudError`, `Tampered`."""
    original, contents = _original(request, places)
    in_registry = places.registry.registered(request.model)
    standing = _standing(request, places, in_registry, contents)
    tags = {**original.tags, **(in_registry.tags if in_registry else {})}
    records = tuple(
        one
        for one in places.log.records()
        if one.concerns(request.model.name, request.model.version, request.target)
    )
    environment = name_of(original.tags.get(ENVIRONMENT, ""))
    shared = environment is None or places.registry.has_environment(environment)
    done = any(one.event is Event.PROMOTED and one.digest == contents.digest for one in records)
    measured, rival, unmeasured = (None, None, "") if done else _measured(request, places)
    facts = Facts(
        model=request.model,
        target=request.target,
        digest=contents.digest,
        tags=original.tags,
        logged=files.logged(places.scratch / "original"),
        measured=measured,
        unmeasured=unmeasured,
        rival=rival,
        approvals=tuple(
            Approval(one.by, frozenset(one.names), one.digest, one.at) for one in records if one.event is Event.APPROVED
        ),
        askers=person.names | {name for one in records if one.event is Event.ASKED for name in one.names},
        promoted=stamps.promoted(tags),
        standing=None if request.terms.retrain else standing,
        environment=str(environment or ""),
        environment_found=shared or _in_workspace(places, environment),
        recipe_data_found=_has_data(request, places, original),
    )
    named = stamps.record_of(tags, request.target)
    stamped = any(one.event is Event.PROMOTED and one.digest_of_line == named for one in records)
    return Examined(request, facts, contents, gates.verdict(facts, request.terms), records, shared, stamped)


def _original(request: Request, places: Places) -> tuple[Registered, Contents]:
    shelf: Shelf = places.source or places.registry
    found = shelf.registered(request.model)
    if found is None:
        raise NoSuchModel(f"{request.source} has no model {request.model} ({shelf.name})")
    return found, _downloaded(shelf, request.model, places.scratch / "original")


def _standing(request: Request, places: Places, found: Registered | None, own: Contents) -> str | None:
    """Digest of the registry's model; that which comes from there needs no second download."""
    if found is None:
        return None
    if places.source is None:
        return own.digest
    return _downloaded(places.registry, request.model, places.scratch / "standing").digest


def downloaded_digest(places: Places, model: ModelName) -> str:
    """Digest of what the registry has now."""
    return _downloaded(places.registry, model, places.scratch / "copy").digest


def _downloaded(shelf: Shelf, model: ModelName, folder: Path) -> Contents:
    folder.mkdir(parents=True)
    shelf.download(model, folder)
    try:
        return files.contents(folder)
    except FileNotFoundError:
        raise NoSuchModel(f"model {model} in {shelf.name} has no files") from None


def _measured(request: Request, places: Places) -> tuple[Measurement | None, Rival | None, str]:
    """What the candidate and the version in production came to, and why the candidate came to nothing."""
    if request.terms.evaluation is None or places.measure is None:
        return None, None, ""
    with ThreadPoolExecutor(1) as pool:  # both at the same time, on equal terms: each takes seconds to load
        rival = pool.submit(_rival, request, places)
        try:
            return places.measure(places.scratch / "original"), rival.result(), ""
        except EvaluationFailed as error:
            return None, rival.result(), str(error)


def _rival(request: Request, places: Places) -> Rival | None:
    """The version in production, measured on the same data. One that can't be measured can't be compared with."""
    if places.rival is None or places.measure is None:
        return None
    workspace, endpoint = places.rival
    version = workspace.serving(endpoint, request.registry, request.model.name)
    if version is None or version == request.model.version:
        return None if version is None else Rival(version, {})
    _downloaded(places.registry, ModelName(request.model.name, version), places.scratch / "rival")
    try:
        return Rival(version, places.measure(places.scratch / "rival").metrics)
    except EvaluationFailed:
        return Rival(version, {})


def _in_workspace(places: Places, environment: ModelName | None) -> bool:
    return environment is None or (places.source is not None and places.source.has_environment(environment))


def _has_data(request: Request, places: Places, original: Registered) -> bool:
    data = name_of(original.tags.get(DATA, ""))
    if not request.terms.retrain or places.target is None or data is None:
        return True
    return places.target.has_data(data)


def name_of(tag: str) -> ModelName | None:
    """What a tag names, NAME:VERSION; nothing where it doesn't."""
    name, colon, version = tag.strip().removeprefix("azureml:").rpartition(":")
    return ModelName(name, version) if colon and name and version else None


def is_registry(target: str) -> bool:
    """Whether a target is the registry, into which models are copied; environments only let them in."""
    return target == REGISTRY
