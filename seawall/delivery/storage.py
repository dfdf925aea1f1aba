"""What delivery keeps in the workspace's own storage account: leases, and the history of each endpoint's releases.

Both stand in the container `seawall`: `leases/ENDPOINT` and `releases/ENDPOINT.jsonl`, an append blob.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from seawall.delivery import lease
from seawall.delivery.clients import BACKOFF, RETRIES, told
from seawall.delivery.port import CloudError, Lease

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CONTAINER = "seawall"
MOST_BLOCKS = 50_000
"""Of an append blob. Source: Blob service REST reference, "Append Block"."""


class Storage:
    """The blobs of one endpoint."""

    def __init__(self, account_url: str, endpoint: str, credential: TokenCredential) -> None:
        from azure.storage.blob import BlobServiceClient, ExponentialRetry

        self._service: Any = BlobServiceClient(
            account_url,
            credential=credential,
            retry_policy=ExponentialRetry(initial_backoff=int(BACKOFF) or 1, increment_base=2, retry_total=RETRIES - 4),
            connection_timeout=15,
            read_timeout=60,
        )
        self._container: Any = self._service.get_container_client(CONTAINER)
        self._endpoint = endpoint
        self._made = False

    def close(self) -> None:
        self._service.close()

    def lease(self, holder: Mapping[str, str], on_lost: Callable[[], None] | None) -> Lease:
        """Take the endpoint's lease. Raises `LeaseTaken` and `CloudError`."""
        self._make()
        return lease.acquire(self._lease_blob, holder, on_lost, where=f"endpoint {self._endpoint}")

    def holder(self) -> Mapping[str, str]:
        with told(f"the lease on endpoint {self._endpoint}"):
            return lease.held_by(self._lease_blob)

    def record(self, line: str) -> None:
        """Append a line to the endpoint's history. Raises `CloudError`."""
        from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

        blob = self._history_blob
        data = (line.rstrip("\n") + "\n").encode()
        with told(f"the history of endpoint {self._endpoint}"):
            try:
                blob.append_block(data)
            except ResourceNotFoundError:
                self._make()
                with suppress(ResourceExistsError):
                    blob.create_append_blob(match_condition=_unless_there())
                blob.append_block(data)

    def history(self) -> Sequence[str]:
        from azure.core.exceptions import ResourceNotFoundError

        with told(f"the history of endpoint {self._endpoint}"):
            try:
                text = self._history_blob.download_blob().readall().decode()
            except ResourceNotFoundError:
                return ()
        return [line for line in text.splitlines() if line.strip()]

    @property
    def _lease_blob(self) -> Any:
        return self._container.get_blob_client(f"leases/{self._endpoint}")

    @property
    def _history_blob(self) -> Any:
        return self._container.get_blob_client(f"releases/{self._endpoint}.jsonl")

    def _make(self) -> None:
        """See that the container is there."""
        from azure.core.exceptions import ResourceExistsError

        if not self._made:
            with told(f"container {CONTAINER}"), suppress(ResourceExistsError):
                self._container.create_container()
            self._made = True


def _unless_there() -> Any:
    from azure.core import MatchConditions

    return MatchConditions.IfMissing


def is_private(error: CloudError) -> bool:
    """Whether an error says that a service answers in private networks alone, or its host's name is known there only.

    Source: Storage docs, "Troubleshoot network access": 403 AuthorizationFailure and PublicAccessNotPermitted.
    """
    codes = ("AuthorizationFailure", "PublicAccessNotPermitted", "PublicNetworkAccessDisabled", "NoAnswer")
    return error.code in codes
