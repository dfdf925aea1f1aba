"""A preview as a pull request's own job left it: read by its form, told beside the plans, believed in nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies import Context, Report, check
from seawall.local.events import Op
from seawall.plan.model import Plan, Resource
from seawall.review import access, cost, previewed
from seawall.review.comment import Review, rendered
from seawall.review.comparison import compared
from seawall.review.previewed import NO_PREVIEW, Previewed

TODAY = date(2026, 11, 21)
TOKEN = "azure-native:storage:StorageAccount"
CHANGE = {"path": "kind", "before": "BlobStorage", "after": "StorageV2"}


def account(name: str, **inputs: Any) -> Resource:
    urn = f"urn:pulumi:dev::seawall::{TOKEN}::{name}"
    return Resource(urn=urn, type=TOKEN, name=name, inputs=inputs, id=f"/{name}")


def plan_of(*resources: Resource) -> Plan:
    return Plan(stack="dev", project="seawall", resources=resources)


BEFORE, AFTER = plan_of(account("one", kind="BlobStorage")), plan_of(account("one", kind="StorageV2"))


def report_on(plan: Plan) -> Report:
    return check(plan, Context(), TODAY, exemptions=())


def review(preview: Previewed) -> Review:
    return Review(
        environment="dev",
        diff=compared(BEFORE, AFTER),
        report=replace(report_on(AFTER), violations=()),
        access=access.compared(BEFORE, AFTER, {}),
        cost=cost.compared(BEFORE, AFTER, Context()),
        preview=preview,
    )


def resource(name: str, op: str, *changes: dict[str, Any]) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::seawall::{TOKEN}::{name}"
    return {"urn": urn, "type": TOKEN, "name": name, "id": f"/{name}", "op": op, "reasons": [], "changes": [*changes]}


def answer(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As `seawall preview dev --json` gives it, with what `dev` needs."""
    stacks = [{"stack": "shared", "resources": [resource("hub", "delete")]}, {"stack": "dev", "resources": resources}]
    return {"exitCode": 0, "environment": "dev", "stacks": stacks, "policyPack": [], **more}


def read(folder: Path, document: Any) -> Previewed:
    file = folder / "dev.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return previewed.read(file, "dev", report_on(AFTER))


def test_it_tells_of_its_own_environment(tmp_path: Path) -> None:
    """What the environment needs is previewed in a job of its own."""
    found = read(tmp_path, answer(resource("one", "update", CHANGE)))
    assert [(change.name, change.op) for change in found.diff.changing] == [("one", Op.UPDATE)]


def test_what_follows_from_the_plans_is_not_told_twice(tmp_path: Path) -> None:
    found = read(tmp_path, answer(resource("one", "update", CHANGE)))
    comment = rendered([review(found)])
    assert "| dev | passed | 1 to update | nothing |" in comment
    assert "the preview of dev alone" not in comment


def test_what_somebody_changed_in_azure_is(tmp_path: Path) -> None:
    """Another value before, and a resource that the change leaves alone."""
    drifted = {**CHANGE, "before": "FileStorage"}
    comment = rendered([review(read(tmp_path, answer(resource("one", "update", drifted), resource("two", "replace"))))])
    assert "2 resources otherwise" in comment
    assert "Updated in the preview of dev alone: 1" in comment and "FileStorage" in comment
    assert comment.index("Replaced in the preview of dev alone") < comment.index("Updated in dev")


def test_a_violation_that_only_the_preview_finds_refuses(tmp_path: Path) -> None:
    """Not folded, and the headline says so."""
    urn = f"urn:pulumi:dev::seawall::{TOKEN}::one"
    of_shared = {"rule": "other", "level": "mandatory", "urn": "urn:pulumi:shared::seawall::t::hub", "message": "m"}
    pack = [{"rule": "storage-no-anonymous-blob", "level": "mandatory", "urn": urn, "message": "it is open"}, of_shared]
    found = review(read(tmp_path, answer(policyPack=pack)))
    assert found.refused and not found.report.refused
    comment = rendered([found])
    assert "Guardrails refuse it in dev" in comment
    assert "#### Guardrails in the preview of dev: 1 mandatory" in comment
    assert "StorageAccount one" in comment and "it is open" in comment


def test_without_pulumi_s_engine_the_offline_check_is_what_it_says(tmp_path: Path) -> None:
    document = answer(guardrails={"stacks": [{"stack": "dev", "violations": [
        {"rule": "r", "level": "advisory", "urn": "urn:pulumi:dev::seawall::t::one", "message": "m", "fix": "f"}
    ]}]})  # fmt: skip
    del document["policyPack"]
    (violation,) = read(tmp_path, document).violations
    assert (violation.rule, str(violation.level), violation.fix) == ("r", "advisory", "")


def test_one_that_failed_says_why(tmp_path: Path) -> None:
    found = read(tmp_path, {"exitCode": 3, "errors": ["the login to Azure has expired"]})
    assert "| dev | failed |  | the login to Azure has expired |" in rendered([review(found)])
    assert not found.refused


DEEP = json.dumps(answer(resource("one", "update", {"path": "a"}))).replace(
    '"path": "a"', f'"path": "a", "after": {"[" * 400 + "]" * 400}'
)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", "\x00", '{"stacks": 3}', json.dumps(answer(resource("one", "explode"))), "[" * 100_000,
        DEEP, json.dumps({"stacks": [{"stack": "prod", "resources": []}]}),
    ],
)  # fmt: skip
def test_anything_else_is_a_preview_that_failed(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).failed == NO_PREVIEW


@pytest.mark.parametrize("urn", ["", "::", "u::p::t", "urn:pulumi:dev::"])
def test_an_odd_urn_is_text(tmp_path: Path, urn: str) -> None:
    one = {"rule": "r", "level": "x", "urn": "urn:pulumi:dev::" + urn, "message": ""}
    found = read(tmp_path, answer(policyPack=[one]))
    assert found.refused, "a level that nobody knows counts as the worst"
    assert "@" not in rendered([review(found)])
