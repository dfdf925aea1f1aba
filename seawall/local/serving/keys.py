"""What clients of an online endpoint show: its two keys, and tokens of its own.

Both are derived from the store's secret, so nothing that is secret is kept; what is kept is how often each key was
regenerated. Source: Azure ML docs, how-to-authenticate-online-endpoint.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Literal

from seawall.local.sealing import is_sealed
from seawall.local.store import Store

Kind = Literal["primary", "secondary"]

LIFETIME = 12 * 3600
"""Seconds that a token of an endpoint is good for; it may be fetched anew after half of them."""


@dataclass(frozen=True)
class AmlToken:
    """A token of an endpoint whose `authMode` is `AMLToken`, in the words of the REST reference (`getToken`)."""

    access_token: str
    expiry_time_utc: int
    """Seconds since 1970."""
    refresh_after_time_utc: int
    token_type: str = "Bearer"


def keys(store: Store, endpoint_id: str) -> tuple[str, str]:
    """The primary and the secondary key of an endpoint."""
    return key(store, endpoint_id, "primary"), key(store, endpoint_id, "secondary")


def key(store: Store, endpoint_id: str, kind: Kind) -> str:
    """One key: the one that the endpoint was created with, or one of ours; after a regeneration always one of ours."""
    number = _generation(store, endpoint_id, kind)
    row = store.resource(endpoint_id)
    given = ((row.body.get("properties") or {}).get("keys") or {}).get(f"{kind}Key") if row else None
    if isinstance(given, str) and given and not is_sealed(given) and not number:
        return given
    return _text(_digest(store, f"{kind} key {number} of {endpoint_id.lower()}"))


def regenerate(store: Store, endpoint_id: str, kind: Kind) -> str:
    """Make a new key; the one before it is good for nothing from now on. Returns the new one."""
    with store.write():
        number = _generation(store, endpoint_id, kind) + 1
        name = _name(endpoint_id, kind)
        store.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(number).encode()))
    return key(store, endpoint_id, kind)


def token_secret(store: Store, endpoint_id: str) -> str:
    """What an endpoint's tokens are signed with; the router knows it."""
    return _text(_digest(store, f"tokens of {endpoint_id.lower()}"))


def token(store: Store, endpoint_id: str, now: float, *, lifetime: int = LIFETIME) -> AmlToken:
    """A token of an endpoint. `now` is in seconds since 1970, `lifetime` in seconds."""
    expiry = int(now) + lifetime
    claims = {"aud": endpoint_id.lower(), "iat": int(now), "exp": expiry}
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    signature = _signature(token_secret(store, endpoint_id), signed)
    return AmlToken(f"{signed}.{signature}", expiry, int(now) + lifetime // 2)


def is_token(text: str, secret: str, endpoint_id: str, now: float) -> bool:
    """Whether a text is a token of an endpoint that is good now."""
    signed, _, signature = text.rpartition(".")
    if not signed or not hmac.compare_digest(signature.encode(), _signature(secret, signed).encode()):
        return False
    payload = signed.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims["aud"] == endpoint_id.lower() and now < claims["exp"]


def _name(endpoint_id: str, kind: Kind) -> str:
    return f"{kind} key of {endpoint_id.lower()}"


def _generation(store: Store, endpoint_id: str, kind: Kind) -> int:
    found = store.database.row("SELECT value FROM meta WHERE name=?", (_name(endpoint_id, kind),))
    return int(found[0]) if found else 0


def _digest(store: Store, words: str) -> bytes:
    found = store.database.row("SELECT value FROM meta WHERE name='key'")
    return hmac.new(bytes(found[0]) if found else b"", words.encode(), hashlib.sha256).digest()


def _text(digest: bytes) -> str:
    return base64.b32encode(digest[:20]).decode()


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _signature(secret: str, signed: str) -> str:
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
