from __future__ import annotations

import pytest

from components.activity_log_alert import ACCESS_OPERATIONS, ActivityLogAlert, ActivityLogAlertArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, SUBSCRIPTION, placed

ACTIONS = f"{GROUP}/providers/Microsoft.Insights/actionGroups/ag-larkspur"


def args(**more: object) -> ActivityLogAlertArgs:
    given = {
        **placed("alert-health", location="global"),
        "subscription_id": SUBSCRIPTION,
        "category": "ServiceHealth",
        "description": "Azure fails.",
        "action_group_ids": [ACTIONS],
        **more,
    }
    return ActivityLogAlertArgs(**given)


def test_an_alert_watches_a_category_of_a_whole_subscription(plan, azure_types):
    """It is global, enabled, and tells an action group."""
    planned = plan(lambda: ActivityLogAlert("health", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("ActivityLogAlert", "health", ""),
        ("monitor:ActivityLogAlert", "health", "ActivityLogAlert health"),
    }
    made = inputs(planned, "monitor:ActivityLogAlert")
    assert made["scopes"] == [f"/subscriptions/{SUBSCRIPTION}"]
    assert made["condition"] == {"allOf": [{"field": "category", "equals": "ServiceHealth"}]}
    assert made["actions"] == {"actionGroups": [{"actionGroupId": ACTIONS}]}
    assert (made["enabled"], made["location"]) == (True, "global")
    alert = f"{GROUP}/providers/Microsoft.Insights/activityLogAlerts/alert-health"
    assert one(planned, "monitor:ActivityLogAlert").id == one(planned, "ActivityLogAlert").outputs["id"] == alert


def test_an_alert_can_keep_to_operations(plan, azure_types):
    """Any one of the operations, within the category."""
    planned = plan(
        lambda: ActivityLogAlert("access", args(category="Administrative", operations=ACCESS_OPERATIONS))
    )
    judge(planned, azure_types)
    category, operations = inputs(planned, "monitor:ActivityLogAlert")["condition"]["allOf"]
    assert category == {"field": "category", "equals": "Administrative"}
    assert [leaf["equals"] for leaf in operations["anyOf"]] == list(ACCESS_OPERATIONS)
    assert {leaf["field"] for leaf in operations["anyOf"]} == {"operationName"}


def test_an_alert_that_tells_nobody_is_refused():
    """An alert needs an action group."""
    with pytest.raises(ValueError, match="tells nobody"):
        args(action_group_ids=[])
