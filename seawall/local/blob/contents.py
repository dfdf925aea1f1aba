"""Contents as files: one for each SHA-256, written beside and moved into place, never changed afterwards.

Durable against the death of the process, not against a power cut: nothing is forced to disk, as in the index.
"""

from __future__ import annotations

import errno
import hashlib
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from seawall.local.blob.errors import BlobError

CHUNK = 1 << 20
"""Bytes that are held in memory at a time."""

_ABANDONED = 24 * 3600.0
"""Seconds after which an unfinished file is nobody's: its writer died."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Content(NamedTuple):
    """Bytes that are in place."""

    sha: str
    size: int


class Draft:
    """A content on its way in. As a context manager it leaves nothing behind unless it was kept."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{uuid.uuid4().hex}.part"
        self._sha, self._md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        self.size = 0
        with disk_errors():
            self._file = self._path.open("xb")

    def write(self, data: bytes | memoryview) -> None:
        """Raises BlobError where the disk is full."""
        with disk_errors():
            self._file.write(data)
        self._sha.update(data)
        self._md5.update(data)
        self.size += len(data)

    def finish(self) -> None:
        """Hand everything to the operating system; after that a full disk can't surprise anybody."""
        with disk_errors():
            self._file.close()

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    @property
    def sha(self) -> str:
        return self._sha.hexdigest()

    @property
    def path(self) -> Path:
        return self._path

    def __enter__(self) -> Draft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError:
            if error is None:  # otherwise the first failure is the one to tell of
                raise
        finally:
            self._path.unlink(missing_ok=True)


class disk_errors:
    """Turns what the file system raises into Blob storage's errors."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            if error.errno in _NO_ROOM:
                raise BlobError("InsufficientStorage") from error
            reason = error.strerror or "unknown error"
            raise BlobError("ServerBusy", f"The local Azure can't reach its files: {reason}.") from error


class Contents:
    """The folder of contents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._drafts = folder / "drafts"
        with disk_errors():
            self._drafts.mkdir(parents=True, exist_ok=True, mode=0o700)

    def draft(self) -> Draft:
        return Draft(self._drafts)

    def place(self, draft: Draft) -> Content:
        """Move a finished draft to where its content belongs; where that exists, it is replaced by the same bytes."""
        draft.finish()
        target = self.path(draft.sha)
        with disk_errors():
            target.parent.mkdir(exist_ok=True)
            draft.path.replace(target)
        return Content(draft.sha, draft.size)

    def path(self, sha: str) -> Path:
        return self.folder / sha[:2] / sha

    def read(self, parts: Iterable[Content], start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of contents in a row, from `start`, in chunks."""
        left = sum(part.size for part in parts) - start if length is None else length
        for part in parts:
            if start >= part.size:
                start -= part.size
                continue
            if left <= 0:
                return
            with disk_errors(), self.path(part.sha).open("rb") as file:
                file.seek(start)
                wanted = min(part.size - start, left)
                left, start = left - wanted, 0
                while wanted:
                    data = file.read(min(CHUNK, wanted))
                    if not data:
                        raise BlobError("ServerBusy", f"The content {part.sha} is shorter than it was.", status=500)
                    wanted -= len(data)
                    yield data

    def remove(self, sha: str) -> None:
        self.path(sha).unlink(missing_ok=True)

    def sweep_drafts(self) -> None:
        """Remove what writers that died have left."""
        for path in _left_alone(self._drafts.glob("*.part")):
            path.unlink(missing_ok=True)

    def settled(self) -> Iterator[str]:
        """The digests of contents that were placed so long ago that whoever did must have referred to them."""
        return (path.name for path in _left_alone(self.folder.glob("??/*")))


def _left_alone(paths: Iterable[Path]) -> Iterator[Path]:
    now = time.time()  # the file system's own clock
    for path in paths:
        with suppress(FileNotFoundError):
            if now - path.stat().st_mtime > _ABANDONED:
                yield path


def copy_out(chunks: Iterable[bytes], target: Path) -> None:
    """Write a file: beside, then moved into place, so that nobody sees half of it. Raises BlobError."""
    with disk_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{uuid.uuid4().hex}.part")  # a name of any length fits so
        try:
            with beside.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
