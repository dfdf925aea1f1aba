"""A release file as the state machine has it: names, digests, stays."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from seawall.delivery.document import Release, Strategy
from seawall.delivery.hooks_section import Hook
from seawall.delivery.strategy import ALL, Gate, ReleasePlan, Stay

NONE = timedelta(0)
_RUNS = {
    "model", "environment", "code", "instance", "environment_variables", "requests", "probes", "autoscale",
    "data_collector",
}  # fmt: skip
"""The sections that a deployment is made of. The others say how it gets its traffic."""

SKIPPED = ("__pycache__", ".git", ".ipynb_checkpoints")


def planned(release: Release, folder: Path) -> ReleasePlan:
    """The plan of a release whose file is in a folder: it reads the scoring code there, for the deployment's name."""
    code = code_digest(folder / release.code.folder) if release.code else ""
    strategy, interval = release.strategy, release.analysis.interval
    return ReleasePlan(
        candidate=deployment_name(release, code),
        model=str(release.model),
        digest=_digest([release.model_dump(mode="json", exclude_defaults=True), code])[:16],
        mirror=_mirror(strategy, interval),
        steps=_steps(strategy, interval),
        soak=_soak(strategy),
        analysis=release.analysis,
        autoscale=release.autoscale is not None,
        smoke_tests=bool(release.smoke_tests),
        before_traffic=_gates(release.hooks.before_traffic),
        before_promotion=_gates(release.hooks.before_promotion),
        provision_within=release.provision_within,
        keep_previous=release.keep.previous,
        keep_failed=release.keep.failed,
    )


def deployment_name(release: Release, code: str = "") -> str:
    """The name of the deployment that a release asks for: the version, and a hash of all that it runs with.

    So a resumed controller finds its own, and the same file twice is the same deployment. At most 32 characters, a
    letter first. `code` is the digest of the scoring code. A default that nobody said isn't in it, so that a setting
    which a later Seawall adds changes no name.
    """
    runs = release.model_dump(mode="json", include=_RUNS, exclude_defaults=True)
    version = re.sub(r"[^a-z0-9]+", "-", release.model.version.lower()).strip("-")[:20].rstrip("-")
    return f"v{version}-{_digest([runs, code])[:8]}"


def code_digest(folder: Path) -> str:
    """A digest of a folder's files, their paths included; what tools leave behind isn't counted."""
    files = (path for path in folder.rglob("*") if path.is_file() and not set(SKIPPED) & set(path.parts))
    return _digest([[str(path.relative_to(folder)), _of(path.read_bytes())] for path in sorted(files)])


def _digest(value: Any) -> str:
    return _of(json.dumps(value, sort_keys=True).encode())


def _of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mirror(strategy: Strategy, interval: timedelta) -> Stay | None:
    shadow = strategy.shadow
    return Stay(0, _or(shadow.duration, interval), mirror=shadow.mirror) if shadow else None


def _steps(strategy: Strategy, interval: timedelta) -> tuple[Stay, ...]:
    steps = strategy.canary.steps if strategy.canary else ()
    return tuple(Stay(step.traffic, _or(step.bake, interval), waits=step.pause) for step in steps)


def _or(length: timedelta | None, interval: timedelta) -> timedelta:
    return interval if length is None else length


def _soak(strategy: Strategy) -> Stay:
    """A soak of nothing isn't watched. Shadow alone goes over at once, like blue and green."""
    how = strategy.canary or strategy.blue_green
    soak = how.soak if how else NONE if strategy.direct else timedelta(minutes=10)
    return Stay(ALL, soak, watched=soak > NONE)


def _gates(hooks: Sequence[Hook]) -> tuple[Gate, ...]:
    return tuple(_gate(hook) for hook in hooks)


def _gate(hook: Hook) -> Gate:
    if hook.approval:
        return Gate(hook.name, hook.approval.timeout, hook.approval.approvers)
    asked = hook.command or hook.webhook
    assert asked is not None  # a hook is one of the three
    return Gate(hook.name, asked.timeout)
