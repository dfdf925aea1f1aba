from __future__ import annotations

import pytest

from components.metric_alert import MetricAlert, MetricAlertArgs, Threshold
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, placed

ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
ENDPOINT = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw/onlineEndpoints/fraud"
ACTIONS = f"{GROUP}/providers/Microsoft.Insights/actionGroups/ag-larkspur"
LATENCY = Threshold(
    metric="RequestLatency_P90", namespace=ENDPOINTS, operator="GreaterThan", value=2000, aggregation="Average"
)


def args(**more: object) -> MetricAlertArgs:
    given = {
        **placed("alert-latency", location="global"),
        "target_id": ENDPOINT,
        "threshold": LATENCY,
        "description": "Too slow.",
        "action_group_ids": [ACTIONS],
        **more,
    }
    return MetricAlertArgs(**given)


def test_an_alert_watches_one_metric_of_one_resource(plan, azure_types):
    """By default it looks every five minutes at the last fifteen, is a warning, and resolves itself."""
    planned = plan(lambda: MetricAlert("slow", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("MetricAlert", "slow", ""), ("monitor:MetricAlert", "slow", "MetricAlert slow")}
    made = inputs(planned, "monitor:MetricAlert")
    assert made["scopes"] == [ENDPOINT]
    assert (made["enabled"], made["autoMitigate"], made["severity"]) == (True, True, 2)
    assert (made["evaluationFrequency"], made["windowSize"]) == ("PT5M", "PT15M")
    assert made["actions"] == [{"actionGroupId": ACTIONS}]
    assert made["criteria"]["allOf"] == [
        {
            "criterionType": "StaticThresholdCriterion",
            "name": "threshold",
            "metricNamespace": ENDPOINTS,
            "metricName": "RequestLatency_P90",
            "operator": "GreaterThan",
            "threshold": 2000,
            "timeAggregation": "Average",
            "dimensions": [],
        }
    ]
    alert = f"{GROUP}/providers/Microsoft.Insights/metricAlerts/alert-latency"
    assert one(planned, "monitor:MetricAlert").id == one(planned, "MetricAlert").outputs["id"] == alert


def test_an_alert_can_keep_to_values_of_a_dimension(plan, azure_types):
    """Errors are requests of one class; severity, frequency and window are settings."""
    errors = Threshold(
        metric="RequestsPerMinute",
        namespace=ENDPOINTS,
        operator="GreaterThan",
        value=0,
        aggregation="Total",
        dimensions={"statusCodeClass": ["4xx", "5xx"]},
    )
    planned = plan(
        lambda: MetricAlert("errors", args(threshold=errors, severity=0, frequency="PT1H", window="P1D"))
    )
    judge(planned, azure_types)
    made = inputs(planned, "monitor:MetricAlert")
    assert made["criteria"]["allOf"][0]["dimensions"] == [
        {"name": "statusCodeClass", "operator": "Include", "values": ["4xx", "5xx"]}
    ]
    assert (made["severity"], made["evaluationFrequency"], made["windowSize"]) == (0, "PT1H", "P1D")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"action_group_ids": []}, "it tells nobody"),
        ({"severity": 5}, "severity is 0 to 4, got 5"),
        ({"frequency": "PT2M"}, "frequency is one of .*, got PT2M"),
        ({"window": "P2D"}, "window is one of .*, got P2D"),
        ({"frequency": "PT1H", "window": "PT5M"}, "window is at least as long as frequency"),
        ({"severity": -1, "action_group_ids": []}, "it tells nobody.*; severity"),
    ],
)
def test_what_azure_refuses_is_refused_beforehand(more, message):
    """Azure takes severities 0 to 4 and fixed durations; an alert that tells nobody is none."""
    with pytest.raises(ValueError, match=message):
        args(**more)
