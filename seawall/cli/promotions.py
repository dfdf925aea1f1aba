"""From the names on the command line to where a promotion looks and writes, by the plans of the environments."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.cli import planning, targets
from seawall.cli.exits import BadInput, CloudFault, GuardrailRefusal
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.delivery.promotion.facts import REGISTRY, ModelName

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from seawall.delivery.promotion.examination import Places, Request
    from seawall.delivery.promotion.facts import Measurement
    from seawall.delivery.promotion.log import BlobLog
    from seawall.delivery.promotion.people import Person
    from seawall.delivery.promotion.policy import Policy, Terms
    from seawall.delivery.promotion.shelves import AzureShelf, AzureWorkspace
    from seawall.delivery.target import Target
    from seawall.plan.model import Plan

POLICY = "promotion.yaml"
"""The policy's file in the project, where none is named."""

STORAGE = "azure-native:storage:StorageAccount"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
"""A model's name or version. Source: Azure Resource Manager, Microsoft.MachineLearningServices/workspaces/models."""


def model_name(text: str) -> ModelName:
    """NAME:VERSION. Raises `BadInput`."""
    name, colon, version = text.partition(":")
    if not colon or not NAME.fullmatch(name) or not NAME.fullmatch(version):
        raise BadInput(f"{text!r} is no model version: NAME:VERSION is, such as claims-fraud:2")
    return ModelName(name, version)


def read_policy(project: Project, file: Path | None) -> tuple[Policy, Path]:
    """The policy, and its file. Raises `BadInput` with everything that is wrong with it."""
    from seawall.delivery.promotion import reading

    path = file or project.root / POLICY
    try:
        return reading.load(path), path
    except reading.FileErrors as errors:
        hint = "examples/fraud/promotion.yaml shows what a policy says."
        raise BadInput([str(error) for error in errors.errors], hint=hint) from None


class World:
    """The clients of one command: who is signed in, and what of Azure is looked at."""

    def __init__(self, project: Project, screen: Screen) -> None:
        self.project = project
        self.screen = screen
        self._plans: dict[str, Plan] = {}

    @cached_property
    def credential(self) -> TokenCredential:
        from seawall.delivery import clients

        return clients.credential()

    def person(self) -> Person:
        from seawall.delivery import cloud
        from seawall.delivery.promotion import people

        return people.signed_in(self.credential, cloud.current().resource_manager)

    def plan(self, env: str) -> Plan:
        """The plan of an environment, made once: each takes a second."""
        if env not in self._plans:
            self._plans[env] = planning.plan(self.project, env, self.screen)
        return self._plans[env]

    def target(self, env: str, endpoint: str = "") -> Target:
        return targets.target(self.project, env, endpoint, self.screen, self.plan(env))

    def workspace(self, env: str) -> AzureWorkspace:
        from seawall.delivery.promotion import shelves

        return shelves.workspace(self.target(env), self.credential)

    def registry(self, name: str) -> AzureShelf:
        from seawall.delivery.promotion import shelves

        return shelves.registry(name, self.credential)

    def log(self, target: str) -> BlobLog:
        """The audit record of a target: in the storage of its workspace, the registry's in that of `shared`."""
        from seawall.delivery import cloud
        from seawall.delivery.promotion.log import BlobLog

        return BlobLog(cloud.current().blobs(self._storage(target)), self.credential)

    def _storage(self, target: str) -> str:
        if target != REGISTRY:
            return self.target(target).storage_account
        shared = self.shared
        accounts = [one.id.rpartition("/")[2] for one in self.plan(shared).of_type(STORAGE)]
        if not accounts:
            raise BadInput(f"{shared} has no storage account, in which the audit record of its registry would be")
        return accounts[0]

    @property
    def shared(self) -> str:
        """The environment that the registry is of."""
        for env in self.project.environments:
            settings = planning.settings(self.project, env)
            return env if settings.is_shared else settings.shared.environment
        raise BadInput("the project has no environments")


@dataclass(frozen=True)
class Asked:
    """What the command line asks for, checked against project and policy."""

    request: Request
    policy_file: Path
    world: World


def asked(project: Project, screen: Screen, model: str, source: str, target: str, policy: Path | None) -> Asked:
    """The request. Raises `BadInput` for what is wrong with it, `GuardrailRefusal` where a guardrail is against it."""
    from seawall.delivery.promotion.examination import Request

    name = model_name(model)
    for env in (source, target):
        if env != REGISTRY:
            project.environment(env)
    if source == target:
        raise BadInput(f"{name} can't be promoted from {source} to {target}: they are the same")
    found, file = read_policy(project, policy)
    terms = found.terms(name.name, target)
    if terms is None:
        raise BadInput(
            f"{file.name} lets no {name.name} into {target}",
            hint=f"It would under models.{name.name}.{target}, or default.{target}.",
        )
    if terms.retrain and source == REGISTRY:
        raise BadInput(f"{target} trains anew (retrain): --from names the environment whose recipe is promoted")
    env = target if target != REGISTRY else source
    registry = planning.settings(project, env).shared_registry_name
    _check_guardrails(project, target, registry)
    world = World(project, screen)
    return Asked(Request(model=name, source=source, target=target, terms=terms, registry=registry), file, world)


def _check_guardrails(project: Project, target: str, registry: str) -> None:
    """An environment takes models from the registries that its guardrails approve."""
    if target == REGISTRY:
        return
    approved = planning.settings(project, target).guardrails.model_registries
    if approved and registry not in approved:
        raise GuardrailRefusal(
            f"{target} takes no models from registry {registry}: guardrails.modelRegistries has {', '.join(approved)}"
        )


@contextmanager
def places(asked: Asked, *, measuring: bool) -> Iterator[Places]:
    """Where the promotion looks and writes; downloads are gone at the end. Nothing is measured for an approval."""
    from seawall.delivery.promotion.examination import Places

    request, world = asked.request, asked.world
    with tempfile.TemporaryDirectory(prefix="seawall-promotion-") as scratch:
        found = Places(
            source=None if request.source == REGISTRY else world.workspace(request.source),
            registry=world.registry(request.registry),
            target=None if request.target == REGISTRY else world.workspace(request.target),
            log=world.log(request.target),
            scratch=Path(scratch),
        )
        if measuring and request.terms.evaluation:
            found = replace(found, measure=_measure(asked), rival=_rival(asked))
        yield found


def _measure(asked: Asked) -> Callable[[Path], Measurement]:
    from seawall.delivery.promotion import evaluation
    from seawall.local.serving import environment

    terms: Terms = asked.request.terms
    assert terms.evaluation is not None
    try:
        python = environment.python(asked.world.screen.say)
    except environment.Unavailable as error:
        raise CloudFault(str(error)) from None
    of_model = terms.evaluation
    return lambda model: evaluation.measure(of_model, asked.policy_file.resolve().parent, model, python)


def _rival(asked: Asked) -> Any:
    comparison = asked.request.terms.comparison
    if comparison is None:
        return None
    world = asked.world
    return world.workspace(comparison.environment), world.target(comparison.environment, comparison.endpoint).endpoint
