"""Sign-in, as Entra answers it to applications: the token endpoint and what clients look up before they use it.

Applications sign in with the secret that `seawall local env` prints, or with an assertion that a federated identity
credential of a user-assigned identity in the store admits. Its signature isn't checked: the issuer's keys lie outside.
People don't sign in here: device codes, browsers and passwords aren't simulated. Source: Entra docs,
identity-platform/v2-oauth2-client-creds-grant-flow; error codes: reference-error-codes.
"""

from __future__ import annotations

import hmac
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from seawall.azure.guid import TENANT
from seawall.local import account
from seawall.local.azure import LocalAzure
from seawall.local.https import tokens
from seawall.local.https.cloud import LOGIN
from seawall.local.https.web import Answer, Asked
from seawall.local.place import Place

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
CREDENTIAL = f"{IDENTITY}/federatedIdentityCredentials"
ANY_TENANT = ("common", "organizations")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Refused(Exception):
    """Entra doesn't give a token."""

    def __init__(self, number: int, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.number, self.error, self.description, self.status = number, error, description, status


def answer(place: Place, azure: LocalAzure, asked: Asked) -> Answer:
    """Answer a request to the sign-in host."""
    own = account.tenant(azure.store)
    match [part for part in asked.path.split("/") if part]:
        case ["common", "discovery", "instance"]:
            return Answer(200, _instances(asked.query))
        case [tenant, "discovery", "v2.0", "keys"] | [tenant, "discovery", "keys"]:
            return Answer(200, tokens.key_set(place))
        case [tenant, *version, ".well-known", "openid-configuration"] if version in (["v2.0"], []):
            return _checked(tenant, own) or Answer(200, _configuration(own if tenant in ANY_TENANT else tenant))
        case [tenant, "oauth2", *version, "token"] if version in (["v2.0"], []):
            return _checked(tenant, own) or _token(place, azure, asked, own)
    text = f"Sign-in here doesn't have {asked.method} {asked.path}."
    return Answer(501, {"error": "not_implemented", "error_description": text})


def _checked(tenant: str, own: str) -> Answer | None:
    if tenant.lower() in (own, TENANT, *ANY_TENANT):
        return None
    text = f"Tenant '{tenant}' not found. The local Azure has one tenant, {own}."
    return _refusal(Refused(90002, "invalid_tenant", text))


def _token(place: Place, azure: LocalAzure, asked: Asked, tenant: str) -> Answer:
    form = dict(parse_qsl(asked.body.decode("utf-8", "replace")))
    try:
        if asked.method != "POST":
            raise Refused(900561, "invalid_request", "The endpoint only accepts POST requests.", 405)
        audience = _audience(form)
        client, oid = _client(place, azure, form)
    except Refused as refused:
        return _refusal(refused)
    token = tokens.issue(place, audience, oid=oid, tenant=tenant, client=client)
    body = {"token_type": "Bearer", "expires_in": tokens.LIFETIME, "ext_expires_in": tokens.LIFETIME}
    if "resource" in form:  # version 1.0 answers in strings
        now = int(time.time())
        times = {"expires_in": str(tokens.LIFETIME), "expires_on": str(now + tokens.LIFETIME), "not_before": str(now)}
        return Answer(200, {"token_type": "Bearer", **times, "resource": audience, "access_token": token})
    return Answer(200, {**body, "access_token": token}, {"Cache-Control": "no-store", "Pragma": "no-cache"})


def _audience(form: Mapping[str, str]) -> str:
    grant = form.get("grant_type", "")
    if grant != "client_credentials":
        text = f"The grant type '{grant}' isn't supported here: only client_credentials is."
        raise Refused(70003, "unsupported_grant_type", text)
    if "resource" in form:
        return form["resource"]
    scope = form.get("scope", "")
    if not scope:
        raise Refused(900144, "invalid_request", "The request body must contain the following parameter: 'scope'.")
    if not scope.endswith("/.default"):
        text = f"The provided value for scope {scope} is not valid: it must end with /.default."
        raise Refused(1002012, "invalid_scope", text)
    return scope.removesuffix("/.default")


def _client(place: Place, azure: LocalAzure, form: Mapping[str, str]) -> tuple[str, str]:
    """The application that signs in, and its object ID."""
    client = form.get("client_id", "").lower()
    if not client:
        raise Refused(900144, "invalid_request", "The request body must contain the following parameter: 'client_id'.")
    if form.get("client_assertion_type") == ASSERTION:
        return client, _federated(azure, client, form.get("client_assertion", ""))
    if client != tokens.CLIENT:
        text = f"Application with identifier '{client}' was not found in the directory."
        raise Refused(700016, "unauthorized_client", text)
    if not hmac.compare_digest(form.get("client_secret", "").encode(), tokens.client_secret(place).encode()):
        raise Refused(7000215, "invalid_client", "Invalid client secret provided.", 401)
    return client, tokens.DEVELOPER


def _federated(azure: LocalAzure, client: str, assertion: str) -> str:
    """The object ID of the identity whose federated credential admits an assertion."""
    import jwt

    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise Refused(50027, "invalid_request", "The client assertion is no JSON Web Token.") from None
    if float(claims.get("exp", 0)) < time.time():
        raise Refused(700024, "invalid_client", "Client assertion is not within its valid time range.", 401)
    for row in azure.store.of_type(IDENTITY):
        properties: dict[str, Any] = row.body.get("properties") or {}
        if str(properties.get("clientId", "")).lower() == client:
            credentials = azure.store.of_type(CREDENTIAL, row.id)
            if any(_admits(credential.body.get("properties") or {}, claims) for credential in credentials):
                return str(properties.get("principalId", ""))
    text = f"No matching federated identity record found for presented assertion subject '{claims.get('sub')}'."
    raise Refused(700213, "invalid_client", text, 401)


def _admits(credential: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    same = credential.get("issuer") == claims.get("iss") and credential.get("subject") == claims.get("sub")
    return same and bool(set(audiences) & set(credential.get("audiences") or ()))


def _configuration(tenant: str) -> dict[str, Any]:
    base = f"{LOGIN}/{tenant}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "cloud_instance_name": "microsoftonline.com",
        "tenant_region_scope": "EU",
    }


def _instances(query: Mapping[str, str]) -> dict[str, Any]:
    asked = query.get("authorization_endpoint", f"{LOGIN}/common/oauth2/v2.0/authorize")
    tenant = next(iter(asked.removeprefix(f"{LOGIN}/").split("/")), "common")
    aliases = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    return {
        "tenant_discovery_endpoint": f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": aliases[0], "preferred_cache": aliases[1], "aliases": aliases}],
    }


def _refusal(refused: Refused) -> Answer:
    trace = str(uuid.uuid4())
    body = {
        "error": refused.error,
        "error_description": f"AADSTS{refused.number}: {refused.description}",
        "error_codes": [refused.number],
        "timestamp": time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
        "trace_id": trace,
        "correlation_id": trace,
    }
    return Answer(refused.status, body)
