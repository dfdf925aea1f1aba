"""Requests signed with an account's key.

Source: Storage REST reference, authorize with Shared Key, "Blob, Queue, and File services (Shared Key authorization)".
"""

from __future__ import annotations

from seawall.local.blob.call import Call
from seawall.local.blob.sas import failed, holds

_SIGNED = ("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
           "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range")  # fmt: skip
SKEW = 15 * 60.0
"""Seconds by which a request may be old."""


def check(call: Call, keys: tuple[bytes, bytes], now: float) -> None:
    """Raises BlobError unless one of the account's keys signed the request, and lately."""
    name, _, given = call.headers["authorization"].partition(" ")[2].partition(":")
    if name != call.account:
        raise failed(f"The Authorization header is of account {name}.")
    sent = call.time("x-ms-date") or call.time("date")
    if sent is None or abs(sent - now) > SKEW:
        raise failed("Request date header too old, or absent.")
    text = string_to_sign(call)
    if not any(holds(key, text, given) for key in keys):
        raise failed("The signature is not of this request under this account's keys.")


def string_to_sign(call: Call) -> str:
    headers = dict(call.headers)
    if headers.get("content-length") == "0":
        headers["content-length"] = ""
    if "x-ms-date" in headers:
        headers["date"] = ""
    own = sorted((name for name in headers if name.startswith("x-ms-")), key=_order)
    resource = f"/{call.account}{call.path}" + "".join(f"\n{name}:{call.query[name]}" for name in sorted(call.query))
    lines = [call.method, *(headers.get(name, "") for name in _SIGNED), *(f"{name}:{headers[name]}" for name in own)]
    return "\n".join([*lines, resource])


def _order(header: str) -> str:
    """Headers stand in a dictionary's order: hyphens don't count, `_` comes before digits and letters."""
    return header.replace("-", "").replace("_", "!")
