"""What a container finds when it starts: code and model from Blob storage, its command, its environment variables.

The layout is Azure's, below a folder instead of `/var/azureml-app`: `azureml-models/NAME/VERSION/...` and the code's
folder. Source: Azure ML docs, how-to-deploy-online-endpoints ("Understand the scoring script").
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.local.serving import assets
from seawall.local.serving.specification import Specification
from seawall.local.store import Store

HERE = Path(__file__).parent
LAUNCHER = HERE / "launcher.py"
SCORING = HERE / "mlflow_scoring.py"
GRACE = 10
"""Seconds that a worker has to end its last request."""


@dataclass(frozen=True)
class Prepared:
    """A container that can be started."""

    folder: Path
    root: Path
    """`AML_APP_ROOT`, and the working folder."""
    variables: dict[str, str]
    wants: tuple[str, ...]


def prepare(
    spec: Specification, store: Store, blobs: Callable[[], Any], folder: Path, interpreter: Path, log: Path
) -> Prepared:
    """Bring a deployment's files into a new folder. Raises `assets.Unreachable`; steps are told in `log`."""
    shutil.rmtree(folder, ignore_errors=True)
    app = folder / "azureml-app"
    app.mkdir(parents=True)
    (folder / "home").mkdir()
    variables = _variables(spec, folder, interpreter)
    wants = list(spec.wants)
    with log.open("a") as file:

        def say(line: str) -> None:
            moment = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
            print(f"{moment} I {line}", file=file, flush=True)

        root, entry = app, ""
        if spec.code_uri:
            code = assets.fetched(blobs(), assets.located(store, spec.workspace_id, spec.code_uri), app)
            entry = f"{code.name}/{spec.entry_script}" if code.is_dir() else spec.entry_script
            say(f"Code {spec.code_uri} is in {code.name}")
        if spec.model is not None:
            home = app / "azureml-models" / spec.model.name / spec.model.version
            model = assets.fetched(blobs(), assets.located(store, spec.workspace_id, spec.model.uri), home)
            variables["AZUREML_MODEL_DIR"] = str(home)
            say(f"Model {spec.model.name}:{spec.model.version} is in azureml-models/{spec.model.name}")
            if spec.model.mlflow and model.is_dir():
                wants += _recorded(model)
                if not spec.entry_script:
                    variables["MLFLOW_MODEL_FOLDER"] = model.name
                    root, entry = folder / "mlflow_resources", SCORING.name
                    root.mkdir()
                    shutil.copyfile(SCORING, root / entry)
    if not (root / entry).is_file():
        raise assets.Unreachable(f"the scoring script {spec.entry_script} isn't in the code {spec.code_uri}")
    given = {"AML_APP_ROOT": str(root), "AZUREML_ENTRY_SCRIPT": entry}
    return Prepared(folder, root, variables | spec.variables | given, tuple(dict.fromkeys(wants)))


def launch_file(prepared: Prepared, spec: Specification, socket: int, lifeline: int) -> Path:
    """What the launcher is told."""
    path = prepared.folder / "launch.json"
    path.write_text(
        json.dumps(
            {
                "socket": socket,
                "lifeline": lifeline,
                "workers": spec.workers,
                "wants": prepared.wants,
                "sealed": spec.sealed,
                "grace": GRACE,
            }
        )
    )
    return path


def command(interpreter: Path, launch: Path) -> tuple[str, ...]:
    """`-P`: the launcher's folder, which is ours, isn't searched for modules."""
    return str(interpreter), "-P", "-u", str(LAUNCHER), str(launch)


def _variables(spec: Specification, folder: Path, interpreter: Path) -> dict[str, str]:
    """A container's own: nothing of this process's, so no proxy, no credentials and no paths to our packages."""
    parts = spec.id.split("/")
    return {
        "PATH": f"{interpreter.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "HOSTNAME": f"{parts[-3]}-{parts[-1]}",
        "SERVICE_NAME": parts[-3],
        "WORKSPACE_NAME": parts[-5],
        "AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True",
        "AML_APP_INSIGHTS_ENABLED": "false",
        # Nothing here tells anybody that it was used.
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def _recorded(model: Path) -> list[str]:
    """The requirements that an MLflow model was logged with."""
    for path in (model / "requirements.txt", *sorted(model.glob("*/requirements.txt"))[:1]):
        if path.is_file():
            lines = (line.strip() for line in path.read_text().splitlines())
            return [line for line in lines if line and not line.startswith(("#", "-"))]
    return []
