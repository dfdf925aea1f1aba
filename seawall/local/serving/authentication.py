"""Who may score: a key, a token of the endpoint, or a token of Entra, as the endpoint's `authMode` says.

Whether an Entra identity has the role for it (`onlineEndpoints/score/action`) isn't asked: no role is enforced here.
Sources: Azure ML docs, concept-endpoints-online-auth and how-to-authenticate-online-endpoint; the words of a refusal
are those that managed endpoints answer keys with.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from seawall.local.serving import keys
from seawall.local.serving.messages import Answer
from seawall.local.serving.table import Endpoint

AUDIENCES = ("https://ml.azure.com",)

Verify = Callable[[str], bool]
"""Whether a text is a good Entra token for scoring."""


def refusal(endpoint: Endpoint, authorization: bytes, now: float, verify: Verify) -> Answer | None:
    """Why a request with this `Authorization` header isn't let in; nothing where it is. `now`: seconds since 1970."""
    scheme, _, shown = authorization.decode("latin-1").strip().partition(" ")
    shown = shown.strip()
    mode = endpoint.auth_mode.lower()
    words = {"key": "key", "amltoken": "token", "aadtoken": "aad_token"}.get(mode, "key")
    if scheme.lower() != "bearer" or not shown:
        return Answer(401, f"{words}_auth_bad_header_forbidden".encode())
    match mode:
        case "amltoken":
            known = keys.is_token(shown, endpoint.token_secret, endpoint.id, now)
        case "aadtoken":
            known = verify(shown)
        case _:
            # Both are compared, whichever it is: how long that takes tells nothing.
            known = any([hmac.compare_digest(shown.encode(), key.encode()) for key in endpoint.keys if key])
    return None if known else Answer(401, f"{words}_auth_access_denied".encode())
