"""A release file's autoscale as Azure has it: the body of an autoscale setting on the deployment. Pure.

Source: Azure Monitor REST, autoscaleSettings; Azure Machine Learning docs, how-to-autoscale-endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from seawall.delivery.scaling import Autoscale, Rule, Schedule
from seawall.delivery.target import Target

METRICS = {
    "cpu": ("CpuUtilizationPercentage", True),
    "memory": ("CpuMemoryUtilizationPercentage", True),
    "requests": ("RequestsPerMinute", False),
    "latency": ("RequestLatency", False),
}
"""By a rule's metric: its name in Azure Monitor, and whether it is the deployment's own or the endpoint's."""


def body(target: Target, deployment: str, wanted: Autoscale, tags: Mapping[str, str]) -> dict[str, Any]:
    """The setting as Resource Manager takes it."""
    return {"location": target.location, "tags": dict(tags), "properties": properties(target, deployment, wanted)}


def properties(target: Target, deployment: str, wanted: Autoscale) -> dict[str, Any]:
    """The setting's properties, which are the inputs of the Pulumi resource as well."""
    rules = [one for rule in wanted.rules for one in _rules(target, deployment, rule)]
    return {
        "name": target.autoscale_name(deployment),
        "enabled": True,
        "targetResourceUri": target.deployment_id(deployment),
        "profiles": [
            _profile("default", wanted.min, wanted.max, rules),
            *(_scheduled(schedule, rules) for schedule in wanted.schedule),
            *(_after(schedule, wanted, rules) for schedule in wanted.schedule),
        ],
    }


def _profile(name: str, least: int, most: int, rules: list[dict[str, Any]]) -> dict[str, Any]:
    capacity = {"minimum": str(least), "maximum": str(most), "default": str(least)}
    return {"name": name, "capacity": capacity, "rules": rules}


def _scheduled(schedule: Schedule, rules: list[dict[str, Any]]) -> dict[str, Any]:
    profile = _profile(schedule.name, schedule.min, schedule.max, rules)
    return {**profile, "recurrence": _recurrence(schedule, schedule.start)}


def _after(schedule: Schedule, wanted: Autoscale, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """Back to the default bounds when a schedule ends: a recurring profile has a start only.

    The name is Azure's own way to say of which schedule it is the end.
    Source: Azure Monitor docs, autoscale-multiprofile, "Multiple recurring profiles".
    """
    profile = _profile(f'{{"name":"default","for":"{schedule.name}"}}', wanted.min, wanted.max, rules)
    return {**profile, "recurrence": _recurrence(schedule, schedule.end)}


def _recurrence(schedule: Schedule, time: str) -> dict[str, Any]:
    hours, minutes = time.split(":")
    when = {
        "timeZone": schedule.time_zone,
        "days": list(schedule.days),
        "hours": [int(hours)],
        "minutes": [int(minutes)],
    }
    return {"frequency": "Week", "schedule": when}


def _rules(target: Target, deployment: str, rule: Rule) -> list[dict[str, Any]]:
    name, own = METRICS[rule.metric]
    trigger = {
        "metricName": name,
        "metricResourceUri": target.deployment_id(deployment) if own else target.endpoint_id,
        "timeGrain": "PT1M",
        "statistic": "Average",
        "timeWindow": iso(rule.window),
        "timeAggregation": "Average",
        "dividePerInstance": rule.metric == "requests",
        "dimensions": []
        if own
        else [{"DimensionName": "deployment", "Operator": "Equals", "Values": [deployment]}],
    }
    action = {"type": "ChangeCount", "value": str(rule.by), "cooldown": iso(rule.cooldown)}
    return [
        {
            "metricTrigger": {**trigger, "operator": operator, "threshold": threshold},
            "scaleAction": {**action, "direction": direction},
        }
        for operator, threshold, direction in (
            ("GreaterThan", rule.above, "Increase"),
            ("LessThan", rule.below, "Decrease"),
        )
    ]


def iso(length: timedelta) -> str:
    """A duration in ISO 8601, in minutes.

    >>> iso(timedelta(hours=1, minutes=30))
    'PT90M'
    """
    return f"PT{max(1, round(length.total_seconds() / 60))}M"
