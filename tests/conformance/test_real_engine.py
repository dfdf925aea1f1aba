"""Under the real Pulumi engine every stack is what the offline engine says it is.

Both run the same program; the engine deploys to the local Azure through its providers. Runs work on a copy of the stack
files. Without a `pulumi` on PATH these tests skip; the pipelines install one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies import check
from seawall.engine import backend
from seawall.engine.command import Command
from seawall.engine.stack import EngineStack, Preview
from seawall.local import deploy
from seawall.local.azure import LocalAzure
from seawall.local.events import Op
from seawall.local.provider.answers import Previews
from seawall.local.provider.server import attachment, served
from seawall.plan.model import Plan
from seawall.plan.project import plan_project
from stacks.guardrails import context_of
from tests.conformance.deployments import STACK, differences, facts_of_export, facts_of_plan
from tests.seawall.engine.projects import CONFIG, NO_REAL, REAL, edit, small_project
from tests.stack_plans import ROOT, stack_config, stack_plan

STACKS = ("shared", "dev", "test", "prod")
IN_ONE_GO = {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true"}
"""Writes the state once, at the end of a run, and not twice a step: nobody interrupts it here."""

pytestmark = pytest.mark.skipif(REAL is None, reason=NO_REAL)


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as local:
        yield local


def previewed(azure: LocalAzure, name: str, folder: Path, previews: Previews) -> Preview:
    """A preview of one of the project's stacks under the policy pack."""
    with served(azure, stack_config(name), previews=previews) as ports:
        kept = backend.local(ROOT, folder / "engine", attachment(ports))
        stack = EngineStack(name, kept, Command(), policy_pack=ROOT / "policies")
        return stack.preview(folder)


def verdict(name: str) -> set[tuple[str, str, str]]:
    """The violations that the offline check finds."""
    config = stack_config(name)
    report = check(stack_plan(name), context_of(lambda key: config.get(f"seawall:{key}"), name), date.today())
    return {(v.rule, str(v.level), v.urn) for v in report.violations}


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_is_the_same_under_both_engines(azure: LocalAzure, tmp_path: Path, name: str) -> None:
    """URNs, types, inputs, parents, dependencies, IDs, secrets, protection; and the verdict with its levels."""
    if name != "shared":
        assert deploy.up(stack_plan("shared"), azure).succeeded
    with served(azure, stack_config(name)) as ports:
        kept = backend.local(ROOT, tmp_path / "engine", {**attachment(ports), **IN_ONE_GO})
        stack = EngineStack(name, kept, Command(), policy_pack=ROOT / "policies")
        seen = stack.preview(tmp_path)
        assert {(v.rule, v.level, v.urn) for v in seen.violations} == verdict(name)
        stack.policy_pack = None  # it has said what it says
        assert stack.up(seen, lambda event: None).succeeded
        stack.export(tmp_path / "export.json")
        again = stack.preview(tmp_path)
    ours = {urn: fact for urn, fact in facts_of_plan(stack_plan(name)).items() if fact["type"] != STACK}
    assert list(differences(ours, facts_of_export(tmp_path / "export.json"))) == []
    assert set(again.diff.counts) == {Op.SAME}


@pytest.mark.parametrize("name", STACKS)
def test_no_rule_of_production_fails_for_want_of_a_value(azure: LocalAzure, tmp_path: Path, name: str) -> None:
    """With azure-native's unknowns in the preview, the violations are still those of the offline check."""
    seen = previewed(azure, name, tmp_path, "unknown")
    assert {(v.rule, v.level, v.urn) for v in seen.violations} == verdict(name)


EDITS: dict[str, dict[str, Any]] = {
    "create": {"accounts": ["first", "second", "third", "fourth"]},
    "update": {"owner": "finance"},
    "replace": {"location": "northeurope"},
    "delete": {"accounts": ["first", "second"]},
    "rename with an alias": {"renamed": {"first": "primary"}},
    "protect": {"protected": True},
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_has_the_same_operations_under_both_engines(tmp_path: Path, what: str) -> None:
    """A second run after an edit does to each resource what `up --local` does."""
    project = small_project(tmp_path / "project")
    with LocalAzure.open(tmp_path / "engine.db") as azure, served(azure, CONFIG) as ports:
        stack = EngineStack("test", backend.local(project, tmp_path / "state", attachment(ports)), Command())
        assert stack.up(stack.preview(tmp_path), lambda event: None).succeeded
        edit(project, **EDITS[what])
        theirs = {c.urn: c.op for c in stack.preview(tmp_path).diff.changing}
    edit(project)
    with LocalAzure.open(tmp_path / "own.db") as azure:
        assert deploy.up(planned(project), azure).succeeded
        edit(project, **EDITS[what])
        ours = {c.urn: c.op for c in deploy.preview(planned(project), azure).changing}
    assert theirs == ours


def planned(project: Path) -> Plan:
    return plan_project(project, "test", CONFIG)
