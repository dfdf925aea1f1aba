"""Scalar expressions: a tree becomes a function of a row, with a type that is known beforehand.

Null follows Kusto: whatever meets it is null, and a null condition doesn't hold.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from seawall.local.monitor.kql import values
from seawall.local.monitor.kql.errors import KqlError
from seawall.local.monitor.kql.values import NUMBERS, Column

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Expression:
    """A value of a row."""

    type: str
    of: Callable[[Row], Any]
    name: str = ""
    """Of the column that it makes where none is given."""
    is_literal: bool = False


@dataclass(frozen=True)
class Scope:
    """What names mean."""

    columns: Sequence[Column]
    now: float
    call: Callable[[str, list[Tree | Token]], Expression | None] | None = None
    """Asked first for a function: how `summarize` takes its aggregates out of an expression."""

    def column(self, name: str) -> Expression:
        for at, column in enumerate(self.columns):
            if column.name == name:
                return Expression(column.type, operator.itemgetter(at), name)
        raise KqlError(f"Failed to resolve column or scalar expression named {name!r}.")


def compiled(node: Tree, scope: Scope) -> Expression:
    """The expression of a tree. Raises `KqlError`."""
    make = _MAKERS[node.data]
    return make(node.children, scope)


def condition(node: Tree, scope: Scope, where: str) -> Callable[[Row], Any]:
    """An expression that must be a bool. Raises `KqlError`."""
    found = compiled(node, scope)
    if found.type != "bool":
        raise KqlError(f"{where} needs a condition, not a {found.type}.")
    return found.of


def literal(type: str, value: Any) -> Expression:
    return Expression(type, lambda row: value, is_literal=True)


def _number(children: list, scope: Scope) -> Expression:
    text = str(children[0])
    return literal("long", int(text)) if text.isdigit() else literal("real", float(text))


def _string(children: list, scope: Scope) -> Expression:
    text = str(children[0])
    if text.startswith("@"):
        return literal("string", text[2:-1])
    plain = re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), text[1:-1])
    return literal("string", plain)


def _datetime(children: list, scope: Scope) -> Expression:
    return literal("datetime", values.moment(str(children[0]).partition("(")[2].rstrip()[:-1]))


def _call(children: list, scope: Scope) -> Expression:
    name, given = str(children[0]), children[1].children if children[1] is not None else []
    if scope.call is not None:
        found = scope.call(name, given)
        if found is not None:
            return found
    # Functions are made of expressions, so their module imports this one.
    from seawall.local.monitor.kql import functions

    functions.check_known(name)
    return functions.scalar(name, [compiled(each, scope) for each in given], scope)


def _or(children: list, scope: Scope) -> Expression:
    if len(children) == 1:
        return compiled(children[0], scope)
    parts = [condition(each, scope, "or") for each in children]
    return Expression("bool", lambda row: any(part(row) for part in parts))


def _and(children: list, scope: Scope) -> Expression:
    if len(children) == 1:
        return compiled(children[0], scope)
    parts = [condition(each, scope, "and") for each in children]
    return Expression("bool", lambda row: all(part(row) for part in parts))


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _term(text: str, part: str) -> bool:
    """Whether the part stands in the text as a whole term, a run of letters and digits."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(part)}(?![0-9A-Za-z])", text) is not None


_WORDS: Mapping[str, Callable[[str, str], bool]] = {
    "has": _term,
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def _compare(children: list, scope: Scope) -> Expression:
    left, symbol, right = compiled(children[0], scope), str(children[1]), compiled(children[2], scope)
    if symbol in _COMPARE:
        left, right = comparable(left, right, symbol)
        return _binary("bool", left, right, _COMPARE[symbol])
    for each in (left, right):
        if each.type != "string":
            raise KqlError(f"{symbol} compares strings, not a {each.type}.")
    if symbol in ("=~", "!~"):
        same = symbol == "=~"
        return _binary("bool", left, right, lambda a, b: (a.lower() == b.lower()) == same)
    negated, exact = symbol.startswith("!"), symbol.endswith("_cs")
    test = _WORDS[symbol.strip("!").removesuffix("_cs")]
    if exact:
        return _binary("bool", left, right, lambda a, b: test(a, b) != negated)
    return _binary("bool", left, right, lambda a, b: test(a.lower(), b.lower()) != negated)


def comparable(left: Expression, right: Expression, symbol: str) -> tuple[Expression, Expression]:
    """Both sides, a literal string beside a number read as one, as in Microsoft's own sample queries."""
    if left.type == right.type or {left.type, right.type} <= set(NUMBERS):
        return left, right
    if left.type in NUMBERS and right.type == "string" and right.is_literal:
        return left, _as_number(right)
    if right.type in NUMBERS and left.type == "string" and left.is_literal:
        return _as_number(left), right
    raise KqlError(f"Cannot compare values of types {left.type} and {right.type} with {symbol}.")


def _as_number(text: Expression) -> Expression:
    try:
        return literal("real", float(text.of(())))
    except ValueError:
        raise KqlError(f"{text.of(())!r} is compared with a number, and is none.") from None


def _member(children: list, scope: Scope) -> Expression:
    value, symbol = compiled(children[0], scope), str(children[1])
    choices = [compiled(each, scope) for each in children[2:]]
    negated, loose = symbol.startswith("!"), symbol.endswith("~")
    pairs = [comparable(value, each, symbol) for each in choices]
    if loose and value.type != "string":
        raise KqlError(f"{symbol} compares strings, not a {value.type}.")

    def holds(row: Row) -> bool | None:
        for left, right in pairs:
            a, b = left.of(row), right.of(row)
            if a is None:
                return None
            if (a.lower() == b.lower()) if loose else (a == b):
                return not negated
        return negated

    return Expression("bool", holds)


def _between(children: list, scope: Scope) -> Expression:
    value, low, high = (compiled(children[at], scope) for at in (0, 2, 3))
    comparable(value, low, "between")
    comparable(value, high, "between")
    negated = str(children[1]).startswith("!")

    def holds(row: Row) -> bool | None:
        found, least, most = value.of(row), low.of(row), high.of(row)
        if found is None or least is None or most is None:
            return None
        return (least <= found <= most) != negated

    return Expression("bool", holds)


def _arithmetic(children: list, scope: Scope) -> Expression:
    found = compiled(children[0], scope)
    for symbol, node in zip(children[1::2], children[2::2], strict=True):
        found = _calculated(str(symbol), found, compiled(node, scope))
    return found


def _signed(children: list, scope: Scope) -> Expression:
    found = compiled(children[1], scope)
    if found.type not in (*NUMBERS, "timespan"):
        raise KqlError(f"{children[0]} needs a number, not a {found.type}.")
    if str(children[0]) == "+":
        return found
    minus = unary(found.type, found, operator.neg)
    return Expression(minus.type, minus.of, is_literal=found.is_literal)


def _calculated(symbol: str, left: Expression, right: Expression) -> Expression:
    """Types as Kusto's: whole numbers divide to a whole one. Division by zero is null."""
    type = _result(symbol, left.type, right.type)
    if type is None:
        raise KqlError(f"{symbol} doesn't take a {left.type} and a {right.type}.")
    whole = type == "long"
    match symbol:
        case "+":
            return _binary(type, left, right, operator.add)
        case "-":
            return _binary(type, left, right, operator.sub)
        case "*":
            return _binary(type, left, right, operator.mul)
        case "%":
            return _binary(type, left, right, lambda a, b: a % b if b else None)
    if whole:
        return _binary(type, left, right, lambda a, b: int(a / b) if b else None)
    return _binary(type, left, right, lambda a, b: a / b if b else None)


def _result(symbol: str, left: str, right: str) -> str | None:
    if left in NUMBERS and right in NUMBERS:
        return "real" if "real" in (left, right) else "long"
    match (left, symbol, right):
        case ("datetime", "-", "datetime") | ("timespan", "+" | "-" | "%", "timespan"):
            return "timespan"
        case ("datetime", "+" | "-", "timespan") | ("timespan", "+", "datetime"):
            return "datetime"
        case ("timespan", "/", "timespan"):
            return "real"
        case ("timespan", "*" | "/", _) if right in NUMBERS:
            return "timespan"
        case (_, "*", "timespan") if left in NUMBERS:
            return "timespan"
    return None


def _binary(type: str, left: Expression, right: Expression, function: Callable[[Any, Any], Any]) -> Expression:
    a, b = left.of, right.of

    def of(row: Row) -> Any:
        x, y = a(row), b(row)
        return None if x is None or y is None else function(x, y)

    return Expression(type, of)


def unary(type: str, one: Expression, function: Callable[[Any], Any]) -> Expression:
    """A function of one value; null stays null."""

    def of(row: Row) -> Any:
        value = one.of(row)
        return None if value is None else function(value)

    return Expression(type, of)


_MAKERS: Mapping[str, Callable[[list, Scope], Expression]] = {
    "or_": _or,
    "and_": _and,
    "compare": _compare,
    "member": _member,
    "between": _between,
    "arithmetic": _arithmetic,
    "signed": _signed,
    "call": _call,
    "column": lambda children, scope: scope.column(str(children[0])),
    "number": _number,
    "timespan": lambda children, scope: literal("timespan", values.timespan(str(children[0]))),
    "datetime": _datetime,
    "string": _string,
    "true": lambda children, scope: literal("bool", True),
    "false": lambda children, scope: literal("bool", False),
}
