"""The stacks of the tests: the project's own files, and small ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rbac import Access
from seawall.plan.model import Plan
from stacks.access import access
from stacks.settings import Settings, load
from tests.stacks.documents import minimal
from tests.test_platform import planned, stack_file

ENVIRONMENTS = ("dev", "test", "prod")
EVERY = ("shared", *ENVIRONMENTS)
GROUP = "cccccccc-0000-0000-0000-00000000000{}"


@cache
def settings_of(env: str) -> Settings:
    return load(stack_file(env))


@cache
def access_to(env: str) -> Access:
    return access(settings_of(env))


@cache
def plan_of(env: str) -> Plan:
    return planned(stack_file(env), env)


def written(folder: Path, env: str = "dev", **settings: Any) -> Path:
    """A small stack file with these settings."""
    path = folder / f"Pulumi.{env}.yaml"
    path.write_text(yaml.safe_dump(minimal(**settings)))
    return path


def small(folder: Path, env: str = "dev", **settings: Any) -> Settings:
    return load(written(folder, env, **settings))
