"""Why a query isn't run."""

from __future__ import annotations


class KqlError(Exception):
    """The query is wrong: `SyntaxError`, or `SemanticError` for what can be read but means nothing."""

    def __init__(self, message: str, code: str = "SemanticError") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Unsupported(KqlError):
    """The query may be right, but the local Azure doesn't have what it uses."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The local Azure's queries don't have {what}.", "NotImplemented")
