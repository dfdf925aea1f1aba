"""What a person approves: the preview of an environment, kept in a file that the update is held to.

The file names each step with what it changes and a digest of the inputs, and holds Pulumi's own update plan. Of a
secret it has a mask, and the update plan has it encrypted by the stack's secrets provider, as in the state; all other
inputs stand there in clear. Source: pulumi/pulumi, pkg/resource/stack/plan.go, SerializePlan.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.local.changes import ABSENT, Change
from seawall.local.diff import Diff, ResourceChange
from seawall.plan.aliases import name_of
from seawall.plan.model import Plan
from seawall.plan.values import masked

VERSION = 1

Step = Mapping[str, Any]
"""`op`, `changes` (path, before, after) and `inputs` (a digest) of a resource."""


class NotApproved(Exception):
    """An approval can't be read, or is one of something else. `str()` is one clear line."""


@dataclass(frozen=True, kw_only=True)
class Approved:
    """What was approved for one stack."""

    stack: str
    steps: Mapping[str, Step]
    """By URN; what stays as it is isn't there."""
    update_plan: Mapping[str, Any] | None = None
    """Pulumi's, where its engine previewed."""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What was approved for an environment, and for what it needs."""

    environment: str
    cloud: str
    stacks: Mapping[str, Approved]

    @property
    def changed(self) -> bool:
        return any(stack.steps for stack in self.stacks.values())


def approved(diff: Diff, plan: Plan, update_plan: Path | None = None) -> Approved:
    """A stack's preview as it is approved. `update_plan` is the file that Pulumi wrote."""
    kept = json.loads(update_plan.read_text(encoding="utf-8")) if update_plan else None
    return Approved(stack=diff.stack, steps=steps(diff, plan), update_plan=kept)


def steps(diff: Diff, plan: Plan) -> dict[str, Step]:
    """What a preview would do, in a form that two previews of the same give alike."""
    return {change.urn: _step(change, plan) for change in diff.changing}


def _step(change: ResourceChange, plan: Plan) -> Step:
    resource = plan.by_urn.get(change.urn)
    inputs = json.dumps(masked(resource.inputs), sort_keys=True, default=str) if resource else ""
    return {
        "op": change.op.value,
        "changes": [_property(item) for item in change.changes],
        "inputs": hashlib.sha256(inputs.encode()).hexdigest(),
    }


def _property(item: Change) -> dict[str, Any]:
    sides = {"before": item.before, "after": item.after}
    found = {side: masked(value) for side, value in sides.items() if value is not ABSENT}
    return dict(json.loads(json.dumps({"path": item.path, **found}, default=str)))


def differing(kept: Approved, now: Mapping[str, Step], lifted: Collection[str] = ()) -> Iterator[str]:
    """What would be done and wasn't approved, a line for each resource.

    What was approved and is no longer to do is no difference: an earlier run did it. `lifted` are locks that this run
    took off and puts back.
    """
    for urn, step in now.items():
        before = kept.steps.get(urn)
        if urn in lifted or before == step:
            continue
        if before is None:
            yield f"{kept.stack}: {name_of(urn)} would be changed ({step['op']}), which is not in the approved preview"
        elif before["op"] != step["op"]:
            yield f"{kept.stack}: {name_of(urn)}: {before['op']} was approved, {step['op']} is what would be done"
        else:
            paths = sorted(_paths(before) ^ _paths(step)) or ["its inputs"]
            yield f"{kept.stack}: {name_of(urn)} would be changed otherwise than approved: {', '.join(paths)}"


def _paths(step: Step) -> set[str]:
    """The properties of a step with both values, told by their paths alone."""
    return {f"{change['path']} {_sides(change)}" for change in step["changes"]}


def _sides(change: Mapping[str, Any]) -> str:
    return f"({json.dumps(change.get('before'))} to {json.dumps(change.get('after'))})"


def same(kept: Approved, now: Mapping[str, Step]) -> bool:
    """Whether everything that was approved is still to do: only then does Pulumi's update plan hold."""
    return dict(kept.steps) == dict(now)


# The file ----------------------------------------------------------------------------------------------------------


def encoded(approval: Approval) -> bytes:
    """As a file holds it."""
    document = {
        "seawallApproval": VERSION,
        "environment": approval.environment,
        "cloud": approval.cloud,
        "changed": approval.changed,
        "stacks": [
            {"stack": each.stack, "steps": dict(each.steps), "updatePlan": each.update_plan}
            for each in approval.stacks.values()
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def read(path: Path, *, environment: str, cloud: str) -> Approval:
    """What was approved for an environment on a cloud. Raises `NotApproved`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotApproved(f"{path}: can't be read: {error.strerror}") from None
    except ValueError:
        raise NotApproved(f"{path}: is no approved preview: it isn't JSON") from None
    try:
        if document["seawallApproval"] != VERSION:
            raise NotApproved(f"{path}: was written by another version of Seawall")
        found = Approval(
            environment=document["environment"],
            cloud=document["cloud"],
            stacks={
                each["stack"]: Approved(
                    stack=each["stack"],
                    steps={urn: _read_step(step) for urn, step in each["steps"].items()},
                    update_plan=each["updatePlan"],
                )
                for each in document["stacks"]
            },
        )
    except (KeyError, TypeError, AttributeError):
        raise NotApproved(f"{path}: is no approved preview, as `seawall preview --save-plan` writes") from None
    if (found.environment, found.cloud) != (environment, cloud):
        of = f"{found.environment} on {found.cloud}, not of {environment} on {cloud}"
        raise NotApproved(f"{path}: is a preview of {of}")
    return found


def _read_step(step: Mapping[str, Any]) -> Step:
    return {"op": str(step["op"]), "changes": list(step["changes"]), "inputs": str(step["inputs"])}
