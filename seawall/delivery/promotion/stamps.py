"""The tags that a promotion leaves on a model version: for people, for releases, and against a cut audit record."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.delivery.promotion.audit import Record
from seawall.delivery.wording import said

DIGEST = "seawall-digest"
"""SHA-256 over the model's files."""
PROMOTED = "seawall-promoted-"
"""With the target's name: when, from where, by whom, and the SHA-256 of the audit record that says so."""


def stamps(record: Record) -> dict[str, str]:
    """The tags that stand for a promotion's record."""
    told = f"{record.at} from {record.source} record {record.digest_of_line} by {record.by}"
    return {DIGEST: record.digest, f"{PROMOTED}{record.target}": said(told)}


def promoted(tags: Mapping[str, str]) -> dict[str, str]:
    """By target, the digest of what was promoted there."""
    digest = tags.get(DIGEST, "")
    return {key.removeprefix(PROMOTED): digest for key in tags if key.startswith(PROMOTED)}


def record_of(tags: Mapping[str, str], target: str) -> str:
    """SHA-256 of the audit record that a promotion's tag names; empty where there is none."""
    _, _, rest = tags.get(f"{PROMOTED}{target}", "").partition(" record ")
    return rest.partition(" ")[0]
