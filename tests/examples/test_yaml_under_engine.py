"""Under the real Pulumi engine the example in YAML is what a program in Python would make of the same components.

Pulumi starts the components as its plugin and deploys to the local Azure. Without a `pulumi` and its language host for
YAML on PATH these tests skip; the pipelines install both.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import components as c
from policies import check
from seawall.engine.backend import BACKEND_VARIABLE, Backend
from seawall.engine.command import VERSION, Command
from seawall.engine.stack import EngineStack, Preview
from seawall.local.azure import LocalAzure
from seawall.local.events import Op
from seawall.local.provider.server import attachment, served
from seawall.plan.engine import plan_program
from seawall.plan.model import Plan
from stacks.guardrails import context_of
from tests.conformance.deployments import STACK, Facts, differences, facts_of_export, facts_of_plan
from tests.stack_plans import ROOT

FOLDER = ROOT / "examples" / "yaml"
STACK_FILE = {"workspace-yaml:workload": "fraud", "workspace-yaml:expiry": "2099-12-31"}
MISSING = [tool for tool in ("pulumi", "pulumi-language-yaml") if shutil.which(tool) is None]
PLACE = {"location": "westeurope", "tags": {
    "env": "dev", "workload": "fraud", "owner": "ml-platform@larkspur.example", "costCenter": "ml-platform",
    "dataClassification": "internal", "expiry": "2099-12-31",
}}  # fmt: skip

pytestmark = pytest.mark.skipif(
    bool(MISSING),
    reason=f"there is no `{'`, no `'.join(MISSING)}` on PATH: whether the real engine agrees is not checked here "
    f"(`seawall tools install` installs version {VERSION})",
)


def program() -> None:
    """The example, in Python."""
    subscription = "00000000-0000-0000-0000-000000000001"
    group = c.ResourceGroup(
        "group", c.ResourceGroupArgs(subscription_id=subscription, resource_name="rg-fraud", **PLACE)
    )
    logs = c.LogAnalyticsWorkspace(
        "logs",
        c.LogAnalyticsWorkspaceArgs(
            resource_group_id=group.id, resource_name="log-fraud", public_ingestion=True, public_query=True, **PLACE
        ),
    )
    rules = {"packages": c.FqdnRule(host="packages.larkspur.example")}
    workspace = c.Workspace(
        "workspace",
        c.WorkspaceArgs(
            resource_group_id=group.id,
            resource_name="mlw-fraud",
            log_analytics_workspace_id=logs.id,
            private_link=None,
            managed_network=c.ManagedNetwork(outbound_rules=rules),
            **PLACE,
        ),
    )
    c.ComputeCluster(
        "cluster",
        c.ComputeClusterArgs(
            workspace_id=workspace.id, resource_name="cpu", size="STANDARD_D4S_V5", max_nodes=4, **PLACE
        ),
    )
    c.OnlineEndpoint(
        "endpoint",
        c.OnlineEndpointArgs(
            workspace_id=workspace.id, resource_name="fraud-online", log_analytics_workspace_id=logs.id, **PLACE
        ),
    )


@dataclass(frozen=True)
class Deployed:
    """What the engine said of the example and did with it."""

    unknown: Preview
    """Before anything is there, with unknown values, as the real providers give them."""
    known: Preview
    """Of a second run, when everything is there."""
    exported: Path


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    document = yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())
    return {key: one["value"] for key, one in document["config"].items() if "value" in one}


@pytest.fixture(scope="module")
def planned(settings: dict[str, Any]) -> Plan:
    return plan_program(program, stack="dev", project="workspace-yaml", config=texts(settings))


def texts(settings: dict[str, Any]) -> dict[str, str]:
    """Configuration as Pulumi hands it to a program: structured values are JSON, which is YAML too."""
    return {key: one if isinstance(one, str) else json.dumps(one) for key, one in settings.items()}


def work_dir(folder: Path) -> Path:
    """A copy of the example beside the project's own plugin, which runs in the environment of these tests."""
    plugin, made = folder / "components", folder / "examples" / "yaml"
    plugin.mkdir()
    made.mkdir(parents=True)
    for name in ("PulumiPlugin.yaml", "__main__.py"):
        (plugin / name).symlink_to(ROOT / "components" / name)
    (plugin / ".venv").symlink_to(sys.prefix)
    shutil.copyfile(FOLDER / "Pulumi.yaml", made / "Pulumi.yaml")
    (made / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": STACK_FILE}))
    return made


@pytest.fixture(scope="module")
def deployed(settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("yaml")
    made, state = work_dir(folder), folder / "state"
    state.mkdir()
    own = {
        BACKEND_VARIABLE: state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "local",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def stack(ports: Any) -> EngineStack:
        kept = Backend(work_dir=made, url=state.as_uri(), variables={**own, **attachment(ports)})
        return EngineStack("dev", kept, Command(), policy_pack=ROOT / "policies")

    with LocalAzure.open(folder / "azure.db") as azure:
        with served(azure, texts(settings), previews="unknown") as ports:
            real = stack(ports)
            unknown = real.preview(folder)
            assert real.up(replace(unknown, plan=None), lambda event: None).succeeded
        real.export(folder / "export.json")
        with served(azure, texts(settings)) as ports:
            known = stack(ports).preview(folder)
    yield Deployed(unknown, known, folder / "export.json")


def within(facts: Facts, urn: str) -> Iterator[str]:
    """The resources of Azure that a resource stands for: itself, or all that is in a component."""
    if not facts[urn]["type"].startswith("seawall:"):
        yield urn
        return
    for one in (other for other, fact in facts.items() if fact["parent"] == urn):
        yield from within(facts, one)


def awaited(facts: Facts) -> Facts:
    """The facts with all that each resource waits for, directly or not, in place of what it says it depends on.

    Python names what is in a component that it waits for; another language names the component, and the engine knows
    what is in it. A component waits for nothing in Python: what is in it does.
    """
    direct: dict[str, set[str]] = {}
    for urn, fact in facts.items():
        direct[urn] = {inner for other in fact["dependencies"] for inner in within(facts, other)}
    order: dict[str, set[str]] = {}

    def all_of(urn: str) -> set[str]:
        if urn not in order:
            order[urn] = direct[urn].union(*(all_of(other) for other in direct[urn]))
        return order[urn]

    return {
        urn: fact | {"dependencies": [] if list(within(facts, urn)) != [urn] else sorted(all_of(urn))}
        for urn, fact in facts.items()
    }


def test_it_is_what_python_would_make(deployed: Deployed, planned: Plan) -> None:
    """URNs, types, inputs, parents, IDs and the order: a stack may move from one language to the other."""
    ours = {urn: fact for urn, fact in facts_of_plan(planned).items() if fact["type"] != STACK}
    assert list(differences(awaited(ours), awaited(facts_of_export(deployed.exported)))) == []


def test_a_second_run_changes_nothing(deployed: Deployed) -> None:
    """What was deployed is what the program asks for."""
    assert set(deployed.unknown.diff.counts) == {Op.CREATE}
    assert set(deployed.known.diff.counts) == {Op.SAME}


def test_the_guardrails_see_the_same(deployed: Deployed, planned: Plan, settings: dict[str, Any]) -> None:
    """The engine's verdict is the offline one, with known values and unknown ones; nothing mandatory is among it."""
    context = context_of(lambda key: texts(settings).get(f"seawall:{key}"), "dev")
    expected = {(v.rule, str(v.level), v.urn) for v in check(planned, context, date.today()).violations}
    for seen in (deployed.unknown, deployed.known):
        assert {(v.rule, v.level, v.urn) for v in seen.violations} == expected
    assert {level for _, level, _ in expected} == {"advisory"}
    assert "budget-exists" in {rule for rule, _, _ in expected}
