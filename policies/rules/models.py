"""Rules on models: where they come from, which version it is, and what holds back what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policies.context import Context
from policies.costs import DEPLOYMENT
from policies.facts import views
from policies.reading import ResourceView, same
from policies.relations import PlanView
from policies.rule import CRITICAL, HIGH, MEDIUM, Finding, Found, rule

AI_DEPLOYMENT = "cognitiveservices:Deployment"
FILTER = "cognitiveservices:RaiPolicy"
SERVERLESS = "machinelearningservices:ServerlessEndpoint"

HARMS = ("Hate", "Selfharm", "Sexual", "Violence")
"""Source: Azure AI docs, openai/concepts/content-filter, "Content filter types"."""
SOURCES = ("Prompt", "Completion")

_IN_REGISTRY = re.compile(r"(?:azureml:/|/sub.+?)/registries/([^/]+)/\w+/[^/]+(?:/versions/([^/]+))?.*", re.I)
_IN_WORKSPACE = re.compile(r".+/workspaces/[^/]+/\w+/[^/]+(?:/versions/([^/]+))?.*", re.I)
_SHORT = re.compile(r"azureml:[\w.-]+(?::([\w.-]+)|@[\w.-]+)?", re.I)


@dataclass(frozen=True)
class Asset:
    """What an ID of an asset says: a registry, empty for one of the workspace, and a version, empty for a label."""

    registry: str
    version: str


def asset(id: str) -> Asset | None:
    """What the ID of a model or an environment says; None for what is no asset, such as a path to a file.

    >>> asset("azureml://registries/mlr-larkspur/models/fraud/versions/7")
    Asset(registry='mlr-larkspur', version='7')
    """
    if found := _IN_REGISTRY.fullmatch(id):
        return Asset(found[1], _version(found[2]))
    if found := _IN_WORKSPACE.fullmatch(id) or _SHORT.fullmatch(id):
        return Asset("", _version(found[1]))
    return None


@rule(
    DEPLOYMENT,
    SERVERLESS,
    group="model-deployment",
    severity=HIGH,
    azure_policy="12e5dd16-d201-47ff-849b-8454061c293d 19539b54-c61e-4196-9a38-67598701be90",
    mcsb="AI-1",
    fix="Take a model of a registry in guardrails.modelRegistries, or of a publisher in guardrails.publishers.",
)
def model_approved_source(deployment: ResourceView, context: Context) -> Found:
    """What is deployed comes from a registry, or a publisher, that was approved.

    A model is code: it runs when it is loaded. A model of the workspace itself was registered by someone of the
    platform and is approved here; whether production may take it is another rule's. A container that brings its model
    along names none, and is refused.
    """
    path = "properties.modelSettings.modelId" if deployment.type == SERVERLESS else "properties.model"
    id = deployment.get(path)
    if not id:
        yield f"{path} isn't set: where its model comes from can't be told"
        return
    named = asset(str(id))
    if named is None:
        yield f"{path} is {id}, which is no model of a registry or workspace"
        return
    approved = {name.casefold() for name in context.model_registries}
    approved |= {f"azureml-{publisher.casefold().replace(' ', '')}" for publisher in context.publishers}
    if named.registry and named.registry.casefold() not in approved:
        yield f"its model comes from registry {named.registry}, which isn't approved"
    if not named.registry and deployment.type == SERVERLESS:
        yield "its model comes from no registry"


@rule(
    DEPLOYMENT,
    group="model-deployment",
    severity=MEDIUM,
    mcsb="DS-6",
    fix="Name model and environment with /versions/<version>; in production the model as "
    "azureml://registries/<registry>/models/<name>/versions/<version>.",
)
def model_pinned_version(deployment: ResourceView, context: Context) -> Found:
    """A deployment names the versions of its model, in production a registry's, and environment.

    What is called latest changes under a deployment that nobody touched. A registry's versions never change, and are
    what was tested in the environments before.
    """
    for path in ("properties.model", "properties.environmentId"):
        id = deployment.get(path)
        named = asset(str(id)) if id else None
        if named and not named.version:
            yield f"{path} names no version: {id}"
    model = asset(str(deployment.get("properties.model", "")))
    if context.production and model and not model.registry:
        yield "its model is the workspace's own, not a registry's"


@rule(
    AI_DEPLOYMENT,
    group="model-deployment",
    severity=HIGH,
    azure_policy="aafe3651-cb78-4f68-9f81-e7e41509110f",
    mcsb="AI-1",
    fix="Take a model of guardrails.aiModels, name its version, and set versionUpgradeOption to NoAutoUpgrade.",
)
def ai_model_approved(deployment: ResourceView, context: Context) -> Found:
    """AI models are approved by name, deployed at a version, and don't change by themselves.

    A model that upgrades itself answers differently overnight, and was tested by nobody. An absent
    versionUpgradeOption upgrades with each new default version.
    """
    publisher = str(deployment.get("properties.model.publisher") or deployment.get("properties.model.format") or "")
    name = f"{publisher}/{deployment.get('properties.model.name', '')}"
    by_name = any(same(name, approved) for approved in context.ai_models)
    if not by_name and not any(same(publisher, approved) for approved in context.publishers):
        yield f"model {name} isn't approved"
    if not deployment.get("properties.model.version"):
        yield "it names no version of its model"
    option = deployment.get("properties.versionUpgradeOption", "not set")
    if not same(option, "NoAutoUpgrade"):
        yield f"properties.versionUpgradeOption is {option}"


@rule(
    FILTER,
    AI_DEPLOYMENT,
    group="model-deployment",
    severity=CRITICAL,
    azure_policy="af253d37-136a-42f8-a1fc-30010c083d41 f3a9c2e0-7b4d-4d8f-9c3a-2e1f6b9a8d4e",
    mcsb="AI-2",
    fix="Name a content filter in properties.raiPolicyName that blocks all four harms, at Medium or Low, in prompts "
    "and completions; or one of Microsoft's own, such as Microsoft.DefaultV2.",
)
def ai_content_filter(resource: ResourceView, plan: PlanView) -> Found:
    """What goes into an AI model, and what comes out, is filtered for harm, and blocked.

    A filter that only annotates lets everything through; one that works asynchronously blocks what was read already.
    A deployment without a filter of its own gets Azure's default one: it is to be named, so that a change is seen.
    """
    if resource.type == FILTER:
        yield from _of_filter(resource)
        return
    name = resource.get("properties.raiPolicyName")
    if not name:
        yield "properties.raiPolicyName isn't set"
    elif not str(name).casefold().startswith("microsoft."):
        account = resource.get("accountName")
        filters = [one for one in plan.named(FILTER, "raiPolicyName", name) if same(one.get("accountName"), account)]
        if not filters:
            yield Finding(f"what content filter {name}, which isn't in this plan, holds back", unknown=True)


def _of_filter(policy: ResourceView) -> Found:
    mode = policy.get("properties.mode", "Default")
    if same(mode, "Asynchronous_filter") or same(mode, "Deferred"):
        yield f"properties.mode is {mode}: what is harmful is shown before it is blocked"
    blocked = set()
    for each in views(policy.get("properties.contentFilters")):
        strict = same(each.get("severityThreshold"), "Low") or same(each.get("severityThreshold"), "Medium")
        if each.get("enabled") is True and each.get("blocking") is True and strict:
            blocked.add((str(each.get("name")).casefold(), str(each.get("source")).casefold()))
    for source in SOURCES:
        missing = [harm for harm in HARMS if (harm.casefold(), source.casefold()) not in blocked]
        if missing:
            yield f"it doesn't block {', '.join(missing)} in {source.lower()}s at severity Medium or lower"


def _version(written: str | None) -> str:
    return "" if written is None or written.casefold() == "latest" else written
