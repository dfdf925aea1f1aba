"""Scalar functions, by name. Source: Kusto docs, scalar functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from seawall.local.monitor.kql import values
from seawall.local.monitor.kql.errors import KqlError, Unsupported
from seawall.local.monitor.kql.expressions import Expression, Row, Scope, literal, unary
from seawall.local.monitor.kql.values import NUMBERS

_MOMENTS = ("datetime", "timespan")


def check_known(name: str) -> None:
    """Raises `Unsupported` for a function that isn't there."""
    if name not in _FUNCTIONS:
        raise Unsupported(f"the function {name}()")


def scalar(name: str, given: list[Expression], scope: Scope) -> Expression:
    """A call of a function that is known. Raises `KqlError` for arguments that it doesn't take."""
    least, most, make = _FUNCTIONS[name]
    if not least <= len(given) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise KqlError(f"{name}() takes {wanted} arguments, not {len(given)}.")
    found = make(given, scope)
    return Expression(found.type, found.of, is_literal=bool(given) and all(each.is_literal for each in given))


def _typed(name: str, one: Expression, *types: str) -> Expression:
    if one.type not in types:
        raise KqlError(f"{name}() takes {' or '.join(types)}, not a {one.type}.")
    return one


def _ago(given: list[Expression], scope: Scope) -> Expression:
    span = _typed("ago", given[0], "timespan")
    return unary("datetime", span, lambda seconds: scope.now - seconds)


def _now(given: list[Expression], scope: Scope) -> Expression:
    if not given:
        return literal("datetime", scope.now)
    span = _typed("now", given[0], "timespan")
    return unary("datetime", span, lambda seconds: scope.now + seconds)


def _bin(given: list[Expression], scope: Scope) -> Expression:
    """The nearest multiple of the second that isn't above the first; keeps the column's name."""
    value, width = given
    kinds = {value.type, width.type}
    if not (kinds <= set(NUMBERS) or (value.type in _MOMENTS and width.type == "timespan")):
        raise KqlError(f"bin() doesn't take a {value.type} and a {width.type}.")
    type = value.type if value.type in _MOMENTS else ("real" if "real" in kinds else "long")

    def of(row: Row) -> Any:
        found, step = value.of(row), width.of(row)
        if found is None or not step or step < 0:
            return None
        low = math.floor(found / step) * step
        return int(low) if type == "long" else low

    return Expression(type, of, value.name)


def _to_number(type: str, convert: Callable[[float], Any]) -> Callable[[list[Expression], Scope], Expression]:
    def of_value(value: Any) -> Any:
        try:
            return convert(float(value))
        except (TypeError, ValueError, OverflowError):
            return None

    return lambda given, scope: unary(type, given[0], of_value)


def _to_string(given: list[Expression], scope: Scope) -> Expression:
    kind = given[0].type

    def of(row: Row) -> str:
        value = given[0].of(row)
        return "" if value is None else str(values.shown(value, kind)) if kind != "bool" else str(value).lower()

    return Expression("string", of)


def _text(name: str, function: Callable[[str], Any], type: str = "string") -> Any:
    return lambda given, scope: unary(type, _typed(name, given[0], "string"), function)


def _joined(given: list[Expression], scope: Scope) -> Expression:
    parts = [_to_string([each], scope) for each in given]
    return Expression("string", lambda row: "".join(part.of(row) for part in parts))


def _either(given: list[Expression], scope: Scope) -> Expression:
    test, yes, no = given
    _typed("iff", test, "bool")
    if yes.type != no.type and not {yes.type, no.type} <= set(NUMBERS):
        raise KqlError(f"iff() takes two values of one type, not a {yes.type} and a {no.type}.")
    type = yes.type if yes.type == no.type else ("real" if "real" in (yes.type, no.type) else "long")
    return Expression(type, lambda row: yes.of(row) if test.of(row) else no.of(row))


def _coalesce(given: list[Expression], scope: Scope) -> Expression:
    kinds = {each.type for each in given}
    if len(kinds) > 1 and not kinds <= set(NUMBERS):
        raise KqlError("coalesce() takes values of one type.")

    def of(row: Row) -> Any:
        return next((value for each in given if (value := each.of(row)) is not None and value != ""), None)

    return Expression(given[0].type, of)


def _round(given: list[Expression], scope: Scope) -> Expression:
    digits = given[1].of(()) if len(given) > 1 and given[1].is_literal else 0
    return unary("real", _typed("round", given[0], *NUMBERS), lambda value: float(round(value, int(digits))))


def _null(empty: bool, wanted: bool) -> Any:
    def make(given: list[Expression], scope: Scope) -> Expression:
        of = given[0].of
        if empty:
            return Expression("bool", lambda row: (of(row) in (None, "")) == wanted)
        return Expression("bool", lambda row: (of(row) is None) == wanted)

    return make


def _not(given: list[Expression], scope: Scope) -> Expression:
    return unary("bool", _typed("not", given[0], "bool"), lambda value: not value)


_MANY = 64
_FUNCTIONS: Mapping[str, tuple[int, int, Callable[[list[Expression], Scope], Expression]]] = {
    "ago": (1, 1, _ago),
    "now": (0, 1, _now),
    "bin": (2, 2, _bin),
    "floor": (2, 2, _bin),
    "toint": (1, 1, _to_number("int", int)),
    "tolong": (1, 1, _to_number("long", int)),
    "toreal": (1, 1, _to_number("real", float)),
    "todouble": (1, 1, _to_number("real", float)),
    "tostring": (1, 1, _to_string),
    "tolower": (1, 1, _text("tolower", str.lower)),
    "toupper": (1, 1, _text("toupper", str.upper)),
    "strlen": (1, 1, _text("strlen", len, "long")),
    "strcat": (1, _MANY, _joined),
    "iff": (3, 3, _either),
    "iif": (3, 3, _either),
    "coalesce": (2, _MANY, _coalesce),
    "round": (1, 2, _round),
    "isnull": (1, 1, _null(False, True)),
    "isnotnull": (1, 1, _null(False, False)),
    "isempty": (1, 1, _null(True, True)),
    "isnotempty": (1, 1, _null(True, False)),
    "not": (1, 1, _not),
}
"""The least and the most arguments, and what makes the expression."""
