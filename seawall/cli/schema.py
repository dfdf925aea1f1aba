"""`seawall schema`."""

from __future__ import annotations

from seawall.cli.options import Out
from seawall.cli.screen import Screen


def command(out: Out = None) -> None:
    """Write the JSON Schema of a stack file, for editors.

    With it, an editor completes settings, explains each and marks mistakes while you type.

    \b
    Example:
      seawall schema --out stacks/schema.json
    """
    import json

    from seawall.cli import files
    from stacks.settings import json_schema

    screen = Screen.of_process(json=out is None)
    content = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    files.write(screen, content.encode(), out, "the schema of a stack file")
