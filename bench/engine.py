"""How long the program takes under an engine, tuned and untuned, in one run.

    python bench/engine.py [STACK]

The program runs in a process of its own and talks gRPC, as under Pulumi; the engine's side is a resource monitor that
answers at once, so that what is measured is the program. Where a `pulumi` is on PATH, its own preview is timed as well.
Untuned is the same program with garbage collection on and the SDK's aliases to old versions kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]
PROGRAM = str(Path(__file__).parent / "under_engine.py")
RUNS = 3


def main() -> None:
    stack = sys.argv[1] if len(sys.argv) > 1 else "prod"
    times: dict[str, list[float]] = {"tuned": [], "untuned": []}
    number = 0
    for _ in range(RUNS):
        for how, taken in times.items():
            with monitor(stack) as (address, registered):
                started = time.perf_counter()
                subprocess.run([sys.executable, PROGRAM, stack, address, how], check=True)
                taken.append(time.perf_counter() - started)
                number = len(registered())
    tuned, untuned = (sorted(taken)[RUNS // 2] for taken in times.values())
    print(f"{stack}, {number} registrations over gRPC: {tuned:.2f} s tuned, {untuned:.2f} s untuned, "
          f"{untuned / tuned:.1f} times as long (medians of {RUNS})")  # fmt: skip
    if shutil.which("pulumi") is None:
        print("there is no `pulumi` on PATH: its own preview was not timed")
        return
    with preview_of(stack) as line:
        for how in times:
            started = time.perf_counter()
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **untuning(how)})
            print(f"pulumi preview {stack}, {how}: {time.perf_counter() - started:.2f} s")


def untuning(how: str) -> dict[str, str]:
    """The variable by which a program leaves itself untuned: `under_engine` reads it."""
    return {"SEAWALL_UNTUNED": "1"} if how == "untuned" else {}


@contextmanager
def monitor(stack: str) -> Iterator[tuple[str, object]]:
    """An engine's two services on a loopback port."""
    import grpc
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2_grpc

    from seawall.plan.monitor import Monitor
    from tests.stack_plans import stack_config

    inner = Monitor(stack=stack, project="seawall", config=stack_config(stack), stack_outputs={})

    class Resources(resource_pb2_grpc.ResourceMonitorServicer):
        pass

    def forwarding(name: str):
        # Transforms stay in the program's process over gRPC; none of ours is one that the engine has to call.
        return lambda self, request, context: getattr(inner, name)(request)

    for name in dir(resource_pb2_grpc.ResourceMonitorServicer):
        if not name.startswith("_") and hasattr(inner, name):
            setattr(Resources, name, forwarding(name))

    class Engine(engine_pb2_grpc.EngineServicer):
        root = ""

        def Log(self, request, context):
            return empty_pb2.Empty()

        def GetRootResource(self, request, context):
            return engine_pb2.GetRootResourceResponse(urn=self.root)

        def SetRootResource(self, request, context):
            self.root = request.urn
            return engine_pb2.SetRootResourceResponse()

        def RequirePulumiVersion(self, request, context):
            return engine_pb2.RequirePulumiVersionResponse()

    server = grpc.server(ThreadPoolExecutor(8))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Resources(), server)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", lambda: inner.resources
    finally:
        server.stop(None)
    if inner.faults:
        raise SystemExit("\n".join(inner.faults))


@contextmanager
def preview_of(stack: str) -> Iterator[list[str]]:
    """The command line of a preview by the real engine, over a local Azure and a copy of the stack files."""
    from tempfile import TemporaryDirectory

    from seawall.engine import backend
    from seawall.local.azure import LocalAzure
    from seawall.local.provider.server import attachment, served
    from tests.stack_plans import stack_config

    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        azure = opened.enter_context(LocalAzure.open(folder / "azure.db"))
        ports = opened.enter_context(served(azure, stack_config(stack)))
        kept = backend.local(ROOT, folder, attachment(ports))
        os.environ.update(kept.environment())
        subprocess.run(["pulumi", "stack", "init", stack], cwd=kept.work_dir, check=True)
        yield ["pulumi", "preview", "-s", stack, "--cwd", str(kept.work_dir)]


if __name__ == "__main__":
    main()
