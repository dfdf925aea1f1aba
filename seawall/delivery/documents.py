"""From a release file to a release; or to everything that is wrong with the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seawall.delivery import explain
from seawall.delivery.document import Release
from seawall.delivery.merging import Merged, merged
from seawall.delivery.source import FileError, FileErrors, Place, Source, read, shown
from seawall.delivery.together import CHECKS, Fault, Surroundings

WHAT = "a release file"
_STAND_INS: Mapping[str, Any] = {
    "endpoint": "endpoint",
    "model": {"name": "model", "version": "1"},
    "instance": {"type": "Standard_DS3_v2"},
}
"""What stands in for a required section that is wrong or missing, while the others are looked at together."""


def load(file: Path, environment: str, *, local: bool = False) -> Release:
    """The release that a file asks for in an environment. `local`: on the local Azure.

    Raises FileErrors with everything that is wrong, in the sections of other environments too.
    """
    source = read(file, WHAT)
    errors = [*source.errors, *_odd_environments(source)]
    around = Surroundings(file.parent, local)
    release, faults = _checked(merged(source.values, environment), around)
    errors += _located(source, faults)
    for other in _environments(source):
        if other != environment:
            errors += _located(source, _checked(merged(source.values, other), around)[1])
    if errors or release is None:
        raise FileErrors(_once(errors))
    return release


def _environments(source: Source) -> list[str]:
    sections = source.values.get("environments")
    found = sections if isinstance(sections, dict) else {}
    return [name for name, section in found.items() if isinstance(section, dict)]


def _odd_environments(source: Source) -> Iterator[FileError]:
    sections = source.values.get("environments", {})
    if not isinstance(sections, dict):
        yield source.fault(("environments",), shown(sections), "sections by environment, such as dev and prod")
        return
    for name, section in sections.items():
        if section is not None and not isinstance(section, dict):
            yield source.fault(("environments", name), shown(section), "a mapping of what differs there")


def _checked(whole: Merged, around: Surroundings) -> tuple[Release | None, list[tuple[Merged, Fault]]]:
    """The release if nothing is wrong, and all that is wrong: with sections first, then with those that are right."""
    faults = list(_faults(whole.values))
    wrong = {str(fault.place[0]) for fault in faults if fault.place}
    kept = {key: value for key, value in whole.values.items() if key not in wrong}
    release = Release.model_validate({**{key: value for key, value in _STAND_INS.items() if key not in kept}, **kept})
    for check, sections in CHECKS:
        if not wrong & set(sections):
            faults += check(release, around)
    return (None if faults else release), [(whole, fault) for fault in faults]


def _faults(values: dict[str, Any]) -> Iterator[Fault]:
    try:
        Release.model_validate(values)
    except ValidationError as reason:
        errors = reason.errors(include_url=False)
        for error in errors:
            place = tuple(part for part in error["loc"] if part != "[key]")
            if error["type"] == "too_short" and any(_is_within(other["loc"], error["loc"]) for other in errors):
                continue  # pydantic doesn't count the items that are wrong
            yield Fault(place, explain.got(error), explain.expected(error, place, _schema()))


def _is_within(place: Place, other: Place) -> bool:
    return len(place) > len(other) and place[: len(other)] == other


def _located(source: Source, faults: list[tuple[Merged, Fault]]) -> Iterator[FileError]:
    """Faults where the file has them."""
    for whole, fault in faults:
        yield source.fault(whole.place(fault.place), fault.got, fault.expected)


def _once(errors: list[FileError]) -> Iterator[FileError]:
    """Each fault once: those of the file's own sections are found again in every environment."""
    seen: set[tuple[str, str]] = set()
    for error in errors:
        if (error.path, error.expected) not in seen:
            seen.add((error.path, error.expected))
            yield error


@cache
def _schema() -> dict[str, Any]:
    return explain.schema_of(Release)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a release file, for editors; any section may stand again under an environment's name."""
    schema = _tidy(_schema())
    sections = dict(schema["properties"])
    override = {"type": ["object", "null"], "properties": {key: {} for key in sections}, "additionalProperties": False}
    environments = {
        "type": "object",
        "description": "What differs in an environment, by its name. A null takes a value away.",
        "additionalProperties": override,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "A Seawall release file",
        "properties": {**sections, "environments": environments},
        # What every environment says for itself needs not be said above them.
        "required": ["endpoint"],
    }


def _tidy(schema: Any) -> Any:
    """The schema without generated titles, and without defaults that only repeat a section's own."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and isinstance(value, dict | None))
    }


__all__ = ["FileErrors", "json_schema", "load"]
