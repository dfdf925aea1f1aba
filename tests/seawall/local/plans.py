"""The smallest plan that has something to change, and what a preview says of a resource."""

from __future__ import annotations

from typing import Any

from builder import Builder

from seawall.local.deploy import Diff, ResourceChange
from seawall.plan.model import Options, Plan


def account_plan(stack: str = "test", options: Options | None = None, **inputs: Any) -> Plan:
    """A resource group with one storage account."""
    b = Builder(stack)
    group = b.group(f"rg-{stack}")
    b.storage(group, inputs.pop("name", f"st{stack}"), logical="account", options=options or Options(), **inputs)
    return b.plan()


def change_of(diff: Diff, name: str = "account") -> ResourceChange:
    return next(resource for resource in diff.resources if resource.name == name)


def two_accounts() -> Plan:
    """A group, two accounts in it, and a container in each."""
    b = Builder()
    group = b.group()
    for name in ("stone", "sttwo"):
        account = b.storage(group, name)
        where = {"accountName": account.name, "resourceGroupName": group.name}
        b.add("storage:BlobContainer", f"{name}-raw", containerName="raw", publicAccess="None", **where)
    return b.plan()


def id_of(plan: Plan, name: str) -> str:
    """The ARM ID of the resource of a name in the program."""
    return next(resource.id for resource in plan.resources if resource.name == name)
