"""Remedies: what they would change is shown, they mend, and they leave alone what can't be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asking import _wire
from google.protobuf import json_format
from guarded import GONE, PRODUCTION, TODAY, cluster, instance, plan_of, storage_account, workspace
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy import policy as engine

from policies import Exemption, check
from policies.packs import RULES, Levels
from policies.pulumi_pack import pulumi_policies
from policies.reading import ResourceView
from policies.remedies import Change, Fix, fixes, mended_plan
from policies.rule import LOW, MANDATORY, OFF, Rule, rule
from seawall.plan.model import Plan, Resource
from seawall.plan.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_SENTINEL, Secret

BY_ID = {each.id: each for each in RULES}


def fixed(*resources: Resource, rules: dict[Rule, Levels] | None = None) -> tuple[Fix, ...]:
    asked = rules or dict(RULES)
    plan = plan_of(*resources)
    report = check(plan, PRODUCTION, TODAY, exemptions=(), rules=asked)
    return fixes(report, plan, PRODUCTION, TODAY, asked)


def only(name: str) -> dict[Rule, Levels]:
    return {BY_ID[name]: Levels(MANDATORY, MANDATORY)}


def test_a_fix_says_what_each_property_is_and_would_be() -> None:
    """Properties that are right already aren't in it; an absent one has no value before."""
    (fix,) = fixed(workspace(publicNetworkAccess=GONE), rules=only("ml-workspace-public-off"))
    assert fix.changes == (Change("publicNetworkAccess", None, "Disabled"),)
    opened = workspace(publicNetworkAccess="Enabled", allowPublicAccessWhenBehindVnet=True)
    (fix,) = fixed(opened, rules=only("ml-workspace-public-off"))
    assert [change.to_json() for change in fix.changes] == [
        {"path": "allowPublicAccessWhenBehindVnet", "before": True, "after": False},
        {"path": "publicNetworkAccess", "before": "Enabled", "after": "Disabled"},
    ]


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("ml-workspace-public-off", workspace(publicNetworkAccess="Enabled", allowPublicAccessWhenBehindVnet=True)),
        ("ml-datastore-identity", workspace(systemDatastoresAuthMode="AccessKey")),
        ("ml-compute-local-auth-off", cluster(properties__disableLocalAuth=GONE)),
        ("ml-compute-no-public-ip", cluster(properties__properties__enableNodePublicIp=GONE)),
        ("ml-compute-no-public-ip", cluster(properties__properties__remoteLoginPortPublicAccess="Enabled")),
        ("ml-compute-no-public-ip", instance(properties__properties__sshSettings={"sshPublicAccess": "Enabled"})),
        ("min-tls12-https", storage_account(minimumTlsVersion="TLS1_0", enableHttpsTrafficOnly=False)),
    ],
)
def test_a_remedy_mends_what_breaks_its_rule(name: str, broken: Resource) -> None:
    """With its changes made the rule holds, and the plan that was checked is as it was."""
    plan = plan_of(broken)
    before = plan.resources[0].inputs.copy()
    report = check(plan, PRODUCTION, TODAY, exemptions=(), rules=only(name))
    assert report.violations
    mended = mended_plan(plan, fixes(report, plan, PRODUCTION, TODAY, only(name)))
    assert check(mended, PRODUCTION, TODAY, exemptions=(), rules=only(name)).violations == ()
    assert plan.resources[0].inputs == before


def test_what_is_unknown_or_secret_is_left_alone() -> None:
    """A rule that can't be decided has no fix; a property that a remedy can't see stays as it is, and says so."""
    unknown = workspace(publicNetworkAccess=UNKNOWN)
    assert fixed(unknown, rules=only("ml-workspace-public-off")) == ()
    hidden_values = ((UNKNOWN, "is unknown before deployment"), (Secret("Enabled"), "is a secret"), ([], "is a list"))
    for hidden, told in hidden_values:
        (fix,) = fixed(storage_account(network=hidden), rules={closes: Levels(MANDATORY, OFF)})
        assert fix.changes == () and told in fix.why_not


@rule(
    "storage:StorageAccount", group="network", severity=LOW, fix="Close it.",
    remedy={"network.access": "Disabled"},
)  # fmt: skip
def closes(account: ResourceView) -> Iterator[str]:
    """Accounts are closed.

    A rule that doesn't look at what its remedy sets.
    """
    if account.get("accountName"):
        yield "it isn't closed"


def test_a_remedy_that_throws_is_told_and_changes_nothing() -> None:
    """A fault of a remedy doesn't end the check."""

    @rule("storage:StorageAccount", group="network", severity=LOW, fix="Mend it.", remedy=lambda account: {"a": 1 / 0})
    def throws(account: ResourceView) -> Iterator[str]:
        """A rule.

        Its remedy has a fault.
        """
        yield "broken"

    (fix,) = fixed(storage_account(), rules={throws: Levels(MANDATORY, OFF)})
    assert fix.changes == () and "ZeroDivisionError" in fix.why_not


def test_a_rule_without_types_has_nothing_to_remedy() -> None:
    """It is refused when it is made."""
    with pytest.raises(TypeError, match="there is no resource to remedy"):

        @rule(group="network", severity=LOW, fix="Mend it.", remedy={"a": 1})
        def whole() -> Iterator[str]:
            """A rule.

            On the plan.
            """
            yield "broken"


def remediated(resource: Resource, name: str, *exemptions: Exemption, level: Any = analyzer_pb2.REMEDIATE) -> Any:
    """What Pulumi's analyzer would have the engine deploy, the rule's level being set as by --policy-pack-config."""
    policies = pulumi_policies(PRODUCTION, TODAY, exemptions=exemptions)
    servicer = engine._PolicyAnalyzerServicer("seawall", "0.0.1", policies, EnforcementLevel.ADVISORY)
    config = {name: analyzer_pb2.PolicyConfig(enforcementLevel=level)}
    servicer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config), None)
    request = analyzer_pb2.AnalyzeRequest(
        type=resource.type, urn=resource.urn, name=resource.name, properties=_wire(resource.inputs)
    )
    made = [each for each in servicer.Remediate(request, None).remediations if each.HasField("properties")]
    assert all(each.policyName == name for each in made)
    return json_format.MessageToDict(made[0].properties) if made else None


def test_the_engine_mends_at_level_remediate() -> None:
    """The whole of the inputs comes back: the property mended, everything else as the engine sent it."""
    opened = workspace(publicNetworkAccess="Enabled", description=UNKNOWN, key=Secret("hunter2"), number=3)
    sent = json_format.MessageToDict(_wire(opened.inputs))
    assert remediated(opened, "ml-workspace-public-off") == {**sent, "publicNetworkAccess": "Disabled"}
    assert sent["description"] == UNKNOWN_SENTINEL
    assert sent["key"] == {SIGNATURE: SECRET_SIGNATURE, "value": "hunter2"}


def test_the_engine_leaves_alone_what_is_right_unknown_exempted_or_at_another_level() -> None:
    """Nothing is sent back, so that nothing changes."""
    name = "ml-workspace-public-off"
    assert remediated(workspace(), name) is None
    assert remediated(workspace(publicNetworkAccess=UNKNOWN), name) is None
    opened = workspace(publicNetworkAccess="Enabled")
    assert remediated(opened, name, level=analyzer_pb2.MANDATORY) is None
    granted = Exemption.model_validate(
        {
            "rule": name, "resource": "workspace", "reason": "Open until the private endpoint stands.",
            "owner": "ml-platform@larkspur.example", "approval": "https://dev.azure.com/larkspur/1",
            "expires": "2026-12-31",
        }
    )  # fmt: skip
    assert remediated(opened, name, granted) is None
    assert remediated(cluster(), name) is None


def test_what_a_remedy_mends_the_engine_then_finds_right() -> None:
    """The remediated inputs, checked again, keep the rule."""
    name = "ml-compute-no-public-ip"
    inputs = remediated(instance(properties__properties__enableNodePublicIp=True), name)
    again = Resource(urn="u", type="azure-native:machinelearningservices:Compute", name="n", inputs=inputs)
    plan = Plan(stack="test", resources=(again,))
    assert check(plan, PRODUCTION, TODAY, exemptions=(), rules=only(name)).violations == ()
