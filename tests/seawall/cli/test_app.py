"""The command line as a whole: help, errors and exit codes, whatever the command."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seawall.cli import app as application
from seawall.cli.app import COMMANDS, app, run
from seawall.cli.exits import ExitCode

OTHERS = ("prices", "schema", "import", "comment", "accept", "issue")
ON_ENVIRONMENTS = [name for name in COMMANDS if name not in OTHERS]


def seawall(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, its output piped."""
    return subprocess.run(
        [sys.executable, "-m", "seawall", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


def arguments_of(name: str) -> list[str]:
    """A command with what it can't do without."""
    return [name, "dev", *(["--out", "dev.svg"] if name == "graph" else [])]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches(name: str) -> None:
    """Each command's help says what it is for and gives an example that calls it."""
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    told = result.output.partition("Example:")
    assert len(told[0].split()) > 25, "says what and when"
    assert f"seawall {name}" in told[2]
    assert "Options:" in told[2]


def test_the_main_help_lists_every_command_whole() -> None:
    """`seawall` alone and `seawall --help` list all commands, no sentence cut short."""
    result = CliRunner().invoke(app, ["--help"])
    assert all(f"\n  {name} " in result.output for name in COMMANDS)
    assert "..." not in result.output.partition("Commands:")[2]


def test_no_command_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`seawall` alone is a question, not a mistake."""
    assert run([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_help_loads_neither_pulumi_nor_settings() -> None:
    """Help is at hand at once: it imports nothing that takes long."""
    code = "import sys, seawall.cli.app as a; a.run(['up', '--help']); print(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & {"pulumi", "pulumi_azure_native", "grpc", "stacks", "policies"}


def test_collection_is_off_before_pulumi_is_loaded() -> None:
    """The console script turns collection off first of all, which is what makes planning fast."""
    code = (
        "import gc, sys, seawall.cli\n"
        "import seawall.cli.app as a\n"
        "a.run = lambda arguments: print(gc.isenabled(), 'pulumi' in sys.modules) or 0\n"
        "seawall.cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prevew", "dev"], "Did you mean 'preview'"),
        (["preview"], "ENV"),
        (["preview", "dev", "--loca"], "--local"),
        (["export", "dev", "--format", "bicep"], "'arm'"),
        (["graph", "dev"], "--out"),
        (["graph", "dev", "--out", "dev.png"], ".svg or .mmd"),
        (["plan", "dev", "extra"], "extra"),
    ],
)
def test_a_wrong_command_line_is_bad_input(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is said on stderr, with where to look, and the exit code is 2."""
    assert run(arguments) == ExitCode.BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err and printed.err.startswith("error: ")


@pytest.mark.parametrize("name", ["preview", "up", "destroy", "refresh"])
def test_without_a_pulumi_cli_a_command_says_how_to_get_one(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Azure is changed through Pulumi: where that is missing, the command names the installer, and exits with 2."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run([name, "dev"]) == ExitCode.BAD_INPUT
    said = capsys.readouterr().err
    assert "there is no Pulumi CLI" in said
    assert "seawall tools install" in said


@pytest.mark.parametrize("name", ON_ENVIRONMENTS)
def test_an_unknown_environment_is_bad_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the stack file that is missing and the environments that there are."""
    local = ["--local"] if name in {"preview", "up", "destroy", "refresh"} else []
    arguments = arguments_of(name)
    assert run([name, "dve", *arguments[2:], *local]) == ExitCode.BAD_INPUT
    said = capsys.readouterr().err
    assert "stacks/Pulumi.dve.yaml" in said and "Did you mean dev?" in said
    assert "dev, prod, shared, test" in said


@pytest.mark.parametrize("name", ON_ENVIRONMENTS)
def test_outside_of_a_project_is_bad_input(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no Pulumi.yaml is at hand, the command says so and how to name a project."""
    local = ["--local"] if name in {"preview", "up", "destroy", "refresh"} else []
    assert run([*arguments_of(name), *local, "--cwd", str(tmp_path)]) == ExitCode.BAD_INPUT
    assert "there is no Pulumi.yaml here or above" in capsys.readouterr().err


def test_errors_are_json_where_json_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, an error is one JSON document on stdout, with the exit code and every message."""
    assert run(["check", "dev", "--json", "--cwd", str(tmp_path)]) == ExitCode.BAD_INPUT
    answer = json.loads(capsys.readouterr().out)
    assert answer["exitCode"] == 2
    assert "Pulumi.yaml" in answer["errors"][0]


def test_a_fault_of_ours_is_a_sentence_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An exception that nobody foresaw exits with 70, says that it is a bug, and puts the traceback into a file."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the sea is not a wall")

    monkeypatch.setattr(application.typer.Typer, "__call__", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["check", "dev"]) == ExitCode.BUG
    said = capsys.readouterr().err
    assert "a fault of Seawall itself" in said
    assert "Traceback" not in said
    [details] = tmp_path.rglob("fault-*.txt")
    assert str(details) in said
    assert "RuntimeError: the sea is not a wall" in details.read_text()


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends with 130 and names the command that resumes."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seawall.cli.project.Project.find", stopped)
    assert run(["up", "dev", "--local"]) == ExitCode.INTERRUPTED
    assert "`seawall up dev --local` goes on from there" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`seawall schema | head -1` ends quietly."""
    command = f"{sys.executable} -m seawall schema | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "{\n")


def test_a_pipe_gets_no_escape_codes() -> None:
    """In a pipe there are no colours, and none of the codes that move a cursor."""
    done = seawall("check", "dve")
    assert done.returncode == ExitCode.BAD_INPUT
    assert "\x1b" not in done.stdout + done.stderr


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the command writes to a terminal."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "seawall", *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(inner)
    written = b""
    try:
        while chunk := os.read(outer, 4096):
            written += chunk
    except OSError:
        pass  # a terminal whose last writer has gone reads as an error on Linux
    process.wait()
    os.close(outer)
    return written.decode()


def test_a_terminal_gets_colours_unless_they_are_refused() -> None:
    """On a terminal an error is red; with NO_COLOR it isn't, and reads the same."""
    assert "\x1b[1;31merror: " in on_terminal("check", "dve")
    plain = on_terminal("check", "dve", NO_COLOR="1")
    assert "\x1b[1;31m" not in plain and "\x1b[31m" not in plain
    assert "error: there is no environment" in plain.replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_a_terminal_without_utf8_is_no_reason_to_fail() -> None:
    """Where stdout can't take a symbol, the output has a question mark in its place."""
    done = seawall("check", "dve", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == ExitCode.BAD_INPUT
    assert "Traceback" not in done.stderr


def test_the_version_is_the_project_s() -> None:
    """`seawall --version` is what the package says."""
    assert CliRunner().invoke(app, ["--version"]).output == "seawall 0.1.0\n"
