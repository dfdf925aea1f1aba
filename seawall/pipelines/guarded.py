"""The paths of a pull request that change what judges it, so that its readers look there first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

GUARDED: Mapping[str, tuple[str, ...]] = {
    "what guardrails refuse": ("policies/",),
    "who may do what": ("rbac/",),
    "how plans are made and judged": ("seawall/", "requirements/", "pyproject.toml", "Makefile", "Pulumi.yaml"),
    "the pipelines and who approves": (".github/", "azure-pipelines/", ".ci/", "CODEOWNERS", "docs/CODEOWNERS"),
}
"""By what it decides: files, and folders with a slash at the end."""
_NAMED = 3
_LONGEST = 60


def note(paths: Iterable[str]) -> str:
    """A paragraph for the comment, at most some 900 bytes; empty where the change leaves its judges alone."""
    touched = sorted(set(paths))
    lines = []
    for what, guarded in GUARDED.items():
        found = [path for path in touched if _is_below(path, guarded)]
        if found:
            more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
            lines.append(f"> - {what}: {', '.join(_code(path) for path in found[:_NAMED])}{more}")
    if not lines:
        return ""
    head = (
        "> ⚠️ **This change also edits what guards the platform.** The verdict comes from the target branch's rules; "
        "what these edits do is for their owners to judge:\n>"
    )
    return "\n".join([head, *lines])


def _is_below(path: str, guarded: tuple[str, ...]) -> bool:
    return any(path.startswith(one) if one.endswith("/") else path == one for one in guarded)


def _code(path: str) -> str:
    """A path that a stranger has chosen, as code and nothing else."""
    shown = re.sub(r"[^\w./-]", "?", path, flags=re.ASCII)
    return f"`{shown if len(shown) <= _LONGEST else '…' + shown[-_LONGEST:]}`"
