"""How long the program takes under an engine, tuned and untuned, in one run.

    python bench/engine.py [STACK]

The program runs in a process of its own and talks gRPC, as under Pulumi; the engine's side is a resource monitor that
answers at once, so that what is measured is the program. Where a `pulumi` is on PATH, its own preview is measured as
well, over the local Azure. Untuned is the same program with garbage collection on and the SDK's aliases to old versions
kept. The two take turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from measure import Run, run  # noqa: E402

PROGRAM = str(Path(__file__).parent / "under_engine.py")
RUNS = 3
HOW = ("tuned", "untuned")
UNTUNED = """import runpy
import sys

sys.path.append({bench!r})
from under_engine import untune

untune()
runpy.run_path({stacks!r}, run_name="__main__")
"""


def main() -> None:
    stack = sys.argv[1] if len(sys.argv) > 1 else "prod"
    number = 0

    def program(how: str) -> Run:
        nonlocal number
        with monitor(stack) as (address, registered):
            measured = run([sys.executable, PROGRAM, stack, address, how])
            number = len(registered())
        return measured

    told = compared(program)
    print(f"{stack}, {number} registrations over gRPC: {told}")
    if shutil.which("pulumi") is None:
        print("there is no `pulumi` on PATH: its own preview was not measured")
        return
    with previews_of(stack) as preview:
        print(f"pulumi preview of {stack}, {number} registrations: {compared(preview)}")


def compared(measure: Callable[[str], Run]) -> str:
    """What the tuned and the untuned program take: medians, and how the machine was loaded meanwhile."""
    runs: dict[str, list[Run]] = {how: [] for how in HOW}
    for _ in range(RUNS):
        for how in HOW:
            runs[how].append(measure(how))
    wall, cpu = ([_median([value(one) for one in runs[how]]) for how in HOW] for value in (_seconds, _cpu))
    return (
        f"{wall[0]:.2f} s tuned, {wall[1]:.2f} s untuned, {wall[1] / wall[0]:.1f} times as long; processor time "
        f"{cpu[0]:.2f} s and {cpu[1]:.2f} s, {cpu[1] / cpu[0]:.1f} times "
        f"(medians of {RUNS}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )


def _seconds(measured: Run) -> float:
    return measured.seconds


def _cpu(measured: Run) -> float:
    return measured.cpu


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


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
def previews_of(stack: str) -> Iterator[Callable[[str], Run]]:
    """Previews by the real engine, over a local Azure and copies of the stack files: nothing is deployed yet."""
    from tempfile import TemporaryDirectory

    import yaml

    from seawall.engine import backend
    from seawall.local import deploy
    from seawall.local.azure import LocalAzure
    from seawall.local.provider.server import attachment, served
    from tests.stack_plans import stack_config, stack_plan

    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="seawall-bench-")))
        azure = opened.enter_context(LocalAzure.open(folder / "azure.db"))
        if stack != "shared":
            deploy.up(stack_plan("shared"), azure)
        ports = opened.enter_context(served(azure, stack_config(stack)))
        projects = {how: backend.local(ROOT, folder / how, attachment(ports)) for how in HOW}
        program = folder / "program"
        program.mkdir()
        (program / "__main__.py").write_text(UNTUNED.format(bench=str(ROOT / "bench"), stacks=str(ROOT / "stacks")))
        file = projects["untuned"].work_dir / "Pulumi.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"main": str(program)}))
        for kept in projects.values():
            env = {**os.environ, **kept.environment()}
            subprocess.run(
                ["pulumi", "stack", "init", stack], cwd=kept.work_dir, env=env, check=True, stdout=sys.stderr
            )

        def preview(how: str) -> Run:
            kept = projects[how]
            line = ["pulumi", "preview", "-s", stack, "--non-interactive", "--cwd", str(kept.work_dir)]
            return run(line, PULUMI_SKIP_UPDATE_CHECK="true", **kept.environment())

        yield preview


if __name__ == "__main__":
    main()
