"""Secrets on their way into the store: only a keyed digest gets there, enough to see that a secret has changed.

A sealed secret is a string, `[secret:<digest>]`, and so fits wherever the secret itself would: in a request's body, in
what the service makes of it, in a stack's state.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from seawall.plan.values import MASK, OPAQUE, UNKNOWN, UNKNOWN_SENTINEL, Secret

_SEALED = re.compile(r"\[secret:([0-9a-f]*)\]")

UNREADABLE = "[secret:]"
"""A secret whose value isn't at hand."""


class Sealer:
    """Turns values into plain JSON without secrets. The key is the store's own, so digests of two stores differ."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, value: Any) -> Any:
        """The value as plain JSON: each secret sealed leaf by leaf, each unknown as Pulumi's sentinel."""
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return {key: self.seal(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.seal(part) for part in value]
        if isinstance(value, Secret):
            return self.sealed(value.value)
        return UNKNOWN_SENTINEL if value is UNKNOWN else value

    def sealed(self, value: Any) -> Any:
        """A secret value, sealed leaf by leaf. Truth values and null stay: there is nothing in them to hide."""
        if isinstance(value, dict):
            return {key: self.sealed(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.sealed(part) for part in value]
        if isinstance(value, Secret):
            return self.sealed(value.value)
        if value is UNKNOWN:
            return UNREADABLE
        if value is None or isinstance(value, bool) or is_sealed(value):
            return value
        digest = hmac.new(self._key, repr(value).encode(), hashlib.sha256).hexdigest()
        return f"[secret:{digest[:32]}]"

    def derived(self, purpose: str) -> bytes:
        """64 bytes that only this store can make, always the same for a purpose: the keys that services give out."""
        return hmac.new(self._key, f"derived:{purpose}".encode(), hashlib.sha512).digest()


def is_sealed(value: Any) -> bool:
    return isinstance(value, str) and value[:8] == "[secret:" and _SEALED.fullmatch(value) is not None


def with_known(new: Any, old: Any) -> Any:
    """The new value with the old one's digests where a secret can't be read now: it counts as unchanged."""
    if new == UNREADABLE:
        return old if is_sealed(old) else new
    if isinstance(new, dict) and isinstance(old, dict):
        return {key: with_known(part, old.get(key)) for key, part in new.items()}
    if isinstance(new, list) and isinstance(old, list):
        return [with_known(part, old[index] if index < len(old) else None) for index, part in enumerate(new)]
    return new


def unsealed(value: Any) -> Any:
    """The value with `[secret]` in place of each digest, for people and for comparisons of stores."""
    if isinstance(value, str):
        return _SEALED.sub(MASK, value) if "[secret:" in value else value
    if isinstance(value, dict):
        return {key: unsealed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [unsealed(part) for part in value]
    return value


def opaque(value: Any) -> Any:
    """The value as a program may read it: whatever holds a sealed secret is `values.OPAQUE`."""
    if isinstance(value, str):
        return OPAQUE if "[secret:" in value and _SEALED.search(value) else value
    if isinstance(value, dict):
        return {key: opaque(part) for key, part in value.items()}
    if isinstance(value, list):
        return [opaque(part) for part in value]
    return value
