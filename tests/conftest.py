"""What the tests share: planning a function offline, and Microsoft's own types as the judge of bodies."""

from __future__ import annotations

import gc

gc.disable()  # before anything imports Pulumi: see seawall.plan.startup

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
from collections.abc import Callable, Iterator, Mapping  # noqa: E402
from functools import cache  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import pytest  # noqa: E402

from seawall.plan.model import Plan  # noqa: E402

if TYPE_CHECKING:
    from tests.served import Served

ROOT = Path(__file__).parent.parent
AZURE_TYPES = ROOT.parent / "shared" / "azure-types"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


SERVED = (
    "tests/seawall/delivery/control/test_release_served.py",
    "tests/seawall/delivery/control/test_controllers_served.py",
    "tests/pipelines",
    "tests/seawall/local/serving",
    "tests/seawall/delivery/promotion",
    "tests/seawall/cli/test_deploying.py",
    "tests/seawall/local/batch",
    "tests/seawall/checkov",
    "tests/seawall/engine",
    "tests/seawall/cli",
    "tests/seawall/local",
    "tests/examples",
)
"""What runs servers and commands, the longest first: begun last, they would keep one worker busy, the others idle."""


def pytest_configure() -> None:
    """What a suite in the background of a shell starts hears Ctrl-C too: it would inherit that it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Two workers for a core: much of the suite waits for servers and processes."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin first."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT).as_posix()
        return next((at for at, start in enumerate(SERVED) if path.startswith(start)), len(SERVED))

    items.sort(key=place)


@pytest.fixture
def plan() -> Callable[..., Plan]:
    """Plans a function that creates Pulumi resources, as stack `test` in subscription ...0001."""
    from seawall.plan.engine import plan_program

    def planned(program: Callable[[], Any], **config: str) -> Plan:
        settings = {"azure-native:subscriptionId": SUBSCRIPTION}
        settings.update({key.replace("__", ":"): value for key, value in config.items()})
        return plan_program(program, stack="test", config=settings)

    return planned


class AzureTypes:
    """Microsoft's JSON Schemas of REST bodies, by ARM type."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = json.loads((folder / "index.json").read_text())
        self._files = {entry["arm_type"].lower(): entry["file"] for entry in self.index}

    @cache  # noqa: B019 the one instance lives as long as the session
    def validator(self, arm_type: str) -> Any:
        import jsonschema

        schema = json.loads((self.folder / self._files[arm_type.lower()]).read_text())
        return jsonschema.Draft202012Validator(schema)

    def errors(self, arm_type: str, body: Mapping[str, Any]) -> list[str]:
        """What is wrong with a REST body, one line for each fault; an unknown type is one."""
        if arm_type.lower() not in self._files:
            return [f"{arm_type} is not in index.json"]
        return [
            f"{arm_type} {error.json_path}: {error.message}" for error in self.validator(arm_type).iter_errors(body)
        ]


@pytest.fixture(scope="session")
def azure_types() -> AzureTypes:
    if not AZURE_TYPES.is_dir():
        pytest.skip("Microsoft's type schemas are not at hand (../shared/azure-types)")
    return AzureTypes(AZURE_TYPES)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A local Azure over HTTPS with one resource group, `rg-served`, in subscription ...0001. Shared: use own names."""
    from seawall.local.azure import LocalAzure
    from tests import served as serving

    folder = tmp_path_factory.mktemp("served")
    with LocalAzure.open(folder / "azure.db") as azure:
        azure.put(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-served", {"location": "westeurope"})
    found = serving.start(folder)
    yield found
    found.stop()
