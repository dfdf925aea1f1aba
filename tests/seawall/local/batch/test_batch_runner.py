"""Mini-batches of a job in real processes: order, retries, time-outs, thresholds, and nothing that runs for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.local.batch.runner import Runner, Work
from seawall.local.batch.settings import Settings
from seawall.local.batch.tally import Tally, mini_batches

GOOD = """
import os
def init():
    print("init", os.environ["GREETING"])
def run(mini_batch):
    return [(os.path.basename(path), len(open(path).read())) for path in mini_batch]
"""


def settings(**changes: object) -> Settings:
    fields: dict[str, object] = {
        "mini_batch_size": 2,
        "processes": 2,
        "max_retries": 2,
        "timeout": 20.0,
        "error_threshold": -1,
        "appends": True,
        "output_file": "predictions.csv",
        "logging_level": "Info",
    }
    return Settings(**(fields | changes))  # type: ignore[arg-type]


def runner(folder: Path, script: str, count: int = 7, **changes: object) -> Runner:
    """A runner over `count` files, of which the n-th has n characters."""
    for name in ("results", "logs", "input", "code"):
        (folder / name).mkdir(parents=True)
    files = []
    for number in range(count):
        path = folder / "input" / f"{number:03}.txt"
        path.write_text("x" * number)
        files.append(str(path))
    (folder / "code" / "score.py").write_text(script)
    variables = {"PATH": os.environ["PATH"], "GREETING": "hello", "STATE": str(folder)}
    work = Work(
        Path(sys.executable), folder / "code" / "score.py", variables, files, folder / "results", folder / "logs"
    )
    return Runner(work, settings(**changes), lambda line: None)


def rows(folder: Path) -> list[str]:
    return [line for path in sorted((folder / "results").glob("*.csv")) for line in path.read_text().splitlines()]


def test_every_file_is_scored_once_in_order(tmp_path: Path) -> None:
    """Rows of all mini-batches together are in the order of the files; each process runs init() before."""
    one = runner(tmp_path, GOOD)
    assert one.run() and not one.reason
    assert rows(tmp_path) == [f"{number:03}.txt,{number}" for number in range(7)]
    assert (one.tally.done, one.tally.failed, one.tally.rows, one.tally.attempts) == (7, 0, 7, 4)
    assert "init hello" in (tmp_path / "logs" / "process-00.txt").read_text()


def test_a_mini_batch_that_fails_is_tried_again(tmp_path: Path) -> None:
    """What fails at first and then works costs an attempt, not a file."""
    script = GOOD.replace(
        "    return",
        "    mark = os.path.join(os.environ['STATE'], os.path.basename(mini_batch[0]))\n"
        "    if not os.path.exists(mark):\n"
        "        open(mark, 'w').close()\n"
        "        raise ValueError('not yet')\n"
        "    return",
    )
    one = runner(tmp_path, script)
    assert one.run()
    assert len(rows(tmp_path)) == 7
    assert (one.tally.done, one.tally.failed, one.tally.attempts) == (7, 0, 8)


BAD_FILE = GOOD.replace("    return", "    if '004.txt' in str(mini_batch): {}\n    return")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("raise ValueError('a bad file')", "ValueError: a bad file"),
        ("return None", "TypeError: run() must return a DataFrame or an array or list, not NoneType"),
        ("os._exit(3)", "the process ended with code 3"),
        ("import time; time.sleep(600)", "it took longer than 5 seconds"),
    ],
)
def test_a_mini_batch_that_keeps_failing_is_left_out(tmp_path: Path, what: str, why: str) -> None:
    """After its retries a mini-batch counts as failed with its files: by an error, a crash or a time-out alike."""
    one = runner(tmp_path, BAD_FILE.format(what), max_retries=1, timeout=5.0)
    assert one.run(), "the threshold of -1 lets any number fail"
    assert [line.split(",")[0] for line in rows(tmp_path)] == ["000.txt", "001.txt", "002.txt", "003.txt", "006.txt"]
    assert (one.tally.done, one.tally.failed) == (5, 2)
    assert one.tally.errors == [f"Mini-batch 2: {why}"]


def test_too_many_failed_files_end_the_job(tmp_path: Path) -> None:
    """More failed files than the threshold allows fail the job, with the reason; as many as it allows don't."""
    one = runner(tmp_path / "one", BAD_FILE.format("raise ValueError('a bad file')"), max_retries=0, error_threshold=1)
    assert not one.run()
    assert one.reason == "2 files failed, 1 may. Mini-batch 2: ValueError: a bad file"
    two = runner(tmp_path / "two", BAD_FILE.format("raise ValueError('a bad file')"), max_retries=0, error_threshold=2)
    assert two.run()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("def init(): raise RuntimeError('no model')\ndef run(files): return files", "RuntimeError: no model"),
        ("def run(files): return files", "score.py has no function init()"),
        ("this is no Python", "SyntaxError"),
        ("import os\nos._exit(7)", "the process ended with code 7"),
    ],
)
def test_a_script_that_cannot_start_fails_the_job(tmp_path: Path, script: str, why: str) -> None:
    """Where init() fails no mini-batch can succeed: the job fails at once and says why."""
    one = runner(tmp_path, script)
    assert not one.run()
    assert one.reason.startswith("The scoring script can't be run: ") and why in one.reason


SLEEPS = GOOD.replace(
    "    return",
    "    open(os.path.join(os.environ['STATE'], f'{os.getpid()}.pid'), 'w').close()\n"
    "    import time; time.sleep(600)\n"
    "    return",
)


def test_a_cancelled_job_ends_with_its_processes(tmp_path: Path) -> None:
    """Cancelling ends the processes of the job, in the midst of a mini-batch too."""
    one = runner(tmp_path, SLEEPS, timeout=600.0)
    thread = threading.Thread(target=one.run)
    thread.start()
    until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    one.cancel()
    thread.join(60)
    assert not thread.is_alive() and one.cancelled and not one.reason
    assert not any(Path("/proc", path.stem).exists() for path in tmp_path.glob("*.pid"))


def test_processes_end_with_the_one_who_started_them(tmp_path: Path) -> None:
    """When the server is killed, its workers end by themselves."""
    code = (
        "import sys; from pathlib import Path; from tests.seawall.local.batch.test_batch_runner import SLEEPS, runner;"
        " runner(Path(sys.argv[1]), SLEEPS, timeout=600.0).run()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[4])
    try:
        until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not any(Path("/proc", path.stem).exists() for path in tmp_path.glob("*.pid")))


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that will be."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it didn't come about"
        time.sleep(0.05)


@given(count=st.integers(0, 60), size=st.integers(1, 70))
def test_mini_batches_hold_every_file_once(count: int, size: int) -> None:
    """All files in their order, each mini-batch full but the last."""
    files = [f"f{number}" for number in range(count)]
    batches = list(mini_batches(files, size))
    assert [name for batch in batches for name in batch.files] == files
    assert all(len(batch.files) == size for batch in batches[:-1])
    assert [batch.number for batch in batches] == list(range(len(batches)))


@given(threshold=st.integers(-1, 20), failed=st.integers(0, 20))
def test_the_threshold(threshold: int, failed: int) -> None:
    """A job goes on while no more files have failed than may; -1 lets any number fail."""
    assert Tally(threshold, failed=failed).exceeded == (threshold != -1 and failed > threshold)
