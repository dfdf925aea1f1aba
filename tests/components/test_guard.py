from __future__ import annotations

import pulumi_azure_native as azure
import pytest

from components.base import Component, GuardedArgs, child_id
from components.diagnostics import SUPPORTED, diagnostic_setting
from components.guard import guard
from components.lock import delete_lock
from components.private_dns import KEY_VAULT
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, LOGS, STORAGE_ACCOUNT, placed, private_link

VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-larkspur"


def guarded(**more: object) -> None:
    args = GuardedArgs(**placed("kv-larkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more}))
    guard(Component("vault"), "vault", args, target_id=VAULT, target_type=KEY_VAULT.arm_type, endpoints=[KEY_VAULT])


def test_what_is_not_asked_for_is_not_made(plan):
    """Neither logged, nor linked, nor locked: nothing is made."""
    assert tree(plan(guarded)) == {("Component", "vault", "")}


def test_a_guarded_resource_is_linked_logged_and_locked_in_this_order(plan, azure_types):
    """The lock covers the endpoint and the setting as well, so that it comes last and goes first."""
    planned = plan(
        lambda: guarded(log_analytics_workspace_id=LOGS, private_link=private_link(), delete_protection=True)
    )
    judge(planned, azure_types)
    assert tree(planned) == {
        ("Component", "vault", ""),
        ("PrivateEndpoint", "vault-vault", "Component vault"),
        ("network:PrivateEndpoint", "vault-vault", "PrivateEndpoint vault-vault"),
        ("network:PrivateDnsZoneGroup", "vault-vault", "PrivateEndpoint vault-vault"),
        ("monitor:DiagnosticSetting", "vault", "Component vault"),
        ("authorization:ManagementLockByScope", "vault", "Component vault"),
    }
    assert waits_for(planned, one(planned, "authorization:ManagementLockByScope")) == {
        "network:PrivateEndpoint vault-vault",
        "network:PrivateDnsZoneGroup vault-vault",
        "monitor:DiagnosticSetting vault",
    }


def test_a_lock_forbids_deletion_of_one_resource(plan, azure_types):
    """The lock is at the resource's own scope, of level CanNotDelete, and says why it is there."""
    planned = plan(lambda: guarded(delete_protection=True))
    judge(planned, azure_types)
    lock = inputs(planned, "authorization:ManagementLockByScope")
    assert (lock["scope"], lock["level"], lock["lockName"]) == (VAULT, "CanNotDelete", "do-not-delete")
    assert "delete_protection" in lock["notes"]


@pytest.mark.parametrize(
    "target_type", ["Microsoft.MachineLearningServices/workspaces", "Microsoft.Resources/resourceGroups"]
)
def test_what_holds_clusters_is_never_locked(plan, target_type):
    """A lock on a workspace or on a resource group would stop clusters from scaling down: it is refused."""
    with pytest.raises(Exception, match="clusters could no longer scale down"):
        plan(lambda: delete_lock(Component("x"), "x", target_id=GROUP, target_type=target_type))


def setting(target_type: str, **more: object) -> None:
    diagnostic_setting(
        Component("logged"),
        "logged",
        target_id=VAULT,
        target_type=target_type,
        log_analytics_workspace_id=LOGS,
        **more,
    )


@pytest.mark.parametrize("target_type", sorted(SUPPORTED))
def test_each_type_is_asked_for_what_it_has(plan, azure_types, target_type):
    """A setting enables all logs and all metrics of a type, and leaves out what the type doesn't have."""
    planned = plan(lambda: setting(target_type))
    judge(planned, azure_types)
    collected = SUPPORTED[target_type]
    made = inputs(planned, "monitor:DiagnosticSetting")
    assert made.get("logs") == ([{"categoryGroup": "allLogs", "enabled": True}] if collected.logs else None)
    assert made.get("metrics") == ([{"category": "AllMetrics", "enabled": True}] if collected.metrics else None)
    assert (made["workspaceId"], made["resourceUri"]) == (LOGS, VAULT)
    assert made["logAnalyticsDestinationType"] == "Dedicated"


def test_audit_logs_alone_can_be_asked_for(plan):
    """Where a type has the group, `audit` leaves the rest out."""
    planned = plan(lambda: setting("Microsoft.Storage/storageAccounts/blobServices", logs="audit"))
    assert inputs(planned, "monitor:DiagnosticSetting")["logs"] == [{"categoryGroup": "audit", "enabled": True}]


@pytest.mark.parametrize(
    ("target_type", "logs", "message"),
    [
        ("Microsoft.Network/privateEndpoints", "allLogs", "has no diagnostic settings"),
        ("Microsoft.Network/azureFirewalls", "audit", "has no log category group 'audit', only allLogs"),
    ],
)
def test_what_azure_monitor_cannot_collect_is_refused(plan, target_type, logs, message):
    """A type without settings, and a log group that a type doesn't have, are errors that say so."""
    with pytest.raises(Exception, match=message):
        plan(lambda: setting(target_type, logs=logs))


def test_every_type_of_the_table_is_one_that_azure_has(azure_types):
    """The table names ARM types that exist; storage's services and onlineEndpoints among them."""
    known = {entry["arm_type"].lower() for entry in azure_types.index}
    assert {target_type for target_type in SUPPORTED if target_type.lower() not in known} == set()


def test_a_sibling_that_lives_under_a_locked_resource_is_waited_for(plan):
    """What is named in `before_lock` is made before the lock, and can be deleted after it."""

    def program() -> None:
        parent = Component("vault")
        table = azure.network.RouteTable(
            "inner",
            route_table_name="rt",
            resource_group_name="rg-larkspur-mlp",
            location="westeurope",
            opts=parent.child_opts(),
        )
        args = GuardedArgs(**placed("st", log_analytics_workspace_id=None, private_link=None, delete_protection=True))
        guard(
            parent,
            "vault",
            args,
            target_id=child_id(table, GROUP, "Microsoft.Storage/storageAccounts", "stlarkspur"),
            target_type="Microsoft.Storage/storageAccounts",
            before_lock=[table],
        )

    planned = plan(program)
    lock = one(planned, "authorization:ManagementLockByScope")
    assert lock.inputs["scope"] == STORAGE_ACCOUNT
    assert waits_for(planned, lock) == {"network:RouteTable inner"}
