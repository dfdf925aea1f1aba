"""Rules on how models are served and released: instances, traffic, monitors."""

from __future__ import annotations

from collections import defaultdict

from policies.context import Context
from policies.costs import DEPLOYMENT
from policies.facts import views
from policies.reading import ResourceView, UnknownValue, View, same
from policies.relations import PlanView
from policies.rule import HIGH, LOW, Found, rule
from policies.rules.logs import ENDPOINT

AUTOSCALE = "monitor:AutoscaleSetting"
SCHEDULE = "machinelearningservices:Schedule"

DRIFT = ("DataDrift", "PredictionDrift", "FeatureAttributionDrift")
MOST_MIRRORED = 50
"""Percent. Source: Azure Machine Learning docs, how-to-safely-rollout."""

RELEASE_STEP = "seawall-release-step"
"""Tag of an endpoint that says which step of a release its traffic is: 1 for the first."""
RELEASE_STABLE = "seawall-release-stable"
"""Tag that names the deployment that answered before the release."""
RELEASE_OUTCOME = "seawall-release-outcome"
"""Tag of a release that is over."""


@rule(
    DEPLOYMENT,
    group="model-deployment",
    severity=HIGH,
    fix="Set sku.capacity to 3 or more, and add an enabled autoscale setting that goes no lower.",
)
def endpoint_min_instances(deployment: ResourceView, plan: PlanView, context: Context) -> Found:
    """In production a deployment has three instances or more, and scales by itself.

    With fewer, one that is replaced or updated takes a third of the capacity along, and the others may not hold.
    Kubernetes deployments scale by their own settings and aren't asked.
    Source: Azure Machine Learning docs, how-to-deploy-online-endpoints and how-to-autoscale-endpoints.
    """
    if not same(deployment.get("properties.endpointComputeType", "Managed"), "Managed"):
        return
    least = context.min_instances
    instances = deployment.get("sku.capacity", 1)
    if isinstance(instances, bool) or not isinstance(instances, int) or instances < least:
        yield f"it has {instances} instances; {least} are the least"
    scaling, undecided = plan.derived(_scaling)
    settings = scaling.get(deployment.urn, [])
    if not settings and undecided:
        raise undecided[0]
    if not settings:
        yield "no enabled autoscale setting is on it"
    for setting in settings:
        for profile in views(setting.get("profiles")):
            minimum = str(profile.get("capacity.minimum", "0"))
            if not minimum.isdigit() or int(minimum) < least:
                yield f"autoscale profile {profile.get('name')} goes down to {minimum} instances; {least} are the least"


@rule(
    ENDPOINT,
    group="model-deployment",
    severity=HIGH,
    fix="Let a release's first step take guardrails.canaryPercent of the traffic at most, and all shares make 100.",
)
def endpoint_canary(endpoint: ResourceView, plan: PlanView, context: Context) -> Found:
    """A release begins with a small share of the traffic, and the shares make 0 or 100 percent.

    A model that fails should fail for few. A plan shows one moment of a release: where several deployments answer, the
    smallest share is taken for the new one's, unless its tag seawall-release-step says that the first step is over.
    A release that moves all at once is told by its tags, which name who answered before.
    Names are compared with the deployments of the plan, where it has any of the endpoint: releases make them.
    Source: Azure Machine Learning docs, how-to-safely-rollout.
    """
    live = _shares(endpoint, "properties.traffic")
    total = sum(live.values())
    if total not in (0, 100):
        yield f"its traffic makes {total} percent, neither 0 nor 100"
    answering = {name: share for name, share in live.items() if share}
    least = min(answering.values(), default=0)
    if len(answering) > 1 and least > context.canary_share and not _later_step(endpoint):
        yield f"the smallest share of its traffic is {least} percent; a release's first step is {context.canary_share}"
    moved = _moved_at_first(endpoint, live)
    if len(answering) == 1 and moved > context.canary_share:
        yield f"a release's first step moves {moved} percent of its traffic; {context.canary_share} are the most"
    mirrored = {name: share for name, share in _shares(endpoint, "properties.mirrorTraffic").items() if share}
    if len(mirrored) > 1 or sum(mirrored.values()) > MOST_MIRRORED:
        yield f"it mirrors more than {MOST_MIRRORED} percent, or to more than one deployment"
    yield from (f"{name} takes live and mirrored traffic" for name in mirrored if name in answering)
    deployments = [one.get("deploymentName") for one in plan.children(endpoint, DEPLOYMENT, "endpointName")]
    if deployments:
        known = {str(name).casefold() for name in deployments}
        for name in sorted({*live, *mirrored}):
            if name.casefold() not in known:
                yield f"its traffic goes to {name}, which is no deployment of it"


@rule(
    DEPLOYMENT,
    group="monitoring",
    severity=LOW,
    fix="Enable the deployment's dataCollector, and add an enabled schedule that monitors drift of it.",
)
def model_monitor(deployment: ResourceView, plan: PlanView) -> Found:
    """What a deployed model gets and says is collected, and compared with what it was trained on.

    A model doesn't fail, it fades: the world moves away from its training data. The schedule is looked for in the
    plan; releases are to make it with the deployment. Source: Azure Machine Learning docs, concept-model-monitoring.
    """
    collections = deployment.get("properties.dataCollector.collections")
    modes = [one.get("dataCollectionMode") for _, one in collections.items()] if isinstance(collections, View) else []
    if not any(same(mode, "Enabled") for mode in modes):
        yield "its dataCollector collects nothing"
    monitored, undecided = plan.derived(_monitored)
    if deployment.urn not in monitored:
        if undecided:
            raise undecided[0]
        yield "no enabled schedule monitors drift of it"


def _scaling(plan: PlanView) -> tuple[dict[str, list[ResourceView]], list[UnknownValue]]:
    """The enabled autoscale settings by the URN of their deployment, and what keeps others from being told."""
    found: dict[str, list[ResourceView]] = defaultdict(list)
    undecided = []
    for setting in plan.of_type(AUTOSCALE):
        try:
            deployment = plan.target(setting, "targetResourceUri", DEPLOYMENT)
            if deployment and setting.get("enabled") is True:
                found[deployment.urn].append(setting)
        except UnknownValue as unknown:
            undecided.append(unknown)
    return found, undecided


def _shares(endpoint: ResourceView, path: str) -> dict[str, int]:
    """Percent of the traffic by deployment. Raises `UnknownValue` for a share that is unknown."""
    shares = endpoint.get(path)
    return {name: int(share) for name, share in shares.items()} if isinstance(shares, View) else {}


def _moved_at_first(endpoint: ResourceView, live: dict[str, int]) -> int:
    """Percent of the traffic that the first step of a release has taken from who answered before; 0 at any other."""
    tags = endpoint.get("tags")
    if not isinstance(tags, View) or tags[RELEASE_OUTCOME] or tags[RELEASE_STEP] != "1" or not tags[RELEASE_STABLE]:
        return 0
    return sum(live.values()) - live.get(str(tags[RELEASE_STABLE]), 0)


def _later_step(endpoint: ResourceView) -> bool:
    tags = endpoint.get("tags")
    step = str(tags[RELEASE_STEP] or "") if isinstance(tags, View) else ""
    return step.isdigit() and int(step) > 1


def _monitored(plan: PlanView) -> tuple[set[str], list[UnknownValue]]:
    """The URNs of deployments whose drift an enabled schedule looks for, and what keeps others from being told."""
    found: set[str] = set()
    undecided = []
    for schedule in plan.of_type(SCHEDULE):
        try:
            deployment = _monitored_by(schedule, plan)
        except UnknownValue as unknown:
            undecided.append(unknown)
        else:
            found |= {deployment.urn} if deployment else set()
    return found, undecided


def _monitored_by(schedule: ResourceView, plan: PlanView) -> ResourceView | None:
    """The deployment whose drift a schedule looks for, if it is on."""
    monitor = schedule.get("properties.action.monitorDefinition")
    if schedule.get("properties.isEnabled", True) is False or not isinstance(monitor, View):
        return None
    signals = monitor.get("signals")
    kinds = [signal.get("signalType") for _, signal in signals.items()] if isinstance(signals, View) else []
    if not any(same(kind, drift) for kind in kinds for drift in DRIFT):
        return None
    return plan.target(monitor, "monitoringTarget.deploymentId", DEPLOYMENT)


