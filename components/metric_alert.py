"""Metric alerts: somebody is told when a metric of a resource passes a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, resource_group_name

ARM_TYPE = "Microsoft.Insights/metricAlerts"

FREQUENCIES = ("PT1M", "PT5M", "PT15M", "PT30M", "PT1H")
WINDOWS = (*FREQUENCIES, "PT6H", "PT12H", "P1D")
"""Source for both: Azure Monitor docs, alerts/alerts-create-metric-alert-rule."""

_SINGLE_RESOURCE = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"

Aggregation = Literal["Average", "Count", "Maximum", "Minimum", "Total"]
Operator = Literal["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """When a metric is out of bounds. `namespace` is the ARM type that has it.

    `dimensions` keep to some values of a dimension, each with a series of its own: `{"statusCodeClass": ["5xx"]}`.
    """

    metric: str
    namespace: str
    operator: Operator
    value: int
    aggregation: Aggregation
    dimensions: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MetricAlertArgs(ResourceArgs):
    """`target_id` is the one resource that is watched; `severity` is 0 (critical) to 4 (verbose).

    Every `frequency` the metric of the last `window` is looked at, both ISO 8601 durations. `action_group_ids` are
    whom it reaches. Raises ValueError for no action group, and for what Azure doesn't take.
    """

    target_id: Input[str]
    threshold: Threshold
    description: str
    action_group_ids: Sequence[Input[str]]
    severity: int = 2
    frequency: str = "PT5M"
    window: str = "PT15M"
    location: str = "global"

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise ValueError(f"the alert {self.resource_name}: {'; '.join(faults)}")


class MetricAlert(Component):
    """An alert on one metric of one resource, which resolves itself once the metric is back."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: MetricAlertArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.monitor.MetricAlert(
            name,
            rule_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            description=args.description,
            enabled=True,
            auto_mitigate=True,
            severity=args.severity,
            scopes=[args.target_id],
            evaluation_frequency=args.frequency,
            window_size=args.window,
            criteria=azure.monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type=_SINGLE_RESOURCE, all_of=[_criterion(args.threshold)]
            ),
            actions=[azure.monitor.MetricAlertActionArgs(action_group_id=id) for id in args.action_group_ids],
            opts=self.child_opts(),
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def _criterion(threshold: Threshold) -> azure.monitor.MetricCriteriaArgs:
    return azure.monitor.MetricCriteriaArgs(
        criterion_type="StaticThresholdCriterion",
        name="threshold",
        metric_namespace=threshold.namespace,
        metric_name=threshold.metric,
        operator=threshold.operator,
        threshold=threshold.value,
        time_aggregation=threshold.aggregation,
        dimensions=[
            azure.monitor.MetricDimensionArgs(name=name, operator="Include", values=list(values))
            for name, values in threshold.dimensions.items()
        ],
    )


def _faults(args: MetricAlertArgs) -> list[str]:
    checks = {
        "it tells nobody: give it an action group": not args.action_group_ids,
        f"severity is 0 to 4, got {args.severity}": not 0 <= args.severity <= 4,
        f"frequency is one of {', '.join(FREQUENCIES)}, got {args.frequency}": args.frequency not in FREQUENCIES,
        f"window is one of {', '.join(WINDOWS)}, got {args.window}": args.window not in WINDOWS,
    }
    if args.frequency in FREQUENCIES and args.window in WINDOWS:
        checks["window is at least as long as frequency"] = WINDOWS.index(args.window) < WINDOWS.index(args.frequency)
    return [fault for fault, broken in checks.items() if broken]
