"""How a command ends when it doesn't end well: the exit codes and the errors that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the shell gets. Scripts rely on these; a number is never given another meaning."""

    DONE = 0
    REFUSED = 1
    BAD_INPUT = 2
    CLOUD_FAULT = 3
    BUG = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done; or there was nothing to do",
    ExitCode.REFUSED: "a guardrail refused it, and nothing was changed; or a release was rolled back",
    ExitCode.BAD_INPUT: "the input is wrong: the command, a stack file, the program; nothing was changed",
    ExitCode.CLOUD_FAULT: "the cloud refused or failed, or its store can't be used; the same command resumes",
    ExitCode.BUG: "a fault of Seawall itself; a file with the details is named",
    ExitCode.INTERRUPTED: "stopped with Ctrl-C, or by a no; the same command resumes",
}


class Stop(Exception):
    """The command can't go on.

    `messages` has one entry for each fault, `hint` says what to do about it, and `document` is what there is to answer
    in JSON nevertheless.
    """

    code = ExitCode.BAD_INPUT

    def __init__(
        self, messages: str | Iterable[str], hint: str = "", document: Mapping[str, Any] | None = None
    ) -> None:
        self.messages = (messages,) if isinstance(messages, str) else tuple(messages)
        self.hint = hint
        self.document = document or {}
        super().__init__("\n".join(self.messages))


class BadInput(Stop):
    """What a person wrote is wrong: arguments, a stack file, the program."""


class Declined(Stop):
    """A person was asked, and said no."""

    code = ExitCode.INTERRUPTED


class Interrupted(Stop):
    """A person stopped what was under way."""

    code = ExitCode.INTERRUPTED


class GuardrailRefusal(Stop):
    """A mandatory rule is broken."""

    code = ExitCode.REFUSED


class CloudFault(Stop):
    """The cloud, or the store of the local one, failed or refused."""

    code = ExitCode.CLOUD_FAULT
