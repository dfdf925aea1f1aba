"""Asking for resources by their IDs, and for what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seawall.importing.existing import Existing
from seawall.importing.sources import children_of

Ask = Callable[[str], Mapping[str, Any] | None]
"""The body that Azure answers for the ID of a resource or of a collection; None where there is none."""

_AT_ONCE = 8


def fetched(ids: Iterable[str], ask: Ask) -> list[Existing]:
    """The resources of the IDs as far as they exist."""
    wanted = list(dict.fromkeys(ids))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = zip(wanted, pool.map(ask, wanted), strict=True)
        return [Existing(id=id, body=body) for id, body in answers if body is not None and "value" not in body]


def with_children(found: Iterable[Existing], ask: Ask) -> list[Existing]:
    """Resources with what a list of IDs usually leaves out: the computes of a workspace, say."""
    every = list(found)
    known = {one.key for one in every}
    newest = every
    while newest:
        places = [place for one in newest for place in children_of(one)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(ask, places))
        newest = [
            one
            for place, answer in zip(places, answers, strict=True)
            for one in _within(place, answer)
            if one.key not in known
        ]
        known |= {one.key for one in newest}
        every += newest
    return every


def _within(place: str, answer: Mapping[str, Any] | None) -> list[Existing]:
    if answer is None:
        return []
    items = answer.get("value")
    if isinstance(items, list):
        return [Existing(id=str(one["id"]), body=one) for one in items if isinstance(one, Mapping) and one.get("id")]
    return [Existing(id=place, body=answer)]
