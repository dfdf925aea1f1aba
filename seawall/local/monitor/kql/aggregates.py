"""Aggregate functions of `summarize`. Source: Kusto docs, aggregation functions.

Where Kusto estimates (percentile, dcount), these are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.local.monitor.kql.errors import KqlError
from seawall.local.monitor.kql.expressions import Expression, Row
from seawall.local.monitor.kql.values import NUMBERS, Column


@dataclass(frozen=True)
class Aggregate:
    """One or more values of a group of rows."""

    columns: tuple[Column, ...]
    """Named as Kusto names them where nothing is said."""
    of: Callable[[Sequence[Row]], tuple[Any, ...]]


def aggregate(name: str, given: list[Expression]) -> Aggregate:
    """An aggregate by its name, which is one of `NAMES`. Raises `KqlError`."""
    least, most, make = _AGGREGATES[name]
    if not least <= len(given) <= most:
        wanted = str(least) if least == most else f"{least} or more"
        raise KqlError(f"{name}() takes {wanted} arguments, not {len(given)}.")
    return make(name, given)


def rank(ordered: Sequence[Any], share: float) -> Any:
    """The value at a percentile, nearest rank; null for none."""
    return ordered[max(1, math.ceil(share / 100 * len(ordered))) - 1] if ordered else None


def _one(name: str, type: str, of: Callable[[Sequence[Row]], Any]) -> Aggregate:
    return Aggregate((Column(name, type),), lambda rows: (of(rows),))


def _values(one: Expression, test: Expression | None) -> Callable[[Sequence[Row]], list[Any]]:
    """The values of a group that aren't null, of those rows for which the test holds."""

    def of(rows: Sequence[Row]) -> list[Any]:
        kept = rows if test is None else [row for row in rows if test.of(row)]
        return [value for row in kept if (value := one.of(row)) is not None]

    return of


def _parted(name: str, given: list[Expression]) -> tuple[Expression, Callable[[Sequence[Row]], list[Any]]]:
    """The value of an aggregate such as `sum(x)` or `sumif(x, test)`, and how to collect it."""
    test = given[1] if name.endswith("if") else None
    if test is not None:
        _check(name, test, "bool")
    return given[0], _values(given[0], test)


def _check(name: str, one: Expression, *types: str) -> None:
    if one.type not in types:
        raise KqlError(f"{name}() takes {' or '.join(types)}, not a {one.type}.")


def _count(name: str, given: list[Expression]) -> Aggregate:
    return _one("count_", "long", len)


def _countif(name: str, given: list[Expression]) -> Aggregate:
    _check(name, given[0], "bool")
    test = given[0].of
    return _one("countif_", "long", lambda rows: sum(1 for row in rows if test(row)))


def _sum(name: str, given: list[Expression]) -> Aggregate:
    one, collect = _parted(name, given)
    _check(name, one, *NUMBERS, "timespan")
    type = "long" if one.type == "int" else one.type
    return _one(_titled(name, one), type, lambda rows: sum(collect(rows)))


def _avg(name: str, given: list[Expression]) -> Aggregate:
    one, collect = _parted(name, given)
    _check(name, one, *NUMBERS, "timespan")

    def of(rows: Sequence[Row]) -> float | None:
        found = collect(rows)
        return sum(found) / len(found) if found else None

    return _one(_titled(name, one), "timespan" if one.type == "timespan" else "real", of)


def _extreme(choose: Callable[..., Any]) -> Callable[[str, list[Expression]], Aggregate]:
    def make(name: str, given: list[Expression]) -> Aggregate:
        one, collect = _parted(name, given)
        _check(name, one, *NUMBERS, "timespan", "datetime", "string")
        return _one(_titled(name, one), one.type, lambda rows: choose(collect(rows), default=None))

    return make


def _dcount(name: str, given: list[Expression]) -> Aggregate:
    one, collect = _parted(name, given)
    return _one(_titled(name, one), "long", lambda rows: len(set(collect(rows))))


def _percentiles(name: str, given: list[Expression]) -> Aggregate:
    one, shares = given[0], given[1:]
    _check(name, one, *NUMBERS, "timespan", "datetime")
    if not all(each.is_literal and each.type in NUMBERS and 0 <= each.of(()) <= 100 for each in shares):
        raise KqlError(f"{name}() takes percentages as numbers from 0 to 100.")
    wanted = [each.of(()) for each in shares]
    columns = tuple(Column(f"percentile_{one.name}_{share:g}".replace(".", "_"), one.type) for share in wanted)

    def of(rows: Sequence[Row]) -> tuple[Any, ...]:
        ordered = sorted(_values(one, None)(rows))
        return tuple(rank(ordered, share) for share in wanted)

    return Aggregate(columns, of)


def _titled(name: str, one: Expression) -> str:
    return f"{name}_{one.name}"


_AGGREGATES: Mapping[str, tuple[int, int, Callable[[str, list[Expression]], Aggregate]]] = {
    "count": (0, 0, _count),
    "countif": (1, 1, _countif),
    "sum": (1, 1, _sum),
    "sumif": (2, 2, _sum),
    "avg": (1, 1, _avg),
    "avgif": (2, 2, _avg),
    "min": (1, 1, _extreme(min)),
    "minif": (2, 2, _extreme(min)),
    "max": (1, 1, _extreme(max)),
    "maxif": (2, 2, _extreme(max)),
    "dcount": (1, 1, _dcount),
    "dcountif": (2, 2, _dcount),
    "percentile": (2, 2, _percentiles),
    "percentiles": (2, 32, _percentiles),
}

NAMES = frozenset(_AGGREGATES)
