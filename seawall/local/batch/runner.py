"""Runs the mini-batches of one job in parallel processes, with retries, until all are done or too many have failed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seawall.local.batch.process import Stopped, Worker, WorkerLost
from seawall.local.batch.settings import Settings
from seawall.local.batch.tally import MiniBatch, Tally, mini_batches


@dataclass(frozen=True)
class Work:
    """What is run, on what."""

    interpreter: Path
    script: Path
    variables: Mapping[str, str]
    files: Sequence[str]
    results: Path
    """The folder for each mini-batch's rows."""
    logs: Path
    """The folder for each process's output."""


class Runner:
    """One job's run. `run` is called once; `cancel` from any thread."""

    def __init__(self, work: Work, settings: Settings, say: Callable[[str], None]) -> None:
        self.work = work
        self.settings = settings
        self.tally = Tally(settings.error_threshold)
        self.reason = ""
        """Why the job failed; nothing when it didn't."""
        self.cancelled = False
        self._say = say
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._queue: queue.SimpleQueue[MiniBatch] = queue.SimpleQueue()

    def cancel(self) -> None:
        self.cancelled = True
        self._stop.set()

    def run(self) -> bool:
        """Run everything. Returns whether the job succeeded; `reason` says why not, `tally` how far it came."""
        batches = list(mini_batches(self.work.files, self.settings.mini_batch_size))
        for batch in batches:
            self._queue.put(batch)
        count = max(1, min(self.settings.processes, len(batches)))
        self._say(f"{len(self.work.files)} files in {len(batches)} mini-batches, {count} processes")
        threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._say(self.tally.summary)
        return not self.reason and not self.cancelled

    def _work(self, number: int) -> None:
        worker: Worker | None = None
        log = self.work.logs / f"process-{number:02}.txt"
        try:
            while not self._stop.is_set():
                try:
                    batch = self._queue.get_nowait()
                except queue.Empty:
                    return
                worker = self._persistently(batch, worker, log)
        except Stopped:
            return
        except WorkerLost as error:
            self._fail(f"The scoring script can't be run: {error}")
        except Exception as error:  # whatever it is, the job must not stay running for ever
            self._fail(f"The job can't go on: {type(error).__name__}: {error}")
        finally:
            if worker is not None:
                worker.close()

    def _persistently(self, batch: MiniBatch, worker: Worker | None, log: Path) -> Worker | None:
        """Attempt a mini-batch until it succeeds or the retries run out. Raises `WorkerLost` where `init()` fails."""
        result = self.work.results / f"{batch.number:08}.csv"
        why = ""
        for attempt in range(1, self.settings.max_retries + 2):
            if worker is None:
                worker = Worker(self.work.interpreter, self.work.script, self.work.variables, log, self._stop.is_set)
            try:
                rows, why = worker.run(batch, result, self.settings.timeout)
            except WorkerLost as error:
                worker.close()
                worker, rows, why = None, 0, str(error)
            except Stopped:
                worker.close()
                raise
            with self._lock:
                self.tally.attempts += 1
                if not why:
                    self.tally.done += len(batch.files)
                    self.tally.rows += rows
                    return worker
            self._say(f"Mini-batch {batch.number}, attempt {attempt}: {why.strip().splitlines()[-1]}")
        result.unlink(missing_ok=True)
        self._give_up(batch, why)
        return worker

    def _give_up(self, batch: MiniBatch, why: str) -> None:
        line = f"Mini-batch {batch.number}: {why.strip().splitlines()[-1]}"
        with self._lock:
            self.tally.failed += len(batch.files)
            self.tally.errors.append(line)
            exceeded = self.tally.exceeded
        if exceeded:
            self._fail(f"{self.tally.failed} files failed, {self.settings.error_threshold} may. {line}")

    def _fail(self, reason: str) -> None:
        with self._lock:
            if not self.reason and not self.cancelled:
                self.reason = reason
        self._stop.set()
