"""The engine's events as those of a local run, so that one display shows both; and what a preview would change.

Source: pulumi/sdk, apitype/events.go, as the Automation API reads it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation.events import EngineEvent, StepEventMetadata

from seawall.local.changes import ABSENT, Change, parsed
from seawall.local.changes import change as changed
from seawall.local.diff import Diff, ResourceChange
from seawall.local.errors import AzureError
from seawall.local.events import Event, Failure, Op, Planned, StepDone, StepFailed, StepStarted, Summary
from seawall.plan.aliases import name_of
from seawall.plan.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_SENTINEL, Secret

_OPS = {
    "same": Op.SAME,
    "create": Op.CREATE,
    "update": Op.UPDATE,
    "replace": Op.REPLACE,
    "delete": Op.DELETE,
    "create-replacement": Op.CREATE_REPLACEMENT,
    "delete-replaced": Op.DELETE_REPLACED,
    "import": Op.IMPORT,
    "import-replacement": Op.IMPORT,
    "discard": Op.FORGET,
    "discard-replaced": Op.FORGET,
}
"""What is only read, and what a refresh looks at, is no step."""

_TWO_STEPS = (Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED)


@dataclass(frozen=True)
class Violated:
    """A violation of a policy, as the engine tells it."""

    rule: str
    pack: str
    level: str
    urn: str
    message: str


@dataclass
class Translator:
    """Takes the engine's events one by one; tells a listener, and remembers what a preview or a run consists of."""

    stack: str
    listen: Callable[[Event], Any] = lambda event: None
    expected: Diff | None = None
    """What the preview before it found, for the number of steps."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """By URN, the IDs that are known before anything exists: a preview of azure-native's tells none."""
    clock: Callable[[], float] = time.monotonic
    resources: list[ResourceChange] = field(default_factory=list)
    counts: dict[Op, int] = field(default_factory=dict)
    violations: list[Violated] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Told of no resource."""
    drifted: list[ResourceChange] = field(default_factory=list)
    """What a refresh found changed or gone."""
    looked_at: int = 0
    """How many resources a refresh has read."""
    _started: dict[str, float] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)
    """By URN, the last error of a resource."""

    def take(self, event: EngineEvent) -> None:
        """One event of the engine's."""
        if event.prelude_event:
            self.listen(Planned(stack=self.stack, counts=self.counts, steps=self._steps()))
        elif event.resource_pre_event:
            self._begun(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._ended(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._failed(event.res_op_failed_event.metadata)
        elif event.diagnostic_event:
            self._told(event.diagnostic_event)
        elif event.policy_event:
            told = event.policy_event
            self.violations.append(
                Violated(
                    rule=told.policy_name,
                    pack=told.policy_pack_name,
                    level=told.enforcement_level,
                    urn=told.resource_urn or "",
                    message=plain_text(told.message),
                )
            )

    def diff(self) -> Diff:
        """What a preview would do."""
        return Diff(
            stack=self.stack, resources=tuple(self.resources), warnings=tuple(self.warnings), counts=dict(self.counts)
        )

    def summary(self, seconds: float) -> Summary:
        """How a run ended."""
        return Summary(stack=self.stack, counts=dict(self.counts), failures=tuple(self.failures), seconds=seconds)

    # One kind of event each ------------------------------------------------------------------------------------------

    def _begun(self, step: StepEventMetadata) -> None:
        op = _OPS.get(str(step.op.value))
        if op is None or _is_engines_own(step.type):
            return
        if op not in _TWO_STEPS:
            self.counts[op] = self.counts.get(op, 0) + 1
        if op is Op.SAME:
            return
        if op not in _TWO_STEPS:
            self.resources.append(self._change(step, op))
        if op is not Op.REPLACE:  # its two halves come as steps of their own
            self._started[step.urn] = self.clock()
            self.listen(StepStarted(urn=step.urn, op=op, id=self._id(step)))

    def _ended(self, step: StepEventMetadata) -> None:
        op = _OPS.get(str(step.op.value))
        if step.op.value == "refresh":
            self._refreshed(step)
        started = self._started.pop(step.urn, None)
        if op is not None and started is not None:
            self.listen(StepDone(urn=step.urn, op=op, id=self._id(step), seconds=self.clock() - started))

    def _failed(self, step: StepEventMetadata) -> None:
        op = _OPS.get(str(step.op.value))
        if op is None:
            return
        self._started.pop(step.urn, None)
        error = azure_error(self._said.get(step.urn, "the engine gives no reason"))
        self.failures.append(Failure(urn=step.urn, op=op, id=self._id(step), error=error))
        self.listen(StepFailed(urn=step.urn, op=op, id=self._id(step), error=error))

    def _told(self, diagnostic: Any) -> None:
        text = plain_text(diagnostic.message)
        if not text or diagnostic.severity not in ("error", "warning"):
            return
        if diagnostic.severity == "warning":
            self.warnings.append(text)
        elif diagnostic.urn and not _is_engines_own(diagnostic.urn.split("::")[2]):
            self._said[diagnostic.urn] = text
        else:
            self.errors.append(text)

    def _refreshed(self, step: StepEventMetadata) -> None:
        self.looked_at += 1
        if step.new is None and step.old is not None:
            self.drifted.append(self._change(step, Op.DELETE))
        elif step.detailed_diff or step.diffs:
            self.drifted.append(self._change(step, Op.UPDATE))

    def _id(self, step: StepEventMetadata) -> str:
        told = (step.new.id if step.new else "") or (step.old.id if step.old else "")
        return told or self.ids.get(step.urn, "")

    def _change(self, step: StepEventMetadata, op: Op) -> ResourceChange:
        fixed = step.keys or () if op is Op.REPLACE else ()
        return ResourceChange(
            urn=step.urn,
            type=step.type,
            name=name_of(step.urn),
            id=self._id(step),
            op=op,
            changes=tuple(_properties(step)),
            reasons=tuple(f"{key} can't be changed in place" for key in fixed),
        )

    def _steps(self) -> int:
        counts = self.expected.counts if self.expected else {}
        return sum(2 * number if op is Op.REPLACE else number for op, number in counts.items() if op is not Op.SAME)


def _is_engines_own(type_: str) -> bool:
    return type_.rsplit("$", 1)[-1].startswith("pulumi:")


def _properties(step: StepEventMetadata) -> Iterator[Change]:
    """The properties that differ, with both values, where the provider gave a detailed diff."""
    old = (step.old.inputs if step.old else None) or {}
    new = (step.new.inputs if step.new else None) or {}
    for text in sorted(step.detailed_diff or step.diffs or ()):
        path = parsed(text)
        before, after = _at(old, path), _at(new, path)
        if before != after:
            yield changed(path, before, after)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return _value(value)


def _value(value: Any) -> Any:
    """A value of the engine's as one of a plan."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return Secret(value.get("value", value.get("plaintext")))
        return {key: _value(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_value(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == UNKNOWN_SENTINEL else value


def plain_text(message: str) -> str:
    """A message without the engine's colour marks, on one line."""
    return " ".join(re.sub(r"<\{%[^%]*%\}>", "", message or "").split())


def azure_error(text: str) -> AzureError:
    """An error of a provider with Azure's code, where it tells one."""
    status = re.search(r"(?:Status=|^|\s)(\d{3})(?:\s|:)", text)
    code = re.search(r"""Code=["']?(\w+)["']?""", text)
    message = re.search(r"""Message=["'](.*?)["'](?:\s|$)""", text)
    return AzureError(
        code.group(1) if code else "PulumiError",
        message.group(1) if message else text,
        status=int(status.group(1)) if status else 400,
    )
