from __future__ import annotations

from components.application_insights import ApplicationInsights, ApplicationInsightsArgs
from seawall.plan.values import Secret
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import LOGS, TAGS, placed

KIND = "applicationinsights:Component"


def insights(**more: object) -> ApplicationInsights:
    args = ApplicationInsightsArgs(**placed("appi-larkspur", log_analytics_workspace_id=LOGS, **more))
    return ApplicationInsights("telemetry", args)


def test_by_default_it_is_closed_keyless_and_keeps_its_data_in_the_workspace(plan, azure_types):
    """Workspace-based, no local authentication, no public ingestion or query."""
    planned = plan(insights)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("ApplicationInsights", "telemetry", ""),
        (KIND, "telemetry", "ApplicationInsights telemetry"),
    }
    assert inputs(planned, KIND) == {
        "resourceName": "appi-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "westeurope",
        "tags": TAGS,
        "kind": "web",
        "applicationType": "web",
        "requestSource": "rest",
        "flowType": "Bluefield",
        "ingestionMode": "LogAnalytics",
        "workspaceResourceId": LOGS,
        "disableLocalAuth": True,
        "disableIpMasking": False,
        "publicNetworkAccessForIngestion": "Disabled",
        "publicNetworkAccessForQuery": "Disabled",
    }


def test_what_must_be_open_can_be_opened(plan, azure_types):
    """Either public access is a setting."""
    planned = plan(lambda: insights(public_ingestion=True, public_query=True))
    judge(planned, azure_types)
    made = inputs(planned, KIND)
    assert {made["publicNetworkAccessForIngestion"], made["publicNetworkAccessForQuery"]} == {"Enabled"}


def test_its_connection_string_is_a_secret(plan):
    """No file or output shows the connection string; its ID is that of the resource."""
    planned = plan(insights)
    outputs = one(planned, "ApplicationInsights").outputs
    assert isinstance(outputs["connection_string"], Secret)
    assert outputs["id"] == one(planned, KIND).id
