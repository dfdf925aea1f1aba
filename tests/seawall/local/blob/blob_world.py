"""What the tests of Blob storage speak of: accounts, a clock, credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from azure.core.credentials import AccessToken
from azure.storage.blob import BlobServiceClient

from seawall.local.https import tokens
from seawall.local.place import Place

Connect = Callable[..., BlobServiceClient]
"""Makes a client: credential, account, options of the client."""

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-storage"
ACCOUNT, LOCKED, OTHER = "stplain", "stlocked", "stother"
"""Three accounts; the second refuses its own keys."""


class WallClock:
    """Seconds since 1970 that pass only when a test says so."""

    def __init__(self) -> None:
        self.time = time.time()

    def __call__(self) -> float:
        return self.time


class Bearer:
    """A credential with a token of the place."""

    def __init__(self, place: Place, audience: str = "https://storage.azure.com", lifetime: float = 3600) -> None:
        self._token = tokens.issue(place, audience, lifetime=lifetime)

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


def storage_account(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}"
