"""The Pulumi CLI: found on PATH or where `seawall tools install` puts it, and run so that it can be interrupted.

The version is pinned to the SDK's own, which the program is planned with.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pulumi._version import version as SDK_VERSION
from pulumi.automation import PulumiCommand
from pulumi.automation._cmd import CommandResult
from pulumi.automation.errors import InvalidVersionError, create_command_error

from seawall.engine.errors import EngineMissing

VERSION = str(SDK_VERSION)
"""The CLI's version that Seawall installs."""

INSTALL_HINT = (
    f"`seawall tools install` installs version {VERSION} from get.pulumi.com into ~/.pulumi/versions; or install it "
    "as https://www.pulumi.com/docs/install/ says, so that `pulumi version` answers."
)


def installed_root(home: Path | None = None) -> Path:
    """The folder into which `seawall tools install` puts the CLI."""
    return (home or Path.home()) / ".pulumi" / "versions" / VERSION


def find(home: Path | None = None) -> Command:
    """The CLI on PATH, else the installed one. Raises `EngineMissing` where there is none, or it is too old."""
    root = installed_root(home)
    if shutil.which("pulumi"):
        return _opened(None)
    if (root / "bin" / "pulumi").is_file():
        return _opened(root)
    raise EngineMissing("there is no Pulumi CLI: no `pulumi` on PATH", hint=INSTALL_HINT)


def install(home: Path | None = None) -> Command:
    """Install the pinned CLI by Pulumi's own installer, unless it is there. Raises `EngineMissing` with the reason."""
    root = installed_root(home)
    try:
        PulumiCommand.install(root=str(root), version=SDK_VERSION)
    except subprocess.CalledProcessError as error:
        told = " ".join((error.output or b"").decode(errors="replace").split())[-300:]
        raise EngineMissing(f"Pulumi's installer failed: {told or error}", hint=INSTALL_HINT) from None
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        raise EngineMissing(f"Pulumi's installer can't be fetched: {reason}", hint=INSTALL_HINT) from None
    return _opened(root)


def _opened(root: Path | None) -> Command:
    try:
        return Command(root=str(root) if root else None)
    except InvalidVersionError as error:
        raise EngineMissing(" ".join(str(error).split()), hint=INSTALL_HINT) from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise EngineMissing(f"the Pulumi CLI doesn't run: {error}", hint=INSTALL_HINT) from None


class Command(PulumiCommand):
    """Runs the CLI in a session of its own, so that Ctrl-C reaches it through us and never twice.

    Source: pulumi/pulumi, `cmd/pulumi`: a first SIGINT lets running operations end, a second one abandons them.
    """

    def __init__(self, root: str | None = None) -> None:
        super().__init__(root=root)
        self._process: subprocess.Popen[str] | None = None
        self.interrupts = 0

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        """See `PulumiCommand.run`. Raises the Automation API's `CommandError`s."""
        env = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}
        line = [self.command, *args, *(() if "--non-interactive" in args else ("--non-interactive",))]
        process = subprocess.Popen(
            line,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=env,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._process = process
        out: list[str] = []
        err: list[str] = []
        readers = [
            threading.Thread(target=_read, args=(process.stdout, out, on_output)),
            threading.Thread(target=_read, args=(process.stderr, err, on_error)),
        ]
        for reader in readers:
            reader.start()
        try:
            code = process.wait()
        finally:
            for reader in readers:
                reader.join()
            self._process = None
        result = CommandResult(stdout="".join(out), stderr="".join(err), code=code)
        if code:
            raise create_command_error(result)
        return result

    def interrupt(self) -> int:
        """Pass a Ctrl-C on: the third one kills. Returns how many there were."""
        self.interrupts += 1
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT if self.interrupts < 3 else signal.SIGKILL)
        return self.interrupts

    @contextmanager
    def interruptible(self, told: Callable[[int], Any]) -> Iterator[None]:
        """While it lasts, Ctrl-C goes to the CLI, and `told` gets how many there were."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, lambda *_: told(self.interrupt()))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def _read(stream: IO[str] | None, lines: list[str], listen: Callable[[str], Any] | None) -> None:
    for line in stream or ():
        lines.append(line)
        if listen:
            listen(line)
