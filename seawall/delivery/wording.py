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


def size(count: int) -> str:
    """How large something is, in the unit that says most.

    >>> size(0), size(1), size(812), size(3_400), size(999_960), size(2_500_000_000)
    ('0 bytes', '1 byte', '812 bytes', '3.4 kB', '1.0 MB', '2.5 GB')
    """
    if count < 1000:
        return "1 byte" if count == 1 else f"{count} bytes"
    amount, unit = count / 1e3, "kB"
    for larger in ("MB", "GB", "TB"):
        if round(amount, 1) >= 1000:
            amount, unit = amount / 1e3, larger
    return f"{amount:,.1f} {unit}"
