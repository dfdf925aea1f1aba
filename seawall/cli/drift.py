"""What `refresh` found, for people and for machines."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from seawall.cli.changes import property_document, property_line
from seawall.cli.screen import Screen
from seawall.cli.summary import LOCAL, Cloud
from seawall.cli.wording import called, count, duration, short_type
from seawall.local.deploy import Refreshed


def show(screen: Screen, found: Refreshed, cloud: Cloud = LOCAL) -> None:
    for drift in found.drifts:
        symbol, style, told = ("-", "red", " (deleted)") if drift.deleted else ("~", "yellow", "")
        name = called(drift.id, drift.name)
        screen.say(Text.assemble((f"  {symbol}  ", style), f"{short_type(drift.type)} ", (name, "bold"), told))
        for change in drift.changes:
            screen.say(property_line(change))
    looked = f"{count(found.checked, 'resource')} looked at in {duration(found.seconds)}"
    if found.drifts:
        changed = count(len(found.drifts), "resource")
        screen.say(f"{found.stack}: {changed} changed behind its back; {looked}", style="bold")
        screen.say(f"  `seawall up {found.stack}{cloud.flags}` repairs it.")
    else:
        screen.say(f"{found.stack} is as the last `up` left it; {looked}", style="bold")


def document(found: Refreshed) -> dict[str, Any]:
    return {
        "environment": found.stack,
        "checked": found.checked,
        "resumed": found.resumed,
        "seconds": round(found.seconds, 3),
        "drifts": [
            {
                "urn": drift.urn,
                "type": drift.type,
                "name": drift.name,
                "id": drift.id,
                "deleted": drift.deleted,
                "changes": [property_document(change) for change in drift.changes],
            }
            for drift in found.drifts
        ],
    }
