"""A stack file's configuration as Pulumi hands it to a program, for running the program without Pulumi's CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.settings.document import read
from stacks.settings.reading import NAMESPACE, OPAQUE


@dataclass(frozen=True)
class Configuration:
    """Namespaced keys with their values as text, structured ones as JSON; `secrets` are the keys of secrets.

    The value of an encrypted secret, which only its secrets provider could decrypt, is a stand-in that starts with
    `OPAQUE`: the same in each run, and different for different ciphertexts.
    """

    values: dict[str, str]
    secrets: frozenset[str]


def configuration(path: Path) -> Configuration:
    """The configuration in a stack file. Raises SettingsErrors for a file that can't be read at all."""
    document = read(path)
    # Pulumi puts a key without a namespace into the project's own.
    config = {_namespaced(key): value for key, value in (document.values.get("config") or {}).items()}
    secrets = frozenset(key for key, value in config.items() if _is_secret(value))
    return Configuration(values={key: _text(value) for key, value in config.items()}, secrets=secrets)


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _namespaced(key: str) -> str:
    return key if ":" in key else f"{NAMESPACE}:{key}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if _is_secret(value):
        return f"{OPAQUE}{value['secure']}"
    return value if isinstance(value, str) else json.dumps(value)
