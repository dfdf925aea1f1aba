"""The `$filter` of a metrics query: `deployment eq 'green' and statusCodeClass eq '4xx' or statusCodeClass eq '5xx'`.

`and` stands between dimensions, `or` between values of one dimension. Source: Metrics - List, REST reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seawall.local.errors import AzureError

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|([A-Za-z_][\w-]*)|(\S))")


@dataclass(frozen=True)
class Clause:
    """What one dimension must be. A dimension that is named splits the result by its values."""

    dimension: str
    equal: tuple[str, ...] = ()
    """One of these; all where there is none."""
    unequal: tuple[str, ...] = ()

    def holds(self, value: str) -> bool:
        """Whether a value passes. Values are compared without regard to case."""
        found = value.lower()
        wanted = {each.lower() for each in self.equal}
        return (not wanted or found in wanted) and found not in {each.lower() for each in self.unequal}


def parsed(text: str, dimensions: Iterable[str]) -> tuple[Clause, ...]:
    """The clauses of a filter over these dimensions. Raises `AzureError`."""
    known = {name.lower(): name for name in dimensions}
    tokens = [found for found in _tokens(text)]
    clauses: dict[str, Clause] = {}
    last, joint = "", ""
    while tokens:
        if len(tokens) < 3:
            raise _bad(text, "it ends within a condition")
        (kind, name), (_, operator), (value_kind, value) = tokens[:3]
        if kind != "word" or value_kind != "text":
            raise _bad(text, "a condition is: dimension eq 'value'")
        if name.lower() not in known:
            valid = ", ".join(known.values()) or "none"
            raise AzureError("BadRequest", f"Metric dimension {name} is not supported. Supported: {valid}.")
        dimension = known[name.lower()]
        _check_joint(text, joint, dimension, last, clauses)
        clauses[dimension] = _with(clauses.get(dimension, Clause(dimension)), text, operator.lower(), value)
        last, tokens = dimension, tokens[3:]
        if tokens:
            joint = tokens[0][1].lower()
            if tokens[0][0] != "word" or joint not in ("and", "or"):
                raise _bad(text, f"conditions are joined by and or or, not {tokens[0][1]!r}")
            if len(tokens) == 1:
                raise _bad(text, f"it ends with {joint!r}")
            tokens = tokens[1:]
    return tuple(clauses.values())


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _bad(text, "it can't be read")
        at = found.end()
        quoted, word, other = found.groups()
        if quoted is not None:
            yield "text", quoted.replace("''", "'")
        elif word is not None:
            yield "word", word
        else:
            yield "other", other


def _check_joint(text: str, joint: str, dimension: str, last: str, clauses: dict[str, Clause]) -> None:
    if joint == "or" and dimension != last:
        raise _bad(text, f"or can't separate two dimensions, {last} and {dimension}")
    if joint == "and" and dimension in clauses and not clauses[dimension].unequal:
        raise _bad(text, f"{dimension} can't have two values at once")


def _with(clause: Clause, text: str, operator: str, value: str) -> Clause:
    match operator:
        case "eq":
            return clause if value == "*" else Clause(clause.dimension, (*clause.equal, value), clause.unequal)
        case "ne":
            return Clause(clause.dimension, clause.equal, (*clause.unequal, value))
    raise _bad(text, f"the operator {operator!r} isn't known, only eq and ne are")


def _bad(text: str, why: str) -> AzureError:
    return AzureError("BadRequest", f"The filter {text!r} isn't valid: {why}.")
