"""The comparison of a plan with an engine's state finds whatever differs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.plan.model import Plan
from seawall.plan.values import SECRET_SIGNATURE, SIGNATURE, Secret
from tests.conformance.deployments import STACK, Facts, differences, facts_of_export, facts_of_plan
from tests.stack_plans import stack_plan


def exported(value: Any) -> Any:
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": "AAAA"}
    if isinstance(value, dict):
        return {key: exported(part) for key, part in value.items()}
    if isinstance(value, list):
        return [exported(part) for part in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.fixture
def export(tmp_path: Path) -> dict[str, Any]:
    """What an engine that agrees would export of the dev stack."""
    plan = stack_plan("dev")
    root = f"urn:pulumi:dev::seawall::{STACK}::seawall-dev"
    entries = [{"urn": root, "type": STACK, "custom": False}]
    entries.append(
        {"urn": "urn:pulumi:dev::seawall::pulumi:providers:azure-native::default_3_29_0", "type": "x", "id": "1"}
    )
    for r in plan.resources:
        if r.type != STACK:
            entries.append(
                {
                    "urn": r.urn,
                    "type": r.type,
                    "custom": r.custom,
                    "id": r.id,
                    "parent": r.parent or root,
                    "inputs": exported(r.inputs),
                    "dependencies": list(r.dependencies),
                    "protect": r.options.protect,
                }
            )
    return {"version": 3, "deployment": {"resources": entries}}


def compared(export: dict[str, Any], tmp_path: Path) -> list[str]:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(export))
    ours: Facts = {urn: fact for urn, fact in facts_of_plan(stack_plan("dev")).items() if fact["type"] != STACK}
    return list(differences(ours, facts_of_export(path)))


def test_what_agrees_has_no_differences(export: dict[str, Any], tmp_path: Path) -> None:
    assert compared(export, tmp_path) == []


@pytest.mark.parametrize("change", ["input", "parent", "dependency", "type", "id", "protect", "missing", "extra"])
def test_every_kind_of_difference_is_found(export: dict[str, Any], tmp_path: Path, change: str) -> None:
    entries = export["deployment"]["resources"]
    at = next(i for i, e in enumerate(entries) if e["urn"].endswith("::budget") and e.get("custom"))
    entry = entries[at]
    match change:
        case "input":
            entry["inputs"]["amount"] = 1.0
        case "parent":
            entry["parent"] = entries[5]["urn"]
        case "dependency":
            entry["dependencies"] = [entries[5]["urn"]]
        case "type":
            entry["type"] = "azure-native:other:Budget"
        case "id":
            entry["id"] = "/elsewhere"
        case "protect":
            entry["protect"] = True
        case "missing":
            del entries[at]
        case "extra":
            entries.append({**copy.deepcopy(entry), "urn": entry["urn"] + "2"})
    (line,) = compared(export, tmp_path)
    assert "::budget" in line


def test_a_secret_that_arrives_in_clear_is_found(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """What the plan marks as secret must be one in the engine's state too; its clear text isn't compared."""
    import pulumi
    import pulumi_azure_native as azure

    def program() -> None:
        azure.resources.ResourceGroup("rg", resource_group_name="rg", tags={"word": pulumi.Output.secret("opensesame")})

    group = next(r for r in plan(program).resources if r.custom)
    ours = {group.urn: facts_of_plan(plan(program))[group.urn]}
    entry = {"urn": group.urn, "type": group.type, "id": group.id, "inputs": exported(group.inputs)}
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"deployment": {"resources": [entry]}}))
    assert list(differences(ours, facts_of_export(path))) == []
    entry["inputs"]["tags"]["word"] = "opensesame"
    path.write_text(json.dumps({"deployment": {"resources": [entry]}}))
    (line,) = differences(ours, facts_of_export(path))
    assert "inputs" in line
