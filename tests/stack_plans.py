"""The plans of the project's own stacks, each worked out once in a test session."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from seawall.plan.model import Plan
from seawall.plan.project import plan_project
from stacks.settings.configuration import configuration

ROOT = Path(__file__).parents[1]


@cache
def stack_config(name: str) -> dict[str, str]:
    """A stack's configuration as Pulumi hands it to its program."""
    return dict(configuration(ROOT / "stacks" / f"Pulumi.{name}.yaml").values)


@cache
def stack_plan(name: str) -> Plan:
    """The plan of one of the project's own stacks."""
    config = configuration(ROOT / "stacks" / f"Pulumi.{name}.yaml")
    return plan_project(ROOT, name, config.values, secret_keys=config.secrets)
