"""The offline engine: runs a Pulumi program under the Pulumi SDK and gives its Plan.

No CLI, no cloud and no credentials are needed.
"""

from __future__ import annotations

import gc

gc.disable()  # before Pulumi is imported: see seawall.plan.startup

import asyncio  # noqa: E402
import contextvars  # noqa: E402
import traceback  # noqa: E402
from collections.abc import Callable, Iterable, Mapping  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from google.protobuf import empty_pb2  # noqa: E402
from pulumi.runtime import settings  # noqa: E402
from pulumi.runtime.config import set_all_config  # noqa: E402
from pulumi.runtime.proto import engine_pb2  # noqa: E402
from pulumi.runtime.stack import run_in_stack  # noqa: E402

from seawall.plan import startup  # noqa: E402
from seawall.plan.errors import PlanErrors  # noqa: E402
from seawall.plan.model import Plan  # noqa: E402
from seawall.plan.monitor import Callbacks, Monitor  # noqa: E402
from seawall.plan.order import ordered  # noqa: E402

Program = Callable[[], Any]


def plan_program(
    program: Program,
    *,
    stack: str,
    project: str = "seawall",
    config: Mapping[str, str] | None = None,
    secret_keys: Iterable[str] = (),
    stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
    """Plan what a program would make.

    `program` is any function that creates Pulumi resources. `config` holds the stack's configuration with namespaced
    keys, structured values as JSON text, as Pulumi hands it to a program; `secret_keys` are those of its secrets.
    `stack_outputs` gives what other stacks export, by stack name.

    Raises `PlanErrors` with every fault that one run can find.
    """
    monitor = Monitor(stack=stack, project=project, config=config or {}, stack_outputs=stack_outputs or {})
    engine = _Engine()
    gc.disable()
    try:
        # A context of its own: the SDK keeps its settings, root resource and configuration in context variables.
        failure = contextvars.copy_context().run(
            _run, program, monitor, engine, dict(config or {}), list(secret_keys), stack, project
        )
    finally:
        startup.resume_collection()
    faults = [*monitor.faults, *([failure] if failure and not monitor.faults else [])]
    if faults:
        raise PlanErrors(sorted(dict.fromkeys(faults)))
    return Plan(stack=stack, project=project, resources=ordered(monitor.resources.values()), outputs=monitor.outputs)


def _run(
    program: Program,
    monitor: Monitor,
    engine: _Engine,
    config: dict[str, str],
    secret_keys: list[str],
    stack: str,
    project: str,
) -> str | None:
    """Run the program to its end; the message of what stopped it, or None."""
    settings.ROOT.set(None)
    settings.configure(
        settings.Settings(
            project=project, stack=stack, monitor=monitor, engine=engine, dry_run=True, organization="organization"
        )
    )
    set_all_config(config, secret_keys)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(lambda *_: None)  # faults are on record; asyncio would print each again
    executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="seawall-monitor")
    loop.set_default_executor(executor)

    def in_stack() -> Any:
        monitor.callbacks = settings.SETTINGS.callbacks = Callbacks(monitor)
        if config.get("seawall:keepVersionAliases") != "true":
            startup.drop_version_aliases()
        return program()

    try:
        loop.run_until_complete(run_in_stack(in_stack))
    except Exception as error:  # whatever a program may raise is a fault of the plan
        return _explained(error)
    finally:
        _finish(loop)
        executor.shutdown(wait=True)
    return None


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()


def _explained(error: BaseException) -> str:
    """The error in one line, with the place in the user's own code."""
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    frames = [f for f in traceback.extract_tb(cause.__traceback__) if _of_user(f.filename)]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(cause).__name__}: {cause}{place}"


def _of_user(filename: str) -> bool:
    return "site-packages" not in filename and "/lib/python" not in filename and not filename.startswith("<")


class _Engine:
    """Takes the SDK's log: errors are reported as faults already, so only warnings are kept."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def Log(self, request: Any) -> empty_pb2.Empty:
        if request.severity == engine_pb2.WARNING:
            self.warnings.append(request.message)
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any) -> engine_pb2.RequirePulumiVersionResponse:
        return engine_pb2.RequirePulumiVersionResponse()
