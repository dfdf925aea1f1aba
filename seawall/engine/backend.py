"""Where the engine keeps a stack's state and secrets, and the environment variables that say so.

Each stack file may name its backend (`seawall:state`); the variables of Pulumi's own, where set, win, so that plain
`pulumi` and `seawall` agree. In local mode all of it stays in a folder beside the local Azure's store, and the engine
works on a copy of the stack files: it would write a salt into them.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

PASSPHRASE = "passphrase"
BACKEND_VARIABLE = "PULUMI_BACKEND_URL"
PASSPHRASE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
_OF_A_FOLDER = (BACKEND_VARIABLE, PASSPHRASE_VARIABLE)


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the engine is told of a stack's surroundings."""

    work_dir: Path
    """The folder with Pulumi.yaml."""
    url: str = ""
    """Of the backend: `azblob://CONTAINER?storage_account=NAME`, `file://FOLDER`, `https://…`; where the CLI is logged
    in to, if empty."""
    secrets_provider: str = PASSPHRASE
    variables: Mapping[str, str] = field(default_factory=dict)
    sources: Path | None = None
    """The project's own folder, where `work_dir` is a copy that only has its stack files."""
    folder: Path | None = None
    """Where the states are, if that folder is ours alone: nobody on another machine writes there."""

    @property
    def root(self) -> Path:
        """The folder of the program's sources, which messages name files from."""
        return self.sources or self.work_dir

    @property
    def shell(self) -> str:
        """What has to come before `pulumi` at a prompt, for it to work on the same state."""
        if self.folder is None:
            return f"{BACKEND_VARIABLE}={shlex.quote(self.url)} " if BACKEND_VARIABLE in self.environment() else ""
        words = [f"{key}={shlex.quote(self.variables[key])}" for key in _OF_A_FOLDER if key in self.variables]
        return f"cd {shlex.quote(str(self.work_dir))} && {' '.join(words)} "

    @property
    def place(self) -> str:
        """The backend's URL, wherever that is said; empty where the CLI alone knows."""
        return self.environment().get(BACKEND_VARIABLE) or os.environ.get(BACKEND_VARIABLE, "")

    def environment(self) -> dict[str, str]:
        """The variables that the engine runs with, on top of the process's own."""
        own = {} if os.environ.get(BACKEND_VARIABLE) or not self.url else {BACKEND_VARIABLE: self.url}
        return {**own, **self.variables}


def local(root: Path, folder: Path, variables: Mapping[str, str]) -> Backend:
    """A backend in a folder of this machine, over a copy of the project's stack files that is made anew.

    `variables` attach the local Azure's providers. The passphrase is no secret: nor is anything in that folder.
    """
    work_dir, state = folder / "project", folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    _copy_project(root, work_dir)
    own = {
        BACKEND_VARIABLE: state.as_uri(),
        PASSPHRASE_VARIABLE: "local",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    return Backend(
        work_dir=work_dir, url=state.as_uri(), variables={**own, **variables}, sources=root.absolute(), folder=state
    )


def _copy_project(root: Path, work_dir: Path) -> None:
    """A project whose program and environment are the original's, and whose stack files are copies.

    What the engine wrote into an earlier copy, salt and key, is kept: its state is encrypted with them.
    """
    document = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
    runtime = document.get("runtime")
    options = dict(runtime.get("options") or {}) if isinstance(runtime, dict) else {}
    if options.get("virtualenv"):
        options["virtualenv"] = str((root / options["virtualenv"]).absolute())
    document["runtime"] = {"name": "python", "options": options}
    document["main"] = str((root / document.get("main", ".")).absolute())
    files = root / document.get("stackConfigDir", ".")
    document["stackConfigDir"] = "stacks"
    copies = work_dir / "stacks"
    copies.mkdir(parents=True, exist_ok=True)
    for original in files.glob("Pulumi.*.yaml"):
        copy = copies / original.name
        kept = _engines_own(copy)
        shutil.copyfile(original, copy)
        if kept:
            with copy.open("a", encoding="utf-8") as file:
                yaml.safe_dump(kept, file)
    (work_dir / "Pulumi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _engines_own(copy: Path) -> dict[str, str]:
    try:
        document = yaml.safe_load(copy.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError):
        return {}
    return {key: document[key] for key in ("encryptionsalt", "encryptedkey", "secretsprovider") if key in document}
