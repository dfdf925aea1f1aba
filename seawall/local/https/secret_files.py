"""Files that only their owner may read, made once, whichever process comes first."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """What a file holds; where there is none it is made, whole, and readable by its owner only. Raises `OSError`."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    content = make()
    new = write(path.with_name(f".{path.name}.{secrets.token_hex(8)}"), content)
    try:
        os.link(new, path)  # unlike a rename, it never takes the place of what another process made meanwhile
    except FileExistsError:
        return path.read_bytes()
    finally:
        new.unlink()
    return content


def write(path: Path, content: bytes) -> Path:
    """Write a file that only its owner may read, in a folder that only its owner may enter. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path


def replace(path: Path, content: bytes) -> None:
    """Write a file anew so that a reader sees all of the old one or all of the new one. Raises `OSError`."""
    write(path.with_name(f".{path.name}.{secrets.token_hex(8)}"), content).replace(path)
