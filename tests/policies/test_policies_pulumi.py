"""The same rules under Pulumi's engine: what only the adapter can get wrong.

Each test of a rule asks Pulumi's analyzer as well (`guarded.ask`); here are the manners of the engine itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from asking import diagnostics
from google.protobuf import empty_pb2
from guarded import (
    HOST_RULES,
    PREPRODUCTION,
    PRODUCTION,
    TODAY,
    cluster,
    datastore,
    exemption,
    network,
    own_network_workspace,
    plan_of,
    platform,
    security_group,
    storage_account,
    workspace,
)
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy import policy as engine

from policies import check
from policies.packs import RULES, Levels, effective
from policies.pulumi_pack import pulumi_policies
from policies.reading import ResourceView
from policies.rule import LOW, MANDATORY, rule
from seawall.plan.values import UNKNOWN, UNKNOWN_SENTINEL, Secret
from stacks.settings.configuration import configuration

ROOT = Path(__file__).parents[2]


@rule("storage:StorageAccount", group="data", severity=LOW, fix="Nothing.")
def shows_what_it_reads(account: ResourceView) -> Iterator[str]:
    """A rule that shows what it reads.

    It tells the Python type of each value.
    """
    for key, value in account.items():
        yield f"{key}: {type(value).__name__} {value if isinstance(value, int | float | str) else ''}".strip()


def said(*resources: Any, rules: Any = HOST_RULES, context: Any = PRODUCTION, exemptions: Any = ()) -> list[Any]:
    return list(diagnostics(plan_of(*resources), rules, context, exemptions))


def test_a_rule_sees_plain_values_and_no_proxies() -> None:
    """Whole numbers are int, fractions float, objects and lists are views; a secret is shown as one."""
    account = storage_account(whole=3, half=0.5, block={"a": 1}, some=[1], accountKey=Secret("hunter22"), absent=None)
    told = said(account, rules={shows_what_it_reads: Levels(MANDATORY, MANDATORY)})
    assert [each.message.partition("\n")[2] for each in told] == [
        "accountKey: str [secret]", "accountName: str stml", "allowSharedKeyAccess: bool False", "block: View",
        "half: float 0.5", "resourceGroupName: str rg-ml", "some: ListView", "whole: int 3",
    ]  # fmt: skip


def test_secrets_are_told_by_their_names() -> None:
    """The engine marks no secrets: what is called a password, or stands among secrets, is masked."""
    store = datastore(properties__credentials={"credentialsType": "AccountKey", "secrets": {"key": "hunter22"}})

    @rule("machinelearningservices:Datastore", group="data", severity=LOW, fix="Nothing.")
    def leaks(store: ResourceView) -> Iterator[str]:
        """A rule that leaks.

        It shows what nobody may see.
        """
        credentials = store.get("properties.credentials")
        yield f"{credentials.get('credentialsType')} {credentials.get('secrets.key')}"

    assert [each.message for each in said(store, rules={leaks: Levels(MANDATORY, MANDATORY)})] == [
        "A rule that leaks.\nAccountKey [secret]"
    ]


def test_a_careful_platform_passes_the_analyzer() -> None:
    """Nothing is said of a plan that keeps every rule, at a first preview without any ID."""
    assert said(*platform()) == []


def test_relations_are_followed_without_ids() -> None:
    """An inline subnet and its security group are found through dependencies, as long as no resource has its ID."""
    group = security_group()
    inside = network({"name": "training", "networkSecurityGroup": {"id": group.id}})
    compute = cluster(properties__properties__subnet={"id": f"{inside.id}/subnets/training"})
    told = said(own_network_workspace(), compute, inside, group)
    assert [each.policyName for each in told if each.urn.endswith("::workspace")].count("ml-managed-network") == 1


def test_an_unknown_of_a_mandatory_rule_is_advice_in_preproduction() -> None:
    """The engine shows it under the rule's own name, as advisory, with the property."""
    told = said(cluster(properties__disableLocalAuth=UNKNOWN), context=PREPRODUCTION)
    mine = [each for each in told if each.policyName == "ml-compute-local-auth-off"]
    assert [each.enforcementLevel for each in mine] == [analyzer_pb2.ADVISORY]
    assert "cluster: unknown: property properties.disableLocalAuth can't be known" in mine[0].message


def test_exempted_findings_are_shown_and_do_not_refuse() -> None:
    """An exemption turns a refusal into a note that names who, until when and why; a relational rule's too."""
    granted = (
        exemption(),
        exemption(rule="ml-compute-isolated"),
        exemption(rule="ml-managed-network", expires="2026-11-01"),
    )
    public = cluster(properties__properties__enableNodePublicIp=True)
    told = said(own_network_workspace(), public, exemptions=granted)
    names = {each.policyName for each in told}
    assert "ml-compute-no-public-ip" not in names and "ml-compute-isolated" not in names
    notes = [each for each in told if each.policyName in ("exempted", "exemptions")]
    assert {each.enforcementLevel for each in notes} == {analyzer_pb2.ADVISORY}
    assert sorted(each.message.partition("\n")[2].partition(" (")[0] for each in notes) == [
        "exemption of ml-managed-network for cluster",
        "ml-compute-isolated: it has no subnet, and workspace workspace has no managed network",
        "ml-compute-no-public-ip: its nodes have public addresses",
    ]


def test_a_rule_that_throws_is_told_as_its_own_violation() -> None:
    """An exception would end the engine; it is a violation of the rule that has the fault."""

    @rule("storage:StorageAccount", group="data", severity=LOW, fix="Mend the rule.")
    def throws(account: ResourceView) -> Iterator[str]:
        """A rule that throws.

        It fails at once.
        """
        raise KeyError("x")
        yield ""

    told = said(storage_account(), rules={throws: Levels(MANDATORY, MANDATORY)})
    assert [(each.policyName, each.message) for each in told] == [
        ("throws", "A rule that throws.\nthe rule failed: KeyError: 'x'")
    ]


def test_each_rule_is_a_policy_with_its_level_and_words() -> None:
    """Names, titles, fixes, severities and levels are the rule's own; relational rules are stack policies."""
    policies = {each.name: each for each in pulumi_policies(PREPRODUCTION, TODAY, exemptions=())}
    on = {each: level for each, level in effective(PREPRODUCTION).items()}
    second = {f"{each.id}-mandatory" for each, level in on.items() if each.escalates and level < MANDATORY}
    assert "ml-datastore-identity-mandatory" in second
    assert set(policies) == {each.id for each in on} | second | {"recorded-inputs"}
    for each, level in on.items():
        policy = policies[each.id]
        assert isinstance(policy, StackValidationPolicy if each.relational else ResourceValidationPolicy)
        assert (policy.description, policy.remediation_steps, policy.tags) == (each.title, each.fix, [each.group])
        assert policy.severity is not None and policy.severity.value == str(each.severity)
        assert policy.enforcement_level == EnforcementLevel(str(level))


def test_configuration_of_a_policy_is_refused() -> None:
    """A key that would be ignored is said to be; a level is no such key."""
    policies = pulumi_policies(PRODUCTION, TODAY, exemptions=(), rules=HOST_RULES)
    servicer = engine._PolicyAnalyzerServicer("seawall", "0.0.1", policies, EnforcementLevel.ADVISORY)
    config = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.MANDATORY)
    config.properties["cap"] = 5
    servicer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"budget-tiers": config}), None)
    request = analyzer_pb2.AnalyzeRequest(type="x:y:Z", urn="urn:pulumi:test::seawall::x:y:Z::z", name="z")
    told = {each.message.partition("\n")[2] for each in servicer.Analyze(request, None).diagnostics}
    assert told == {"policies take no configuration of their own, got cap"}


def test_assets_and_archives_are_no_trouble() -> None:
    """What isn't JSON is shown as what it is."""
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "x"}
    told = said(storage_account(file=asset), rules={shows_what_it_reads: Levels(MANDATORY, MANDATORY)})
    assert "file: str [StringAsset]" in told[2].message


@contextmanager
def served(**environment: str) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The policy pack in a process of its own, started as Pulumi's policy plugin starts it."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(ROOT / "policies")]
    process = subprocess.Popen(
        command,
        cwd=ROOT / "policies",
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        port = process.stdout.readline().decode().strip()
        if not port:
            raise RuntimeError(process.stderr.read().decode())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.communicate()


def test_the_pack_serves_the_engine_with_the_context_of_the_stack() -> None:
    """Started by Pulumi for `dev`, which says that it holds confidential data, it guards as production."""
    own = configuration(ROOT / "stacks" / "Pulumi.dev.yaml").values
    budget = json.loads(own["seawall:budget"]) | {"currency": "USD"}
    config = {**own, "seawall:dataClassification": "confidential", "seawall:budget": json.dumps(budget)}
    stack = {
        "PULUMI_STACK": "dev",
        "PULUMI_PROJECT": "seawall",
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": json.dumps(config),
    }
    with served(**stack) as analyzer:
        info = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), wait_for_ready=True, timeout=30)
        request = analyzer_pb2.AnalyzeRequest(
            type="azure-native:machinelearningservices:Workspace", name="w",
            urn="urn:pulumi:dev::seawall::azure-native:machinelearningservices:Workspace::w",
        )  # fmt: skip
        request.properties["publicNetworkAccess"] = UNKNOWN_SENTINEL
        told = {each.policyName: each for each in analyzer.Analyze(request, timeout=30).diagnostics}
    assert {each.name for each in info.policies} >= {each.id for each in RULES}
    unknown = told["ml-workspace-public-off"]
    assert unknown.enforcementLevel == analyzer_pb2.MANDATORY
    assert "unknown: property publicNetworkAccess can't be known before deployment" in unknown.message


DEV = {
    "PULUMI_STACK": "dev",
    "PULUMI_PROJECT": "seawall",
    "PULUMI_CONFIG": json.dumps(configuration(ROOT / "stacks" / "Pulumi.dev.yaml").values),
}


def test_no_policy_pack_configuration_makes_a_rule_lenient() -> None:
    """The engine may ask for a rule's own level or a stricter one; every other request is refused, all at once."""
    level = analyzer_pb2.EnforcementLevel
    with served(**DEV) as analyzer:
        policies = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), wait_for_ready=True, timeout=30).policies
        usual = {each.name: analyzer_pb2.PolicyConfig(enforcementLevel=each.enforcementLevel) for each in policies}
        analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=usual), timeout=30)
        stricter = {"storage-lifecycle": analyzer_pb2.PolicyConfig(enforcementLevel=level.MANDATORY)}
        analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=stricter), timeout=30)
        wrong = {
            "nsg-no-any-inbound": analyzer_pb2.PolicyConfig(enforcementLevel=level.ADVISORY),
            "keyvault-rbac": analyzer_pb2.PolicyConfig(enforcementLevel=level.DISABLED),
            "keyvault-rbca": analyzer_pb2.PolicyConfig(enforcementLevel=level.MANDATORY),
        }
        with pytest.raises(grpc.RpcError) as refused:
            analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=wrong), timeout=30)
    assert refused.value.details().splitlines() == [
        "keyvault-rbac: disabled is less than mandatory; only an exemption makes it lenient",
        "keyvault-rbca: there is no such rule; did you mean keyvault-rbac?",
        "nsg-no-any-inbound: advisory is less than mandatory; only an exemption makes it lenient",
    ]


def test_a_pack_with_a_broken_configuration_does_not_start() -> None:
    """It says what is wrong, in a line and not in a traceback."""
    config = json.dumps({"seawall:tier": "prod"})
    with pytest.raises(RuntimeError) as stopped, served(PULUMI_STACK="dev", PULUMI_CONFIG=config):
        pass
    assert "seawall:tier: Input should be 'production' or 'preproduction'" in str(stopped.value)
    assert "Traceback" not in str(stopped.value)


def test_only_the_adapter_and_the_program_know_pulumis_policy_classes() -> None:
    """Rules, packs and the host on a plan work without pulumi_policy."""
    using = {
        path.name for path in (ROOT / "policies").rglob("*.py") if "pulumi_policy" in path.read_text(encoding="utf-8")
    }
    assert using == {"pulumi_pack.py", "pulumi_levels.py", "__main__.py"}
    loaded = "import sys, policies; sys.exit(any(name.startswith('pulumi') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=False).returncode == 0


def test_both_hosts_agree_on_an_untidy_platform() -> None:
    """Rule by rule and resource by resource, the verdicts of a plan are those of the engine."""
    untidy = [
        *platform()[:2],
        workspace(publicNetworkAccess="Enabled", systemDatastoresAuthMode="AccessKey"),
        cluster(properties__disableLocalAuth=False),
        cluster("other", identity=UNKNOWN),
    ]
    plan = plan_of(*untidy)
    mine = {(each.rule, each.urn, each.message) for each in check(plan, PRODUCTION, TODAY, exemptions=()).violations}
    theirs = {
        (each.policyName, each.urn, each.message.partition("\n")[2])
        for each in diagnostics(plan, RULES, PRODUCTION, ())
    }
    assert mine == theirs and len(mine) > 20
