"""What the project's stacks watch over, and whom they tell."""

from __future__ import annotations

import json

import pytest
import yaml

from components.defender_plan import PLANS
from policies.config import context_of
from tests.test_platform import planned, stack_file

PRODUCTION = ("shared", "test", "prod")


def of(stack: str, kind: str) -> list:
    return list(planned(stack_file(stack), stack).of_type(f"azure-native:{kind}"))


@pytest.mark.parametrize("stack", PRODUCTION)
def test_a_production_stack_owns_the_defender_plans_of_its_subscription(stack):
    """All of them, retained when the stack goes; a preproduction stack has none."""
    plans = of(stack, "security:Pricing")
    assert {plan.inputs["pricingName"] for plan in plans} == set(PLANS)
    assert all(plan.options.retain_on_delete for plan in plans)
    assert of("dev", "security:Pricing") == []


def test_in_the_subscription_of_shared_the_plans_are_shareds(tmp_path):
    """An environment beside `shared` makes none, and its rules know whose they are; a named owner goes before."""
    document = yaml.safe_load(stack_file("prod").read_text())
    config = document["config"]
    config["seawall:subscription"] = config["seawall:shared"]["subscription"]
    path = tmp_path / "Pulumi.prod.yaml"
    for owner, made in (({}, 0), ({"defenderOwner": "prod"}, len(PLANS))):
        config["seawall:guardrails"] = owner
        path.write_text(yaml.safe_dump(document))
        assert len(list(planned(path, "prod").of_type("azure-native:security:Pricing"))) == made
        values = {key.removeprefix("seawall:"): value for key, value in config.items()}
        told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
        assert context_of(told.get, "prod").defender_owner == ("" if made else "shared")


@pytest.mark.parametrize("stack", PRODUCTION)
def test_a_production_stack_logs_the_flows_of_its_network_without_keys(stack):
    """In an account of their own, written by an identity that may write there, before which the role is assigned."""
    plan = planned(stack_file(stack), stack)
    (log,) = plan.of_type("azure-native:network:FlowLog")
    (network,) = plan.of_type("azure-native:network:VirtualNetwork")
    account = plan.by_id[log.inputs["storageId"].lower()]
    identity = plan.by_id[log.inputs["identity"]["userAssignedIdentities"][0].lower()]
    assert log.inputs["targetResourceId"] == network.id
    assert account.inputs["allowSharedKeyAccess"] is False
    granted = [
        role
        for role in plan.of_type("azure-native:authorization:RoleAssignment")
        if role.inputs["scope"].lower() == account.id.lower()
        and role.inputs["principalId"] == identity.outputs["principalId"]
    ]
    assert granted and {role.urn for role in granted} <= set(log.dependencies)


@pytest.mark.parametrize("stack", ["test", "prod"])
def test_each_endpoint_of_production_has_its_alerts(stack):
    """Latency, both classes of errors and requests for each endpoint; throttling for all of them."""
    plan = planned(stack_file(stack), stack)
    endpoints = {one.id for one in plan.of_type("azure-native:machinelearningservices:OnlineEndpoint")}
    alerts = list(plan.of_type("azure-native:monitor:MetricAlert"))
    assert {alert.inputs["scopes"][0] for alert in alerts} == endpoints
    assert len(alerts) == 4 * len(endpoints)
    assert len(list(plan.of_type("azure-native:monitor:ScheduledQueryRule"))) == 1


def test_preproduction_is_told_of_workspaces_out_of_use():
    """One alert on no active cores, in dev alone."""
    (alert,) = of("dev", "monitor:MetricAlert")
    assert alert.inputs["criteria"]["allOf"][0]["metricName"] == "Active Cores"


@pytest.mark.parametrize("stack", ["shared", "dev", "test", "prod"])
def test_every_alert_reaches_the_stacks_action_group(stack):
    """No alert without a receiver."""
    plan = planned(stack_file(stack), stack)
    (group,) = plan.of_type("azure-native:monitor:ActionGroup")
    kinds = ("MetricAlert", "ScheduledQueryRule", "ActivityLogAlert")
    alerts = list(plan.of_type(*(f"azure-native:monitor:{kind}" for kind in kinds)))
    assert alerts
    for alert in alerts:
        assert group.id in json.dumps(alert.inputs["actions"])
