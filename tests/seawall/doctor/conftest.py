"""What the tests of the examination share: the plans of the example's dev, and a sound world for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doctored import TENANT, SoundMachine, World

from seawall.doctor.case import Case
from seawall.local.azure import LocalAzure
from seawall.plan.model import Plan

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def dev() -> tuple[Plan, ...]:
    """The plan of dev alone."""
    from seawall.cli import planning
    from seawall.cli.project import Project
    from seawall.cli.screen import Screen

    return (planning.plan(Project.find(ROOT), "dev", Screen.of_process(json=True)),)


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as opened:
        yield opened


@pytest.fixture
def world(azure: LocalAzure) -> World:
    return World(azure)


@pytest.fixture
def case(world: World, dev: tuple[Plan, ...]) -> Case:
    """Dev on a sound Azure in which nothing was made yet, from a sound machine."""
    return Case(
        env="dev", local=False, port=world, machine=SoundMachine(), root=ROOT, plans=dev, tenant=TENANT,
        virtualenv=".venv",
    )  # fmt: skip
