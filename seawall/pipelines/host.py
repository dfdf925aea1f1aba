"""What the commands ask of the place that keeps pull requests and issues, be it GitHub or Azure DevOps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Done:
    """What was done about a comment or an issue."""

    what: str
    """`created`, `updated`, `unchanged` or `closed`; `nothing` where there was nothing to close."""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a change may be merged, as the host keeps it at the commit or the pull request."""

    name: str
    passed: bool
    told: str
    """A few words; GitHub takes 140 characters."""
    url: str


class Host(Protocol):
    """Every method raises `ApiError`."""

    def pull_request(self, head: str, commit: str) -> int:
        """The open pull request of a branch, `OWNER:BRANCH` on GitHub, whose newest commit is that one."""

    def touched(self, number: int) -> list[str]:
        """The paths that a pull request changes, old names of moved files included."""

    def put_comment(self, number: int, marker: str, text: str) -> Done:
        """Make the one comment that begins with the marker and is our own say this."""

    def put_verdict(self, number: int, commit: str, verdict: Verdict) -> None:
        """Keep the verdict on a commit, so that a branch's protection can require it."""

    def put_issue(self, key: str, title: str, text: str) -> Done:
        """Make the one open issue of a key, our own, say this."""

    def close_issue(self, key: str, text: str) -> Done:
        """Close that issue, with a last comment, if it is open."""
