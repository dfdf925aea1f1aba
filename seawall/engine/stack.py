"""One stack under Pulumi's engine: preview with the policy pack, the update of just that plan, refresh, destroy."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.automation import LocalWorkspace, Stack
from pulumi.automation.errors import CommandError, StackNotFoundError

from seawall.engine import program, state_lock
from seawall.engine.backend import Backend
from seawall.engine.command import Command
from seawall.engine.errors import EngineError, EngineInterrupted
from seawall.engine.events import Translator, Violated
from seawall.engine.explaining import Surroundings, explained
from seawall.engine.locks import freed
from seawall.engine.pending import Pending, pending_in, settled, standing
from seawall.engine.state_lock import StateLock
from seawall.local.diff import Diff, ResourceChange
from seawall.local.events import Event, Finished, Op, Summary
from seawall.plan import state
from seawall.plan.errors import PlanErrors

Listener = Callable[[Event], Any]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an update would do, and the file that holds it to that."""

    diff: Diff
    violations: tuple[Violated, ...]
    plan: Path | None
    """The update plan; None where the preview was refused."""
    refused: bool = False
    """Whether a mandatory policy stands against it."""


@dataclass
class EngineStack:
    """A stack that the engine knows under a name. Every method raises `EngineError` with one clear message."""

    name: str
    backend: Backend
    command: Command
    policy_pack: Path | None = None
    tenant: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    """By URN, the IDs that the plan gives."""
    told: Callable[[int], Any] = lambda times: None
    """Gets how many times Ctrl-C was pressed."""
    _stack: Stack | None = field(default=None, init=False)

    @property
    def around(self) -> Surroundings:
        """What the words about a failure need to know."""
        return Surroundings(env=self.name, tenant=self.tenant, place=self.backend.place, shell=self.backend.shell)

    # Seeing ----------------------------------------------------------------------------------------------------------

    def preview(self, folder: Path) -> Preview:
        """What an update would do; the plan for `up` is kept in `folder`."""
        plan = folder / f"{self.name}.plan.json"
        seen = Translator(self.name, ids=self.ids)
        packs = [str(self.policy_pack)] if self.policy_pack else None
        try:
            with self._running():
                self._selected().preview(policy_packs=packs, plan=str(plan), on_event=seen.take, color="never")
        except (CommandError, RuntimeError) as error:
            # Half a program's violations are no verdict: what failed beside the policies comes first.
            if seen.mandatory and not seen.faults:
                return Preview(diff=seen.diff(), violations=tuple(seen.violations), plan=None, refused=True)
            raise self._explained(error, seen) from None
        return Preview(diff=seen.diff(), violations=tuple(seen.violations), plan=plan, refused=bool(seen.mandatory))

    def pending(self) -> tuple[Pending, ...]:
        """The operations that an interrupted run has left open, or one that is under way."""
        return pending_in(self._exported()["deployment"])

    def exists(self) -> bool:
        """Whether the backend has the stack."""
        try:
            Stack.select(self.name, self._workspace())
        except StackNotFoundError:
            return False
        except CommandError as error:
            raise self._explained(error) from None
        return True

    def owned(self) -> Diff:
        """All that the stack owns in the cloud, as what a destroy would delete; nothing where there is none."""
        if not self.exists():
            return Diff(stack=self.name, resources=())
        with _state_file() as path:
            self.export(path)
            try:
                plan = state.read(path)
            except PlanErrors:  # a stack without resources doesn't say which one it is
                return Diff(stack=self.name, resources=())
        found = tuple(
            ResourceChange(urn=r.urn, type=r.type, name=r.name, id=r.id, op=Op.DELETE) for r in reversed(plan.resources)
        )
        return Diff(stack=self.name, resources=found, counts={Op.DELETE: len(found)})

    def export(self, path: Path) -> None:
        """Write the stack's state into a file, secrets left encrypted."""
        self._run(["stack", "export", "--file", str(path)])

    # Changing --------------------------------------------------------------------------------------------------------

    def settle(self, pending: tuple[Pending, ...], exists: Callable[[str], bool]) -> list[str]:
        """Take up what interrupted creations have made, and forget those that made nothing. Returns lines to show.

        `exists` asks the cloud for an ID; of what the cloud gives its IDs, nobody can say.
        """
        lines, found = [], {}
        for item in pending:
            id = self.ids.get(item.urn, "")
            made = exists(id) if id.startswith("/") and item.operation == "creating" else None
            lines.append(item.told(made=made, id=id))
            if made:
                found[item.urn] = id
        deployment = self._replaced(lambda old: settled(old, found))
        targets = [word for urn in standing(deployment, pending) for word in ("--target", urn)]
        if targets:
            self._run(["refresh", "--yes", "--skip-preview", *targets])
        return lines

    def free(self) -> StateLock | None:
        """Take off the lock of a run that was killed, where the state is this machine's own; what was taken off."""
        if self.backend.folder is None:
            return None
        for lock in state_lock.in_folder(self.backend.folder, self.name):
            if lock.is_abandoned and lock.file:
                lock.file.unlink(missing_ok=True)
                return lock
        return None

    def up(self, previewed: Preview, listen: Listener) -> Summary:
        """Do what was previewed, and nothing else."""
        packs = [str(self.policy_pack)] if self.policy_pack else None
        plan = str(previewed.plan) if previewed.plan else None
        return self._changed(
            listen,
            previewed.diff,
            lambda seen: self._selected().up(
                policy_packs=packs, plan=plan, on_event=seen.take, color="never", show_secrets=False
            ),
        )

    def refresh(self, listen: Listener) -> Translator:
        """Read everything from the cloud into the state; what differed is in `drifted` of what is returned."""
        seen = Translator(self.name, listen, ids=self.ids)
        try:
            with self._running():
                self._selected().refresh(on_event=seen.take, color="never", show_secrets=False)
        except (CommandError, RuntimeError) as error:
            raise self._explained(error, seen) from None
        return seen

    def preview_destroy(self) -> Diff:
        """What a destroy would delete."""
        seen = Translator(self.name, ids=self.ids)
        try:
            with self._running():
                self._selected().preview_destroy(on_event=seen.take, color="never")
        except (CommandError, RuntimeError) as error:
            raise self._explained(error, seen) from None
        return seen.diff()

    def destroy(self, expected: Diff, listen: Listener) -> Summary:
        """Delete all that the stack owns."""
        return self._changed(
            listen,
            expected,
            lambda seen: self._selected().destroy(on_event=seen.take, color="never", show_secrets=False),
        )

    def lift(self, locks: Sequence[str]) -> None:
        """Delete locks, by URN: under one, Azure refuses to delete what it guards, role assignments included.

        The next update puts back what the program still has.
        """
        self._replaced(lambda old: freed(old, locks))
        seen = Translator(self.name, ids=self.ids)
        try:
            with self._running():
                self._selected().destroy(target=list(locks), on_event=seen.take, color="never", show_secrets=False)
        except (CommandError, RuntimeError) as error:
            raise self._explained(error, seen) from None

    def unprotect(self) -> None:
        """Take the protection off everything, so that a destroy may go ahead."""
        self._run(["state", "unprotect", "--all", "--yes"])

    # Within ----------------------------------------------------------------------------------------------------------

    def _changed(self, listen: Listener, expected: Diff, change: Callable[[Translator], Any]) -> Summary:
        seen = Translator(self.name, listen, expected, self.ids)
        started = time.monotonic()
        try:
            with self._running():
                change(seen)
        except (CommandError, RuntimeError) as error:
            if not seen.failures:
                raise self._explained(error, seen) from None
        summary = seen.summary(time.monotonic() - started)
        listen(Finished(summary=summary))
        return summary

    @contextmanager
    def _running(self) -> Iterator[None]:
        before = self.command.interrupts
        with self.command.interruptible(self.told):
            try:
                yield
            except CommandError:
                if self.command.interrupts > before:
                    raise EngineInterrupted(
                        f"stopped: {self.name} is as far as it got",
                        hint="The same command goes on: it looks at what is there and finishes what was left open.",
                    ) from None
                raise

    def _workspace(self) -> LocalWorkspace:
        return LocalWorkspace(
            work_dir=str(self.backend.work_dir),
            env_vars=self.backend.environment(),
            secrets_provider=self.backend.secrets_provider,
            pulumi_command=self.command,
        )

    def _selected(self) -> Stack:
        if self._stack is None:
            self._stack = Stack.create_or_select(self.name, self._workspace())
        return self._stack

    def _exported(self) -> dict[str, Any]:
        """The state with its secrets encrypted, as `pulumi stack import` takes it."""
        with _state_file() as path:
            self.export(path)
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {**document, "deployment": document.get("deployment") or {}}

    def _replaced(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """Put the state in another's place, whose pending operations are forgotten. Returns that."""
        document = self._exported()
        document["deployment"] = change(document["deployment"])
        with _state_file() as path:
            path.write_text(json.dumps(document), encoding="utf-8")
            self._run(["stack", "import", "--file", str(path)])
        deployment: dict[str, Any] = document["deployment"]
        return deployment

    def _run(self, args: list[str]) -> str:
        try:
            with self._running():
                stack = self._selected()
                return stack._run_pulumi_cmd_sync([*args, "--color", "never"]).stdout
        except CommandError as error:
            raise self._explained(error) from None

    def _explained(self, error: Exception, seen: Translator | None = None) -> EngineError:
        output, root = str(error), self.backend.root
        failed = program.failure(seen.errors, seen.printed, root, env=self.name, output=output) if seen else None
        if failed:
            return failed
        if seen and seen.mandatory and not seen.faults:
            told = "; ".join(f"{v.rule}: {v.message}" for v in seen.mandatory)
            return EngineError(
                f"a mandatory policy stands against what was to be done: {told}",
                hint="What was done before stays. Mend what is listed, then run this again.",
            )
        return explained(output, self.around, seen.faults if seen else ())


@contextmanager
def _state_file() -> Iterator[Path]:
    """A place for a state while it is worked on, private, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="seawall-state-") as folder:
        yield Path(folder) / "state.json"


@contextmanager
def plan_folder() -> Iterator[Path]:
    """A folder for update plans, which hold inputs and so stay private, and are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="seawall-plan-") as folder:
        yield Path(folder)
