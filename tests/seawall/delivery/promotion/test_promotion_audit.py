"""The audit record: a chain of hashes that shows what was changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.delivery.promotion import audit, chain, stamps
from seawall.delivery.promotion.audit import Event, Record, Tampered
from seawall.delivery.promotion.facts import ModelName
from seawall.delivery.promotion.shelves import Registered


def record(number: int, before: str = audit.GENESIS, event: Event = Event.PROMOTED) -> Record:
    return Record(
        event=event,
        model="claims-fraud",
        version=str(number),
        source="dev",
        target="registry",
        digest=f"{number:064d}",
        by="Zoë\n'quote'",
        names=("zoë@larkspur.example",),
        at="2026-12-01T09:00:00Z",
        details={"gates": ["yes: tag owner is \"x\""], "number": 0.1},
        before=before,
    )


def written(count: int) -> bytes:
    records: list[Record] = []
    for number in range(count):
        records.append(record(number, audit.head(records)))
    return b"".join(one.line for one in records)


def test_what_was_written_is_read() -> None:
    """Records come back as they were, in order."""
    records = audit.read(written(5))
    assert [one.version for one in records] == ["0", "1", "2", "3", "4"]
    assert records[2] == record(2, records[1].digest_of_line)
    assert audit.read(b"") == ()


@given(position=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_any_changed_byte_shows(position: int, byte: int) -> None:
    """Whatever is changed before the last line breaks the chain; in the last, it is not what was written or new."""
    content = written(4)
    place = position % (len(content) - len(content.splitlines(keepends=True)[-1]))
    if content[place] == byte:
        return
    with pytest.raises(Tampered):
        audit.read(content[:place] + bytes([byte]) + content[place + 1 :])


@given(first=st.integers(0, 3), second=st.integers(0, 3))
def test_lines_cant_change_places(first: int, second: int) -> None:
    """Two lines exchanged, or one removed from within, break the chain."""
    lines = written(5).splitlines(keepends=True)
    if first != second:
        exchanged = [*lines]
        exchanged[first], exchanged[second] = exchanged[second], exchanged[first]
        with pytest.raises(Tampered):
            audit.read(b"".join(exchanged))
    with pytest.raises(Tampered):
        audit.read(b"".join(lines[:first] + lines[first + 1 :]))


@pytest.mark.parametrize("content", [b"{}\n", b"nonsense\n", b"[]\n", b"\xff\n", b'{"event":"none"}\n', b"{"])
def test_what_is_no_record_is_told(content: bytes) -> None:
    """Neither JSON of something else nor half a line is a record."""
    with pytest.raises(Tampered, match="line 1"):
        audit.read(content)


def test_a_record_that_was_cut_short_shows_in_the_tags() -> None:
    """The chain can't tell that its end is missing; the promoted model's tags can."""
    records = audit.read(written(3))
    models = [Registered(ModelName("claims-fraud", one.version), "mlflow_model", stamps.stamps(one)) for one in records]
    assert chain.missing(records, models, "registry") == ()
    (line,) = chain.missing(records[:2], models, "registry")
    assert "claims-fraud:2" in line and records[2].digest_of_line in line


def test_tags_say_what_was_promoted_and_fit() -> None:
    """256 characters hold a promotion, whoever made it, and are read again."""
    long = Record(**{**vars(record(1)), "by": "x" * 500})
    tags = stamps.stamps(long)
    assert all(len(value) <= 256 and "\n" not in value for value in tags.values())
    assert stamps.promoted(tags) == {"registry": long.digest}
    assert stamps.record_of(tags, "registry") == long.digest_of_line
    assert stamps.record_of(tags, "prod") == ""
