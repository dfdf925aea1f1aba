"""The grammar, and the tree of a query. Source: Kusto docs, query language reference."""

from __future__ import annotations

import re
from functools import cache

from lark import Lark, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from seawall.local.monitor.kql.errors import KqlError, Unsupported

_GRAMMAR = r"""
start: NAME ("|" operator)* ";"?
?operator: where | extend | project | summarize | order | top | take | distinct | count
where: ("where" | "filter") expr
extend: "extend" items
project: "project" items
summarize: "summarize" [items] ["by" items]
order: ("order" | "sort") "by" ordering ("," ordering)*
top: "top" NUMBER "by" ordering
take: ("take" | "limit") NUMBER
distinct: "distinct" (STAR | items)
count: "count"
items: item ("," item)*
item: [NAME "="] expr
ordering: expr [DIRECTION] ["nulls" END]

?expr: conjunction ("or" conjunction)*           -> or_
?conjunction: comparison ("and" comparison)*     -> and_
?comparison: sum
    | sum COMPARE sum                            -> compare
    | sum WORD_COMPARE sum                       -> compare
    | sum MEMBER "(" expr ("," expr)* ")"        -> member
    | sum BETWEEN "(" sum ".." sum ")"           -> between
?sum: product (SIGN product)*                    -> arithmetic
?product: unary ((STAR | SLASH) unary)*          -> arithmetic
?unary: atom | SIGN atom                         -> signed
?atom: NAME "(" [arguments] ")"                  -> call
    | NAME                                       -> column
    | "(" expr ")"
    | NUMBER                                     -> number
    | TIMESPAN                                   -> timespan
    | DATETIME                                   -> datetime
    | STRING                                     -> string
    | "true"                                     -> true
    | "false"                                    -> false
arguments: expr ("," expr)*

DIRECTION: "asc" | "desc"
END: "first" | "last"
COMPARE: "==" | "!=" | "=~" | "!~" | "<=" | ">=" | "<" | ">"
WORD_COMPARE: /!?(has|contains|startswith|endswith)(_cs)?(?!\w)/
MEMBER: /!?in(~|\b)/
BETWEEN: /!?between(?!\w)/
SIGN: "+" | "-"
STAR: "*"
SLASH: "/" | "%"
DATETIME.3: /datetime\s*\([^)]*\)/
TIMESPAN.2: /\d+(\.\d+)?(microsecond|tick|ms|d|h|m|s)\b/
NUMBER: /\d+(\.(?!\.)\d+)?([eE][+-]?\d+)?/
STRING: /@?'[^'\n]*'|@?"[^"\n]*"/
NAME: /[A-Za-z_]\w*/
COMMENT: /\/\/[^\n]*/
%import common.WS
%ignore WS
%ignore COMMENT
"""

_STATEMENT = re.compile(r"\s*(let|union|print|search|datatable|range|find|set|declare|alias|restrict)\s+\S")


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True, propagate_positions=False)


def tree(text: str) -> Tree:
    """The query's tree. Raises `KqlError`, naming the operator that isn't known."""
    if not text.strip():
        raise KqlError("The query is empty.", "SyntaxError")
    statement = _STATEMENT.match(text)
    if statement:
        raise Unsupported(f"the statement {statement[1]}")
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text) if ended or error.pos_in_stream is None else error.pos_in_stream
    before = text[:at].rstrip()
    if before == text.rstrip():
        raise KqlError("The query ends too early.", "SyntaxError")
    word = _word(text, at)
    if before.endswith("|"):
        raise Unsupported(f"the operator {word}")
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    raise KqlError(f"The query can't be read at {word!r} (line {line}, column {column}).", "SyntaxError")


def _word(text: str, at: int) -> str:
    found = re.match(r"!?[\w~-]+|.", text[at:], re.DOTALL)
    return found[0] if found else ""
