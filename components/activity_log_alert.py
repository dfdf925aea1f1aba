"""Activity log alerts: somebody is told of operations on a subscription, or of Azure's own failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, resource_group_name

ARM_TYPE = "Microsoft.Insights/activityLogAlerts"

Category = Literal["Administrative", "Policy", "Recommendation", "ResourceHealth", "Security", "ServiceHealth"]

ACCESS_OPERATIONS = (
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "Microsoft.Authorization/policyAssignments/write",
    "Microsoft.Authorization/policyAssignments/delete",
)
"""What changes who may do what, and what may be done. Source: Azure docs, permissions/management-and-governance."""


@dataclass(frozen=True, kw_only=True)
class ActivityLogAlertArgs(ResourceArgs):
    """`subscription_id` is the GUID of the subscription that is watched: all of it.

    `operations` keep to some operations of the category, any of them. Raises ValueError for no action group.
    """

    subscription_id: str
    category: Category
    description: str
    action_group_ids: Sequence[Input[str]]
    operations: Sequence[str] = ()
    location: str = "global"

    def __post_init__(self) -> None:
        if not self.action_group_ids:
            raise ValueError(f"the alert {self.resource_name} tells nobody: give it an action group")


class ActivityLogAlert(Component):
    """An alert on entries of a subscription's activity log."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: ActivityLogAlertArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        monitor = azure.monitor
        monitor.ActivityLogAlert(
            name,
            activity_log_alert_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            description=args.description,
            enabled=True,
            scopes=[f"/subscriptions/{args.subscription_id}"],
            condition=monitor.AlertRuleAllOfConditionArgs(all_of=_conditions(args)),
            actions=monitor.ActionListArgs(
                action_groups=[monitor.ActionGroupArgs(action_group_id=id) for id in args.action_group_ids]
            ),
            opts=self.child_opts(),
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def _conditions(args: ActivityLogAlertArgs) -> list[azure.monitor.AlertRuleAnyOfOrLeafConditionArgs]:
    """The category and, where some are named, any of the operations."""
    monitor = azure.monitor
    conditions = [monitor.AlertRuleAnyOfOrLeafConditionArgs(field="category", equals=args.category)]
    if args.operations:
        leaves = [
            monitor.AlertRuleLeafConditionArgs(field="operationName", equals=operation)
            for operation in args.operations
        ]
        conditions.append(monitor.AlertRuleAnyOfOrLeafConditionArgs(any_of=leaves))
    return conditions
