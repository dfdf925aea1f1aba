"""The tokens of the local Azure: JSON Web Tokens in Entra's form, signed with a key of this place.

Source of the claims: Entra docs, identity-platform/access-token-claims-reference (version 1.0, as Resource Manager's
tokens are).
"""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.azure.guid import TENANT
from seawall.local.https import secret_files
from seawall.local.place import Place

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LIFETIME = 3600
"""Seconds."""
SKEW = 5
"""Seconds by which the clocks of two processes may differ."""
_OURS = uuid.UUID("3ff2a7c2-90b1-5c0e-8f5f-1d2f6a8f4d11")
DEVELOPER = str(uuid.uuid5(_OURS, "developer"))
"""The object ID of the one who works with a local Azure: invented, and the same everywhere."""
CLIENT = str(uuid.uuid5(_OURS, "client"))
"""The application with which that one signs in."""


class TokenError(Exception):
    """A token isn't accepted; `code` is Resource Manager's word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Claims:
    """What a token says of its bearer."""

    oid: str
    audience: str
    tenant: str
    client: str
    expires: float
    """Seconds since 1970."""


def audience_of(text: str) -> str:
    """An audience in one spelling: in lower case, without `/.default` and slashes at its end."""
    return text.strip().lower().removesuffix("/.default").rstrip("/")


def issue(
    place: Place,
    audience: str,
    *,
    oid: str = DEVELOPER,
    lifetime: float = LIFETIME,
    tenant: str = TENANT,
    client: str = CLIENT,
) -> str:
    """A token for an audience (`https://management.azure.com`); `lifetime` in seconds. Raises `OSError`."""
    import jwt

    now = int(time.time())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + int(lifetime),
        "appid": client,
        "appidacr": "1",
        "idp": f"https://sts.windows.net/{tenant}/",
        "idtyp": "app",
        "oid": oid,
        "sub": oid,
        "tid": tenant,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    key = _key(place)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": _name(key)})


def verify(place: Place, token: str, audiences: Iterable[str]) -> Claims:
    """Whose token it is. Raises `TokenError` for one that is damaged, another's, expired or for another audience."""
    claims = _signed(place, token)
    expires = float(claims["exp"])
    if time.time() > expires + SKEW:
        raise TokenError("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current time.")
    audience, known = str(claims["aud"]), sorted({audience_of(one) for one in audiences})
    if audience_of(audience) not in known:
        raise TokenError(
            "InvalidAuthenticationTokenAudience",
            f"The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match "
            f"with one of the allowed audiences: {', '.join(known)}.",
        )
    return Claims(str(claims["oid"]), audience, str(claims["tid"]), str(claims["appid"]), expires)


def key_set(place: Place) -> dict[str, Any]:
    """The public key, as the `jwks_uri` of an OpenID provider answers it."""
    import json

    from jwt.algorithms import RSAAlgorithm

    key = _key(place)
    public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [{**public, "use": "sig", "kid": _name(key)}]}


def client_secret(place: Place) -> str:
    """The secret with which the developer's application signs in; made once. Raises `OSError`."""
    import secrets

    return secret_files.kept(place.tls / "client-secret", lambda: secrets.token_urlsafe(30).encode()).decode()


def _signed(place: Place, token: str) -> dict[str, Any]:
    return _decoded(token, secret_files.kept(_key_file(place), _made))


@functools.lru_cache(maxsize=1000)
def _decoded(token: str, pem: bytes) -> dict[str, Any]:
    """What a token says, if our key signed it. Clients send the same one with every request."""
    import jwt

    options = {"require": ["aud", "exp", "oid", "tid"], "verify_aud": False, "verify_exp": False}
    try:
        return jwt.decode(token, _loaded(pem).public_key(), algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, ValueError):
        raise TokenError("InvalidAuthenticationToken", "The access token is invalid.") from None


def _key_file(place: Place) -> Path:
    return place.tls / "tokens.pem"


def _key(place: Place) -> RSAPrivateKey:
    return _loaded(secret_files.kept(_key_file(place), _made))


@functools.lru_cache(maxsize=8)
def _loaded(pem: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


@functools.lru_cache(maxsize=8)
def _name(key: RSAPrivateKey) -> str:
    return f"{key.public_key().public_numbers().n & (1 << 96) - 1:024x}"


def _made() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
