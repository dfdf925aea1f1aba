"""Checking a whole plan: the report, exemptions, and that nothing but the plan decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from guarded import (
    HOST_RULES,
    PREPRODUCTION,
    PRODUCTION,
    TODAY,
    attached,
    cluster,
    exemption,
    group,
    instance,
    make,
    plan_of,
    platform,
    storage_account,
    workspace,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import Context, Exemption, Kind, Level, Report, check
from policies.packs import Levels
from policies.rule import ADVISORY, HIGH, LOW, MANDATORY, Finding, Rule, rule
from policies.rules.ml_compute import ml_compute_no_public_ip
from seawall.plan.model import Plan, Resource
from seawall.plan.values import UNKNOWN, Secret

ALWAYS = Levels(MANDATORY, MANDATORY)


def checked(
    *resources: Resource, exemptions: tuple[Exemption, ...] = (), context: Context = PRODUCTION, **more: Any
) -> Report:
    return check(plan_of(*resources), context, TODAY, exemptions=exemptions, **{"rules": HOST_RULES, **more})


def public_cluster() -> Resource:
    return cluster(properties__properties__enableNodePublicIp=True)


@rule("storage:StorageAccount", group="data", severity=HIGH, fix="Mend the rule.")
def broken_rule(account: Any) -> Iterator[str]:
    """A rule that fails.

    It divides by nothing at all.
    """
    yield "seen before the fault"
    raise ZeroDivisionError(f"with {account.get('key')}")


@rule("*", group="data", severity=LOW, fix="Nothing.")
def every_resource(resource: Any) -> Iterator[str]:
    """A rule for every resource.

    It tells of each that it was asked.
    """
    yield f"is {resource.type}"


@rule(group="data", severity=LOW, fix="Nothing.")
def whole_stack(plan: Any, context: Context, today: date) -> Iterator[Finding]:
    """A rule for the plan.

    It tells what it was given.
    """
    yield Finding(f"{len(plan.of_type('storage:StorageAccount'))} {context.currency} {today}")


def test_a_careful_platform_passes() -> None:
    """Nothing stands against a plan that keeps every rule."""
    report = checked(*platform())
    assert report.violations == ()
    assert not report.refused
    assert report.summary == {
        "refused": False, "guardedAs": "production", "mandatory": 0, "advisory": 0, "unknown": 0, "errors": 0,
        "exempted": 0, "rules": 15, "resources": 13,
    }  # fmt: skip


def test_a_report_has_the_form_that_machines_read() -> None:
    """JSON has these keys and no others, and is JSON."""
    told = checked(group(), storage_account(), workspace(), public_cluster()).to_json()
    assert json.loads(json.dumps(told)) == told
    assert list(told) == ["stack", "violations", "exempted", "exemptions", "summary"]
    assert told["violations"][-1] == {
        "rule": "ml-compute-no-public-ip",
        "level": "mandatory",
        "severity": "high",
        "urn": "urn:pulumi:test::seawall::azure-native:machinelearningservices:Compute::cluster",
        "type": "azure-native:machinelearningservices:Compute",
        "name": "cluster",
        "message": "its nodes have public addresses",
        "fix": ml_compute_no_public_ip.fix,
        "references": {"mcsb": ["NS-2"]},
    }
    assert told["violations"][0]["rule"] == "budget-exists"
    assert told["stack"] == "test"


def test_only_mandatory_violations_refuse() -> None:
    """What is advice in preproduction lets a plan pass."""
    broken = workspace(publicNetworkAccess="Enabled")
    production, preproduction = checked(broken), checked(broken, context=PREPRODUCTION)
    assert production.refused
    assert {violation.level for violation in preproduction.violations} == {Level.ADVISORY}
    assert not preproduction.refused
    assert preproduction.summary["advisory"] == len(preproduction.violations)


def test_a_rule_that_throws_is_a_violation_of_that_rule() -> None:
    """The check goes on, what the rule had found stays, and the fault refuses, with secrets masked."""
    account = storage_account(key=Secret("hunter22"))
    report = checked(account, rules={broken_rule: ALWAYS, every_resource: ALWAYS})
    assert [(violation.rule, violation.kind, violation.message) for violation in report.violations] == [
        ("broken-rule", Kind.VIOLATION, "seen before the fault"),
        ("broken-rule", Kind.ERROR, "the rule failed: ZeroDivisionError: with [secret]"),
        ("every-resource", Kind.VIOLATION, "is storage:StorageAccount"),
    ]
    assert report.refused
    assert report.summary["errors"] == 1


def test_a_fault_of_a_rule_cannot_be_exempted() -> None:
    """An exemption covers what is wrong with a resource, not what is wrong with a rule."""
    report = checked(
        storage_account(), rules={broken_rule: ALWAYS}, exemptions=(exemption(rule="broken-rule", resource="storage"),)
    )
    assert [violation.kind for violation in report.violations] == [Kind.ERROR]
    assert [each.violation.message for each in report.exempted] == ["seen before the fault"]


def test_a_rule_without_types_runs_once_against_the_stack() -> None:
    """It gets plan, context and day by name, and its findings are held against the stack."""
    report = checked(storage_account(), attached(), rules={whole_stack: Levels(ADVISORY, ADVISORY)})
    assert [(each.urn, each.type, each.name, each.message) for each in report.violations] == [
        (
            "urn:pulumi:test::seawall::pulumi:pulumi:Stack::seawall-test",
            "pulumi:pulumi:Stack",
            "seawall-test",
            "1 EUR 2026-11-21",
        )
    ]


def test_violations_are_sorted_refusals_first() -> None:
    """Mandatory before advisory, then by rule, resource and message."""
    broken = cluster(properties__disableLocalAuth=False, properties__properties__enableNodePublicIp=True)
    report = checked(group(), workspace(), broken, instance(), context=PREPRODUCTION)
    assert [(str(each.level), each.rule) for each in report.violations] == [
        ("mandatory", "ml-compute-local-auth-off"),
        ("advisory", "budget-exists"),
        ("advisory", "ml-compute-no-public-ip"),
    ]


def untidy() -> list[Resource]:
    """A plan with something of everything: violations, unknowns, several resources of each type, an exemption."""
    clusters = [
        cluster(f"cluster{index}", properties__properties__vmSize=size, properties__disableLocalAuth=index % 2 == 0)
        for index, size in enumerate(["Standard_DS3_v2", "Standard_NC6s_v3", "Standard_E4s_v3", "Standard_X"])
    ]
    unknown = instance("unknown", properties__properties__enableNodePublicIp=UNKNOWN)
    return [*platform(), *clusters, unknown, group("rg-other"), cluster("strange", resourceGroupName="rg-other")]


@given(st.permutations(untidy()))
@settings(max_examples=60, deadline=None)
def test_the_order_of_resources_never_changes_the_report(shuffled: list[Resource]) -> None:
    """A plan is a set of resources: whatever their order, the report is the same, to the letter."""
    exempted = (exemption(rule="ml-compute-local-auth-off", resource="cluster1"),)
    expected = check(plan_of(*untidy()), PRODUCTION, TODAY, exemptions=exempted)
    assert check(plan_of(*shuffled), PRODUCTION, TODAY, exemptions=exempted).to_json() == expected.to_json()
    assert expected.summary["mandatory"] > 2 and expected.summary["unknown"] > 1 and expected.summary["exempted"] == 1


def test_an_empty_plan_passes() -> None:
    """Nothing is wrong with nothing."""
    assert check(Plan(stack="test"), PRODUCTION, TODAY, exemptions=()).violations == ()


def test_the_project_has_no_exemption_that_is_worth_nothing() -> None:
    """The exemptions that come with the policies can be read, and check uses them where none are given."""
    assert check(plan_of(*platform()), PRODUCTION, TODAY).exemptions["unknownRule"] == []


def test_a_rule_of_the_stack_can_blame_the_stack_only_without_exemption() -> None:
    """What is held against no resource can't be exempted: there is nothing to name."""
    broad = exemption(rule="whole-stack", resource="seawall-test")
    report = checked(storage_account(), rules={whole_stack: ALWAYS}, exemptions=(broad,))
    assert report.refused and report.exempted == ()


def test_resources_of_other_types_are_never_shown_to_a_rule() -> None:
    """A rule that would fail on any resource says nothing of those that aren't of its types."""
    assert checked(group(), attached(), rules={broken_rule: ALWAYS}).violations == ()


def test_every_resource_meets_a_rule_for_all() -> None:
    """A star stands for every resource, whichever provider made it."""
    other = make("x:Y", "other", "", {})
    component = Resource(urn="urn:c", type="seawall:components:Workspace", name="component")
    report = checked(other, component, rules={every_resource: ALWAYS})
    assert {violation.name for violation in report.violations} == {"other", "component"}


def rules_of(report: Report) -> set[str]:
    return {violation.rule for violation in report.violations}


@pytest.mark.parametrize(
    ("index", "replacement", "broken"),
    [
        (2, workspace(publicNetworkAccess="Enabled"), "ml-workspace-public-off"),
        (2, workspace(systemDatastoresAuthMode="AccessKey"), "ml-datastore-identity"),
        (3, cluster(properties__disableLocalAuth=False), "ml-compute-local-auth-off"),
        (4, instance(properties__properties__idleTimeBeforeShutdown="P3D"), "ml-instance-idle-shutdown"),
    ],
)
def test_breaking_one_thing_breaks_one_rule(index: int, replacement: Resource, broken: str) -> None:
    """A single change to a careful platform is told by the rule that guards it, and by no other."""
    resources = platform()
    resources[index] = replacement
    assert rules_of(checked(*resources)) == {broken}


def test_rule_objects_are_compared_as_themselves() -> None:
    """Two rules of the same words are two rules: packs are keyed by the rule itself."""
    assert isinstance(broken_rule, Rule)
    assert len({broken_rule, every_resource, broken_rule}) == 2
