"""What stops the engine, as a sentence and what to do about it."""

from __future__ import annotations


class EngineError(Exception):
    """The engine couldn't be used, or failed. `str()` is one clear line; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EngineMissing(EngineError):
    """There is no Pulumi CLI, or one that is too old."""


class EngineInterrupted(EngineError):
    """A person stopped the engine; what was under way has ended."""
