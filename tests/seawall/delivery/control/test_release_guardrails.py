"""Guardrails on releases: what a release would make, judged in production's plan by the rules of all plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies import Level, check
from seawall.cli import planning, targets
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.delivery import documents
from seawall.delivery.document import Release
from seawall.delivery.guardrails import deployments_of, first_step, with_release
from seawall.delivery.planning import planned
from seawall.delivery.port import Deployment
from seawall.plan.model import Plan
from stacks.guardrails import context_of
from tests.test_house import ROOT

GOOD: dict[str, Any] = {
    "endpoint": "fraud-online",
    "model": {"name": "claims-fraud", "version": "7"},
    "instance": {"type": "Standard_DS3_v2", "count": 3},
    "autoscale": {"min": 3, "max": 9},
    "strategy": {"canary": {"steps": [10, 50]}},
}
OLD = Deployment(name="v6-old", state="Succeeded", instances=3, instance_type="Standard_DS3_v2", model="azureml:x:1")


@pytest.fixture(scope="module")
def production() -> tuple[Project, Plan]:
    project = Project.find(ROOT)
    return project, planning.plan(project, "prod", Screen.of_process())


def refused(production: tuple[Project, Plan], **changes: Any) -> set[str]:
    """The mandatory rules that a release breaks in production, on what it makes or changes."""
    return broken(production, Release.model_validate({**GOOD, **changes}))


def broken(production: tuple[Project, Plan], release: Release) -> set[str]:
    project, plan = production
    target = targets.target(project, "prod", "fraud-online", Screen.of_process(), plan)
    released = planned(release, Path())
    whole = with_release(plan, target, release, released, beside=[OLD], stable=OLD.name)
    report = check(whole, context_of(planning.configured(project, "prod"), "prod"), date(2026, 12, 1))
    others = deployments_of(plan, [OLD])
    return {one.rule for one in report.violations if one.level is Level.MANDATORY and one.urn not in others}


def test_a_release_as_production_wants_it_is_let_through(production: tuple[Project, Plan]) -> None:
    """Three instances that scale, a registry's model, ten percent first."""
    assert refused(production) == set()


def test_the_examples_release_to_production_is_let_through(production: tuple[Project, Plan]) -> None:
    """What the example shows as a release to production is one that production takes."""
    file = ROOT / "examples" / "fraud" / "releases" / "production.yaml"
    assert broken(production, documents.load(file, "prod", local=False)) == set()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"instance": {"type": "Standard_DS3_v2", "count": 1}, "autoscale": None}, "endpoint-min-instances"),
        ({"autoscale": None}, "endpoint-min-instances"),
        ({"model": {"from": "workspace", "name": "claims-fraud", "version": "7"}}, "model-pinned-version"),
        ({"strategy": {"canary": {"steps": [25, 50]}}}, "endpoint-canary"),
        ({"strategy": "blueGreen"}, "endpoint-canary"),
        ({"strategy": "direct"}, "endpoint-canary"),
        ({"instance": {"type": "Standard_NC6s_v3", "count": 3}}, "compute-sku-allowlist"),
        ({"environmentVariables": {"KEY": "AccountKey=abcdefghijklmnopqrstuvwxyz0123=="}}, "no-plaintext-secrets"),
    ],
)
def test_what_production_forbids_is_refused(
    production: tuple[Project, Plan], changes: dict[str, Any], rule: str
) -> None:
    """One thing wrong, one rule that says so."""
    assert refused(production, **changes) == {rule}


def test_a_model_of_another_registry_is_refused(production: tuple[Project, Plan], monkeypatch: Any) -> None:
    """The registry of the environment's settings isn't in guardrails.modelRegistries."""
    import dataclasses

    real = targets.target
    monkeypatch.setattr(
        targets, "target", lambda *args: dataclasses.replace(real(*args), registry="mlr-elsewhere")
    )
    assert refused(production) == {"model-approved-source"}


def test_the_first_step_is_that_of_the_strategy() -> None:
    """Steps share; without steps, and without anybody to share with, it is all."""
    canary = planned(Release.model_validate(GOOD), Path())
    assert first_step(canary, "old") == {"old": 90, canary.candidate: 10}
    assert first_step(canary, None) == {canary.candidate: 100}
    direct = planned(Release.model_validate({**GOOD, "strategy": "direct"}), Path())
    assert first_step(direct, "old") == {direct.candidate: 100}


def test_a_release_without_a_managed_network_asks_for_no_way_out(production: tuple[Project, Plan]) -> None:
    """Production has no managed network: the deployment itself says that it reaches no Internet."""
    project, plan = production
    release = Release.model_validate(GOOD)
    target = targets.target(project, "prod", "fraud-online", Screen.of_process(), plan)
    whole = with_release(plan, target, release, planned(release, Path()))
    (made,) = whole.of_type("azure-native:machinelearningservices:OnlineDeployment")
    assert made.inputs["properties"]["egressPublicNetworkAccess"] == "Disabled"
