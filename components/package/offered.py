"""What the package offers, and what it leaves out, with the reason."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pulumi import ComponentResource

import components

PACKAGE = "seawall"

LEFT_OUT: Mapping[tuple[str, str], str] = {
    ("PeeringArgs", "hub_provider"): (
        "a resource, which no input can be; a hub in another subscription is peered from a program in Python"
    ),
    ("Companions", "identity"): "a resource, of which an output can't be made; `principalId` says what others need",
    ("Companions", "grants"): "resources, of which an output can't be made; nobody but the workspace waits for them",
}
"""Fields, by class, that other languages don't have."""

SECRETS = frozenset({("ActionGroupArgs", "webhooks"), ("ApplicationInsights", "connection_string")})
"""Fields, by class, that are kept encrypted in the state: a webhook's address carries a token."""

TYPE_NAMES: Mapping[tuple[str, str], str] = {
    ("components.budget", "Threshold"): "BudgetThreshold",
    ("components.metric_alert", "Threshold"): "MetricThreshold",
    ("components.private_dns", "Target"): "PrivateLinkTarget",
}
"""Classes, by module and name, whose name alone wouldn't tell them apart in one package."""


def offered() -> dict[str, type[ComponentResource]]:
    """The components by name: all that `components` exports."""
    found = {name: getattr(components, name) for name in components.__all__}
    return {
        name: value
        for name, value in found.items()
        if inspect.isclass(value) and issubclass(value, ComponentResource) and value is not components.Component
    }


def package_version() -> str:
    """The project's own version. In the environment that Pulumi makes, the project lies beside it, not installed."""
    project = tomllib.loads((Path(components.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    number: str = project["project"]["version"]
    return number
