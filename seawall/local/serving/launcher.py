"""Runs one deployment's inference server; in the inference environment, where nothing else of ours can be imported.

    python -P launcher.py LAUNCH

LAUNCH is a JSON file: `socket` (the descriptor of a listening socket), `lifeline` (that of a pipe whose other end the
server holds: when it closes, all of this deployment's processes end), `workers`, `wants` (requirements of the
deployment's environment) and `sealed` (names of environment variables whose values nobody knows any more).

It is the package's own command, `azmlinfsrv`, but for its address: the package binds 0.0.0.0 and a fixed port, this one
serves a socket on 127.0.0.1 that was opened before.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from importlib import metadata
from pathlib import Path
from typing import Any


def main(path: str) -> None:
    launch: dict[str, Any] = json.loads(Path(path).read_text())
    threading.Thread(target=_end_with, args=(launch["lifeline"],), daemon=True).start()
    for name in launch["sealed"]:
        print(f"Environment variable {name}: the local Azure keeps no secrets, so it isn't set here.")
    for line in lacking(launch["wants"]):
        print(line)
    print("No managed identity here: in Azure, code of this deployment could use the endpoint's.", flush=True)
    _serve(launch)


def _end_with(lifeline: int) -> None:
    """End the whole process group when the other end of the pipe is closed: whoever held it is gone."""
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def lacking(wants: list[str]) -> list[str]:
    """A line for each requirement that the environment doesn't meet. Versions that differ are told as well."""
    from packaging.requirements import InvalidRequirement, Requirement

    lines = []
    for want in wants:
        try:
            requirement = Requirement(want)
        except InvalidRequirement:
            lines.append(f"Environment asks for {want!r}: not understood here.")
            continue
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            lines.append(f"Environment asks for {want}: not installed here, an import of it will fail.")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            lines.append(f"Environment asks for {want}: {found} is installed here.")
    return lines


def _serve(launch: dict[str, Any]) -> None:
    import gunicorn.app.wsgiapp  # type: ignore
    from azureml_inference_server_http import amlserver, amlserver_linux  # type: ignore

    def run(host: str, port: int, worker_count: int, health_port: int | None = None) -> None:
        timeout = os.environ.get("WORKER_TIMEOUT", "300")
        sys.argv = [
            *(sys.argv[0], "-b", f"fd://{launch['socket']}", "-w", str(launch["workers"]), "--timeout", timeout),
            # As the package's own: its log handlers write what gunicorn would write as well.
            *("--access-logfile", "-", "--error-logfile", "/dev/null", "--no-control-socket"),
            *("--graceful-timeout", str(launch["grace"])),
            *(("--preload",) if os.environ.get("WORKER_PRELOAD", "").lower() == "true" else ()),
            "azureml_inference_server_http.server.entry:app",
        ]
        gunicorn.app.wsgiapp.WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()

    amlserver_linux.run = run
    # An entry script is named relative to AML_APP_ROOT; the command's option is relative to the working folder.
    sys.argv = [sys.argv[0], "--entry_script", str(Path(os.environ["AML_APP_ROOT"]) / os.environ[
        "AZUREML_ENTRY_SCRIPT"]), "--model_dir", os.environ.get("AZUREML_MODEL_DIR", "")]  # fmt: skip
    amlserver.run()


if __name__ == "__main__":
    main(sys.argv[1])
