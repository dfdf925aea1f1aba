"""Holds the audit record against the tags of the models that it speaks of: a record that was cut short shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seawall.delivery.promotion import stamps
from seawall.delivery.promotion.audit import Record
from seawall.delivery.promotion.shelves import Registered


def missing(records: Sequence[Record], models: Iterable[Registered], target: str) -> tuple[str, ...]:
    """A line for each promotion that a model's tags name and the record doesn't have."""
    known = {one.digest_of_line for one in records}
    return tuple(
        f"the tags of {model.model} name a promotion to {target} that is missing from the audit record: {named}"
        for model in models
        if (named := stamps.record_of(model.tags, target)) and named not in known
    )
