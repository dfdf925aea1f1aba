"""What the store wants of the serving side: which deployments are to run, and the routing table that follows.

Pure: rows in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from seawall.local.services.online_endpoints import DEPLOYMENT, ENDPOINT
from seawall.local.serving import keys
from seawall.local.serving.specification import Specification, specification
from seawall.local.serving.table import Backend, Deployment, Endpoint, lowered
from seawall.local.store import Row, Store

LEAVING = "Deleting"


@dataclass(frozen=True)
class Wanted:
    """What the store says at one moment."""

    endpoints: Mapping[str, Row]
    """By key; those that are being deleted aren't there."""
    deployments: Mapping[str, Row]
    """By key; only those whose endpoint is there."""
    secrets: Mapping[str, tuple[tuple[str, str], str]]
    """Of each endpoint: its keys, and what its tokens are signed with."""

    def etag(self, key: str) -> str:
        """Which version of a resource this is; nothing where it isn't wanted."""
        row = self.endpoints.get(key) or self.deployments.get(key)
        return row.etag if row else ""


def wanted(store: Store) -> Wanted:
    """Read what is wanted."""
    endpoints = {row.key: row for row in store.of_type(ENDPOINT) if row.state != LEAVING}
    deployments = {
        row.key: row
        for row in store.of_type(DEPLOYMENT)
        if row.state != LEAVING and row.key.rsplit("/", 2)[0] in endpoints
    }
    secrets = {key: (keys.keys(store, key), keys.token_secret(store, key)) for key in endpoints}
    return Wanted(endpoints, deployments, secrets)


def specified(row: Row, store: Store) -> Specification:
    """What a deployment asks for; see `specification`."""
    return specification(row, store)


def endpoint(row: Row, secrets: tuple[tuple[str, str], str], deployments: Mapping[str, Deployment]) -> Endpoint:
    """An endpoint of the routing table."""
    properties = row.body.get("properties") or {}
    return Endpoint(
        id=row.key,
        host=(urlsplit(str(properties.get("scoringUri", ""))).hostname or "").lower(),
        auth_mode=str(properties.get("authMode", "Key")),
        keys=secrets[0],
        token_secret=secrets[1],
        deployments=dict(deployments),
        traffic=lowered(properties.get("traffic")),
        mirror=lowered(properties.get("mirrorTraffic")),
    )


def deployment(spec: Specification, backend: Backend | None) -> Deployment:
    """A deployment of the routing table, answered by a server if one is ready."""
    return Deployment(
        name=spec.name,
        backend=backend,
        concurrency=spec.concurrency,
        timeout=spec.timeout,
        queue_wait=spec.queue_wait,
        scoring_path=spec.scoring_path,
    )
