"""Taking one step: what is asked of Azure, and what the stack's state says afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from seawall.local import kinds
from seawall.local.azure import LocalAzure, Response
from seawall.local.changes import differences, text
from seawall.local.clock import Clock
from seawall.local.errors import AzureError
from seawall.local.events import Event, Op, StepDone, StepFailed, StepProgress, StepRetrying, StepStarted
from seawall.local.graph import Step
from seawall.local.operations import error_of
from seawall.local.releases import carried
from seawall.local.routes import parse
from seawall.local.state import Owned, Pending, StackState, new_origin

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds: the wait doubles from the first to the longest, where Azure doesn't say how long."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a finished step changes in the stack's state, and what people are told."""

    save: tuple[Owned, ...] = ()
    remove: tuple[str, ...] = ()
    note: str = ""
    recovered: str = ""
    """The ID that was brought back from its soft-deleted state."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a step ended."""

    step: Step
    error: AzureError | None = None
    effect: Effect = Effect()


class Actions:
    """Takes the steps of one run. Any thread may call `take`."""

    def __init__(
        self,
        azure: LocalAzure,
        state: StackState,
        clock: Clock,
        emit: Callable[[Event], None],
        *,
        attempts: int,
        poll: float,
    ) -> None:
        self.azure = azure
        self.state = state
        self.clock = clock
        self.emit = emit
        self.attempts = attempts
        self.poll = poll

    def take(self, step: Step) -> Result:
        """Take a step, journalled before and after. What Azure refuses is in the result. Raises `StoreError`."""
        started, origin = self.clock.now(), new_origin()
        number = self.state.begin(
            Pending(op=step.op, id=step.id, urn=step.urn, origin=origin, wanted=step.wanted, purge=step.purge)
        )
        try:
            effect = self._persistently(step, origin)
        except AzureError as error:
            self.state.finish(number, save=self._after_failure(step, origin), failed=True)
            self.emit(StepFailed(urn=step.urn, op=step.op, id=step.id, error=error))
            return Result(step=step, error=error)
        self.state.finish(number, save=effect.save, remove=effect.remove)
        seconds = self.clock.now() - started
        self.emit(StepDone(urn=step.urn, op=step.op, id=step.id, seconds=seconds, note=effect.note))
        return Result(step=step, effect=effect)

    def _persistently(self, step: Step, origin: str) -> Effect:
        """Attempt a step until it succeeds, Azure refuses it for good, or the attempts run out."""
        wait = FIRST_WAIT
        for attempt in range(1, self.attempts + 1):
            self.emit(StepStarted(urn=step.urn, op=step.op, id=step.id, attempt=attempt))
            try:
                return self._attempt(step, origin)
            except AzureError as error:
                if not error.transient or attempt == self.attempts:
                    raise
                pause = wait if error.retry_after is None else error.retry_after
                self.emit(StepRetrying(urn=step.urn, op=step.op, error=error, wait=pause))
            self.clock.sleep(pause)
            # In this Azure, time passes by ticks: what another client has begun goes on meanwhile.
            self.azure.tick()
            wait = min(2 * wait, LONGEST_WAIT)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, step: Step, origin: str) -> Effect:
        match step.op:
            case Op.CREATE | Op.CREATE_REPLACEMENT:
                return self._create(step, origin)
            case Op.UPDATE | Op.RESTORE:
                return self._update(step)
            case Op.DELETE | Op.DELETE_REPLACED:
                return self._delete(step)
            case Op.IMPORT:
                return self._import(step)
            case Op.LIFT:
                self._remove(step)
                return Effect(save=_with(step.old, lifted=True))
            case Op.FORGET:
                return Effect(remove=(step.id,), note="left in Azure")
        raise AssertionError(f"{step.op} is no step")

    # Creating and updating -----------------------------------------------------------------------------------------

    def _create(self, step: Step, origin: str) -> Effect:
        wanted = _wanted(step)
        recovered = self._recover(step, wanted, origin)
        self._check_free(wanted, origin)
        existing = self.azure.store.exists(wanted.id)
        saved = self._put(step, wanted, origin=origin, only_new=not existing)
        if recovered:
            saved = msgspec.structs.replace(saved, recovered=True)
        note = "brought back from its soft-deleted state" if recovered else ""
        return Effect(save=(saved, *self._left(step)), note=note, recovered=wanted.id if recovered else "")

    def _left(self, step: Step) -> tuple[Owned, ...]:
        """The old one that a replacement leaves behind, still to be deleted."""
        old = step.old
        return _with(old, condemned=True) if old and old.key != step.key and self.state.owner(old.id) else ()

    def _recover(self, step: Step, wanted: Owned, origin: str) -> bool:
        """Bring a soft-deleted resource back, so that it can be written as wanted."""
        soft = kinds.soft_delete(wanted.type)
        if soft is None:
            return False
        row = self.azure.store.resource(wanted.id)
        if row is not None or not self.azure.is_soft_deleted(wanted.id):
            return row is not None and row.origin == origin
        name, value = soft.recover
        body = kinds.request_body(wanted)
        asked = {"location": body.get("location"), "properties": {**(body.get("properties") or {}), name: value}}
        self._wait(step, self.azure.request("PUT", wanted.id, "", asked, origin=origin))
        return True

    def _check_free(self, wanted: Owned, origin: str) -> None:
        """Raises where the ID is somebody else's: what was there is never written over."""
        row = self.azure.store.resource(wanted.id)
        owner = self.state.owner(wanted.id)
        if owner not in ("", self.state.key):
            raise AzureError("AlreadyOwned", f"{wanted.id} belongs to stack {owner}.", status=409)
        if row is None or row.origin == origin or self.azure.world.exists_by_itself(parse(wanted.id)):
            return
        if not any(record.recovered and wanted.key.startswith(f"{record.key}/") for record in self.state.owned()):
            raise AzureError(
                "AlreadyExists",
                f"{wanted.id} exists already and no stack owns it: import it, or choose another name.",
                status=409,
            )

    def _update(self, step: Step) -> Effect:
        return Effect(save=(self._put(step, _wanted(step)),))

    def _put(self, step: Step, wanted: Owned, *, origin: str = "", only_new: bool = False) -> Owned:
        body = kinds.request_body(wanted)
        if not only_new:
            # Right before the PUT: a release may change its traffic at any time.
            body = carried(kinds.arm_type(wanted.type), body, self.azure.get(wanted.id))
        version, if_none_match = kinds.api_version(wanted.type), "*" if only_new else ""
        response = self.azure.request("PUT", wanted.id, version, body, if_none_match=if_none_match, origin=origin)
        self._wait(step, response)
        answer = self.azure.get(wanted.id) if response.operation else response.body
        outputs = kinds.outputs_of(wanted, answer or {})
        return msgspec.structs.replace(wanted, outputs=outputs, dirty=False, lifted=False, drift=())

    def _import(self, step: Step) -> Effect:
        wanted = _wanted(step)
        live = self.azure.get(wanted.id)
        if live is None:
            raise AzureError("ResourceNotFound", f"{wanted.id} can't be imported: it doesn't exist.", status=404)
        asked, found = kinds.outputs_of(wanted, kinds.expected_body(wanted)), kinds.outputs_of(wanted, live)
        wrong = [text(p) for p, _, _ in differences(asked, found) if p[0] in wanted.inputs]
        if wrong:
            raise AzureError(
                "ImportMismatch",
                f"The inputs don't match the resource in Azure: {', '.join(wrong)}. Make them equal, then import.",
                status=409,
            )
        return Effect(save=(msgspec.structs.replace(wanted, outputs=found),), note="imported")

    def _wait(self, step: Step, response: Response) -> None:
        """Poll an operation until it ends. Raises the error with which it failed."""
        while response.operation:
            operation = self.azure.store.operation(response.operation)
            if operation is None or operation.status != "InProgress":
                error = error_of(operation) if operation else None
                if error is not None:
                    raise error
                return
            row = self.azure.store.resource(operation.key)
            self.emit(StepProgress(urn=step.urn, op=step.op, state=row.state if row else operation.status))
            if self.poll:
                self.clock.sleep(self.poll)
            self.azure.tick(response.operation)

    # Deleting --------------------------------------------------------------------------------------------------------

    def _delete(self, step: Step) -> Effect:
        others = self.state.others_below(step.id)
        if others:
            raise AzureError(
                "OwnedByOthers", f"{step.id} can't be deleted: other stacks own {', '.join(others)} in it.", status=409
            )
        self._remove(step)
        note = self._purge(step.id) if step.purge else ""
        # Rules that are always there can't go: the stack only lets go of them.
        left = "left as it is: it can't be deleted" if self.azure.store.exists(step.id) else ""
        return Effect(remove=(step.id,), note=note or left)

    def _remove(self, step: Step) -> None:
        if not self.azure.store.exists(step.id):
            return  # it has gone with what it was in
        self._wait(step, self.azure.request("DELETE", step.id))

    def _purge(self, id: str) -> str:
        deleted = self.azure.store.deleted(id)
        if deleted is None:
            return ""
        if not deleted.purgeable:
            return "soft-deleted: purge protection keeps it, the next creation brings it back"
        self.azure.purge(id)
        return "purged"

    # After a failure -------------------------------------------------------------------------------------------------

    def _after_failure(self, step: Step, origin: str) -> tuple[Owned, ...]:
        """What a failed step leaves in the state: whatever may be half-done is to be written again."""
        row = self.azure.store.resource(step.id)
        if row is None or step.wanted is None or step.op is Op.IMPORT:
            return ()
        if step.op in (Op.CREATE, Op.CREATE_REPLACEMENT):
            if row.origin != origin:
                return ()
            return (msgspec.structs.replace(step.wanted, dirty=True), *self._left(step))
        return _with(step.old, dirty=True) if row.state != "Succeeded" else ()


def _wanted(step: Step) -> Owned:
    if step.wanted is None:
        raise AssertionError(f"{step.op} of {step.urn} wants nothing")
    return step.wanted


def _with(record: Owned | None, **fields: Any) -> tuple[Owned, ...]:
    return (msgspec.structs.replace(record, **fields),) if record else ()
