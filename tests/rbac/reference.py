"""The reference's own tables, read from its text: the judge of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEXT = Path(__file__).parents[3] / "shared" / "reference" / "004_d21c46406f5f52cb.txt"
ROLE = re.compile(r"^- (?P<short>\w+) = \[(?P<name>[^\]]+)\]", re.MULTILINE)
FULL = {
    "Machine Learning Data Scientist": "AzureML Data Scientist",
    "Machine Learning Compute Operator": "AzureML Compute Operator",
    "Azure Container Registry Push": "AcrPush",
}
"""What the reference calls roles whose names in Azure are others."""


def text() -> str:
    if not TEXT.is_file():
        pytest.skip("the reference is not at hand (../shared/reference)")
    return TEXT.read_text(encoding="utf-8")


def abbreviations() -> dict[str, str]:
    """The fourteen abbreviations, with Azure's names of the roles."""
    section = text().split("#### Standard roles")[1].split("##### Production environment")[0]
    return {found["short"]: FULL.get(found["name"], found["name"]) for found in ROLE.finditer(section)}


def table(tier: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """By persona and resource, the full names of the roles; empty cells are there too.

    The preproduction table calls two resources by shorter names: the columns are the same.
    """
    title = {"production": "##### Production environment", "preproduction": "##### Preproduction environment"}[tier]
    lines = [line for line in text().split(title)[1].split("\n\n")[1].splitlines() if line.startswith("|")]
    columns = [cell.strip() for cell in _production_head().strip("|").split("|")][1:]
    full = abbreviations()
    found = {}
    for line in lines[2:]:
        persona, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        for column, cell in zip(columns, cells, strict=True):
            found[persona, column] = tuple(full[short.strip()] for short in cell.split(",") if short.strip())
    return found


def _production_head() -> str:
    return next(line for line in text().split("##### Production environment")[1].splitlines() if line.startswith("|"))


def personas() -> dict[str, tuple[str, bool]]:
    """By the heading of its section, each persona's kind and whether it is project-specific."""
    section = text().split("#### Example personas")[1].split("### Microsoft Entra group membership")[0]
    found = {}
    for part in section.split("##### ")[1:]:
        kind = re.search(r"\*\*Type:\*\* ([\w ]+)", part)
        specific = re.search(r"\*\*Project specific:\*\* (\w+)", part)
        assert kind and specific
        found[part.splitlines()[0].strip()] = (kind[1].strip().lower(), specific[1] == "Yes")
    return found
