"""Rules on logs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from guarded import GONE, GROUP, PREPRODUCTION, PRODUCTION, STORAGE, depending
from guarded_operations import (
    ENDPOINT,
    LOGS,
    VAULT,
    endpoint,
    flow_log,
    insights,
    log_workspace,
    logged,
    network,
    storage,
    vault,
)

from policies.rules.logs import (
    appinsights_entra,
    diagnostics_per_resource,
    endpoint_traffic_logs,
    log_retention,
    vnet_flow_logs,
)
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

CENTRAL = f"{GROUP}-central/providers/Microsoft.OperationalInsights/workspaces/log-central"
BLOBS = f"{STORAGE}/blobServices/default"


def with_logs(*resources: Resource) -> list[Resource]:
    """The resources next to a log workspace that is itself logged."""
    return [*resources, log_workspace(), logged(LOGS, "of-logs")]


def test_diagnostics_per_resource_refuses_what_is_not_logged() -> None:
    """A vault without a diagnostic setting, and advice in preproduction."""
    assert ask(diagnostics_per_resource, *with_logs(vault())) == [
        "violation mandatory vault: it has no diagnostic setting"
    ]
    assert ask(diagnostics_per_resource, *with_logs(vault()), context=PREPRODUCTION) == [
        "violation advisory vault: it has no diagnostic setting"
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"logs": [{"category": "AuditEvent", "enabled": True}]},
            "no diagnostic setting has the category group allLogs or audit",
        ),
        (
            {"logs": [{"categoryGroup": "allLogs", "enabled": False}]},
            "no diagnostic setting has the category group allLogs or audit",
        ),
        ({"logs": GONE}, "no diagnostic setting has the category group allLogs or audit"),
        ({"metrics": GONE}, "no diagnostic setting has metrics"),
        ({"workspaceId": GONE}, "its logs go to no log workspace of this plan, nor to a declared one"),
        ({"workspaceId": CENTRAL}, "its logs go to no log workspace of this plan, nor to a declared one"),
    ],
)
def test_diagnostics_per_resource_refuses_settings_that_leave_something_out(
    change: dict[str, object], message: str
) -> None:
    """A single category, disabled logs, no metrics, or another destination."""
    found = ask(diagnostics_per_resource, *with_logs(vault(), logged(VAULT, **change)))
    assert found == [f"violation mandatory vault: {message}"]


def test_diagnostics_per_resource_refuses_an_account_whose_blobs_are_not_logged() -> None:
    """A storage account's own setting has metrics alone; reads and writes are logged by the blob service."""
    own, files = logged(STORAGE, "own", logs=GONE), logged(f"{STORAGE}/fileServices/default", "files")
    assert ask(diagnostics_per_resource, *with_logs(storage(), own, files)) == [
        "violation mandatory storage: no diagnostic setting has the category group allLogs or audit of its blob service"
    ]


def test_diagnostics_per_resource_accepts_groups_and_metrics() -> None:
    """All logs or the audit group, in two settings or in one; a blob service for its account."""
    audit = logged(VAULT, "audit", logs=[{"categoryGroup": "audit", "enabled": True}], metrics=GONE)
    metrics = logged(VAULT, "metrics", logs=GONE)
    assert ask(diagnostics_per_resource, *with_logs(vault(), audit, metrics)) == []
    assert ask(diagnostics_per_resource, *with_logs(storage(), logged(BLOBS))) == []
    assert ask(diagnostics_per_resource, network(), logged(network().id), *with_logs()) == []


def test_diagnostics_per_resource_accepts_a_declared_log_workspace() -> None:
    """A central workspace that the stack declares, in any case."""
    declared = replace(PRODUCTION, declared_resources=frozenset({CENTRAL.upper()}))
    assert ask(diagnostics_per_resource, vault(), logged(VAULT, workspaceId=CENTRAL), context=declared) == []


def test_diagnostics_per_resource_finds_its_target_through_dependencies() -> None:
    """While the ID of what is logged is unknown, what it came from is what is logged."""
    setting = depending(logged(VAULT, resourceUri=UNKNOWN), resourceUri=vault(), workspaceId=log_workspace())
    assert ask(diagnostics_per_resource, *with_logs(vault(), setting)) == []


def test_diagnostics_per_resource_cannot_tell_before_deployment() -> None:
    """A setting that may be anybody's leaves what has none undecided, and the others told."""
    unknown = logged(VAULT, resourceUri=UNKNOWN)
    assert ask(diagnostics_per_resource, *with_logs(vault(), unknown)) == [
        "unknown mandatory vault: unknown: property resourceUri can't be known before deployment "
        "(of monitor:DiagnosticSetting setting)"
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"logs": [{"categoryGroup": "audit", "enabled": True}]},
        {"logs": [{"category": "AmlOnlineEndpointConsoleLog", "enabled": True}]},
        {"logs": [{"category": "AmlOnlineEndpointTrafficLog", "enabled": False}]},
    ],
)
def test_endpoint_traffic_logs_refuses_settings_without_the_traffic(change: dict[str, object]) -> None:
    """The audit group, another category, or one that is off."""
    assert ask(endpoint_traffic_logs, endpoint(), log_workspace(), logged(ENDPOINT, **change)) == [
        "violation mandatory fraud: no diagnostic setting of it has AmlOnlineEndpointTrafficLog"
    ]


def test_endpoint_traffic_logs_refuses_no_setting_and_a_strange_destination() -> None:
    """No setting at all, or one that goes to nobody's workspace."""
    assert len(ask(endpoint_traffic_logs, endpoint())) == 1
    assert ask(endpoint_traffic_logs, endpoint(), logged(ENDPOINT, workspaceId=CENTRAL)) == [
        "violation mandatory fraud: its traffic is logged to no log workspace of this plan, nor to a declared one"
    ]


def test_endpoint_traffic_logs_accepts_the_category_or_all() -> None:
    """By name or with all others."""
    named = logged(ENDPOINT, logs=[{"category": "AmlOnlineEndpointTrafficLog", "enabled": True}], metrics=GONE)
    for setting in (named, logged(ENDPOINT)):
        assert ask(endpoint_traffic_logs, endpoint(), log_workspace(), setting) == []


def test_endpoint_traffic_logs_cannot_tell_before_deployment() -> None:
    """Unknown categories."""
    assert ask(endpoint_traffic_logs, endpoint(), log_workspace(), logged(ENDPOINT, logs=UNKNOWN)) == [
        "unknown mandatory fraud: unknown: property logs can't be known before deployment "
        "(of monitor:DiagnosticSetting setting)"
    ]


def test_log_retention_refuses_logs_that_go_too_soon() -> None:
    """Fewer than 90 days, or Azure's own 30."""
    for days, said in ((89, 89), (GONE, 30)):
        assert ask(log_retention, log_workspace(retentionInDays=days)) == [
            f"violation mandatory logs: retentionInDays is {said}; at least 90 are to be kept"
        ]


def test_log_retention_refuses_public_logs() -> None:
    """Open, or not said to be closed, for writing or for reading."""
    assert ask(log_retention, log_workspace(publicNetworkAccessForQuery="Enabled")) == [
        "violation mandatory logs: publicNetworkAccessForQuery is Enabled"
    ]
    assert ask(log_retention, log_workspace(publicNetworkAccessForIngestion=GONE)) == [
        "violation mandatory logs: publicNetworkAccessForIngestion is not set"
    ]


def test_log_retention_accepts_what_the_stack_asks_for() -> None:
    """90 days, or the stack's own least."""
    assert ask(log_retention, log_workspace()) == []
    assert ask(log_retention, log_workspace(retentionInDays=30), context=replace(PRODUCTION, log_days=30)) == []


def test_log_retention_cannot_tell_before_deployment() -> None:
    """Unknown days."""
    assert len(ask(log_retention, log_workspace(retentionInDays=UNKNOWN))) == 1


def test_appinsights_entra_refuses_keys() -> None:
    """Telemetry that whoever holds the key may write."""
    for value in (False, GONE):
        assert ask(appinsights_entra, insights(disableLocalAuth=value)) == [
            "violation mandatory insights: disableLocalAuth isn't true"
        ]


def test_appinsights_entra_refuses_the_classic_kind() -> None:
    """Data in no workspace."""
    assert len(ask(appinsights_entra, insights(workspaceResourceId=GONE, ingestionMode="ApplicationInsights"))) == 2


def test_appinsights_entra_accepts_a_workspace_that_is_coming() -> None:
    """Which workspace it will be doesn't matter here."""
    assert ask(appinsights_entra, insights(), insights(workspaceResourceId=UNKNOWN)) == []


def test_appinsights_entra_cannot_tell_before_deployment() -> None:
    """Unknown whether keys work."""
    assert len(ask(appinsights_entra, insights(disableLocalAuth=UNKNOWN))) == 1


def test_vnet_flow_logs_refuses_a_network_without_one() -> None:
    """Advice in production alone."""
    assert ask(vnet_flow_logs, network()) == ["violation advisory network: it has no flow log that is enabled"]
    assert ask(vnet_flow_logs, network(), context=PREPRODUCTION) == []


def test_vnet_flow_logs_refuses_one_that_is_off_or_of_another() -> None:
    """Disabled, or of another network."""
    for change in ({"enabled": False}, {"targetResourceId": f"{network().id}-other"}):
        assert len(ask(vnet_flow_logs, network(), flow_log(**change))) == 1


def test_vnet_flow_logs_accepts_an_enabled_one() -> None:
    """Found by its ID, or by what it came from while that is unknown."""
    assert ask(vnet_flow_logs, network(), flow_log()) == []
    coming = depending(flow_log(targetResourceId=UNKNOWN), targetResourceId=network())
    assert ask(vnet_flow_logs, network(), coming) == []


def test_vnet_flow_logs_cannot_tell_before_deployment() -> None:
    """A flow log that may be anybody's."""
    assert ask(vnet_flow_logs, network(), flow_log(targetResourceId=UNKNOWN)) == [
        "unknown advisory network: unknown: property targetResourceId can't be known before deployment "
        "(of network:FlowLog flows)"
    ]
