"""Taking steps in parallel: each as soon as what it needs is done, the rest going on after a failure."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from seawall.local.events import Event, Listener, StepSkipped
from seawall.local.graph import Step, dependents
from seawall.local.taking import Result


@dataclass
class Outcome:
    """How the steps of a run ended."""

    done: list[Result] = field(default_factory=list)
    failed: list[Result] = field(default_factory=list)
    skipped: list[tuple[Step, str]] = field(default_factory=list)
    """Each with the URN of what failed first."""


class Executor:
    """Takes steps in threads, and tells the listener in the caller's own."""

    def __init__(self, steps: Iterable[Step], listen: Listener, workers: int) -> None:
        self.steps = {step.number: step for step in steps}
        self.outcome = Outcome()
        self._listen = listen
        self._workers = max(1, workers)
        self._after = dependents(self.steps.values())
        self._waits = {number: set(step.before_it) for number, step in self.steps.items()}
        self._ready = deque(number for number, waits in self._waits.items() if not waits)
        self._messages: queue.SimpleQueue[Event | Future[Result]] = queue.SimpleQueue()

    def emit(self, event: Event) -> None:
        """Hand an event over to the listener, from any thread."""
        self._messages.put(event)

    def run(self, take: Callable[[Step], Result]) -> Outcome:
        """Take all steps.

        An exception of a step, of the listener, or an interruption, stops the run: what is under way ends, nothing new
        is begun, then it is raised.
        """
        under_way: set[Future[Result]] = set()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="seawall") as pool:
            try:
                while self._ready or under_way:
                    while self._ready and len(under_way) < self._workers:
                        future = pool.submit(take, self.steps[self._ready.popleft()])
                        under_way.add(future)
                        future.add_done_callback(self._messages.put)
                    self._handle(self._messages.get(), under_way)
            except BaseException:
                self._ready.clear()
                while under_way:
                    self._drain(under_way)
                raise
        if len(self.outcome.done) + len(self.outcome.failed) + len(self.outcome.skipped) < len(self.steps):
            raise AssertionError("some steps wait for each other in a circle")
        return self.outcome

    def _handle(self, message: Event | Future[Result], under_way: set[Future[Result]]) -> None:
        if not isinstance(message, Future):
            self._listen(message)
            return
        under_way.discard(message)
        result = message.result()
        if result.error is None:
            self.outcome.done.append(result)
            self._release(result.step)
        else:
            self.outcome.failed.append(result)
            self._fail(result.step)

    def _drain(self, under_way: set[Future[Result]]) -> None:
        """Wait for what is under way. Its events are lost: the listener may be what failed."""
        message = self._messages.get()
        if isinstance(message, Future):
            under_way.discard(message)

    def _release(self, step: Step) -> None:
        for number in self._after.get(step.number, ()):
            waits = self._waits.get(number)
            if waits is not None:
                waits.discard(step.number)
                if not waits:
                    self._ready.append(number)

    def _fail(self, step: Step) -> None:
        """Skip what needs a failed step, directly or not; what only comes after it goes on."""
        waiting = deque([step])
        while waiting:
            failed = waiting.popleft()
            for number in self._after.get(failed.number, ()):
                later = self.steps[number]
                if number in self._waits and failed.number in later.after:
                    del self._waits[number]
                    self.outcome.skipped.append((later, step.urn))
                    self._listen(StepSkipped(urn=later.urn, op=later.op, because=step.urn))
                    waiting.append(later)
            self._release(failed)
