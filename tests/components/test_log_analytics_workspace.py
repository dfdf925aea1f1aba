from __future__ import annotations

from components.log_analytics_workspace import LogAnalyticsWorkspace, LogAnalyticsWorkspaceArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import LOGS, TAGS, placed

KIND = "operationalinsights:Workspace"


def workspace(**more: object) -> LogAnalyticsWorkspace:
    return LogAnalyticsWorkspace("logs", LogAnalyticsWorkspaceArgs(**placed("log-larkspur", **more)))


def test_by_default_it_is_closed_keyless_and_audits_itself(plan, azure_types):
    """No public ingestion or query, no keys, 90 days, no cap; the queries run on it are logged to itself."""
    planned = plan(workspace)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("LogAnalyticsWorkspace", "logs", ""),
        (KIND, "logs", "LogAnalyticsWorkspace logs"),
        ("monitor:DiagnosticSetting", "logs", "LogAnalyticsWorkspace logs"),
    }
    assert inputs(planned, KIND) == {
        "workspaceName": "log-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "westeurope",
        "tags": TAGS,
        "sku": {"name": "PerGB2018"},
        "retentionInDays": 90,
        "features": {"disableLocalAuth": True, "enableLogAccessUsingOnlyResourcePermissions": True},
        "publicNetworkAccessForIngestion": "Disabled",
        "publicNetworkAccessForQuery": "Disabled",
    }
    audit = inputs(planned, "monitor:DiagnosticSetting")
    assert (audit["resourceUri"], audit["workspaceId"]) == (LOGS, LOGS)
    assert one(planned, "LogAnalyticsWorkspace").outputs["id"] == one(planned, KIND).id == LOGS


def test_what_must_be_open_can_be_opened(plan, azure_types):
    """Retention, the daily cap and either public access are settings."""
    planned = plan(lambda: workspace(retention_days=365, daily_cap_gb=5, public_ingestion=True, public_query=True))
    judge(planned, azure_types)
    made = inputs(planned, KIND)
    assert made["retentionInDays"] == 365
    assert made["workspaceCapping"] == {"dailyQuotaGb": 5}
    assert {made["publicNetworkAccessForIngestion"], made["publicNetworkAccessForQuery"]} == {"Enabled"}


def test_hardened_it_is_protected_and_locked(plan, azure_types):
    """The workspace is protected in Pulumi and locked in Azure, the lock coming after its setting."""
    planned = plan(lambda: workspace(delete_protection=True))
    judge(planned, azure_types)
    assert one(planned, KIND).options.protect is True
    lock = one(planned, "authorization:ManagementLockByScope")
    assert lock.inputs["scope"] == LOGS
    assert waits_for(planned, lock) == {f"{KIND} logs", "monitor:DiagnosticSetting logs"}
    assert lock.options.protect is False
