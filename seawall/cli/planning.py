"""From an environment's name to its plan, with every fault of the input told at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seawall.cli.exits import BadInput
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.plan.errors import PlanErrors
from seawall.plan.model import Plan

if TYPE_CHECKING:
    from stacks.settings import Settings

NAMESPACE = "seawall"


def plan(project: Project, env: str, screen: Screen) -> Plan:
    """The plan of an environment. Raises `BadInput` with every fault of its stack file and its program."""
    settings(project, env)
    from seawall.plan.project import plan_project
    from stacks.settings.configuration import configuration

    config = configuration(_file(project, env))
    try:
        with screen.working(f"Planning {env}"):
            return plan_project(project.root, env, config.values, secret_keys=config.secrets)
    except PlanErrors as errors:
        raise BadInput(errors.errors) from None


def plans(project: Project, env: str, screen: Screen) -> tuple[Plan, ...]:
    """The plans of an environment and, before it, of the one that it shares with others."""
    return tuple(plan(project, name, screen) for name in (*needed(project, env), env))


def needed(project: Project, env: str) -> tuple[str, ...]:
    """The environments that must be up before this one: `shared`, unless it is that one or the project has none."""
    of_env = settings(project, env)
    shared = of_env.shared.environment
    return () if of_env.is_shared or shared not in project.environments else (shared,)


def settings(project: Project, env: str) -> Settings:
    """An environment's settings, which agree with those of the others. Raises `BadInput` with every fault."""
    from stacks.settings import SettingsErrors, check_together, load

    hint = f"Mend stacks/Pulumi.{env}.yaml. `seawall schema --out FILE` writes a schema that editors check it against."
    try:
        own = load(_file(project, env))
    except SettingsErrors as errors:
        raise BadInput([str(error) for error in errors.errors], hint=hint) from None
    faults: list[str] = []
    for name in project.environments:
        if name == env:
            continue
        other = None
        with suppress(SettingsErrors):  # another environment's mistakes are told when that one is asked for
            other = load(_file(project, name))
        try:
            check_together([own, other] if other else [own])
        except SettingsErrors as errors:
            faults += [str(error) for error in errors.errors]
    if faults:
        raise BadInput(list(dict.fromkeys(faults)), hint=hint)
    return own


def configuration_of(project: Project, env: str) -> dict[str, str]:
    """The stack file's configuration as Pulumi hands it to a program, keys with their namespace."""
    from stacks.settings.configuration import configuration

    return dict(configuration(_file(project, env)).values)


def configured(project: Project, env: str) -> Callable[[str], str | None]:
    """What the stack file says under a key of Seawall's, as Pulumi hands it to a program: structured values as JSON."""
    values = configuration_of(project, env)
    return lambda key: values.get(f"{NAMESPACE}:{key}")


def _file(project: Project, env: str) -> Path:
    return project.root / "stacks" / f"Pulumi.{project.environment(env)}.yaml"
