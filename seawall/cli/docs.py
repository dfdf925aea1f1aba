"""What of README.md and docs/ is generated from the code: `make docs` writes it, and a test fails where it is stale.

    python -m seawall.cli.docs            write
    python -m seawall.cli.docs --check    name what is stale, and exit with 1
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seawall.cli import tour
from seawall.cli.access_docs import access_page
from seawall.cli.exits import ExitCode
from seawall.cli.guardrail_docs import compliance_page, guardrails_page, rules
from seawall.cli.markdown import NOTE, table

PICTURED = ("dev",)
"""The environments whose picture stands in docs/."""
MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def documents(root: Path) -> dict[Path, str]:
    """Every generated file with what it should hold, and README.md with its tables and its tour as they should be."""
    readme = root / "README.md"
    files = {
        readme: with_tables(readme.read_text(encoding="utf-8"), tour.taken(root)),
        root / "docs" / "commands.md": commands_page(),
        root / "docs" / "guardrails.md": guardrails_page(),
        root / "docs" / "compliance.md": compliance_page(),
        root / "docs" / "access.md": access_page(),
    }
    return files | {root / "docs" / f"{env}.svg": _picture(root, env) for env in PICTURED}


def with_tables(text: str, blocks: Mapping[str, str]) -> str:
    """A text with each table or block between its marks made anew. Raises `KeyError` for marks that name none."""
    tables = {"commands": commands_table(), "exit-codes": exit_codes_table(), "rules": rules_table(), **blocks}
    return MARKED.sub(lambda found: f"{found[1]}{tables[found['name']]}\n{found[3]}", text)


def stale(root: Path) -> list[Path]:
    """The generated files that aren't what the code says."""
    return [
        path for path, content in documents(root).items() if not path.is_file() or path.read_text("utf-8") != content
    ]


def commands_table() -> str:
    rows = [(f"`seawall {name}`", _first_line(command.help)) for name, command in _commands()]
    return table(("command", "what it does"), rows)


def _commands() -> Iterator[tuple[str, Any]]:
    """Every command by its name, in the order of the help; those of a group after each other: `local start`."""
    from typer.main import get_command

    from seawall.cli.app import app

    def under(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from under(f"{prefix}{name} ", command)
            else:
                yield f"{prefix}{name}", command

    yield from under("", get_command(app))


def exit_codes_table() -> str:
    return table(("code", "meaning"), [(str(int(code)), code.meaning) for code in ExitCode])


def rules_table() -> str:
    rows = [
        (f"[`{rule.id}`](docs/guardrails.md#{rule.id})", rule.title.rstrip("."), str(levels[0]), str(levels[1]))
        for rule, levels in rules()
    ]
    return table(("rule", "what it demands", "production", "preproduction"), rows)


def commands_page() -> str:
    """Every command with its help, as the terminal shows it."""
    from seawall.cli.app import app

    parts = [NOTE, "# Commands\n"]
    settings: dict[str, Any] = {"terminal_width": 100, **(app.info.context_settings or {})}
    for name, command in _commands():
        context = command.context_class(command, info_name=f"seawall {name}", **settings)
        parts.append(f"## seawall {name}\n\n```text\n{command.get_help(context).strip()}\n```\n")
    return "\n".join(parts)


def _first_line(text: str | None) -> str:
    return inspect.cleandoc(text or "").partition("\n")[0].rstrip(".")


def _picture(root: Path, env: str) -> str:
    from seawall.cli import planning
    from seawall.cli.project import Project
    from seawall.cli.screen import Screen
    from seawall.plan import graph

    return graph.svg(graph.picture(planning.plan(Project.of(env, root), env, Screen.of_process())))


def _write(files: Mapping[Path, str]) -> None:
    for path, content in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    root = Path(__file__).resolve().parents[2]
    if "--check" not in arguments:
        _write(documents(root))
        return 0
    found = stale(root)
    for path in found:
        sys.stderr.write(f"{path.relative_to(root)} is stale: run `make docs`\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
