"""Every rule tells what it guards: one thing is broken in a plan that keeps it, and that rule tells, and no other.

The plans are those of the project's own stacks; what no stack has is added to them as a fixture.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from asking import engine_verdicts, plan_verdicts
from guarded import TODAY
from mutating import Mutation

from policies import check
from policies.context import Context
from policies.packs import RULES, effective
from policies.remedies import fixes, mended_plan
from seawall.plan.model import Plan
from seawall.plan.project import plan_project
from stacks.guardrails import context_of
from stacks.settings.configuration import configuration

ROOT = Path(__file__).parents[2]
TABLES = sorted(path.stem for path in Path(__file__).parent.glob("mutations_*.py"))
MUTATIONS: list[Mutation] = [each for table in TABLES for each in importlib.import_module(table).MUTATIONS]

Found = frozenset[tuple[str, str, str]]
"""What a check finds: rule, resource and message."""


@cache
def stack(name: str) -> tuple[Plan, Context]:
    """The plan of one of the project's stacks, and the context that it is guarded in."""
    config = configuration(ROOT / "stacks" / f"Pulumi.{name}.yaml")
    plan = plan_project(ROOT, name, config.values, secret_keys=config.secrets)
    return plan, context_of(lambda key: config.values.get(f"seawall:{key}"), name)


def found(plan: Plan, context: Context) -> Found:
    report = check(plan, context, TODAY, exemptions=())
    return frozenset((each.rule, each.urn, each.message) for each in report.violations)


@cache
def before(name: str) -> Found:
    return found(*stack(name))


@cache
def told(mutation: Mutation) -> set[str]:
    """The rules that tell something of the broken plan that they didn't of the whole one."""
    plan, context = stack(mutation.stack)
    whole = mutation.whole(plan)
    found_before = before(mutation.stack) if whole is plan else found(whole, context)
    return {rule for rule, _, _ in found(mutation.broken(whole), context) - found_before}


def killed() -> Iterator[str]:
    """The rules that tell what was broken for them."""
    return (mutation.rule for mutation in MUTATIONS if mutation.rule in told(mutation))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_one_broken_thing_is_told_by_its_rule_alone(mutation: Mutation) -> None:
    """The rule tells, and no rule that the table doesn't name as related."""
    rules = told(mutation)
    assert mutation.rule in rules
    assert rules <= {mutation.rule} | mutation.related


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_both_hosts_tell_the_same_of_a_broken_stack(mutation: Mutation) -> None:
    """The rule asked by Pulumi's analyzer, as at a first preview, tells what it tells of the plan."""
    plan, context = stack(mutation.stack)
    broken = mutation.broken(mutation.whole(plan))
    rules = {rule: levels for rule, levels in RULES.items() if rule.id == mutation.rule}
    report = check(broken, context, TODAY, exemptions=(), rules=rules)
    (level,) = effective(context, rules).values()
    assert plan_verdicts(report, level) == engine_verdicts(broken, rules, context, (), TODAY)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_a_remedy_mends_what_was_broken(mutation: Mutation) -> None:
    """Where a rule carries a remedy that applies, the rule has nothing to tell of the mended resource any more."""
    plan, context = stack(mutation.stack)
    broken = mutation.broken(mutation.whole(plan))
    rules = {rule: levels for rule, levels in RULES.items() if rule.id == mutation.rule}
    made = fixes(check(broken, context, TODAY, exemptions=(), rules=rules), broken, context, TODAY, rules)
    left = check(mended_plan(broken, made), context, TODAY, exemptions=(), rules=rules).violations
    assert {each.urn for each in left} & {fix.urn for fix in made if fix.changes} == set()


def test_every_rule_is_broken_once_at_least(capsys: pytest.CaptureFixture[str]) -> None:
    """No rule stands in a pack that nobody has seen refuse a plan."""
    rules = {rule.id for rule in RULES}
    share = set(killed())
    with capsys.disabled():
        print(f"\nMutations: {len(share)} of {len(rules)} rules killed ({100 * len(share) / len(rules):.0f} %)")
    assert sorted(rules - share) == []


def test_the_tables_name_rules_that_there_are() -> None:
    """A rule that was renamed, and a related one that is gone, would go unnoticed."""
    named = {mutation.rule for mutation in MUTATIONS} | {other for each in MUTATIONS for other in each.related}
    assert named - {rule.id for rule in RULES} == set()


@pytest.mark.parametrize("name", ["shared", "dev", "test", "prod"])
def test_no_stack_of_the_project_breaks_a_mandatory_rule(name: str) -> None:
    """The project's own stacks keep the rules, without any exemption."""
    plan, context = stack(name)
    report = check(plan, context, TODAY, exemptions=())
    assert [(each.rule, each.name, each.message) for each in report.violations if each.level.name == "MANDATORY"] == []
