"""Guardrails on a release: what it would make, in the plan of its environment, judged by the same rules as all else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from policies import Report
from seawall.cli import gate
from seawall.cli.exits import BadInput, CloudFault, GuardrailRefusal
from seawall.cli.releasing import Wanted
from seawall.delivery.guardrails import deployments_of, with_release
from seawall.delivery.port import CloudError, Deployment, Port
from seawall.delivery.promotion import admission
from seawall.delivery.promotion.audit import Tampered
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


def refuse(wanted: Wanted, report: Report, promotion: Promotion | None = None) -> None:
    """Raise `GuardrailRefusal`, with how to mend it, for everything mandatory that stands against a release."""
    refused = gate.refused([report])
    mandatory = [one for one in report.violations if refused and one.level is gate.Level.MANDATORY]
    faults = [f"{one.rule}: {one.name}: {one.message}. {one.fix}" for one in mandatory]
    hints = ["Nothing was changed."]
    if mandatory:
        hints.append("Mend the release file, or have an exemption granted in policies/exemptions.yaml.")
    if promotion and promotion.fault:
        faults.append(promotion.fault)
        hints.append(admission.remedy(wanted.release, wanted.env))
    if faults:
        document = {"guardrails": gate.document([report])} | ({"promotion": promotion.words} if promotion else {})
        raise GuardrailRefusal(faults, hint=" ".join(hints), document=document)


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


@dataclasses.dataclass(frozen=True)
class Promotion:
    """Whether a release's model was let into its environment: in words, and what is against it, if anything."""

    words: str
    fault: str = ""


def promotion(wanted: Wanted, port: Port, *, strict: bool) -> Promotion:
    """Whether the model was let in: its stamp must name a line of the environment's audit record.

    `strict` is for what changes something: a record that can't be read raises there, while a plan from outside a
    private network tells it. Raises `CloudFault` for a record that isn't as it was written.
    """
    release, env = wanted.release, wanted.env
    what = admission.asked(release, env)
    if what == "none":
        return Promotion("models are made here" if release.promotion is None else "none: the release file says so")
    made = new_deployment(release, wanted.target, wanted.released.candidate, wanted.file.parent)
    tags = port.model_tags(made) if what == "model" and release.model.source == "registry" else {}
    fault = admission.unstamped(release, env, tags)
    if not fault:
        try:
            fault = admission.unrecorded(release, env, tags, port.promotions())
        except Tampered as tampered:
            raise CloudFault(str(tampered), hint=f"Nothing was changed. `seawall model history --to {env}`.") from None
        except CloudError as error:
            if strict:
                raise
            seen = "the model's tags tell of one" if what == "model" else "not seen"
            return Promotion(f"{seen}; the audit record can't be read from here: {error}")
    return Promotion(fault or f"the {what} was promoted to {env}", fault)
