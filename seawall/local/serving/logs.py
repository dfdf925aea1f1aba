"""What deployments write: one file for each container, read by `getLogs`.

Source: REST reference, online-deployments get-logs (`containerType`: InferenceServer or StorageInitializer).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from seawall.local.place import Place

KEPT = 5
"""Logs of containers that are kept for each deployment; older ones go when another begins."""

LARGEST = 8 * 1024 * 1024
"""Bytes of one log; a larger one starts anew with its end."""

SERVER = "InferenceServer"
INITIALIZER = "StorageInitializer"


def folder(place: Place, deployment_id: str) -> Path:
    """Where a deployment's logs are: named for people, unique by the deployment's ID."""
    parts = deployment_id.lower().split("/")
    digest = hashlib.sha256(deployment_id.lower().encode()).hexdigest()[:8]
    return place.logs / "deployments" / f"{parts[-3]}.{parts[-1]}.{digest}"


def begun(place: Place, deployment_id: str, container: str, number: int) -> Path:
    """The file for a container's log, made empty; `number` orders the containers of a deployment."""
    home = folder(place, deployment_id)
    home.mkdir(parents=True, exist_ok=True)
    for old in sorted(home.glob("*.log"))[: -KEPT + 1]:
        old.unlink(missing_ok=True)
    path = home / f"{number:012d}-{container}.log"
    path.touch()
    return path


def tail(path: Path, lines: int) -> str:
    """The last lines of a log; nothing where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 1024 * max(1, lines)))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def logs(place: Place, deployment_id: str, lines: int = 500, container: str = SERVER) -> str:
    """The end of a deployment's newest log, as `getLogs` answers it; empty where nothing has run yet."""
    home = folder(place, deployment_id)
    if container == INITIALIZER:
        return tail(home / "initializer.txt", lines)
    newest = sorted(home.glob("*.log"))[-1:]
    return tail(newest[0], lines) if newest else ""


def trim(path: Path) -> None:
    """Let a log that has grown too large start anew with its end. Its writers append, so they go on after that."""
    try:
        if path.stat().st_size > LARGEST:
            end = tail(path, 2000)
            path.write_text(f"[earlier lines left out]\n{end}\n")
    except OSError:
        return


LISTING = "Model Directory Contents:"
"""After a failed `init` the inference server lists the model's folder, line by line: nobody learns why from that.
Source: azureml-inference-server-http, server/aml_blueprint.py."""
_EXCEPTION = re.compile(r"(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt|Exit): \S.*")


def unlisted(text: str) -> str:
    """A log without the listings of folders in it. A listing is what its worker says from there on, at level I.

    >>> head = "2026-12-01 10:00:00,000 I [7] azmlinfsrv"
    >>> unlisted(f"KeyError: 'a'\\n{head} - {LISTING}\\n{head} - model/\\n{head} -     MLmodel\\nWorker exiting")
    "KeyError: 'a'\\nWorker exiting"
    """
    lines, listing = [], ""
    for line in text.splitlines():
        head, dash, said = line.partition(" - ")
        speaker = head[len("2026-12-01 10:00:00,000 ") :] if dash else ""
        if said.strip() == LISTING:
            listing = speaker
        elif not listing or speaker != listing:
            listing = ""
            lines.append(line)
    return "\n".join(lines)


def telling(text: str) -> str:
    """The line of a log that says why: the first exception in it; empty where there is none.

    >>> telling("Traceback\\n  KeyError: 'a'\\nserver.user_script.UserScriptException: KeyError: 'a'")
    "KeyError: 'a'"
    """
    found = (match[0] for line in text.splitlines() if (match := _EXCEPTION.search(line)))
    return next(found, "")
