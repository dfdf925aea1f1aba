"""Rules on budgets and costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from asking import ask
from guarded import (
    GONE,
    GROUP,
    PREPRODUCTION,
    PRODUCTION,
    SUBSCRIPTION,
    attached,
    budget,
    cluster,
    depending,
    deployment,
    group,
    instance,
    outbound_rule,
    storage_account,
    workspace,
)

from policies import Context
from policies.rules.budget import (
    budget_exists,
    budget_tiers,
    budget_within_cap,
    estimated_cost_within_budget,
)
from seawall.plan.values import UNKNOWN

IN_DOLLARS = replace(PRODUCTION, currency="USD")
MESSAGE = "no budget covers resource group rg-ml, where cluster, instance, workspace cost by the hour"


def only_for(*groups: str) -> dict[str, object]:
    """A budget's filter for resource groups."""
    return {"dimensions": {"name": "ResourceGroupName", "operator": "In", "values": list(groups)}}


def test_budget_exists_refuses_computes_that_no_budget_watches() -> None:
    """One finding for each resource group, held against the group."""
    assert ask(budget_exists, group(), workspace(), cluster(), instance()) == [f"violation mandatory rg-ml: {MESSAGE}"]


def test_budget_exists_refuses_a_budget_of_another_scope() -> None:
    """A budget of another resource group or subscription, or narrowed to others, doesn't watch these."""
    scopes = GROUP + "-other", SUBSCRIPTION[:-1] + "2", "/providers/Microsoft.Management/managementGroups/all"
    narrowed = budget(scope=SUBSCRIPTION, filter=only_for("rg-other"))
    for other in (*(budget(scope=scope) for scope in scopes), narrowed):
        assert ask(budget_exists, group(), cluster(), other) == [
            "violation mandatory rg-ml: no budget covers resource group rg-ml, where cluster cost by the hour"
        ]


def test_budget_exists_refuses_a_budget_narrowed_by_anything_else() -> None:
    """A filter by meter or tag leaves costs out; the budget counts for nothing."""
    by_meter = {"dimensions": {"name": "MeterCategory", "operator": "In", "values": ["Storage"]}}
    by_tag = {**only_for("rg-ml"), "tags": {"name": "team", "operator": "In", "values": ["a"]}}
    for narrowed in (by_meter, by_tag):
        assert len(ask(budget_exists, cluster(), budget(scope=SUBSCRIPTION, filter=narrowed))) == 1


def test_budget_exists_accepts_a_budget_of_the_group_or_the_subscription() -> None:
    """The scope may be the group, in any case, the subscription, or the subscription narrowed to the group."""
    scopes = (
        budget(scope=GROUP.upper()),
        budget(scope=SUBSCRIPTION),
        budget(scope=SUBSCRIPTION, filter=only_for("RG-ML")),
    )
    for watching in scopes:
        assert ask(budget_exists, group(), workspace(), cluster(), deployment(), watching) == []


def test_budget_exists_accepts_plans_in_which_nothing_costs_by_the_hour() -> None:
    """Storage, and computes that are attached, need no budget here."""
    assert ask(budget_exists, group(), storage_account(), attached(), outbound_rule()) == []


def test_budget_exists_finds_the_scope_through_dependencies() -> None:
    """While the scope is unknown, the resource group that it came from is the scope."""
    watching = depending(budget(scope=UNKNOWN), scope=group())
    assert ask(budget_exists, group(), cluster(), watching) == []


def test_budget_exists_cannot_tell_before_deployment() -> None:
    """A scope that nothing tells is unknown; the budget is to blame."""
    message = "budget: unknown: property scope can't be known before deployment"
    assert ask(budget_exists, cluster(), budget(scope=UNKNOWN)) == [f"unknown mandatory {message}"]
    assert ask(budget_exists, cluster(), budget(scope=UNKNOWN), context=PREPRODUCTION) == [
        f"unknown advisory {message}"
    ]


def test_budget_tiers_refuses_a_single_threshold() -> None:
    """One threshold is no warning, and neither are two at the same one."""
    assert ask(budget_tiers, budget(notifications__ahead=GONE)) == [
        "violation mandatory budget: it has fewer than two thresholds",
        "violation mandatory budget: no notification is of type Forecasted",
    ]
    assert ask(budget_tiers, budget(notifications__ahead__threshold=50)) == [
        "violation mandatory budget: it has fewer than two thresholds"
    ]


def test_budget_tiers_refuses_a_budget_without_a_forecast() -> None:
    """Without a forecast the warning comes when the money is gone; Actual is the default."""
    for kind in ("Actual", GONE):
        assert ask(budget_tiers, budget(notifications__ahead__thresholdType=kind)) == [
            "violation mandatory budget: no notification is of type Forecasted"
        ]


def test_budget_tiers_refuses_notifications_to_nobody() -> None:
    """A notification without e-mail, group or role reaches nobody."""
    assert ask(budget_tiers, budget(notifications__half__contactEmails=[])) == [
        "violation mandatory budget: notification half goes to nobody"
    ]


def test_budget_tiers_refuses_notifications_that_are_off() -> None:
    """A notification that is disabled, or waits for exact equality, doesn't count."""
    for change in ({"notifications__half__enabled": False}, {"notifications__half__operator": "EqualTo"}):
        assert ask(budget_tiers, budget(**change)) == ["violation mandatory budget: it has fewer than two thresholds"]
    assert len(ask(budget_tiers, budget(notifications=GONE))) == 2


def test_budget_tiers_accepts_steps_with_a_forecast() -> None:
    """Two thresholds, one forecast; an action group or a role receives as well as a mailbox."""
    assert ask(budget_tiers, budget()) == []
    roles = {"notifications__half__contactEmails": [], "notifications__half__contactRoles": ["Owner"]}
    assert ask(budget_tiers, budget(**roles)) == []
    assert ask(budget_tiers, budget(notifications__half__contactEmails=[UNKNOWN])) == []


def test_budget_tiers_cannot_tell_before_deployment() -> None:
    """An unknown threshold might be the same as the other."""
    assert ask(budget_tiers, budget(notifications__half__threshold=UNKNOWN)) == [
        "unknown mandatory budget: unknown: property notifications.half.threshold can't be known before deployment"
    ]


def test_budget_within_cap_refuses_more_than_the_cap_in_every_tier() -> None:
    """The cap is for a month, whatever the budget's grain."""
    message = "violation mandatory budget: it allows 5,000.01 EUR a month; the cap is 5,000.00 EUR"
    assert ask(budget_within_cap, budget(amount=5000.01), context=PREPRODUCTION) == [message]
    assert ask(budget_within_cap, budget(amount=60000.12, timeGrain="Annually")) == [message]
    assert ask(budget_within_cap, budget(amount=15000, timeGrain="Quarterly")) == []


def test_budget_within_cap_refuses_a_budget_that_has_ended() -> None:
    """A budget ends on its end date, or ten years after its start."""
    ended = budget(timePeriod={"startDate": "2025-01-01T00:00:00Z", "endDate": "2026-11-21T00:00:00Z"})
    assert ask(budget_within_cap, ended) == ["violation mandatory budget: it ended on 2026-11-21"]
    old = budget(timePeriod={"startDate": "2016-11-01"})
    assert ask(budget_within_cap, old) == ["violation mandatory budget: it ended on 2026-11-01"]
    assert ask(budget_within_cap, ended, today=date(2026, 11, 20)) == []


def test_budget_within_cap_refuses_what_it_cannot_read() -> None:
    """No amount, a strange grain, or dates that are none."""
    assert ask(budget_within_cap, budget(amount=GONE)) == [
        "violation mandatory budget: it has no amount, or a time grain that isn't one of Azure's"
    ]
    assert len(ask(budget_within_cap, budget(timeGrain="Daily"))) == 1
    assert ask(budget_within_cap, budget(timePeriod={"startDate": "soon"})) == [
        "violation mandatory budget: its time period has no date that can be read: soon"
    ]


def test_budget_within_cap_accepts_a_budget_at_the_cap() -> None:
    """As much as the cap is not more than the cap."""
    assert ask(budget_within_cap, budget(amount=5000)) == []


def test_budget_within_cap_cannot_tell_before_deployment() -> None:
    """An unknown amount is refused in production and advice elsewhere, though the rule is mandatory in both."""
    message = "budget: unknown: property amount can't be known before deployment"
    assert ask(budget_within_cap, budget(amount=UNKNOWN)) == [f"unknown mandatory {message}"]
    assert ask(budget_within_cap, budget(amount=UNKNOWN), context=PREPRODUCTION) == [f"unknown advisory {message}"]


def test_estimated_cost_within_budget_refuses_a_cluster_that_is_too_large() -> None:
    """Four nodes at 0.272 USD for 730 hours are 794.24 USD; refusing is advice here."""
    assert ask(estimated_cost_within_budget, workspace(), cluster(), budget(amount=794), context=IN_DOLLARS) == [
        "violation advisory budget: computes would cost up to 794.24 USD a month; the budget is 794.00 USD"
    ]


def test_estimated_cost_within_budget_refuses_the_sum_of_many() -> None:
    """Clusters, instances and deployments add up: 794.24 + 198.56 + 2 x 0.194 x 730 = 1276.04."""
    resources = cluster(), instance(), deployment(), budget(amount=1276)
    assert ask(estimated_cost_within_budget, *resources, context=IN_DOLLARS) == [
        "violation advisory budget: computes would cost up to 1,276.04 USD a month; the budget is 1,276.00 USD"
    ]


def test_estimated_cost_within_budget_converts_at_the_stated_rate() -> None:
    """794.24 USD are 692.99 EUR at 1.1461 USD for one EUR."""
    assert ask(estimated_cost_within_budget, cluster(), budget(amount=692)) == [
        "violation advisory budget: computes would cost up to 692.99 EUR a month; the budget is 692.00 EUR"
    ]


def test_estimated_cost_within_budget_accepts_what_the_budget_covers() -> None:
    """Exactly the budget is within it, attached computes cost elsewhere, and other groups have their own budget."""
    assert ask(estimated_cost_within_budget, cluster(), budget(amount=794.24), context=IN_DOLLARS) == []
    assert ask(estimated_cost_within_budget, attached(), budget(amount=1)) == []
    assert ask(estimated_cost_within_budget, cluster(), budget(amount=1, scope=GROUP + "-other")) == []


def test_estimated_cost_within_budget_takes_the_region_of_the_workspace() -> None:
    """A compute without a location is where its workspace is."""
    silent = cluster(location=GONE)
    assert ask(estimated_cost_within_budget, workspace(), silent, budget(), context=IN_DOLLARS) == []
    message = "no price of Standard_DS3_v2 in its region in USD: the estimate leaves it out"
    found = ask(estimated_cost_within_budget, silent, budget(), context=IN_DOLLARS)
    assert found == [f"unknown advisory cluster: unknown: {message}"]


@pytest.mark.parametrize(
    ("change", "context", "what"),
    [
        ({"properties__properties__vmSize": "Standard_ND96"}, IN_DOLLARS, "Standard_ND96 in westeurope in USD"),
        ({"location": "brazilsouth"}, IN_DOLLARS, "Standard_DS3_v2 in brazilsouth in USD"),
        ({}, replace(PRODUCTION, currency="CHF"), "Standard_DS3_v2 in westeurope in CHF"),
        (
            {"properties__properties__vmPriority": "LowPriority"},
            IN_DOLLARS,
            "Standard_DS3_v2 at low priority in westeurope in USD",
        ),
    ],
)
def test_estimated_cost_within_budget_cannot_tell_without_a_price(
    change: dict[str, str], context: object, what: str
) -> None:
    """A size, region, currency or priority without a price is reported and never guessed."""
    found = ask(estimated_cost_within_budget, cluster(**change), budget(amount=1), context=context)
    assert found == [f"unknown advisory cluster: unknown: no price of {what}: the estimate leaves it out"]


def test_estimated_cost_within_budget_cannot_tell_before_deployment() -> None:
    """A size that is unknown leaves no estimate."""
    assert ask(estimated_cost_within_budget, cluster(properties__properties__vmSize=UNKNOWN), budget()) == [
        "unknown advisory cluster: unknown: property properties.properties.vmSize can't be known before deployment"
    ]


def test_budget_within_cap_has_a_cap_where_a_stack_sets_none() -> None:
    """A stack that sets no cap is held to 20,000 a month."""
    assert ask(budget_within_cap, budget(amount=20_000), context=Context()) == []
    assert ask(budget_within_cap, budget(amount=20_001), context=Context()) == [
        "violation mandatory budget: it allows 20,001.00 EUR a month; the cap is 20,000.00 EUR"
    ]
