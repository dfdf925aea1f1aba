"""Asks rules about resources, in both hosts: on a plan, and through Pulumi's own analyzer.

The analyzer gets what the engine would send at a first preview: proxies, floats, unknown values, and no ID at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from google.protobuf import json_format, struct_pb2
from guarded import PRODUCTION, TODAY, plan_of
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import policy as engine

from policies import Context, Exemption, Kind, Level, Report, check
from policies.packs import RULES, Levels, effective
from policies.pulumi_pack import ESCALATED, pulumi_policies
from policies.rule import Rule
from seawall.plan.model import Plan, Resource
from seawall.plan.values import OPAQUE, SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_SENTINEL, Secret

PATH_INPUTS = ("resourceGroupName", "workspaceName", "endpointName", "scope")
"""Inputs that say where a resource stands; Azure's answers, and so the engine's outputs, lack them."""


def ask(
    rule: Rule,
    *resources: Resource,
    context: Context = PRODUCTION,
    exemptions: tuple[Exemption, ...] = (),
    today: date = TODAY,
) -> list[str]:
    """What one rule says of a plan: `kind level name: message`, a line for each finding.

    The rule is asked by both hosts, and fails the test if their verdicts differ: a plan with every ID known, and
    Pulumi's own analyzer with proxies, floats and unknown IDs, as at a first preview.
    """
    plan = plan_of(*resources)
    rules = {rule: RULES.get(rule, Levels(Level.MANDATORY, Level.ADVISORY))}
    report = check(plan, context, today, exemptions=exemptions, rules=rules)
    level = effective(context, rules).get(rule, Level.OFF)
    assert plan_verdicts(report, level) == engine_verdicts(plan, rules, context, exemptions, today)
    return [f"{each.kind} {each.level} {each.name}: {each.message}" for each in report.violations]


def plan_verdicts(report: Report, level: Level) -> set[tuple[str, ...]]:
    """A report as the engine tells it: an unknown that is advice, though the rule is mandatory, ends its policy."""
    return {
        (each.rule, "undecided")
        if each.kind is Kind.UNKNOWN and each.level < level
        else (each.rule, str(each.level), each.urn, each.message)
        for each in report.violations
    }


def engine_verdicts(
    plan: Plan, rules: Mapping[Rule, Levels], context: Context, exemptions: tuple[Exemption, ...], today: date
) -> set[tuple[str, ...]]:
    """What Pulumi's analyzer says, in the same form. The first preview: no resource has an ID yet."""
    verdicts = set()
    for told in diagnostics(plan, rules, context, exemptions, today):
        rule = told.policyName.removesuffix(ESCALATED)
        if told.policyName in ("exempted", "exemptions"):
            continue
        if told.message.startswith("can't run policy"):
            verdicts.add((rule, "undecided"))
        else:
            level = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}[told.enforcementLevel]
            verdicts.add((rule, level, told.urn, told.message.partition("\n")[2]))
    return verdicts


def diagnostics(
    plan: Plan,
    rules: Mapping[Rule, Levels],
    context: Context,
    exemptions: tuple[Exemption, ...] = (),
    today: date = TODAY,
) -> Iterator[Any]:
    """Every diagnostic of Pulumi's analyzer for a plan: resource by resource, then the stack."""
    policies = pulumi_policies(context, today, exemptions=exemptions, rules=rules)
    level = engine.EnforcementLevel.ADVISORY
    servicer = engine._PolicyAnalyzerServicer("seawall", "0.0.1", policies, level)
    for resource in plan.resources:
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=_wire(resource.inputs),
            provider=_provider(resource),
        )
        yield from servicer.Analyze(request, None).diagnostics
    stack = analyzer_pb2.AnalyzeStackRequest(resources=[_stack_resource(resource) for resource in plan.resources])
    yield from servicer.AnalyzeStack(stack, None).diagnostics


def _stack_resource(resource: Resource) -> Any:
    outputs = {key: value for key, value in resource.inputs.items() if key not in PATH_INPUTS}
    sources = resource.property_dependencies
    return analyzer_pb2.AnalyzerResource(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=_wire({**outputs, "provisioningState": UNKNOWN}),
        provider=_provider(resource),
        options=analyzer_pb2.AnalyzerResourceOptions(protect=resource.options.protect),
        dependencies=sorted({urn for urns in sources.values() for urn in urns}),
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=list(urns)) for key, urns in sources.items()
        },
    )


def _provider(resource: Resource) -> Any:
    """The provider that makes a resource, configured for its subscription; None for a component."""
    if not resource.id.startswith("/subscriptions/"):
        return None
    subscription = resource.id.split("/")[2]
    return analyzer_pb2.AnalyzerProviderResource(
        type="pulumi:providers:azure-native",
        urn=f"urn:pulumi:test::seawall::pulumi:providers:azure-native::{subscription}",
        name=subscription,
        properties=_wire({"subscriptionId": subscription}),
    )


def _wire(properties: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(_marked(properties), struct_pb2.Struct())


def _marked(value: Any) -> Any:
    if value is UNKNOWN or value is OPAQUE:
        return UNKNOWN_SENTINEL
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "value": _marked(value.value)}
    if isinstance(value, dict):
        return {key: _marked(part) for key, part in value.items()}
    return [_marked(part) for part in value] if isinstance(value, list) else value
