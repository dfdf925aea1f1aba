"""The part of the Kusto query language that the local Azure runs, over rows in memory.

    run("T | where Code >= 500 | summarize count() by bin(Time, 1m)", {"T": table}.get, now=…)

Operators: where, extend, project, summarize, order/sort by, top, take/limit, distinct, count. Whatever else there is
in the language is refused by its name. Source: Kusto docs, query language reference.
"""

from seawall.local.monitor.kql.errors import KqlError, Unsupported
from seawall.local.monitor.kql.pipeline import run
from seawall.local.monitor.kql.values import Column, Table

__all__ = ["Column", "KqlError", "Table", "Unsupported", "run"]
