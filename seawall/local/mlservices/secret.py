"""Secrets that Azure gives out on request, derived from the store's own key: nothing secret is kept."""

from __future__ import annotations

import base64

from seawall.local.store import Store


def derived(store: Store, *words: str) -> str:
    """A secret for the words, always the same within one store: 43 characters of base64url."""
    purpose = "\0".join(words).lower()
    return base64.urlsafe_b64encode(store.sealer.derived(purpose)[:32]).decode().rstrip("=")
