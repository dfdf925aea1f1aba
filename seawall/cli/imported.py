"""What `seawall import` writes and tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.json import encode
from msgspec.json import format as indented

from seawall.azure.types import lookup
from seawall.cli.exits import BadInput
from seawall.cli.wording import called, resource_group, short_type
from seawall.importing.comparing import Comparison, Match
from seawall.importing.existing import Existing
from seawall.local.changes import ABSENT, Change
from seawall.plan.model import Resource

_WIDTH = 160


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an import would do, and what was written."""

    env: str
    comparison: Comparison
    unsaid: tuple[str, ...]
    unread: tuple[str, ...]
    files: tuple[Path, Path]
    """The stack file and the import list."""


def write(files: tuple[Path, Path], stack_file: str, listed: Mapping[str, Any]) -> None:
    """Write both files, each whole; the stack file last. Raises `BadInput` where one can't be written."""
    contents = (stack_file.encode(), indented(encode(listed), indent=2) + b"\n")
    partials = [path.with_name(f".{path.name}.partial") for path in files]
    try:
        for path, partial, content in zip(files, partials, contents, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
        for path, partial in reversed(list(zip(files, partials, strict=True))):
            partial.replace(path)
    except OSError as error:
        for partial in partials:
            partial.unlink(missing_ok=True)
        raise BadInput(f"{error.filename}: can't be written: {error.strerror}", hint="Nothing was written.") from None


def lines(report: Report) -> Iterator[str]:
    """The report for people."""
    found = report.comparison
    bare = [one for one in found.matches if not one.compared]
    yield f"Imported as it is: {len(found.unchanged)}"
    if bare:
        yield f"  of which nothing but their IDs is known: {_some(one.existing.name for one in bare)}"
    yield f"Imported and changed: {len(found.changed)}"
    for match in found.changed:
        yield f"  ~  {_called(match.planned)}"
        yield from (f"       {_change(one)}" for one in match.changes)
    yield f"Made anew: {len(found.created)}"
    yield from (f"  +  {_called(one)}" for one in found.created)
    if found.elsewhere:
        yield f"Outside of Resource Manager, of which a source says nothing: {len(found.elsewhere)}"
        yield from (f"  ?  {one.type} {one.name}" for one in found.elsewhere)
    yield f"Left alone: {len(found.left)}"
    yield from (f"     {one.id}\n         {why_left(one, found)}" for one in found.left)
    for title, said in (("Not said by the stack file", report.unsaid), ("Not told by a template", report.unread)):
        if said:
            yield f"{title}: {len(said)}"
            yield from (f"     {one}" for one in said)
    yield ""
    yield f"Wrote {report.files[0]} and {report.files[1]}. Look the stack file over, then"
    yield f"  pulumi stack init {report.env}"
    yield f"  pulumi import --stack {report.env} --file {report.files[1]} --protect=false --generate-code=false"
    yield f"  seawall preview {report.env}"


def document(report: Report) -> dict[str, Any]:
    """The report for a machine."""
    found = report.comparison
    return {
        "environment": report.env,
        "stackFile": str(report.files[0]),
        "importList": str(report.files[1]),
        "unchanged": [_entry(one) for one in found.unchanged],
        "changed": [
            {
                **_entry(one),
                "changes": [{"path": it.path, "is": _plain(it.before), "will": _plain(it.after)} for it in one.changes],
            }
            for one in found.changed
        ],
        "created": [{"urn": one.urn, "type": one.type, "id": one.id} for one in found.created],
        "elsewhere": [{"urn": one.urn, "type": one.type} for one in found.elsewhere],
        "left": [{"id": one.id, "why": why_left(one, found)} for one in found.left],
        "unsaid": list(report.unsaid),
        "unread": list(report.unread),
    }


def why_left(existing: Existing, found: Comparison) -> str:
    """Why something that exists isn't imported."""
    instead = [one.id for one in found.created if _arm_type(one) == existing.arm_type and _stands_for(one, existing)]
    here = [id for id in instead if id.rpartition("/")[2].lower() == existing.name.lower()]
    if here:
        group = resource_group(here[0])
        return f"the program makes it in {group}, whose name follows from the naming rule: it is made anew beside this"
    if instead:
        names = _some(id.rpartition("/")[2] for id in instead)
        return f"the naming rule makes {names} instead, and no setting gives another name: it is made anew beside this"
    made = [*found.created, *(one.planned for one in found.matches)]
    if any(_arm_type(one) == existing.arm_type for one in made):
        return "the program makes others of its type, and not this one"
    return "no component of this stack makes its type"


def _stands_for(planned: Resource, existing: Existing) -> bool:
    """Whether a planned resource is what becomes of an existing one: of several in a workspace, the one of its name."""
    several = existing.arm_type.startswith("microsoft.machinelearningservices/workspaces/")
    return not several or planned.id.rpartition("/")[2].lower().startswith(f"{existing.name.lower()}-")


def _entry(match: Match) -> dict[str, Any]:
    planned = match.planned
    return {"urn": planned.urn, "type": planned.type, "id": match.existing.id, "compared": match.compared}


def _arm_type(resource: Resource) -> str:
    return lookup(resource.type).arm_type.lower()


def _called(resource: Resource) -> str:
    return f"{short_type(resource.type)} {called(resource.id, resource.name)}"


def _change(change: Change) -> str:
    line = f"~ {change.path}: {_value(change.before)} => {_value(change.after)}"
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def _value(value: Any) -> str:
    return "nothing" if value is ABSENT else encode(value).decode()


def _plain(value: Any) -> Any:
    return None if value is ABSENT else value


def _some(names: Iterable[str], most: int = 5) -> str:
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
