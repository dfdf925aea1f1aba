"""The engine's events as those of a local run, so that one display shows both; and what a preview would change.

Source: pulumi/sdk, apitype/events.go, as the Automation API reads it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
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

ESCALATED = "-mandatory"
"""Ends the name of a rule's second policy in the pack, for its findings that are mandatory where it is advice."""
NO_RULES = frozenset({"exempted", "exemptions"})
"""Policies of the pack that show what is exempted."""
_TWO_STEPS = (Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED)
_VERDICTS = ("preview failed", "update failed", "destroy failed", "refresh failed")
"""What ends a run that failed, for reasons told before."""


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
    """Told of no resource, each with its lines."""
    printed: list[str] = field(default_factory=list)
    """What the program wrote."""
    said: dict[str, str] = field(default_factory=dict)
    """By URN, the last error of a resource."""
    drifted: list[ResourceChange] = field(default_factory=list)
    """What a refresh found changed or gone."""
    looked_at: int = 0
    """How many resources a refresh has read."""
    _started: dict[str, float] = field(default_factory=dict)
    _reading: set[str] = field(default_factory=set)
    """The URNs of what a refresh is reading."""

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
        elif event.policy_event and event.policy_event.policy_name not in NO_RULES:
            self.violations.append(_violated(event.policy_event))

    def diff(self) -> Diff:
        """What a preview would do."""
        return Diff(
            stack=self.stack, resources=tuple(self.resources), warnings=tuple(self.warnings), counts=dict(self.counts)
        )

    def summary(self, seconds: float) -> Summary:
        """How a run ended; what failed isn't counted."""
        failed = Counter(Op.REPLACE if failure.op in _TWO_STEPS else failure.op for failure in self.failures)
        counts = {op: number - failed[op] for op, number in self.counts.items() if number > failed[op]}
        return Summary(stack=self.stack, counts=counts, failures=tuple(self.failures), seconds=seconds)

    # One kind of event each ------------------------------------------------------------------------------------------

    @property
    def mandatory(self) -> list[Violated]:
        """The violations that stand against it. Only of a run that saw all of the program are they a verdict."""
        return [violated for violated in self.violations if violated.level == "mandatory"]

    @property
    def faults(self) -> list[str]:
        """What went wrong beside policies, in one line each, with the resource that it is told of."""
        general = [text for text in map(plain_text, self.errors) if text not in _VERDICTS]
        return [*general, *(f"{_named(urn)}: {text}" for urn, text in self.said.items())]

    def _begun(self, step: StepEventMetadata) -> None:
        if step.op.value == "refresh":
            self._reading.add(step.urn)
            return
        op = _OPS.get(str(step.op.value))
        if op is None or not _is_of_the_cloud(step):
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
        if step.urn in self._reading:
            self._reading.discard(step.urn)
            self._refreshed(step)
            return
        op = _OPS.get(str(step.op.value))
        started = self._started.pop(step.urn, None)
        if op is not None and started is not None:
            self.listen(StepDone(urn=step.urn, op=op, id=self._id(step), seconds=self.clock() - started))

    def _failed(self, step: StepEventMetadata) -> None:
        op = _OPS.get(str(step.op.value))
        if op is None:
            return
        self._started.pop(step.urn, None)
        error = azure_error(self.said.get(step.urn, "the engine gives no reason"))
        self.failures.append(Failure(urn=step.urn, op=op, id=self._id(step), error=error))
        self.listen(StepFailed(urn=step.urn, op=op, id=self._id(step), error=error))

    def _told(self, diagnostic: Any) -> None:
        text = plain_text(diagnostic.message)
        if diagnostic.severity.startswith("info"):
            self.printed.append(uncoloured(diagnostic.message))
        elif not text or diagnostic.severity not in ("error", "warning"):
            return
        elif diagnostic.severity == "warning":
            self.warnings.append(text)
        elif diagnostic.urn and not _is_engines_own(diagnostic.urn.split("::")[2]):
            self.said[diagnostic.urn] = text
        else:
            self.errors.append(uncoloured(diagnostic.message))

    def _refreshed(self, step: StepEventMetadata) -> None:
        """The events of a resource that is read: first a `refresh`, then what came of it, such as an `update`."""
        if not _is_of_the_cloud(step):
            return
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


def _is_of_the_cloud(step: StepEventMetadata) -> bool:
    """Components and providers exist in the state alone: there is nothing of them to make or to look at."""
    state = step.new or step.old
    return not _is_engines_own(step.type) and bool(state is None or state.custom)


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


def _violated(told: Any) -> Violated:
    """A violation without what the pack, or Pulumi's SDK for packs, puts around it: a title, the level in the name."""
    title, _, message = uncoloured(told.message).partition("\n")
    return Violated(
        rule=told.policy_name.removesuffix(ESCALATED),
        pack=told.policy_pack_name,
        level=told.enforcement_level,
        urn=told.resource_urn or "",
        message=plain_text(message or title),
    )


def _named(urn: str) -> str:
    return f"{urn.split('::')[2].rsplit('$', 1)[-1].split(':', 1)[-1]} {name_of(urn)}"


def uncoloured(message: str) -> str:
    """A message without the engine's colour marks."""
    return re.sub(r"<\{%[^%]*%\}>", "", message or "")


def plain_text(message: str) -> str:
    """A message without the engine's colour marks, on one line."""
    return " ".join(uncoloured(message).split())


def azure_error(text: str) -> AzureError:
    """An error of a provider with Azure's code, where it tells one.

    Providers word it as `Code="…" Message="…"`, or as the Azure SDK for Go does, with the answer's JSON.
    """
    status = re.search(r"(?:Status=|^|\s)(\d{3})(?:\s|:)", text)
    code = re.search(r"""(?:Code=|ERROR CODE: )["']?(?P<code>\w+)["']?""", text)
    message = re.search(r"""Message=(?P<quote>["'])(?P<message>.*)(?P=quote)""", text) or re.search(
        r'''"message": ?"(?P<message>(?:[^"\\]|\\.)*)"''', text
    )
    return AzureError(
        code["code"] if code else "PulumiError",
        message["message"] if message else text,
        status=int(status.group(1)) if status else 400,
    )
