"""What the policy pack says under Pulumi's engine, beside what the offline check says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seawall.cli import changes, gate
from seawall.cli.exits import GuardrailRefusal
from seawall.cli.screen import Screen
from seawall.cli.wording import short_type
from seawall.engine.stack import Preview
from seawall.plan.model import Plan

UNSAID = "the policy pack under Pulumi and the offline check differ on"


def compare(screen: Screen, plans: Sequence[Plan], verdicts: gate.Verdicts, previews: Sequence[Preview]) -> None:
    """Both verdicts come from the same rules; where they differ all the same, that is told."""
    for plan, report, previewed in zip(plans, verdicts, previews, strict=True):
        ours = {(v.rule, str(v.level), v.urn) for v in report.violations}
        theirs = {(v.rule, v.level, v.urn) for v in previewed.violations}
        for rule, urn in sorted({(rule, urn) for rule, _, urn in ours ^ theirs}):
            name = urn.rpartition("::")[2] or plan.stack
            screen.warn(f"{plan.stack}: {UNSAID} {rule} of {name}")


def refuse(previews: Sequence[Preview], document: dict[str, Any]) -> None:
    """Raise `GuardrailRefusal` with every mandatory violation that the pack has found."""
    refused = [v for previewed in previews for v in previewed.violations if v.level == "mandatory"]
    if refused:
        lines = [f"{v.rule}: {_called(v.urn)}: {v.message}" for v in refused]
        raise GuardrailRefusal(lines, hint="Nothing was changed. Mend what is listed above.", document=document)


def _called(urn: str) -> str:
    parts = urn.split("::")
    return f"{short_type(parts[2].rsplit('$', 1)[-1])} {parts[3]}" if len(parts) > 3 else "the stack"


def document(env: str, previews: Sequence[Preview], verdicts: gate.Verdicts) -> dict[str, Any]:
    """A preview as JSON."""
    return {
        "environment": env,
        "engine": "pulumi",
        "stacks": [changes.document(previewed.diff) for previewed in previews],
        "guardrails": gate.document(verdicts),
        "policyPack": [
            {"rule": v.rule, "level": v.level, "urn": v.urn, "message": v.message}
            for previewed in previews
            for v in previewed.violations
        ],
    }
