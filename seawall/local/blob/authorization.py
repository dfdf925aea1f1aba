"""Who asks, and whether they may: tokens, account keys, shared access signatures; never the public."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from seawall.azure.guid import TENANT
from seawall.local.blob import sas, shared_key
from seawall.local.blob.accounts import Account, Accounts
from seawall.local.blob.call import Call
from seawall.local.blob.errors import BlobError
from seawall.local.https import tokens
from seawall.local.place import Place

AUDIENCE = "https://storage.azure.com"
_CHALLENGE = (
    f"Bearer authorization_uri=https://login.microsoftonline.com/{TENANT}/oauth2/authorize resource_id={AUDIENCE}"
)


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an operation asks of a shared access signature."""

    permissions: str
    """Any one of these letters will do; none: a signature never will."""
    level: str
    """`s` service, `c` container, `o` object: what an account's signature must name."""
    in_container: bool = False
    """An operation on a container that a container's own signature is enough for."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, once that is certain."""

    oid: str = ""
    """Of a token's bearer."""
    creates_only: bool = False
    """A signature that lets blobs be made, but not replaced."""
    overrides: Mapping[str, str] | None = None
    """Headers of the answer that a signature sets."""


class Authorization:
    """Judges requests to the accounts of one place."""

    def __init__(self, place: Place, accounts: Accounts) -> None:
        self._place = place
        self._accounts = accounts

    def caller(self, call: Call, account: Account, need: Need, now: float) -> Caller:
        """Raises BlobError."""
        scheme = call.headers.get("authorization", "").partition(" ")[0].lower()
        if scheme == "bearer":
            return self._bearer(call.headers["authorization"], account)
        if scheme == "sharedkey":
            _check_keys_allowed(account)
            shared_key.check(call, self._accounts.keys(account.name), now)
            return Caller()
        if scheme:
            raise BlobError("InvalidAuthenticationInfo", f"Authorization with {scheme} is not known here.")
        if "sig" in call.query:
            return self._signed(call, account, need, now)
        if call.headers.get("x-ms-version"):
            raise BlobError("NoAuthenticationInformation", headers={"www-authenticate": _CHALLENGE})
        raise BlobError("PublicAccessNotPermitted")

    def _bearer(self, header: str, account: Account) -> Caller:
        audiences = (AUDIENCE, f"https://{account.name}.blob.core.windows.net")
        try:
            claims = tokens.verify(self._place, header.partition(" ")[2], audiences)
        except tokens.TokenError as error:
            raise BlobError(
                "InvalidAuthenticationInfo",
                f"Server failed to authenticate the request. {error.message}",
                headers={"www-authenticate": _CHALLENGE},
            ) from None
        return Caller(oid=claims.oid)

    def _signed(self, call: Call, account: Account, need: Need, now: float) -> Caller:
        fields = call.query
        if "skoid" in fields:
            self._check_delegated(call, account, now)
        else:
            _check_keys_allowed(account)
            text = sas.text_of_account(fields, account.name) if "srt" in fields else _text_of_resource(call)
            keys = self._accounts.keys(account.name)
            if not any(sas.holds(key, text, fields["sig"]) for key in keys):
                raise sas.failed("Signature did not match.")
        _check_time(fields, now)
        _check_origin(call)
        if "srt" in fields:
            _check_account_scope(fields, need)
        elif need.level != "o" and not need.in_container:
            raise BlobError("AuthorizationFailure")
        return _caller(fields, need)

    def _check_delegated(self, call: Call, account: Account, now: float) -> None:
        fields = call.query
        key = self._accounts.delegation_key(account.name, sas.key_statement(fields))
        if not sas.holds(key, _text_of_resource(call), fields["sig"]):
            raise sas.failed("Signature did not match.")
        if not sas.moment(fields.get("skt", "")) <= now <= sas.moment(fields.get("ske", "")):
            raise sas.failed("The user delegation key is not valid in the specified time frame.")
        if fields.get("sduoid") or fields.get("skdutid"):
            raise sas.failed("Signatures for one user alone are not known here.")


def _check_keys_allowed(account: Account) -> None:
    if not account.shared_key:
        raise BlobError("KeyBasedAuthenticationNotPermitted")


def _text_of_resource(call: Call) -> str:
    """What a signature for a container, folder or blob signs, if it is for the one that is asked for."""
    kind, name = call.query.get("sr", ""), call.name
    if kind == "d":
        depth = call.query.get("sdd", "")
        name = "/".join(name.split("/")[: int(depth)]) if re.fullmatch("[0-9]{1,3}", depth) else ""
    elif kind not in ("b", "c"):
        raise sas.failed(f"Signatures of kind {kind or 'none'} are not known here.")
    path = f"/{name}" if kind != "c" else ""
    return sas.text_of_resource(call.query, f"/blob/{call.account}/{call.container}{path}", call.headers, call.query)


def _check_time(fields: Mapping[str, str], now: float) -> None:
    if fields.get("si"):
        raise sas.failed("There is no stored access policy here that the signature's identifier could name.")
    if not fields.get("se"):
        raise sas.failed("The signature has no expiry.")
    if now > sas.moment(fields["se"]) or (fields.get("st") and now < sas.moment(fields["st"])):
        raise sas.failed(f"Signature not valid in the specified time frame: {fields.get('st', '')} to {fields['se']}.")


def _check_origin(call: Call) -> None:
    allowed = call.query.get("sip", "")
    if not allowed:
        return
    low, _, high = allowed.partition("-")
    try:
        if ip_address(low) <= ip_address(call.client) <= ip_address(high or low):  # type: ignore[operator]
            return
    except (ValueError, TypeError):
        raise BlobError("AuthorizationSourceIPMismatch") from None
    raise BlobError("AuthorizationSourceIPMismatch")


def _check_account_scope(fields: Mapping[str, str], need: Need) -> None:
    if "b" not in fields.get("ss", ""):
        raise BlobError("AuthorizationServiceMismatch")
    if need.level not in fields.get("srt", ""):
        raise BlobError("AuthorizationResourceTypeMismatch")


def _caller(fields: Mapping[str, str], need: Need) -> Caller:
    matching = set(fields.get("sp", "")) & set(need.permissions)
    if not matching:
        raise BlobError("AuthorizationPermissionMismatch")
    overrides = {header: fields[name] for name, header in sas.OVERRIDES.items() if fields.get(name)}
    return Caller(creates_only=matching == {"c"}, overrides=overrides)
