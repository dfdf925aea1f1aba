"""What a client's environment must say so that it reaches this Azure, unpatched, under Azure's own host names."""

from __future__ import annotations

from seawall.local import account
from seawall.local.https import running, tls, tokens
from seawall.local.https.cloud import LOGIN, NAME
from seawall.local.place import Place
from seawall.local.store import Store

STORE = "SEAWALL_LOCAL_STORE"
"""Names the store whose surroundings these are."""


def of(place: Place) -> dict[str, str]:
    """The environment variables by name. Raises `NotRunning`, `StoreError`."""
    server = running.of(place)
    with Store(place.store) as store:
        tenant = account.tenant(store)
    proxy, bundle = f"http://127.0.0.1:{server.proxy}", str(tls.bundle_file(place))
    return {
        "ARM_CLOUD_METADATA_URL": f"{server.url}/metadata/endpoints?api-version=2022-09-01",
        "AZUREML_CURRENT_CLOUD": NAME,
        "REGISTRY_DISCOVERY_ENDPOINT_URL": "https://eastus.api.azureml.ms/",
        "AZURE_AUTHORITY_HOST": LOGIN,
        "AZURE_TENANT_ID": tenant,
        "AZURE_CLIENT_ID": tokens.CLIENT,
        "AZURE_CLIENT_SECRET": tokens.client_secret(place),
        "HTTPS_PROXY": proxy,
        "https_proxy": proxy,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "REQUESTS_CA_BUNDLE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        STORE: str(place.store),
    }
