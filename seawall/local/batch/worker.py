"""One process of a batch job; it runs in the inference environment, where nothing else of ours can be imported.

    python -P worker.py SCRIPT REPLIES

It loads the scoring script, calls `init()` once and `run(mini_batch)` for each mini-batch that comes on standard input
as a line of JSON: `number`, `files`, `result` (the file for the rows). Answers go to the descriptor REPLIES, a line
each: `{"ready": true}`, `{"number": 3, "rows": 10}`, or `error` with the traceback's end. When standard input closes,
whoever started it is gone: the whole process group ends.
Source of the contract: Azure ML docs, how-to-batch-scoring-script.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LONGEST_ERROR = 4000
"""Characters of a traceback that are told."""


def main(script: str, replies: int) -> None:
    commands: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    with os.fdopen(replies, "w", buffering=1) as out:

        def reply(**fields: Any) -> None:
            sys.stdout.flush()
            out.write(json.dumps(fields) + "\n")

        try:
            run = _loaded(Path(script))
        except BaseException:
            reply(error=_error())
            return
        reply(ready=True)
        while True:
            command = commands.get()
            try:
                rows = written(run(list(command["files"])), Path(command["result"]))
                reply(number=command["number"], rows=rows)
            except BaseException:
                traceback.print_exc()
                reply(number=command["number"], error=_error())


def _listen(commands: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        commands.put(json.loads(line))
    os.killpg(0, signal.SIGKILL)


def _loaded(script: Path) -> Any:
    """The script's `run`, after its `init` was called."""
    sys.path.insert(0, str(script.parent))
    specification = importlib.util.spec_from_file_location("entry_script", script)
    if specification is None or specification.loader is None:
        raise ImportError(f"{script.name} is no Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules["entry_script"] = module
    specification.loader.exec_module(module)
    for name in ("init", "run"):
        if not callable(getattr(module, name, None)):
            raise AttributeError(f"{script.name} has no function {name}()")
    module.init()
    return module.run


def written(result: Any, path: Path) -> int:
    """Write what `run` gave as lines of CSV without a header: a DataFrame, or anything that can be iterated over.

    Raises TypeError for anything else, as Azure does.
    """
    if hasattr(result, "to_csv") and hasattr(result, "columns"):
        result.to_csv(path, header=False, index=False)
        return len(result)
    if result is None or isinstance(result, str | bytes) or not isinstance(result, Iterable):
        raise TypeError(f"run() must return a DataFrame or an array or list, not {type(result).__name__}")
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        count = 0
        for each in result:
            plain = isinstance(each, str | bytes | dict) or not isinstance(each, Iterable)
            writer.writerow([each] if plain else list(each))
            count += 1
    return count


def _error() -> str:
    return traceback.format_exc()[-LONGEST_ERROR:]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
