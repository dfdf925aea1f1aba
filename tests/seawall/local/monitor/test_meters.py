"""What the router records is kept, read while it is written, and bounded."""

from __future__ import annotations

import threading
from pathlib import Path

from seawall.local.meters import Meters, Usage
from tests.seawall.local.monitor.traffic import ENDPOINT, request


def test_rows_are_read_back_as_they_were_recorded(tmp_path: Path) -> None:
    """A request is read back whole, by another connection, its endpoint named in any case."""
    rows = [request(10.5, "green", 503, 7.25, mirrored=True, path="/score", user_agent="a", throttling_delay_ms=3.5)]
    usage = [Usage(11.0, ENDPOINT.lower(), "green", 12.5, 40.0, 2)]
    with Meters.open(tmp_path / "meters.db") as writer, Meters.open(tmp_path / "meters.db") as reader:
        writer.record(rows)
        writer.sample(usage)
        assert reader.requests(ENDPOINT.upper(), 10.5, 11.0) == rows
        assert reader.usage(ENDPOINT, 0, 12) == usage
        assert reader.requests(ENDPOINT, 0, 10.5) == [], "the end of a span is outside"
        assert reader.requests(f"{ENDPOINT}-other", 0, 100) == []


def test_what_is_written_is_read_meanwhile(tmp_path: Path) -> None:
    """A reader of another connection sees every batch that a writing thread has recorded, and no part of one."""
    path = tmp_path / "meters.db"
    seen = []
    with Meters.open(path) as writer, Meters.open(path) as reader:

        def write() -> None:
            for number in range(40):
                writer.record([request(number + part / 10) for part in range(10)])

        thread = threading.Thread(target=write)
        thread.start()
        while thread.is_alive():
            seen.append(len(reader.requests(ENDPOINT, 0, 100)))
        thread.join()
        assert len(reader.requests(ENDPOINT, 0, 100)) == 400
    assert all(count % 10 == 0 for count in seen)
    assert seen == sorted(seen)


def test_the_oldest_rows_go(tmp_path: Path) -> None:
    """Rows beyond the number that is kept go, the oldest first; so do those of more than a day before the newest."""
    with Meters(tmp_path / "few.db", kept_rows=100) as meters:
        for start in range(0, 1000, 50):
            meters.record([request(float(start + number)) for number in range(50)])
        kept = [row.time for row in meters.requests(ENDPOINT, 0, 2000)]
        assert 100 <= len(kept) <= 200
        assert kept == [float(number) for number in range(1000 - len(kept), 1000)]
    with Meters(tmp_path / "old.db", kept_seconds=60, kept_rows=10) as meters:
        meters.record([request(float(number)) for number in range(5)])
        meters.record([request(1000.0 + number) for number in range(5)])
        assert [row.time for row in meters.requests(ENDPOINT, 0, 2000)] == [1000.0 + number for number in range(5)]


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    """The meters are a log that may be lost: a file that is no database, or of another version, is replaced."""
    path = tmp_path / "meters.db"
    path.write_bytes(b"no database" * 1000)
    with Meters.open(path) as meters:
        meters.record([request(1.0)])
    with Meters.open(path) as meters:
        assert len(meters.requests(ENDPOINT, 0, 2)) == 1
        meters.rows("PRAGMA user_version=99")
    with Meters.open(path) as meters:
        assert meters.requests(ENDPOINT, 0, 2) == []


def test_many_rows_are_one_transaction(tmp_path: Path) -> None:
    """10,000 requests are recorded by one call and all there afterwards."""
    with Meters.open(tmp_path / "meters.db") as meters:
        meters.record([request(number / 100) for number in range(10_000)])
        assert len(meters.requests(ENDPOINT, 0, 100)) == 10_000
