"""Words of any origin made fit for a tag: one line, of bounded length."""

from __future__ import annotations

MOST_CHARACTERS = 256
"""What the value of a tag holds. Source: Azure Resource Manager docs, tag-resources, "Limitations"."""


def said(text: str, most: int = MOST_CHARACTERS) -> str:
    """A text on one line, without what can't be printed, cut where it is too long.

    >>> said("a  b\\nc", most=4)
    'a b…'
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
