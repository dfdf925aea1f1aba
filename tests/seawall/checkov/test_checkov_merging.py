"""checkov's answer in the report: on the right resource, suppressed only where the reason is true."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies import Context, Level, Report, check
from policies.files import InvalidFile
from seawall.checkov import CheckovError, environment, merging, templates
from seawall.checkov import __main__ as repository
from seawall.checkov.scan import CHECKS, Answer, Failed, scan
from seawall.checkov.suppressions import Suppression, read_suppressions
from seawall.plan.model import Plan, Resource
from seawall.plan.values import Secret

ROOT = Path(__file__).parents[3]
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"


def account(name: str, **inputs: Any) -> Resource:
    return Resource(
        urn=f"urn:pulumi:test::seawall::azure-native:storage:StorageAccount::{name}",
        type="azure-native:storage:StorageAccount",
        name=name,
        id=f"{STORAGE}/{name}",
        inputs={"accountName": name, "resourceGroupName": "rg", "kind": "StorageV2", **inputs},
    )


def setting(of: str) -> Resource:
    """A diagnostic setting: all have one name, and differ by their scope."""
    return Resource(
        urn=f"urn:pulumi:test::seawall::azure-native:monitor:DiagnosticSetting::{of}",
        type="azure-native:monitor:DiagnosticSetting",
        name=of,
        id=f"{STORAGE}/{of}/providers/Microsoft.Insights/diagnosticSettings/log-analytics",
        inputs={"name": "log-analytics", "resourceUri": f"{STORAGE}/{of}", "storageAccountId": Secret("hunter2")},
        dependencies=("urn:pulumi:test::seawall::x::elsewhere",),
    )


RULES = {
    "defaultAction": "Deny", "virtualNetworkRules": [],
    "ipRules": [{"iPAddressOrRange": "9.9.9.9"}, {"iPAddressOrRange": "10.1.2.3"}],
}  # fmt: skip
PLAN = Plan(
    stack="test",
    resources=(
        account("stone", publicNetworkAccess="Enabled", networkRuleSet=RULES), account("sttwo"),
        setting("stone"), setting("sttwo"),
        Resource(urn="urn:pulumi:test::seawall::azuread:index:Group::g", type="azuread:index:Group", name="g", id="1"),
        Resource(urn="urn:pulumi:test::seawall::azure-native:x:Y::y", type="azure-native:x:Y", name="y", id="/x/y"),
    ),
)  # fmt: skip


def empty() -> Report:
    return check(PLAN, Context(), date(2026, 11, 21), exemptions=(), rules={})


def failed(**changes: Any) -> Failed:
    given = {
        "check_id": "CKV_AZURE_59", "resource": "Microsoft.Storage/storageAccounts.stone",
        "file_path": "/test-0.json", "check_name": "Ensure that it is private",
        "check_result": {"result": "FAILED", "evaluated_keys": ["properties/publicNetworkAccess"]}, **changes,
    }  # fmt: skip
    return Failed(**given)


def answer(*findings: Failed) -> Answer:
    passed = [{"check_id": "CKV_AZURE_3"}]
    return Answer(check_type="arm", results=Answer.Results(passed_checks=passed, failed_checks=list(findings)))


def suppression(**changes: Any) -> Suppression:
    reason = "It looks at a property that says nothing about this."
    return Suppression.model_validate({"check": "CKV_AZURE_59", "reason": reason, **changes})


def test_resources_of_one_name_go_into_files_of_their_own(tmp_path: Path) -> None:
    """checkov takes type and name for one resource; what has no ARM form is left out, and no secret is written."""
    exported = templates.write(PLAN, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test-0.json", "test-1.json"]
    first, second = (json.loads((tmp_path / f"test-{number}.json").read_text()) for number in (0, 1))
    assert [len(each["resources"]) for each in (first, second)] == [3, 1]
    assert first["$schema"] and first["contentVersion"]
    name = "Microsoft.Insights/diagnosticSettings.log-analytics"
    assert exported["test-0.json", name].resource.name == "stone"
    assert exported["test-1.json", name].resource.name == "sttwo"
    assert "hunter2" not in "".join(path.read_text() for path in tmp_path.iterdir())


def test_a_finding_stands_against_the_plans_resource_and_refuses(tmp_path: Path) -> None:
    """A failed check makes checkov end with 1, and the check of ours as well; what passed counts as asked."""
    exported = templates.write(PLAN, tmp_path)
    merged = merging.merged(empty(), [answer(failed())], "3.0.0", exported, ())
    (violation,) = merged.violations
    assert (violation.urn, violation.level) == (PLAN.resources[0].urn, Level.MANDATORY)
    assert "properties/publicNetworkAccess" in violation.message and merged.refused
    assert (merged.rules, merged.asked, merged.checkov) == (2, ("CKV_AZURE_3", "CKV_AZURE_59"), "3.0.0")


def test_a_finding_on_a_resource_that_is_not_known_is_still_told(tmp_path: Path) -> None:
    """It keeps checkov's own name of the resource."""
    merged = merging.merged(empty(), [answer(failed(resource="a.b"))], "3.0.0", templates.write(PLAN, tmp_path), ())
    assert [violation.name for violation in merged.violations] == ["a.b"]


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, True),
        ({"when": {"properties.publicNetworkAccess": "enabled"}}, True),
        ({"when": {"properties.publicNetworkAccess": "*", "kind": "Storage*"}}, True),
        ({"when": {"properties.publicNetworkAccess": "Disabled"}}, False),
        ({"when": {"properties.networkAcls.bypass": "*"}}, False),
        ({"resource": "microsoft.storage/*.st*"}, True),
        ({"resource": "*.sttwo"}, False),
        ({"stack": "prod"}, False),
        ({"when": {"properties.networkAcls.ipRules.value": "10.*"}}, True),
        ({"when": {"properties.networkAcls.ipRules.value": "11.*"}}, False),
        ({"when": {"properties.networkAcls.virtualNetworkRules": "*"}}, False),
        ({"check": "CKV_AZURE_60"}, False),
    ],
)
def test_a_suppression_covers_only_where_its_reason_is_true(
    tmp_path: Path, changes: dict[str, Any], covered: bool
) -> None:
    """Check, stack, resource and properties must all be as it says; what it covers is counted and refuses nothing."""
    exported = templates.write(PLAN, tmp_path)
    merged = merging.merged(empty(), [answer(failed())], "3.0.0", exported, [suppression(**changes)])
    assert (len(merged.violations), len(merged.suppressed)) == ((0, 1) if covered else (1, 0))
    assert merged.refused is not covered


def test_what_is_decided_otherwise_is_advice(tmp_path: Path) -> None:
    """A finding that is right but softened is told with the reason, and refuses nothing."""
    exported = templates.write(PLAN, tmp_path)
    merged = merging.merged(empty(), [answer(failed())], "3.0.0", exported, [suppression(effect="advisory")])
    (violation,) = merged.violations
    assert violation.level is Level.ADVISORY and "says nothing about this" in violation.fix and not merged.refused


def test_the_suppressions_can_be_read_and_each_says_when_it_holds() -> None:
    """No entry of the project's file covers a check everywhere: each names a property or a stack."""
    entries = read_suppressions()
    assert {entry.check for entry in entries} >= {"CKV_AZURE_243", "CKV_AZURE_109"}
    for entry in entries:
        assert entry.when or entry.stack != "*" or entry.resource != "*", entry.check


def test_a_suppression_without_a_reason_is_refused(tmp_path: Path) -> None:
    """So is one with a key that nobody reads."""
    path = tmp_path / "suppressions.yaml"
    path.write_text("suppressions:\n  - check: CKV_AZURE_1\n    reason: no\n    until: never\n")
    with pytest.raises(InvalidFile) as caught:
        read_suppressions(path)
    assert len(caught.value.errors) == 2


def test_without_an_index_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and half an environment isn't taken for a whole one the next time."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    said: list[str] = []
    for _ in range(2):
        with pytest.raises(CheckovError, match="checkov can't be installed: is a package index within reach") as caught:
            environment.python(tmp_path / "checkov", said.append)
        assert "\n" not in str(caught.value)
    assert len(said) == 2


def test_an_answer_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A checkov that crashes or says something else is told, never taken for one that found nothing."""
    broken = tmp_path / "python"
    for script, expected in (("exit 2", "checkov failed with 2"), ("echo 'no module'", "can't be read")):
        broken.write_text(f"#!/bin/sh\n{script}\n")
        broken.chmod(0o755)
        with pytest.raises(CheckovError, match=expected):
            scan(broken, tmp_path, ("arm",))


def test_a_repository_without_such_files_needs_no_checkov(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is installed to scan nothing."""
    assert repository.main([str(tmp_path)]) == 0
    assert "no workflow" in capsys.readouterr().out and list(tmp_path.iterdir()) == []


@pytest.fixture(scope="session")
def checkov(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """checkov's interpreter: the project's, which is made where an index is within reach."""
    try:
        return environment.python(ROOT / merging.HOME, lambda line: None)
    except CheckovError as error:
        pytest.skip(f"checkov isn't at hand: {error}")


@pytest.mark.parametrize("env", ["shared", "dev", "test", "prod"])
def test_our_stacks_pass_with_checkov(checkov: Path, env: str) -> None:
    """Every finding is answered: suppressed where it is wrong, advice where the platform decides otherwise."""
    from seawall.plan.project import plan_project
    from stacks.settings.configuration import configuration

    config = configuration(ROOT / "stacks" / f"Pulumi.{env}.yaml")
    plan = plan_project(ROOT, env, config.values, secret_keys=config.secrets)
    report = check(plan, Context(), date(2026, 11, 21), exemptions=(), rules={})
    merged = merging.with_checkov(report, plan, ROOT, print)
    assert [f"{each.rule} {each.name}" for each in merged.violations if each.level is Level.MANDATORY] == []
    assert merged.checkov and len(merged.asked) > 10 and merged.suppressed


def test_our_checks_refuse_what_checkov_lets_pass(checkov: Path, tmp_path: Path) -> None:
    """An absent publicNetworkAccess passes CKV2_AZURE_49, and fails ours; in ARM and in Terraform."""
    workspaces = "Microsoft.MachineLearningServices/workspaces"
    resources = [
        {"type": workspaces, "apiVersion": "2025-06-01", "name": "mlw", "properties": {}},
        {"type": f"{workspaces}/computes", "apiVersion": "2025-06-01", "name": "mlw/vm", "properties": {
            "computeType": "ComputeInstance", "properties": {"enableNodePublicIp": False}}},
        {"type": f"{workspaces}/computes", "apiVersion": "2025-06-01", "name": "mlw/k8s", "properties": {
            "computeType": "Kubernetes"}},
        {"type": f"{workspaces}/onlineEndpoints", "apiVersion": "2025-06-01", "name": "mlw/good", "properties": {
            "authMode": "AADToken", "publicNetworkAccess": "disabled"}},
        {"type": "Microsoft.Consumption/budgets", "apiVersion": "2023-11-01", "name": "b", "properties": {
            "notifications": {"one": {"enabled": True, "threshold": 50}}}},
    ]  # fmt: skip
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    (tmp_path / "main.json").write_text(
        json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", "resources": resources})
    )
    (tmp_path / "main.tf").write_text(
        'resource "azurerm_machine_learning_compute_cluster" "c" {\n  name = "c"\n}\n'
        'resource "azurerm_firewall_policy" "p" {\n  threat_intelligence_mode = "Deny"\n}\n'
    )
    answers, _ = scan(checkov, tmp_path, ("arm", "terraform"))
    told = {
        (each.check_id, each.resource.rpartition(".")[2])
        for one in answers
        for each in one.results.failed_checks
        if each.check_id.startswith("CKV_SEAWALL")
    }
    assert told == {
        ("CKV_SEAWALL_1", "mlw"), ("CKV_SEAWALL_3", "mlw"), ("CKV_SEAWALL_4", "mlw/vm"), ("CKV_SEAWALL_6", "mlw/vm"),
        ("CKV_SEAWALL_10", "b"), ("CKV_SEAWALL_5", "c"),
    }  # fmt: skip
    trap = [each for one in answers for each in one.results.passed_checks if each["check_id"] == "CKV2_AZURE_49"]
    assert trap, "CKV2_AZURE_49 no longer passes an absent publicNetworkAccess: CKV_SEAWALL_1 may go"


def test_workflows_and_dockerfiles_are_scanned(
    checkov: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workflow that may write everything fails with its file and line; what stands in an environment is skipped."""
    (tmp_path / ".seawall").mkdir()
    (tmp_path / ".seawall" / "checkov").symlink_to(ROOT / merging.HOME)
    (tmp_path / ".seawall" / "Dockerfile").write_text("FROM scratch\n")
    workflow = tmp_path / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "name: ci\non: push\npermissions: write-all\njobs:\n  one:\n    runs-on: x\n    steps:\n      - run: ls\n"
    )
    assert repository.main([str(tmp_path)]) == 1
    assert ".github/workflows/ci.yml:" in (told := capsys.readouterr().out) and "CKV2_GHA_1" in told
    shutil.rmtree(workflow.parent)
    (tmp_path / "Dockerfile").write_text("FROM debian:12.5\nUSER nobody\nHEALTHCHECK CMD true\n")
    assert repository.main([str(tmp_path)]) == 0


def test_our_checks_import_nothing_of_ours() -> None:
    """They run in checkov's environment, where none of it is."""
    text = "\n".join(path.read_text() for path in CHECKS.rglob("*.py"))
    assert "from checkov." in text and not re.search(r"^(from|import) (seawall|policies)", text, re.MULTILINE)
