"""Which Azure it is: the addresses of the cloud that the process works against.

Every cloud but the public one is found as azure-ai-ml finds it: by name in AZUREML_CURRENT_CLOUD, whose addresses
stand in the metadata at ARM_CLOUD_METADATA_URL. Source: Azure REST docs, "Metadata - Get cloud endpoints".
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.delivery.port import CloudError

METADATA, CURRENT = "ARM_CLOUD_METADATA_URL", "AZUREML_CURRENT_CLOUD"


@dataclass(frozen=True)
class Cloud:
    """A cloud's addresses: of Resource Manager, what storage hosts end with, whom scoring tokens are for, of logs."""

    name: str
    resource_manager: str
    storage_suffix: str = "core.windows.net"
    ml_audience: str = "https://ml.azure.com"
    logs: str = "https://api.loganalytics.io"

    def blobs(self, account: str) -> str:
        """The address of a storage account's blobs."""
        return f"https://{account}.blob.{self.storage_suffix}"


PUBLIC = Cloud("AzureCloud", "https://management.azure.com")
KNOWN = {
    cloud.name: cloud
    for cloud in (
        PUBLIC,
        Cloud(
            "AzureUSGovernment",
            "https://management.usgovcloudapi.net",
            "core.usgovcloudapi.net",
            "https://ml.azure.us",
            "https://api.loganalytics.us",
        ),
        Cloud(
            "AzureChinaCloud",
            "https://management.chinacloudapi.cn",
            "core.chinacloudapi.cn",
            "https://ml.azure.cn",
            "https://api.loganalytics.azure.cn",
        ),
    )
}


def current(environ: Mapping[str, str] = os.environ) -> Cloud:
    """The cloud that the environment variables name; the public one where they name none. Raises `CloudError`."""
    name, address = environ.get(CURRENT, ""), environ.get(METADATA, "")
    if name in KNOWN:
        return KNOWN[name]
    if not address:
        if name:
            raise CloudError(f"{CURRENT} names {name}, whose addresses {METADATA} doesn't give")
        return PUBLIC
    return named(_metadata(address), name, address)


def named(clouds: Iterable[Mapping[str, Any]], name: str, address: str) -> Cloud:
    """One of the clouds of a metadata document: that of a name, or else the one which the document's address is in."""
    for cloud in clouds:
        manager = str(cloud.get("resourceManager", "")).rstrip("/")
        if cloud.get("name") == name or (not name and manager and address.startswith(manager)):
            suffixes = cloud.get("suffixes") or {}
            return Cloud(
                str(cloud.get("name")),
                manager,
                str(suffixes.get("storage") or PUBLIC.storage_suffix),
                PUBLIC.ml_audience,
                str(cloud.get("logAnalyticsResourceId") or PUBLIC.logs).rstrip("/"),
            )
    raise CloudError(f"{address} tells of no cloud named {name or 'by that address'}")


def _metadata(address: str) -> list[dict[str, Any]]:
    """The document of clouds; asked again where the service is busy, as azure-core's own policy does."""
    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError
    from azure.core.pipeline.policies import RetryPolicy
    from azure.core.rest import HttpRequest

    client: Any = PipelineClient(address, policies=[RetryPolicy(retry_total=8, retry_status=8, retry_backoff_max=20)])
    try:
        with client:
            answer = client.send_request(HttpRequest("GET", address))
            answer.raise_for_status()
            found = answer.json()
    except (AzureError, ValueError) as error:
        raise CloudError(f"the cloud's metadata can't be read at {address}: {' '.join(str(error).split())}") from None
    return found if isinstance(found, list) else [found]
