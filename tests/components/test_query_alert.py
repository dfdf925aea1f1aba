from __future__ import annotations

import pytest

from components.query_alert import QueryAlert, QueryAlertArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, LOGS, placed

ACTIONS = f"{GROUP}/providers/Microsoft.Insights/actionGroups/ag-larkspur"
QUERY = "AmlOnlineEndpointTrafficLog | where RequestThrottlingDelayMs > 0"


def args(**more: object) -> QueryAlertArgs:
    given = {
        **placed("alert-throttling"),
        "log_analytics_workspace_id": LOGS,
        "query": QUERY,
        "description": "Requests wait.",
        "action_group_ids": [ACTIONS],
        **more,
    }
    return QueryAlertArgs(**given)


def test_by_default_any_row_is_told(plan, azure_types):
    """It counts rows, resolves itself, and isn't tried before its table exists."""
    planned = plan(lambda: QueryAlert("throttling", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("QueryAlert", "throttling", ""),
        ("monitor:ScheduledQueryRule", "throttling", "QueryAlert throttling"),
    }
    made = inputs(planned, "monitor:ScheduledQueryRule")
    assert made["scopes"] == [LOGS]
    assert (made["enabled"], made["autoMitigate"], made["skipQueryValidation"]) == (True, True, True)
    assert made["actions"] == {"actionGroups": [ACTIONS]}
    (condition,) = made["criteria"]["allOf"]
    assert (condition["query"], condition["operator"], condition["threshold"]) == (QUERY, "GreaterThan", 0)
    assert condition["timeAggregation"] == "Count"
    alert = f"{GROUP}/providers/Microsoft.Insights/scheduledQueryRules/alert-throttling"
    assert one(planned, "monitor:ScheduledQueryRule").id == one(planned, "QueryAlert").outputs["id"] == alert


def test_an_alert_can_be_split_by_columns(plan, azure_types):
    """Each value of a column is told by itself; how many rows are too many is a setting."""
    planned = plan(lambda: QueryAlert("throttling", args(most=10, split_by=["EndpointName"], severity=1)))
    judge(planned, azure_types)
    (condition,) = inputs(planned, "monitor:ScheduledQueryRule")["criteria"]["allOf"]
    assert condition["threshold"] == 10
    assert condition["dimensions"] == [{"name": "EndpointName", "operator": "Include", "values": ["*"]}]


@pytest.mark.parametrize(
    ("more", "message"), [({"action_group_ids": []}, "tells nobody"), ({"severity": 5}, "severity is 0 to 4, got 5")]
)
def test_what_reaches_nobody_is_refused(more, message):
    """An alert needs an action group, and Azure knows severities 0 to 4."""
    with pytest.raises(ValueError, match=message):
        args(**more)
