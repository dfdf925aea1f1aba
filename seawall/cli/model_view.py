"""What a promotion looks like on a screen, and as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from seawall.cli.exits import GuardrailRefusal
from seawall.cli.screen import Screen
from seawall.cli.wording import count
from seawall.delivery.promotion.audit import Record
from seawall.delivery.promotion.examination import Examined
from seawall.delivery.promotion.gates import Decision
from seawall.delivery.promotion.shelves import Registered
from seawall.delivery.wording import size

MARKS = {True: ("✓", "green"), False: ("✗", "red")}


def show(screen: Screen, examined: Examined) -> None:
    """The gates, each with its sentence."""
    request, contents = examined.request, examined.contents
    screen.say(
        f"{request.model} from {request.source} to {request.target}: {count(contents.files, 'file')}, "
        f"{size(contents.size)}, SHA-256 {contents.digest[:12]}…"
    )
    for finding in examined.verdict.findings:
        mark, style = MARKS[finding.passed]
        screen.say(Text.assemble((f"  {mark} ", style), (f"{finding.gate:<12}", "bold"), finding.sentence))


def refusal(examined: Examined) -> GuardrailRefusal:
    """Why it isn't promoted; nothing was copied."""
    verdict, request = examined.verdict, examined.request
    hint = "Nothing was copied. The decision is in the audit record: seawall model history " + request.model.name
    if verdict.decision is Decision.WAITING:
        hint = (
            f"It waits for approval: seawall model approve {request.model} --from {request.source} "
            f"--to {request.target}. Then run the same command again."
        )
    return GuardrailRefusal(verdict.faults, hint=hint, document=document(examined, None))


def promoted(screen: Screen, examined: Examined, record: Record) -> None:
    request = examined.request
    if request.terms.retrain:
        where = record.details.get("recipe", "")
        screen.say(f"The recipe of {request.model} is in {request.target}: {where}", style="bold")
        return
    screen.say(f"{request.model} is in {request.target}, byte for byte: SHA-256 {record.digest}", style="bold")


def document(examined: Examined, record: Record | None) -> dict[str, Any]:
    request, facts = examined.request, examined.facts
    return {
        "model": facts.model.name,
        "version": facts.model.version,
        "from": request.source,
        "to": request.target,
        "decision": "promoted" if record else str(examined.verdict.decision),
        "digest": facts.digest,
        "gates": [
            {"gate": str(one.gate), "passed": one.passed, "says": one.sentence} for one in examined.verdict.findings
        ],
        "measured": dict(facts.measured.metrics) if facts.measured else {},
        "production": {"version": facts.rival.version, "metrics": dict(facts.rival.metrics)} if facts.rival else None,
        "record": record.digest_of_line if record else None,
    }


def show_registered(screen: Screen, found: Registered, where: str) -> None:
    screen.say(f"{found.model} in {where}: {found.type}", style="bold")
    if found.description:
        screen.say(found.description)
    for key, value in sorted(found.tags.items()):
        screen.say(Text.assemble((f"  {key}: ", "bold"), value))
    screen.result(_registered(found))


def _registered(found: Registered) -> Mapping[str, Any]:
    model = found.model
    return {"model": model.name, "version": model.version, "type": found.type, "tags": dict(found.tags)}


def show_history(screen: Screen, records: Sequence[Record], missing: Sequence[str]) -> None:
    """The records, oldest first, and what the tags say that no record does."""
    table = Table("When (UTC)", "Version", "What", "Who", "Why", box=None, pad_edge=False)
    for one in records:
        why = "; ".join(str(line) for line in one.details.get("gates", []) if str(line).startswith("no: "))
        table.add_row(one.at.rstrip("Z").replace("T", " "), one.version, str(one.event), one.by, why)
    screen.say(table if records else "Nothing is on record.")
    for line in missing:
        screen.warn(line)
    screen.result({"records": [_record(one) for one in records], "missing": list(missing)})


def _record(one: Record) -> dict[str, Any]:
    return {**vars(one), "event": str(one.event), "names": list(one.names), "hash": one.digest_of_line}
