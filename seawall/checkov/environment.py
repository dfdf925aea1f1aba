"""The environment that checkov runs in: made by the first use from hash-checked pins, and never beside Pulumi.

Pins are in `requirements/checkov.txt`; where they change, the next use makes the environment anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from seawall.checkov import CheckovError

PINS = Path(__file__).parents[2] / "requirements" / "checkov.txt"
STAMP = "pins.sha256"
"""In the environment: the hash of the pins that it was made from. Written last: half an environment has none."""


def python(folder: Path, say: Callable[[str], None]) -> Path:
    """The interpreter of the environment in `folder`, which is made where it isn't there or has other pins.

    `say` gets a line before something takes long. Raises `CheckovError`, in particular where no package index answers.
    """
    try:
        wanted = hashlib.sha256(PINS.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckovError(f"{PINS}: can't be read: {error.strerror}") from None
    interpreter = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time: two would install into each other's files
        if _made_from(folder) != wanted:
            say(f"Installing checkov into {folder}: a minute or two, the first time and when its pins change")
            _make(folder, interpreter)
            (folder / STAMP).write_text(wanted)
    return interpreter


def surroundings() -> dict[str, str]:
    """Environment variables for checkov: nothing with which it would send anything anywhere, and no chatter."""
    quiet = {"LOG_LEVEL": "CRITICAL", "ANSI_COLORS_DISABLED": "1", "PYTHONUTF8": "1"}
    ours = ("PYTHON", "VIRTUAL_ENV", "BC_", "CKV_", "CHECKOV_", "PRISMA_")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)} | quiet


def _made_from(folder: Path) -> str:
    try:
        return (folder / STAMP).read_text()
    except OSError:
        return ""


def _make(folder: Path, interpreter: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pip = (str(interpreter), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
    _run((sys.executable, "-m", "venv", str(folder)), "can't make an environment for checkov")
    _run(
        (*pip, "install", "--require-hashes", "--no-compile", "--retries", "1", "-r", str(PINS)),
        "checkov can't be installed: is a package index within reach?",
    )


def _run(command: tuple[str, ...], fault: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings(), check=False)
    if done.returncode:
        told = [line for line in (done.stderr or done.stdout).splitlines() if "ERROR" in line] or [done.stderr.strip()]
        raise CheckovError(f"{fault} {' '.join(told[0].split())[:200]}")
