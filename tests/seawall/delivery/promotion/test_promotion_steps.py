"""Carrying a promotion out, with places in memory: what a kill leaves, and what the next run makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from seawall.delivery.port import CloudError
from seawall.delivery.promotion import audit, promote, stamps
from seawall.delivery.promotion.audit import Record
from seawall.delivery.promotion.evaluation import EvaluationFailed
from seawall.delivery.promotion.examination import Examined, NoSuchModel, Places, Request, examine
from seawall.delivery.promotion.facts import Measurement, ModelName
from seawall.delivery.promotion.gates import Decision, Gate
from seawall.delivery.promotion.people import Person
from seawall.delivery.promotion.policy import Terms
from seawall.delivery.promotion.shelves import Registered

MODEL = ModelName("claims-fraud", "2")
ENVIRONMENT = ModelName("scoring", "3")
FILES = {"MLmodel": "flavors", "model.pkl": "weights"}
CI = Person("ci", frozenset({"ci", "oid-ci"}))
MARA = Person("mara@larkspur.example", frozenset({"mara@larkspur.example", "oid-mara"}))


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


@dataclass
class Killer:
    """Ends the process before or after its n-th write."""

    at: int = -1
    before: bool = True
    writes: int = 0

    def write(self, action: Callable[[], Any]) -> Any:
        self.writes += 1
        if self.writes == self.at and self.before:
            raise Killed
        result = action()
        if self.writes == self.at:
            raise Killed
        return result


@dataclass
class Shelf:
    name: str
    killer: Killer
    models: dict[ModelName, Registered] = field(default_factory=dict)
    contents: dict[ModelName, Mapping[str, str]] = field(default_factory=dict)
    environments: set[ModelName] = field(default_factory=set)
    data: set[ModelName] = field(default_factory=set)
    other: Shelf | None = None
    served: str | None = None
    shares: int = 0
    spoils: bool = False

    def put(self, model: ModelName, tags: Mapping[str, str], contents: Mapping[str, str]) -> None:
        self.models[model] = Registered(model, "mlflow_model", dict(tags))
        self.contents[model] = contents

    def registered(self, model: ModelName) -> Registered | None:
        return self.models.get(model)

    def versions(self, name: str) -> tuple[Registered, ...]:
        return tuple(one for one in self.models.values() if one.model.name == name)

    def download(self, model: ModelName, folder: Path) -> None:
        for name, text in self.contents[model].items():
            (folder / name).write_text(text)

    def tag(self, model: ModelName, tags: Mapping[str, str]) -> None:
        def write() -> None:
            self.models[model] = replace(self.models[model], tags={**self.models[model].tags, **tags})

        self.killer.write(write)

    def has_environment(self, environment: ModelName) -> bool:
        return environment in self.environments

    def has_data(self, data: ModelName) -> bool:
        return data in self.data

    def share(self, model: ModelName, registry: str) -> None:
        assert self.other is not None and self.other.name == registry
        if model in self.other.models:
            raise CloudError("already there", status=409)
        self.shares += 1
        spoiled = {**self.contents[model], **({"model.pkl": "spoiled"} if self.spoils else {})}
        self.killer.write(lambda: self.other.put(model, self.models[model].tags, spoiled))  # type: ignore[union-attr]

    def share_environment(self, environment: ModelName, registry: str) -> None:
        assert self.other is not None
        assert not self.other.models, "the environment comes before the model"
        self.killer.write(lambda: self.other.environments.add(environment))  # type: ignore[union-attr]

    def serving(self, endpoint: str, registry: str, name: str) -> str | None:
        return self.served


@dataclass
class Log:
    killer: Killer
    content: bytes = b""
    kept: dict[str, bytes] = field(default_factory=dict)

    def records(self) -> tuple[Record, ...]:
        return audit.read(self.content)

    def append(self, make: Callable[[tuple[Record, ...]], Record | None]) -> Record | None:
        record = make(self.records())
        if record is not None:
            self.killer.write(lambda: setattr(self, "content", self.content + record.line))
        return record

    def keep(self, name: str, content: bytes) -> None:
        self.killer.write(lambda: self.kept.setdefault(name, content))


class World:
    """A workspace, a registry, and an audit record."""

    def __init__(self, folder: Path, **tags: str) -> None:
        self.folder = folder
        self.killer = Killer()
        self.registry = Shelf("registry", self.killer)
        self.workspace = Shelf("dev", self.killer, other=self.registry, environments={ENVIRONMENT})
        self.workspace.put(MODEL, {"owner": "x", "environment": str(ENVIRONMENT), **tags}, FILES)
        self.log = Log(self.killer)
        self.runs = 0

    def places(self, **changes: Any) -> Places:
        self.runs += 1
        scratch = self.folder / str(self.runs)
        scratch.mkdir()
        places = Places(source=self.workspace, registry=self.registry, target=None, log=self.log, scratch=scratch)
        return replace(places, **changes)

    def run(
        self, *, person: Person = CI, target: str = "registry", said: Mapping[str, Any] = MappingProxyType({}),
        **changes: Any,
    ) -> Examined:  # fmt: skip
        """What the command does."""
        places = self.places(**changes)
        source = "dev" if places.source else "registry"
        terms = Terms.model_validate({"requiredTags": {"owner": None}, **said})
        request = Request(model=MODEL, source=source, target=target, terms=terms, registry="registry")
        examined = examine(request, places, person)
        desk = promote.Desk(person, now=lambda: datetime(2026, 12, 1, 9, tzinfo=UTC))
        if examined.promoted is not None and examined.stamped:
            return examined
        if examined.verdict.decision is Decision.ALLOWED or examined.promoted is not None:
            promote.carry_out(examined, places, desk)
        elif examined.verdict.decision is Decision.REFUSED:
            promote.refuse(examined, places, desk)
        else:
            promote.ask(examined, places, desk)
        return examined

    def approve(self, person: Person, said: Mapping[str, Any], target: str = "registry") -> Record | None:
        places = self.places()
        terms = Terms.model_validate(said)
        request = Request(model=MODEL, source="dev", target=target, terms=terms, registry="registry")
        return promote.approve(examine(request, places, person), places, promote.Desk(person))

    @property
    def events(self) -> list[str]:
        return [str(one.event) for one in self.log.records()]

    @property
    def state(self) -> tuple[Any, ...]:
        return self.events, self.registry.models, self.registry.contents, self.registry.environments


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_promotion_copies_environment_and_model_and_leaves_its_record(world: World) -> None:
    """The registry has both, the tags name the record, and the record has the digest."""
    world.run()
    assert world.events == ["allowed", "promoted"]
    assert world.registry.contents[MODEL] == FILES and ENVIRONMENT in world.registry.environments
    done = world.log.records()[-1]
    tags = world.registry.models[MODEL].tags
    assert stamps.record_of(tags, "registry") == done.digest_of_line
    assert tags[stamps.DIGEST] == done.digest


def test_a_second_run_changes_nothing(world: World) -> None:
    """Once done, there is nothing left to write, whoever runs it."""
    world.run()
    before, writes = world.state, world.killer.writes
    world.run(person=MARA)
    assert (world.state, world.killer.writes) == (before, writes)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_the_same_command_finishes_what_a_kill_left(tmp_path: Path, at: int, before: bool) -> None:
    """Killed before or after any write, the next run ends as an undisturbed one does, and copies at most once."""
    (tmp_path / "whole").mkdir()
    whole = World(tmp_path / "whole")
    whole.run()
    assert whole.killer.writes == 5
    (tmp_path / "cut").mkdir()
    cut = World(tmp_path / "cut")
    cut.killer.at, cut.killer.before = at, before
    with pytest.raises(Killed):
        cut.run()
    cut.run()
    assert cut.state == whole.state
    assert cut.workspace.shares <= 2 and len(cut.registry.models) == 1


def test_a_refusal_is_on_record_and_nothing_is_copied(world: World) -> None:
    """Each refusal is a decision of its own."""
    for _ in range(2):
        examined = world.run(said={"requiredTags": {"git-commit": None}})
        assert examined.verdict.faults == ("tag git-commit is missing",)
    assert world.events == ["refused", "refused"]
    assert not world.registry.models and not world.registry.environments


def test_a_spoiled_copy_is_told_and_never_promoted(world: World) -> None:
    """Where the registry's bytes differ afterwards, the promotion has failed, and stays so."""
    world.workspace.spoils = True
    with pytest.raises(promote.BytesDiffer, match="don't use it"):
        world.run()
    assert world.events == ["allowed", "failed"]
    assert stamps.DIGEST not in world.registry.models[MODEL].tags
    again = world.run()
    assert {one.gate for one in again.verdict.findings if not one.passed} == {Gate.BYTES}
    assert world.events == ["allowed", "failed", "refused"]


def test_a_model_that_isnt_there(world: World) -> None:
    """There is nothing to decide, and nothing goes on record."""
    world.workspace.models.clear()
    with pytest.raises(NoSuchModel):
        world.run()
    assert world.events == []


def test_another_run_may_be_quicker(world: World) -> None:
    """Where the model has come into the registry meanwhile, its bytes decide."""
    share = world.workspace.share

    def late(model: ModelName, registry: str) -> None:
        share(model, registry)
        share(model, registry)

    world.workspace.share = late  # type: ignore[method-assign]
    world.run()
    assert world.events == ["allowed", "promoted"]


APPROVALS = {"approvals": {"approvers": ["Mara@larkspur.example", "oid-noor"]}}


def test_a_promotion_waits_for_approval_and_goes_on_after_it(world: World) -> None:
    """Asked once, approved by somebody else, then carried out by the same command."""
    for _ in range(2):
        assert world.run(said=APPROVALS).verdict.decision is Decision.WAITING
    assert world.events == ["asked"] and not world.registry.models
    assert world.approve(MARA, APPROVALS) is not None
    assert world.approve(MARA, APPROVALS) is None
    world.run(said=APPROVALS)
    assert world.events == ["asked", "approved", "allowed", "promoted"]


def test_who_asks_cant_approve(world: World) -> None:
    """Neither before they ask nor after; another approver can."""
    world.approve(MARA, APPROVALS)
    assert world.run(person=MARA, said=APPROVALS).verdict.decision is Decision.WAITING
    with pytest.raises(promote.NotYours, match="somebody else"):
        world.approve(MARA, APPROVALS)
    with pytest.raises(promote.NotYours, match="no approver"):
        world.approve(CI, APPROVALS)
    noor = Person("noor@larkspur.example", frozenset({"noor@larkspur.example", "oid-noor"}))
    world.approve(noor, APPROVALS)
    assert world.run(person=MARA, said=APPROVALS).verdict.decision is Decision.ALLOWED


def test_an_approval_is_of_the_bytes_that_were_approved(world: World) -> None:
    """A model that is registered anew under the same version has to be approved anew."""
    world.approve(MARA, APPROVALS)
    world.workspace.contents[MODEL] = {**FILES, "model.pkl": "other weights"}
    assert world.run(said=APPROVALS).verdict.decision is Decision.WAITING


def test_an_environment_takes_only_what_the_registry_has(world: World) -> None:
    """Production after test, test after the registry: out of order it is refused."""
    world.run()
    record = world.registry.models[MODEL]
    refused = world.run(target="prod", said={"after": ["test"]}, source=None)
    assert {one.gate for one in refused.verdict.findings if not one.passed} == {Gate.ORDER}
    world.run(target="test", source=None)
    allowed = world.run(target="prod", said={"after": ["test"]}, source=None)
    assert allowed.verdict.decision is Decision.ALLOWED
    assert world.registry.models[MODEL].model == record.model and len(world.registry.models) == 1
    assert set(stamps.promoted(world.registry.models[MODEL].tags)) == {"registry", "test", "prod"}


def test_the_candidate_is_measured_beside_the_version_in_production(world: World) -> None:
    """Both are measured by the same function; the figures go on record."""
    world.registry.put(ModelName("claims-fraud", "1"), {}, {"MLmodel": "old"})
    world.registry.environments.add(ENVIRONMENT)
    world.workspace.served = "1"
    said = {
        "evaluation": {"script": "s", "data": "d"},
        "comparison": {"endpoint": "fraud-online", "metrics": [{"name": "auc"}]},
    }

    def measure(folder: Path) -> Measurement:
        return Measurement({"auc": 0.9 if (folder / "model.pkl").exists() else 0.95}, "data")

    examined = world.run(said=said, rival=(world.workspace, "fraud-online"), measure=measure)
    assert {one.gate for one in examined.verdict.findings if not one.passed} == {Gate.COMPARISON}
    details = world.log.records()[-1].details
    assert details["production"] == {"version": "1", "metrics": {"auc": 0.95}}
    assert details["measured"] == {"metrics": {"auc": 0.9}, "data": "data"}


def test_why_nothing_was_measured_is_told(world: World) -> None:
    """A model that can't be loaded is refused with the script's own words."""

    def measure(folder: Path) -> Measurement:
        raise EvaluationFailed("evaluate.py ended with 1: no module named lightgbm")

    said = {"evaluation": {"script": "s", "data": "d"}, "metrics": [{"name": "auc", "atLeast": 0.5}]}
    (fault,) = world.run(said=said, measure=measure).verdict.faults
    assert "lightgbm" in fault and not world.registry.models


def test_a_recipe_is_promoted_where_data_may_not_leave(tmp_path: Path) -> None:
    """No model is copied: the target gets the recipe, the registry the environment."""
    tags = {"git-repository": "larkspur/claims", "git-commit": "f" * 40, "training-data": "claims:4"}
    world = World(tmp_path, **tags)
    target = Shelf("prod", world.killer)
    said = {"retrain": True}
    first = _recipe(world, target, said)
    assert {one.gate for one in first.verdict.findings if not one.passed} == {Gate.RECIPE}
    target.data.add(ModelName("claims", "4"))
    _recipe(world, target, said)
    assert not world.registry.models and ENVIRONMENT in world.registry.environments
    (content,) = world.log.kept.values()
    assert json.loads(content)["data"] == "azureml:claims:4"
    assert json.loads(content)["code"] == {"repository": "larkspur/claims", "commit": "f" * 40}
    assert world.events == ["refused", "allowed", "promoted"]
    assert set(stamps.promoted(world.workspace.models[MODEL].tags)) == {"prod"}
    writes = world.killer.writes
    _recipe(world, target, said)
    assert world.killer.writes == writes


def _recipe(world: World, target: Shelf, said: Mapping[str, Any]) -> Examined:
    places = world.places(target=target)
    request = Request(
        model=MODEL, source="dev", target="prod", terms=Terms.model_validate(said), registry="registry"
    )
    examined = examine(request, places, CI)
    desk = promote.Desk(CI)
    if examined.promoted is not None and examined.stamped:
        return examined
    (promote.carry_out if examined.verdict.decision is Decision.ALLOWED else promote.refuse)(examined, places, desk)
    return examined
