"""POST actions: what clients ask of a resource, or of a type below a scope, beyond reading and writing it.

One module an area; each has a table `ACTIONS`, and this one joins them. What isn't here is answered 501.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seawall.local.actions import (
    computes,
    connections,
    datastores,
    deployments,
    endpoints,
    jobs,
    lists,
    readiness,
    regions,
    tags,
    uploads,
    workspaces,
)
from seawall.local.actions.call import ActionCall
from seawall.local.batch import actions as batch
from seawall.local.response import Response

__all__ = ["ACTIONS", "READS", "WRITES", "Action", "ActionCall"]

Action = Callable[[ActionCall], Response]

ACTIONS: Mapping[tuple[str, str], Action] = {
    **batch.ACTIONS,
    **computes.ACTIONS,
    **connections.ACTIONS,
    **datastores.ACTIONS,
    **endpoints.ACTIONS,
    **jobs.ACTIONS,
    **readiness.ACTIONS,
    **regions.ACTIONS,
    **uploads.ACTIONS,
    **workspaces.ACTIONS,
}
"""By the ARM type that an action belongs to and its name, both in lower case; the name is empty for a POST to a
resource itself."""

READS: Mapping[str, Callable[[ActionCall], Response | None]] = {
    **batch.READS,
    **datastores.READS,
    **deployments.READS,
    **endpoints.READS,
    **lists.READS,
    **readiness.READS,
    **regions.READS,
    **tags.READS,
}
"""What is read otherwise than as a resource of the store, such as a region's quotas: by the ARM type in lower case.
None leaves a request to the store."""

WRITES: Mapping[str, Callable[[ActionCall], Response | None]] = {**deployments.WRITES, **jobs.WRITES, **tags.WRITES}
"""What is written otherwise than as a resource of its own, such as a deployment of a template: by ARM type in lower
case. None leaves a request to the store."""
