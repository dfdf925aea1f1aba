"""An update whose second account waits within its creation: a process that tests interrupt.

Arguments: the project, the local Azure's store, a folder for files, the gate. Beside the gate a file `.there` says that
the creation has begun; it goes on when the gate is there, and fails where that says so.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[3])]

from projects import opened  # noqa: E402

from seawall.engine import events  # noqa: E402
from seawall.engine.errors import EngineError  # noqa: E402
from seawall.local.azure import LocalAzure  # noqa: E402
from seawall.local.errors import AzureError  # noqa: E402

HELD = "stsmallsecond"
ABANDONED = "abandoned"


class HeldAzure(LocalAzure):
    """One whose second account is made when a file says so."""

    file: Path

    def put(self, id: str, body: dict[str, Any], *, origin: str = "") -> dict[str, Any]:
        if id.endswith(HELD):
            self.file.with_suffix(".there").touch()
            while not self.file.exists():
                time.sleep(0.02)
            if self.file.read_text() == ABANDONED:
                raise AzureError("Gone", "the request was abandoned", status=400)
        return super().put(id, body, origin=origin)


class Loud(events.Translator):
    """Prints what the engine says of itself, such as that it is cancelling."""

    def take(self, event: Any) -> None:
        if event.stdout_event:
            print(event.stdout_event.message.splitlines()[0], flush=True)
        super().take(event)


def main(project: Path, store: Path, folder: Path, gate: Path) -> int:
    from seawall.engine import stack as module

    module.Translator = Loud  # type: ignore[misc]
    with HeldAzure.open(store) as azure:
        azure.file = gate
        with opened(project, azure) as stack:
            previewed = stack.preview(folder)
            try:
                stack.up(previewed, lambda event: None)
            except EngineError as error:
                print(type(error).__name__, error, "|", error.hint, flush=True)
                return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
