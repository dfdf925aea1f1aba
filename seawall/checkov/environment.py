"""The environment that checkov runs in, which is never Pulumi's. See `seawall.environments`.

Pins are in `requirements/checkov.txt`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seawall import environments
from seawall.checkov import CheckovError

_THEIRS = ("BC_", "CKV_", "CHECKOV_", "PRISMA_")

WANTED = environments.Wanted(
    title="checkov", pins=Path(__file__).parents[2] / "requirements" / "checkov.txt", left_out=_THEIRS
)


def python(folder: Path, say: Callable[[str], None]) -> Path:
    """The interpreter of the environment in `folder`, which is made where it isn't there or has other pins.

    `say` gets a line before something takes long. Raises `CheckovError`, in particular where no package index answers.
    """
    try:
        return environments.python(WANTED, folder, say)
    except environments.Unavailable as error:
        raise CheckovError(str(error)) from None


def surroundings() -> dict[str, str]:
    """Environment variables for checkov: nothing with which it would send anything anywhere, and no chatter."""
    quiet = {"LOG_LEVEL": "CRITICAL", "ANSI_COLORS_DISABLED": "1", "PYTHONUTF8": "1"}
    return environments.clean(*_THEIRS) | quiet
