"""The login that the engine's providers use, so that the examination speaks for it.

Source: pulumi-azure-native, "Installation & Configuration" (ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_TENANT_ID,
ARM_USE_OIDC, ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, ARM_OIDC_REQUEST_URL; ACTIONS_ID_TOKEN_REQUEST_URL in GitHub
Actions). Without those, whoever is signed in: `az login`, a managed identity, azure-identity's own variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

AUDIENCE = "api://AzureADTokenExchange"
"""For whom a pipeline's token must be. Source: Entra docs, workload-identity-federation-create-trust."""


def credential(environ: Mapping[str, str]) -> TokenCredential:
    """Who the environment variables say that this process is."""
    from azure.identity import ClientAssertionCredential, ClientSecretCredential, DefaultAzureCredential

    client, tenant, secret = (environ.get(f"ARM_{name}", "") for name in ("CLIENT_ID", "TENANT_ID", "CLIENT_SECRET"))
    if client and tenant and environ.get("ARM_USE_OIDC", "").lower() in ("true", "1"):
        return ClientAssertionCredential(tenant, client, lambda: assertion(environ))
    if client and tenant and secret:
        return ClientSecretCredential(tenant, client, secret)
    return DefaultAzureCredential()


def assertion(environ: Mapping[str, str]) -> str:
    """The token that the pipeline issues. Raises `ClientAuthenticationError` where there is none."""
    from azure.core.exceptions import ClientAuthenticationError

    token, file = environ.get("ARM_OIDC_TOKEN", ""), environ.get("ARM_OIDC_TOKEN_FILE_PATH", "")
    if token:
        return token
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    url = environ.get("ARM_OIDC_REQUEST_URL") or environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    bearer = environ.get("ARM_OIDC_REQUEST_TOKEN") or environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not url or not bearer:
        raise ClientAuthenticationError(
            "ARM_USE_OIDC is set, and the pipeline gives no token: the job needs the permission id-token: write"
        )
    return _requested(url, bearer)


def _requested(url: str, bearer: str) -> str:
    import httpx
    from azure.core.exceptions import ClientAuthenticationError

    try:
        signed = {"Authorization": f"Bearer {bearer}"}
        answer = httpx.get(url, params={"audience": AUDIENCE}, headers=signed, timeout=20)
        answer.raise_for_status()
        return str(answer.json()["value"])
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise ClientAuthenticationError(f"the pipeline gives no token: {error}") from None
