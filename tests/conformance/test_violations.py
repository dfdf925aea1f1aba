"""Under the real Pulumi engine an edit that breaks rules has the violations that the offline check finds, word by word.

Without a `pulumi` on PATH these tests skip; the pipelines install one.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies import check
from seawall.engine import backend
from seawall.engine.command import Command
from seawall.engine.stack import EngineStack, Preview
from seawall.local import deploy
from seawall.local.azure import LocalAzure
from seawall.local.provider.answers import Previews
from seawall.local.provider.server import attachment, served
from seawall.plan.project import plan_project
from stacks.guardrails import context_of
from stacks.settings.configuration import configuration
from tests.seawall.engine.projects import NO_REAL, REAL
from tests.stack_plans import ROOT, stack_plan

pytestmark = pytest.mark.skipif(REAL is None, reason=NO_REAL)

PUBLIC_ACCOUNT = """
import pulumi_azure_native as azure

own = pulumi.ResourceOptions(
    provider=azure.Provider("extra", subscription_id="11111111-1111-1111-1111-111111111111")
)
group = azure.resources.ResourceGroup("open", resource_group_name="rg-open", location="westeurope", opts=own)
azure.storage.StorageAccount(
    "open",
    account_name="stopen",
    resource_group_name=group.name,
    location=group.location,
    kind="StorageV2",
    sku=azure.storage.SkuArgs(name="Standard_LRS"),
    allow_blob_public_access=True,
    public_network_access="Enabled",
    opts=own,
)
"""
OWNER = """
import pulumi_azure_native as azure

azure.authorization.RoleAssignment(
    "owner",
    scope="/subscriptions/22222222-2222-2222-2222-222222222222",
    role_definition_id="/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    role_assignment_name="00000000-0000-0000-0000-0000000000aa",
    principal_id="00000000-0000-0000-0000-0000000000bb",
    principal_type="User",
    opts=pulumi.ResourceOptions(
        provider=azure.Provider("extra", subscription_id="22222222-2222-2222-2222-222222222222")
    ),
)
"""
EDITS: dict[str, tuple[str, Previews, tuple[str, str], str, set[str]]] = {
    "a public account, without diagnostics": (
        "shared",
        "known",
        ("amount: 4500", "amount: 50000"),
        PUBLIC_ACCOUNT,
        {"budget-within-cap", "storage-network", "storage-no-anonymous-blob", "diagnostics-per-resource"},
    ),
    "an owner of the subscription, machines of no agreed size, outputs unknown": (
        "dev",
        "unknown",
        ("size: Standard_DS3_v2\n        maxNodes: 4", "size: Standard_ND96asr_v4\n        maxNodes: 40"),
        OWNER,
        {"role-no-owner", "role-groups-only", "compute-sku-allowlist", "ml-cluster-max-nodes"},
    ),
}
"""The stack, how providers preview, what is replaced in its file, what its program makes besides, rules it breaks."""

Violations = list[tuple[str, str, str, str]]


def edited(folder: Path, name: str, change: tuple[str, str], program: str) -> Path:
    """The project with a change of a stack's file, and with more in its program."""
    (folder / "stacks").mkdir(parents=True)
    (folder / ".venv").symlink_to(sys.prefix)
    for part in ("components", "rbac", "policies", "seawall", "pyproject.toml", "Pulumi.yaml"):
        (folder / part).symlink_to(ROOT / part)
    for path in (ROOT / "stacks").iterdir():
        if path.name != "__main__.py":
            (folder / "stacks" / path.name).symlink_to(path)
    (folder / "stacks" / "__main__.py").write_text((ROOT / "stacks" / "__main__.py").read_text() + program)
    file = folder / "stacks" / f"Pulumi.{name}.yaml"
    text = file.read_text()
    assert change[0] in text
    file.unlink()
    file.write_text(text.replace(*change))
    return folder


def of_the_engine(project: Path, name: str, previews: Previews, folder: Path) -> Preview:
    """A preview under the policy pack."""
    config = dict(configuration(project / "stacks" / f"Pulumi.{name}.yaml").values)
    with LocalAzure.open(folder / "azure.db") as azure, served(azure, config, previews=previews) as ports:
        if name != "shared":
            assert deploy.up(stack_plan("shared"), azure).succeeded
        kept = backend.local(project, folder / "engine", attachment(ports))
        return EngineStack(name, kept, Command(), policy_pack=project / "policies").preview(folder)


def of_the_check(project: Path, name: str) -> Violations:
    config = configuration(project / "stacks" / f"Pulumi.{name}.yaml")
    plan = plan_project(project, name, config.values, secret_keys=config.secrets)
    context = context_of(lambda key: config.values.get(f"seawall:{key}"), name)
    report = check(plan, context, datetime.now(UTC).date())
    return sorted((v.rule, str(v.level), v.urn, " ".join(v.message.split())) for v in report.violations)


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_that_breaks_rules_has_the_same_violations(tmp_path: Path, what: str) -> None:
    """Rule, level, resource and message; and the preview is refused."""
    name, previews, change, program, broken = EDITS[what]
    project = edited(tmp_path / "project", name, change, program)
    seen = of_the_engine(project, name, previews, tmp_path)
    expected = of_the_check(project, name)
    assert broken <= {rule for rule, *_ in expected}
    assert sorted((v.rule, v.level, v.urn, v.message) for v in seen.violations) == expected
    assert seen.refused
