"""Guardrails on a release: what it would make, in the plan of its environment, judged by the same rules as all else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from policies import Report
from seawall.cli import gate
from seawall.cli.exits import BadInput, GuardrailRefusal
from seawall.cli.releasing import Wanted
from seawall.delivery.guardrails import deployments_of, with_release
from seawall.delivery.port import Deployment, Port
from seawall.delivery.wanted import new_deployment


def judge(wanted: Wanted, beside: Sequence[Deployment], stable: str | None) -> Report:
    """What a release brings that its environment doesn't have anyway. `beside` are the endpoint's deployments."""
    before, after = gate.judge(
        wanted.project,
        [
            wanted.plan,
            with_release(wanted.plan, wanted.target, wanted.release, wanted.released, beside=beside, stable=stable),
        ],
    )
    old = {(one.rule, one.urn, one.message) for one in before.violations}
    others = deployments_of(wanted.plan, [one for one in beside if one.name != wanted.released.candidate])
    mine = tuple(
        one
        for one in after.violations
        if (one.rule, one.urn, one.message) not in old and one.urn not in others
    )
    return dataclasses.replace(after, violations=mine)


def refuse(report: Report) -> None:
    """Raise `GuardrailRefusal`, with how to mend it, where anything mandatory stands against a release."""
    if not gate.refused([report]):
        return
    mandatory = [one for one in report.violations if one.level is gate.Level.MANDATORY]
    raise GuardrailRefusal(
        [f"{one.rule}: {one.name}: {one.message}. {one.fix}" for one in mandatory],
        hint="Nothing was changed. Mend the release file, or have an exemption granted in policies/exemptions.yaml.",
        document={"guardrails": gate.document([report])},
    )


def check_assets(wanted: Wanted, port: Port, there: Sequence[Deployment]) -> None:
    """Raise `BadInput` for each asset that the release names and that isn't there, while nothing has been touched.

    A release begins by removing what an earlier one keeps: without its model it would only take away the way back.
    """
    if any(one.name == wanted.released.candidate for one in there):
        return
    made = new_deployment(wanted.release, wanted.target, wanted.released.candidate, wanted.file.parent)
    if absent := port.missing(made):
        raise BadInput(
            [f"{name} doesn't exist" for name in absent],
            hint="Nothing was changed. `seawall model promote` brings a model to the registry; its environment first.",
        )
