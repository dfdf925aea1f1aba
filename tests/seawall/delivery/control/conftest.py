"""The dev environment on a served local Azure, one for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seawall.delivery.control.serving import register, release_file, run
from tests.served import Served, start


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    """The dev environment, served, with the first version answering all traffic."""
    served = start(folder, "dev")
    try:
        register(served, folder)
        first = run(served, "start", release_file(folder, "1", strategy="direct"))
        assert first.code == 0, first.error
        yield served
    finally:
        served.stop()
