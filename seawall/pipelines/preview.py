"""A preview for whoever approves it: what would change, stack by stack, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from policies.reports.markdown import Page
from seawall.local.diff import Diff
from seawall.review.comment import changed_resources, counted

MOST = 500_000
"""Bytes; a job's summary on GitHub takes 1 MiB for each step."""


def rendered(env: str, where: str, diffs: Sequence[Diff]) -> str:
    """The preview of an environment, with what it needs."""
    changed = any(diff.changed for diff in diffs)
    head = "What an approval lets happen" if changed else "Nothing is to be done"
    page = Page(f"### Preview of {env} on {where}\n\n{head}.\n", MOST)
    page.table("", ("Stack", "Resources"), [(diff.stack, counted(diff)) for diff in diffs])
    for diff in diffs:
        changed_resources(page, diff.stack, diff.changing)
    return page.text(f"`seawall preview {env}` shows everything") + "\n"
