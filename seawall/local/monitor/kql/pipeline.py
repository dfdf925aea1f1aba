"""Tabular operators: each takes a table and gives one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lark import Token, Tree

from seawall.local.monitor.kql.aggregates import NAMES, Aggregate, aggregate
from seawall.local.monitor.kql.errors import KqlError
from seawall.local.monitor.kql.expressions import Expression, Row, Scope, compiled, condition
from seawall.local.monitor.kql.grammar import tree
from seawall.local.monitor.kql.values import Column, Table

LONGEST = 20_000
"""Characters of a query."""


def run(query: str, table_of: Callable[[str], Table | None], now: float) -> Table:
    """The result of a query. `table_of` gives a table by its name, or none. Raises `KqlError`."""
    if len(query) > LONGEST:
        raise KqlError(f"The query is longer than {LONGEST} characters.", "SyntaxError")
    try:
        parsed = tree(query)
        name, *steps = parsed.children
        table = table_of(str(name))
        if table is None:
            raise KqlError(f"Failed to resolve table or column expression named {str(name)!r}.")
        for step in steps:
            assert isinstance(step, Tree)
            table = _OPERATORS[step.data](table, step.children, now)
    except RecursionError:
        raise KqlError("The query is nested too deeply.", "SyntaxError") from None
    return table


def _where(table: Table, children: list, now: float) -> Table:
    holds = condition(children[0], Scope(table.columns, now), "where")
    return Table(table.columns, [row for row in table.rows if holds(row)])


def _items(node: Tree, scope: Scope) -> list[tuple[str, Expression]]:
    """Each item's name and expression; what has no name gets Column1, Column2 and so on."""
    found: list[tuple[str, Expression]] = []
    unnamed = 0
    for item in node.children:
        name, expression = item.children[0], compiled(item.children[1], scope)  # type: ignore[union-attr, arg-type]
        if name is None and not expression.name:
            unnamed += 1
        found.append((str(name) if name else expression.name or f"Column{unnamed}", expression))
    return found


def _project(table: Table, children: list, now: float) -> Table:
    items = _items(children[0], Scope(table.columns, now))
    _check_unique([name for name, _ in items])
    makers = [expression.of for _, expression in items]
    columns = tuple(Column(name, expression.type) for name, expression in items)
    return Table(columns, [tuple(make(row) for make in makers) for row in table.rows])


def _extend(table: Table, children: list, now: float) -> Table:
    items = dict(_items(children[0], Scope(table.columns, now)))
    kept = [(column, at) for at, column in enumerate(table.columns)]
    plan: list[tuple[Column, Callable[[Row], Any]]] = []
    for column, at in kept:
        new = items.pop(column.name, None)
        plan.append((Column(column.name, new.type), new.of) if new else (column, _at(at)))
    plan += [(Column(name, expression.type), expression.of) for name, expression in items.items()]
    makers = [make for _, make in plan]
    return Table(tuple(column for column, _ in plan), [tuple(make(row) for make in makers) for row in table.rows])


def _at(index: int) -> Callable[[Row], Any]:
    return lambda row: row[index]


def _distinct(table: Table, children: list, now: float) -> Table:
    chosen = table if isinstance(children[0], Token) else _project(table, children, now)
    return Table(chosen.columns, list(dict.fromkeys(chosen.rows)))


def _count(table: Table, children: list, now: float) -> Table:
    return Table((Column("Count", "long"),), [(len(table.rows),)])


def _take(table: Table, children: list, now: float) -> Table:
    return Table(table.columns, list(table.rows[: _whole(children[0])]))


def _top(table: Table, children: list, now: float) -> Table:
    ordered = _order(table, children[1:], now)
    return Table(ordered.columns, list(ordered.rows[: _whole(children[0])]))


def _whole(token: Token) -> int:
    if not token.isdigit():
        raise KqlError(f"{token} is no number of rows.")
    return int(token)


def _order(table: Table, children: list, now: float) -> Table:
    """Descending unless said otherwise; null is the smallest. Source: Kusto docs, sort operator."""
    rows = list(table.rows)
    for ordering in reversed(children):
        node, direction, end = ordering.children
        expression = compiled(node, Scope(table.columns, now))
        descending = str(direction or "desc") == "desc"
        nulls_first = (str(end) == "first") if end else not descending
        found = [(row, expression.of(row)) for row in rows]
        nulls = [row for row, value in found if value is None]
        valued = [(row, value) for row, value in found if value is not None]
        valued.sort(key=lambda pair: pair[1], reverse=descending)
        ordered = [row for row, _ in valued]
        rows = nulls + ordered if nulls_first else ordered + nulls
    return Table(table.columns, rows)


def _summarize(table: Table, children: list, now: float) -> Table:
    inner = Scope(table.columns, now)
    found: list[Aggregate] = []
    keys = _items(children[1], inner) if children[1] is not None else []
    results = _results(children[0], inner, found) if children[0] is not None else []
    names = [name for name, _ in keys] + [column.name for column, _ in results]
    _check_unique(names)
    groups: dict[Row, list[Row]] = {}
    if keys:
        makers = [expression.of for _, expression in keys]
        for row in table.rows:
            groups.setdefault(tuple(make(row) for make in makers), []).append(row)
    elif results:
        groups[()] = list(table.rows)
    rows = []
    for key, members in groups.items():
        slots = tuple(value for one in found for value in one.of(members))
        rows.append((*key, *(of(slots) for _, of in results)))
    columns = (*(Column(name, expression.type) for name, expression in keys), *(column for column, _ in results))
    return Table(columns, rows)


def _results(node: Tree, inner: Scope, found: list[Aggregate]) -> list[tuple[Column, Callable[[Row], Any]]]:
    """What a summarize gives beside its keys; the aggregates in it are added to `found`, a slot for each value."""

    def slot(name: str, given: Sequence[Any]) -> Expression | None:
        if name not in NAMES:
            return None
        one = aggregate(name, [compiled(each, inner) for each in given])
        at = sum(len(each.columns) for each in found)
        found.append(one)
        return Expression(one.columns[0].type, _at(at), one.columns[0].name)

    outer = Scope((), inner.now, call=slot)
    results: list[tuple[Column, Callable[[Row], Any]]] = []
    unnamed = 0
    for item in node.children:
        name, expression_node = item.children  # type: ignore[union-attr]
        before = sum(len(each.columns) for each in found)
        made = compiled(expression_node, outer)  # type: ignore[arg-type]
        many = found[-1].columns if found and made.name == found[-1].columns[0].name else ()
        if len(many) > 1 and name is None:
            results += [(column, _at(before + at)) for at, column in enumerate(many)]
            continue
        if not made.name and name is None:
            unnamed += 1
        results.append((Column(str(name) if name else made.name or f"Column{unnamed}", made.type), made.of))
    return results


def _check_unique(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise KqlError(f"Two columns are named {', '.join(twice)}: give them names of their own.")


_OPERATORS: Mapping[str, Callable[[Table, list, float], Table]] = {
    "where": _where,
    "extend": _extend,
    "project": _project,
    "summarize": _summarize,
    "order": _order,
    "top": _top,
    "take": _take,
    "distinct": _distinct,
    "count": _count,
}
