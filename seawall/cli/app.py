"""The application: every command, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Annotated, Any

import typer
from rich.text import Text

from seawall.cli import (
    accept,
    access,
    check,
    comment,
    destroy,
    doctor,
    export,
    graph,
    importing,
    issue,
    leftovers,
    local,
    model,
    plan,
    preview,
    prices,
    refresh,
    release,
    review,
    schema,
    stopped,
    tools,
    up,
)
from seawall.cli.exits import ExitCode, Stop
from seawall.cli.screen import Screen, discard_stdout

app = typer.Typer(
    name="seawall",
    help="Build and guard machine-learning platforms on Azure, from one stack file for each environment.",
    epilog="Start with: seawall up dev --local",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help is read more often than it is admired, and Rich's takes twice the time to start
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"seawall {version('seawall')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Build and guard machine-learning platforms on Azure, from one stack file for each environment."""


def _untruncated(group: typer.Typer) -> None:
    """Have lists show the whole first line of what a command says, where Typer would cut it short."""
    for command in group.registered_commands:
        command.short_help = command.short_help or (command.callback.__doc__ or "").partition("\n")[0]
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            inner.short_help = inner.typer_instance.info.help
            _untruncated(inner.typer_instance)


COMMANDS: Mapping[str, ModuleType] = {
    "preview": preview,
    "up": up,
    "refresh": refresh,
    "destroy": destroy,
    "doctor": doctor,
    "check": check,
    "review": review,
    "import": importing,
    "comment": comment,
    "accept": accept,
    "issue": issue,
    "leftovers": leftovers,
    "plan": plan,
    "export": export,
    "graph": graph,
    "access": access,
    "prices": prices,
    "schema": schema,
}
GROUPS: Mapping[str, typer.Typer] = {
    "local": local.group,
    "model": model.group,
    "release": release.group,
    "tools": tools.group,
}
"""Commands that have commands of their own."""

for name, module in COMMANDS.items():
    title = (module.command.__doc__ or "").partition("\n")[0]
    app.command(name, short_help=title)(module.command)
for name, commands in GROUPS.items():
    app.add_typer(commands, name=name)
_untruncated(app)


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; its exit code. Never a traceback."""
    screen = Screen.of_process(json="--json" in arguments)
    try:
        code = app(list(arguments) or ["--help"], prog_name="seawall", standalone_mode=False)
        sys.stdout.flush()
        if code == ExitCode.INTERRUPTED:
            raise KeyboardInterrupt  # Typer makes an exit code of it, and says nothing
        return int(code or ExitCode.DONE)
    except Stop as stop:
        return _stopped(screen, stop.code, stop.messages, stop.hint, stop.document)
    except typer.TyperException as error:
        known = _known(arguments)
        hint = f"`seawall {known} --help` shows how." if known else "`seawall --help` shows the commands."
        return _stopped(screen, ExitCode.BAD_INPUT, (error.format_message(),), hint)
    except (KeyboardInterrupt, typer.Abort):
        return _stopped(screen, ExitCode.INTERRUPTED, (stopped(list(arguments)),))
    except BrokenPipeError:
        discard_stdout()
        return ExitCode.DONE
    except Exception:  # the last resort: a person gets a sentence and a file, never a traceback
        where = _recorded(arguments, traceback.format_exc())
        message = f"this is a fault of Seawall itself, not of your input. The details are in {where}"
        return _stopped(screen, ExitCode.BUG, (message,), "Please report it with that file; read it first.")


def _known(arguments: Sequence[str]) -> str:
    """The command that the arguments name, as far as there is one: `up`, `local fault`."""
    found: list[str] = []
    here: Any = typer.main.get_command(app)
    for argument in arguments:
        here = getattr(here, "commands", {}).get(argument)
        if here is None:
            break
        found.append(argument)
    return " ".join(found)


def _stopped(
    screen: Screen,
    code: ExitCode,
    messages: Sequence[str],
    hint: str = "",
    document: Mapping[str, Any] = MappingProxyType({}),
) -> int:
    for message in messages:
        screen.err.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True, highlight=False)
    if hint:
        screen.err.print(Text(hint), soft_wrap=True, highlight=False)
    screen.result({"errors": list(messages), "hint": hint, **document}, code=code)
    return int(code)


def _recorded(arguments: Sequence[str], details: str) -> Path:
    """Write down what happened. A traceback holds lines of code and the error's message, no values of variables."""
    now = datetime.now(UTC)
    folder = Path(tempfile.mkdtemp(prefix="seawall-"))
    path = folder / f"fault-{now:%Y%m%d-%H%M%S}.txt"
    version = sys.version.replace("\n", " ")
    lines = (" ".join(["seawall", *arguments]), f"{now:%Y-%m-%d %H:%M:%S} UTC", version, sys.platform, "", details)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
