"""POST actions: what clients ask of a resource, or of a type below a scope, beyond reading and writing it.

One module an area; each has a table `ACTIONS`, and this one joins them. What isn't here is answered 501.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seawall.local.actions.call import ActionCall
from seawall.local.response import Response

__all__ = ["ACTIONS", "READS", "WRITES", "Action", "ActionCall"]

Action = Callable[[ActionCall], Response]

ACTIONS: Mapping[tuple[str, str], Action] = {}
"""By the ARM type that an action belongs to and its name, both in lower case; the name is empty for a POST to a
resource itself."""

READS: Mapping[str, Action] = {}
"""What is read that isn't a resource of the store, such as a region's quotas: by the ARM type in lower case."""

WRITES: Mapping[str, Action] = {}
"""What is written that isn't a resource of its own, such as a deployment of a template: by ARM type in lower case."""
