"""One run of a stack: alone on it, its steps taken, its locks put back, its end told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from seawall.local import stack_lock
from seawall.local.azure import LocalAzure
from seawall.local.clock import Clock, SystemClock
from seawall.local.compare import Decision
from seawall.local.errors import Holder
from seawall.local.events import Failure, Finished, Listener, Op, Planned, Skip, Summary, WaitingForStack
from seawall.local.executor import Executor, Outcome
from seawall.local.graph import Step
from seawall.local.state import StackState
from seawall.local.steps import counted, is_lock, lock_scope
from seawall.local.taking import Actions, Result


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How a run goes about its work; the defaults suit everyone."""

    workers: int = 8
    attempts: int = 6
    """How often a step is tried while Azure answers with transient errors."""
    wait: bool = False
    """Wait for another run of the stack to end instead of being refused with `StackBusy`."""
    command: str = ""
    """What the other run is told: `seawall up dev`. Empty: the command line of this process."""
    poll: float = 0.0
    """Seconds between two polls of a long-running operation. Local ones need none."""
    clock: Clock = field(default_factory=SystemClock)


class Run:
    """One run of a stack."""

    def __init__(self, azure: LocalAzure, state: StackState, listen: Listener, settings: RunSettings) -> None:
        self.azure = azure
        self.state = state
        self.listen = listen
        self.settings = settings

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the stack, so that nobody else changes it meanwhile. Raises `StackBusy`."""

        def waiting(holder: Holder) -> None:
            self.listen(WaitingForStack(stack=self.state.stack, holder=str(holder)))

        settings = self.settings
        path = lock_path(self.state)
        with stack_lock.held(path, self.state.stack, command=settings.command, wait=settings.wait, waiting=waiting):
            yield

    def take(
        self, decisions: list[Decision], steps: list[Step], *, resumed: int, outputs: Mapping[str, Any]
    ) -> Summary:
        """Take the steps; put back every lock that is still lifted; tell how it went."""
        started = self.settings.clock.now()
        self.state.start_run()
        self.state.save(decision.wanted for decision in decisions if decision.touched and decision.wanted)
        self.listen(Planned(stack=self.state.stack, counts=counted(decisions), steps=len(steps), resumed=resumed))
        try:
            outcome = self._execute(steps)
        finally:
            restored = self._restore_locks()
        outcome.failed += restored.failed
        outcome.done += restored.done
        succeeded = not outcome.failed and not outcome.skipped
        if succeeded:
            self._complete(outputs)
        seconds = self.settings.clock.now() - started
        summary = self._summary(decisions, outcome, resumed, seconds)
        self.listen(Finished(summary=summary))
        return summary

    def _execute(self, steps: Iterable[Step]) -> Outcome:
        executor = Executor(steps, self.listen, self.settings.workers)
        settings = self.settings
        actions = Actions(
            self.azure,
            self.state,
            settings.clock,
            executor.emit,
            attempts=settings.attempts,
            poll=settings.poll,
        )
        return executor.run(actions.take)

    def _restore_locks(self) -> Outcome:
        """Put back the locks that were lifted and whose resource still stands."""
        lifted = [record for record in self.state.owned() if record.lifted and is_lock(record)]
        standing = [record for record in lifted if self.azure.world.exists(lock_scope(record.id))]
        steps = [
            Step(number=number, op=Op.RESTORE, urn=record.urn, id=record.id, wanted=record, old=record)
            for number, record in enumerate(standing)
        ]
        return self._execute(steps) if steps else Outcome()

    def _complete(self, outputs: Mapping[str, Any]) -> None:
        recovered = [record for record in self.state.owned() if record.recovered]
        with self.state.store.write():
            self.state.save(msgspec.structs.replace(record, recovered=False) for record in recovered)
            self.state.save_outputs(dict(outputs))

    def _summary(self, decisions: list[Decision], outcome: Outcome, resumed: int, seconds: float) -> Summary:
        unfinished = {result.step.urn for result in outcome.failed} | {step.urn for step, _ in outcome.skipped}
        deleted = [result.step.id for result in outcome.done if result.step.op in (Op.DELETE, Op.DELETE_REPLACED)]
        return Summary(
            stack=self.state.stack,
            counts=counted(decision for decision in decisions if decision.urn not in unfinished),
            failures=tuple(_failure(result) for result in outcome.failed if result.error),
            skipped=tuple(Skip(urn=step.urn, op=step.op, because=because) for step, because in outcome.skipped),
            resumed=resumed,
            recovered=tuple(result.effect.recovered for result in outcome.done if result.effect.recovered),
            left_soft_deleted=tuple(id for id in deleted if self.azure.is_soft_deleted(id)),
            seconds=seconds,
        )


def _failure(result: Result) -> Failure:
    assert result.error is not None
    return Failure(urn=result.step.urn, op=result.step.op, id=result.step.id, error=result.error)


def lock_path(state: StackState) -> Path:
    """The file whose lock a run of the stack holds, beside the store."""
    store = state.store.path
    return store.with_name(f"{store.name}.locks") / f"{state.key.replace('/', '.')}.lock"
