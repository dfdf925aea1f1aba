from __future__ import annotations

import pytest

from components.defender_plan import PLANS, DefenderPlan, DefenderPlanArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import SUBSCRIPTION


def test_each_plan_is_one_that_azure_takes(plan, azure_types):
    """Every plan of the table is set to Standard at the subscription."""

    def program() -> None:
        for name in PLANS:
            DefenderPlan(name, DefenderPlanArgs(subscription_id=SUBSCRIPTION, plan=name))

    planned = plan(program)
    judge(planned, azure_types)
    for name in PLANS:
        made = inputs(planned, "security:Pricing", name)
        assert (made["pricingName"], made["pricingTier"]) == (name, "Standard")
        assert made["scopeId"] == f"subscriptions/{SUBSCRIPTION}"
        id = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/pricings/{name}"
        assert one(planned, "security:Pricing", name).id == one(planned, "DefenderPlan", name).outputs["id"] == id


def test_variants_and_extensions_are_sent(plan):
    """Storage is watched by account, with its uploads scanned; a vault by itself."""

    def program() -> None:
        for name in ("StorageAccounts", "KeyVaults"):
            DefenderPlan(name, DefenderPlanArgs(subscription_id=SUBSCRIPTION, plan=name))

    planned = plan(program)
    assert inputs(planned, "security:Pricing", "KeyVaults")["subPlan"] == "PerKeyVault"
    storage = inputs(planned, "security:Pricing", "StorageAccounts")
    assert storage["subPlan"] == "DefenderForStorageV2"
    assert {"name": "OnUploadMalwareScanning", "isEnabled": "True"} in storage["extensions"]


def test_a_plan_stays_when_its_stack_goes(plan):
    """Azure deletes no plan: it is left as it is."""
    planned = plan(lambda: DefenderPlan("arm", DefenderPlanArgs(subscription_id=SUBSCRIPTION, plan="Arm")))
    assert tree(planned) == {("DefenderPlan", "arm", ""), ("security:Pricing", "arm", "DefenderPlan arm")}
    assert one(planned, "security:Pricing").options.retain_on_delete


def test_a_plan_that_is_none_is_refused():
    """The error names those that there are."""
    with pytest.raises(ValueError, match="'Servers' is none of the plans AI, Api"):
        DefenderPlanArgs(subscription_id=SUBSCRIPTION, plan="Servers")
