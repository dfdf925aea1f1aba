"""Log alerts: somebody is told when a query of a log workspace finds something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, resource_group_name

ARM_TYPE = "Microsoft.Insights/scheduledQueryRules"


@dataclass(frozen=True, kw_only=True)
class QueryAlertArgs(ResourceArgs):
    """`query` is in Kusto; more than `most` rows in `window` (an ISO 8601 duration) are told, once for each value of
    the columns in `split_by`. `severity` is 0 (critical) to 4 (verbose).

    The query isn't tried when the alert is made: a table comes into being with its first row, which may be later.
    Raises ValueError for no action group, or a severity out of range.
    """

    log_analytics_workspace_id: Input[str]
    query: str
    description: str
    action_group_ids: Sequence[Input[str]]
    most: int = 0
    split_by: Sequence[str] = ()
    severity: int = 2
    frequency: str = "PT5M"
    window: str = "PT15M"

    def __post_init__(self) -> None:
        if not self.action_group_ids:
            raise ValueError(f"the alert {self.resource_name} tells nobody: give it an action group")
        if not 0 <= self.severity <= 4:
            raise ValueError(f"the alert {self.resource_name}: severity is 0 to 4, got {self.severity}")


class QueryAlert(Component):
    """An alert on what a query finds, which resolves itself."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: QueryAlertArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.monitor.ScheduledQueryRule(
            name,
            rule_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            kind="LogAlert",
            display_name=args.resource_name,
            description=args.description,
            enabled=True,
            auto_mitigate=True,
            severity=args.severity,
            scopes=[args.log_analytics_workspace_id],
            evaluation_frequency=args.frequency,
            window_size=args.window,
            skip_query_validation=True,
            criteria=azure.monitor.ScheduledQueryRuleCriteriaArgs(all_of=[_condition(args)]),
            actions=azure.monitor.ActionsArgs(action_groups=list(args.action_group_ids)),
            opts=self.child_opts(),
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def _condition(args: QueryAlertArgs) -> azure.monitor.ConditionArgs:
    return azure.monitor.ConditionArgs(
        query=args.query,
        time_aggregation="Count",
        operator="GreaterThan",
        threshold=args.most,
        dimensions=[
            azure.monitor.DimensionArgs(name=column, operator="Include", values=["*"]) for column in args.split_by
        ],
        failing_periods=azure.monitor.ConditionFailingPeriodsArgs(
            number_of_evaluation_periods=1, min_failing_periods_to_alert=1
        ),
    )
