"""Blob storage of the local Azure: `Blobs` for those in Python, `app` for clients over HTTPS.

Contents are files by their SHA-256, an SQLite index says which blob has which. The names of metadata come back in lower
case, whatever case they were written in; tokens are checked, but not the roles of who bears them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from seawall.local.blob.accounts import account_key
from seawall.local.blob.blobs import Blobs, Stored
from seawall.local.blob.errors import BlobError
from seawall.local.place import Place

if TYPE_CHECKING:
    from seawall.local.blob.application import BlobApp

__all__ = ["BlobError", "Blobs", "Stored", "account_key", "app"]


def app(place: Place, *, now: Callable[[], float] = time.time) -> BlobApp:
    """The ASGI application for hosts `<account>.blob.core.windows.net`; `now` gives seconds since 1970."""
    from seawall.local.blob.application import BlobApp

    return BlobApp(place, now)
