"""What has drifted in an environment, as an issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies.reports.markdown import Page, shown
from seawall.review.words import short_type

MOST = 60_000
"""Bytes; GitHub takes 65,536 characters."""


def title(env: str, drifts: Sequence[Mapping[str, Any]]) -> str:
    """The issue's title."""
    return f"{env} has drifted: {len(drifts)} resource{'' if len(drifts) == 1 else 's'} changed outside of Seawall"


def rendered(env: str, drifts: Sequence[Mapping[str, Any]]) -> str:
    """The issue's text as Markdown; the same for the same drift, so that it is left alone until that changes."""
    page = Page(
        f"Somebody, or something, changed {env} behind the back of its stack file. The next `seawall up {env}` puts it "
        f"back as the file says; what is to stay belongs into `stacks/Pulumi.{env}.yaml`.\n",
        MOST,
    )
    page.table("", ("Resource", "Property", "As deployed", "As it is"), [row for one in drifts for row in _rows(one)])
    return page.text(f"`seawall refresh {env}` shows everything")


def over(env: str) -> str:
    """The last comment, when nothing drifts any more."""
    return f"{env} is again as its stack file says."


def _rows(drift: Mapping[str, Any]) -> list[tuple[str, ...]]:
    name = f"{short_type(str(drift['type']))} {drift['name']}"
    if drift.get("deleted"):
        return [(name, "", "there", "deleted")]
    changes = drift.get("changes") or [{"path": ""}]
    return [
        (name if number == 0 else "", str(item["path"]), _side(item, "before"), _side(item, "after"))
        for number, item in enumerate(changes)
    ]


def _side(item: Mapping[str, Any], side: str) -> str:
    return shown(item[side]) if side in item else ""
