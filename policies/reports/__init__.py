"""A report as other programs read it: JSON, SARIF, JUnit and Markdown. The same text for the same report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from policies.remedies import Fix
from policies.report import Report
from policies.reports import junit, markdown, sarif
from policies.reports.locations import Location, Locator, nowhere

__all__ = ["FORMATS", "Location", "Locator", "nowhere", "of_json"]

Format = Callable[[Report, Iterable[Fix] | None, Locator], str]


def of_json(report: Report, fixes: Iterable[Fix] | None = None, locate: Locator = nowhere) -> str:
    """The report as indented JSON, with what would mend violations where that was asked for."""
    document = report.to_json()
    if fixes is not None:
        document["fixes"] = [fix.to_json() for fix in fixes]
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


FORMATS: Mapping[str, Format] = {
    "json": of_json,
    "sarif": lambda report, fixes, locate: sarif.of(report, locate),
    "junit": lambda report, fixes, locate: junit.of(report),
    "markdown": lambda report, fixes, locate: markdown.of(report, fixes or ()),
}
"""By name. `locate` says where in the project's files a violation stands, as far as the form can tell that."""
