"""The rules as policies of Pulumi's engine. The only module, but for `__main__`, that knows Pulumi's policy classes.

The engine shows a policy proxies that raise at an unknown value and hold floats for all numbers; a rule never sees
one. Stack policies get outputs, in which inputs such as resourceGroupName are missing: the inputs are recorded when
the engine shows them, resource by resource, and relational rules read those. IDs the engine shows to no policy at all:
those of Azure are put together from the inputs.

A rule with a remedy can mend what breaks it, where whoever runs Pulumi sets its level to `remediate`, in a file for
`--policy-pack-config`: `{"ml-workspace-public-off": "remediate"}`. The engine lets a pack mend one resource at a time,
so that relational rules only refuse; what a remedy leaves broken is refused as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import proxy as proxies
from pulumi_policy import secret as secrets

from policies.context import Context
from policies.exemptions import Exempting, Exemption, problems, read_exemptions
from policies.host import Judge, Verdict
from policies.packs import RULES, Levels, effective
from policies.reading import short_type
from policies.relations import PlanView
from policies.remedies import NoRemedy, changes, mended
from policies.report import Kind
from policies.rule import ADVISORY, MANDATORY, Level, Rule
from seawall.azure.resource_id import UnnamedResource, resource_id
from seawall.azure.types import UnknownType
from seawall.plan.model import Options, Plan, Resource
from seawall.plan.values import UNKNOWN, Secret

ESCALATED = "-mandatory"
"""Ends the name of the second policy of a rule whose findings may be mandatory where the rule is advice."""

_UNKNOWNS = frozenset(
    {
        proxies.UNKNOWN_BOOLEAN_VALUE,
        proxies.UNKNOWN_NUMBER_VALUE,
        proxies.UNKNOWN_STRING_VALUE,
        proxies.UNKNOWN_ARRAY_VALUE,
        proxies.UNKNOWN_ASSET_VALUE,
        proxies.UNKNOWN_ARCHIVE_VALUE,
        proxies.UNKNOWN_OBJECT_VALUE,
    }
)
_PROXIES = (proxies._DictProxy, proxies._ListProxy, secrets._DictSecretsProxy, secrets._ListSecretsProxy)
_SECRET_NAME = re.compile(
    r"(password|secret|connectionstring|sastoken|(primary|secondary|account|access|private|api)key)$", re.IGNORECASE
)
_SECRET_HOLDERS = frozenset({"secrets", "keys"})
_LEVELS = {ADVISORY: EnforcementLevel.ADVISORY, MANDATORY: EnforcementLevel.MANDATORY}


class Undecided(proxies.UnknownValueError):
    """Something is unknown, and that is advice here although the rule is mandatory.

    The engine reports this error, and nothing else that a mandatory policy can do, as advisory under the policy's name.
    """

    def __init__(self, messages: Iterable[str]) -> None:
        super().__init__(proxies.UNKNOWN_STRING_VALUE, [])
        self.message = "; ".join(messages)


def pulumi_policies(
    context: Context,
    today: date,
    *,
    exemptions: Iterable[Exemption] | None = None,
    rules: Mapping[Rule, Levels] = RULES,
) -> list[Policy]:
    """The policies of a pack. `exemptions` are those of `exemptions.yaml` where not given.

    Raises `files.InvalidFile` where that file can't be used.
    """
    granted = tuple(read_exemptions() if exemptions is None else exemptions)
    return Pack(context, today, granted, rules).policies()


class Pack:
    """What the policies of one pack share: the inputs seen so far, and the exemptions in use."""

    def __init__(
        self, context: Context, today: date, exemptions: tuple[Exemption, ...], rules: Mapping[Rule, Levels]
    ) -> None:
        self.context = context
        self.today = today
        self.exemptions = exemptions
        self.rules = rules
        self.levels = effective(context, rules)
        self._inputs: dict[str, dict[str, Any]] = {}
        self._exempting: dict[str, Exempting] = {}

    def policies(self) -> list[Policy]:
        """The policies in the order in which the engine asks them: first the one that records, last those that tell."""
        return [self._recorder(), *self._of_rules(), *self._of_exemptions()]

    def _of_rules(self) -> Iterator[Policy]:
        for rule, level in self.levels.items():
            yield self._policy(rule, rule.id, level)
            if rule.escalates and level < MANDATORY:
                yield self._policy(rule, rule.id + ESCALATED, MANDATORY)

    def _policy(self, rule: Rule, name: str, level: Level) -> Policy:
        """The policy that tells a rule's verdicts of one level."""

        def validate_resource(args: ResourceValidationArgs, tell: ReportViolation) -> None:
            _refuse_config(args.get_config(), tell, args.urn)
            if {"*", short_type(args.resource_type)} & set(rule.types):
                self._tell(rule, name, level, self._plan([_resource(args)], args.urn), tell)

        def validate_stack(args: StackValidationArgs, tell: ReportViolation) -> None:
            _refuse_config(args.get_config(), tell, None)
            self._tell(rule, name, level, self._stack(args), tell)

        common: dict[str, Any] = {
            "name": name,
            "description": rule.title,
            "enforcement_level": _LEVELS[level],
            "severity": Severity(str(rule.severity)),
            "framework": _framework(rule),
            "tags": [rule.group],
            "remediation_steps": rule.fix,
        }
        if rule.relational:
            return StackValidationPolicy(validate=validate_stack, **common)
        remediate = self._remedy(rule) if rule.remedy is not None and name == rule.id else None
        return ResourceValidationPolicy(validate=validate_resource, remediate=remediate, **common)

    def _remedy(self, rule: Rule) -> Callable[[ResourceValidationArgs], Any]:
        """What mends a violation of a rule: all inputs of the resource as they should be, or None to leave them."""

        def remediate(args: ResourceValidationArgs) -> Any:
            if not {"*", short_type(args.resource_type)} & set(rule.types):
                return None
            resource = _resource(args)
            others = (_recorded(urn, inputs) for urn, inputs in self._inputs.items() if urn != args.urn)
            plan = self._plan([*others, resource], args.urn)
            view = plan.view(resource)
            verdicts = Judge(plan, self.context, self.today).verdicts(rule, self.levels[rule], view)
            if not any(verdict.kind is Kind.VIOLATION for verdict in self._standing(plan, verdicts)):
                return None
            try:
                made = changes(rule, view, plan, self.context, self.today)
            except NoRemedy:  # it stays as it is, and is refused for it
                return None
            return mended(_unwrapped(args.props), made) if made else None

        return remediate

    def _tell(self, rule: Rule, name: str, level: Level, plan: PlanView, tell: ReportViolation) -> None:
        """Tells the verdicts of the level that nothing exempts. Raises `Undecided` for those below, which are unknown.

        Those above are for the second policy of the rule.
        """
        undecided = []
        for verdict in self._standing(plan, self._verdicts(plan, rule)):
            violation = verdict.violation(plan)
            if verdict.level == level:
                tell(violation.message, violation.urn)
            elif verdict.level < level and name == rule.id:
                undecided.append(f"{violation.name}: {violation.message}")
        if undecided:
            raise Undecided(undecided)

    def _recorder(self) -> Policy:
        def validate(args: ResourceValidationArgs, tell: ReportViolation) -> None:
            self._inputs[args.urn] = _plain(args.props)

        return _advice(ResourceValidationPolicy, "recorded-inputs", "Records inputs for relational rules.", validate)

    def _of_exemptions(self) -> list[Policy]:
        """What shows exempted findings, and exemptions that exempt nothing: an exemption never hides."""

        def of_resource(args: ResourceValidationArgs, tell: ReportViolation) -> None:
            plan = self._plan([_resource(args)], args.urn)
            single = [rule for rule in self.levels if not rule.relational]
            asked = [rule for rule in single if {"*", short_type(args.resource_type)} & set(rule.types)]
            show(plan, asked, tell)

        def of_stack(args: StackValidationArgs, tell: ReportViolation) -> None:
            plan = self._stack(args)
            show(plan, [rule for rule in self.levels if rule.relational], tell)
            for line in problems(self._exemptions_of(plan).to_json()):
                tell(line, None)

        def show(plan: PlanView, rules: Iterable[Rule], tell: ReportViolation) -> None:
            exempting = self._exemptions_of(plan)
            for rule in rules:
                for verdict in self._verdicts(plan, rule):
                    exemption = exempting.covering(rule.id, verdict.resource)
                    if exemption and verdict.kind is not Kind.ERROR:
                        violation = verdict.violation(plan)
                        until = f"exempted until {exemption.expires} by {exemption.owner}: {exemption.reason}"
                        tell(f"{rule.id}: {violation.message} ({until})", violation.urn)

        if not self.exemptions:
            return []
        title = "Exempted findings are shown, not hidden."
        return [
            _advice(ResourceValidationPolicy, "exempted", title, of_resource),
            _advice(StackValidationPolicy, "exemptions", title, of_stack),
        ]

    def _verdicts(self, plan: PlanView, rule: Rule) -> list[Verdict]:
        """What a rule says of a plan: of each resource of its types, or once."""
        judge = Judge(plan, self.context, self.today)
        level = self.levels[rule]
        if not rule.types:
            return list(judge.verdicts(rule, level, None))
        every = [plan.view(resource) for resource in plan.plan.resources]
        asked = every if "*" in rule.types else [view for view in every if view.type in rule.types]
        return [verdict for view in asked for verdict in judge.verdicts(rule, level, view)]

    def _standing(self, plan: PlanView, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """The verdicts that nothing exempts."""
        exempting = self._exemptions_of(plan)
        return [
            verdict
            for verdict in verdicts
            if verdict.kind is Kind.ERROR or not exempting.covering(verdict.rule.id, verdict.resource)
        ]

    def _exemptions_of(self, plan: PlanView) -> Exempting:
        stack = plan.plan.stack
        if stack not in self._exempting:
            known = frozenset(rule.id for rule in self.rules)
            self._exempting[stack] = Exempting(self.exemptions, stack, self.today, known)
        return self._exempting[stack]

    def _stack(self, args: StackValidationArgs) -> PlanView:
        """The stack as a plan, with the providers that it names but doesn't list."""
        resources = [_stack_resource(resource, self._inputs) for resource in args.resources]
        listed = {resource.urn for resource in resources}
        named = {resource.provider.urn: resource.provider for resource in args.resources if resource.provider}
        providers = [_provider(provider) for urn, provider in sorted(named.items()) if urn not in listed]
        return self._plan([*resources, *providers], resources[0].urn if resources else "")

    def _plan(self, resources: Iterable[Resource], urn: str) -> PlanView:
        """The resources as a plan of the stack and project in a URN: `urn:pulumi:stack::project::type::name`."""
        stack, project = (*urn.removeprefix("urn:pulumi:").split("::"), "")[:2]
        return PlanView(Plan(stack=stack, project=project, resources=tuple(resources)))


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(urn=args.urn, type=args.resource_type, name=args.name, inputs=_plain(args.props))


def _recorded(urn: str, inputs: dict[str, Any]) -> Resource:
    """A resource seen earlier. A URN ends in `::parents$type::name`."""
    *_, types, name = urn.split("::", 3)
    return Resource(urn=urn, type=types.rpartition("$")[2], name=name, inputs=inputs)


def _stack_resource(resource: PolicyResource, inputs: Mapping[str, dict[str, Any]]) -> Resource:
    """A resource of the stack with the inputs that were recorded for it; with its outputs where there are none."""
    outputs = _plain(resource.props)
    given = inputs.get(resource.urn, outputs)
    dependencies = resource.property_dependencies.items()
    return Resource(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        id=_azure_id(resource, given),
        parent=resource.parent.urn if resource.parent else "",
        inputs=given,
        outputs=outputs,
        dependencies=tuple(sorted(source.urn for source in resource.dependencies)),
        property_dependencies={key: tuple(sorted(source.urn for source in sources)) for key, sources in dependencies},
        options=Options(
            protect=bool(resource.opts.protect), provider=resource.provider.urn if resource.provider else ""
        ),
    )


def _azure_id(resource: PolicyResource, inputs: Mapping[str, Any]) -> str:
    """The ARM ID of a resource of azure-native; empty while an input that it is made of is unknown."""
    subscription = resource.provider.props.get("subscriptionId") if resource.provider else None
    if not isinstance(subscription, str) or not resource.resource_type.startswith("azure-native:"):
        return ""
    try:
        return resource_id(resource.resource_type, inputs, subscription)
    except (UnnamedResource, UnknownType):
        return ""


def _provider(provider: PolicyProviderResource) -> Resource:
    return Resource(urn=provider.urn, type=provider.resource_type, name=provider.name, inputs=_plain(provider.props))


def _plain(value: Any, *, secret: bool = False) -> Any:
    """A value as a plan holds it: no proxies, whole numbers as int, `UNKNOWN` for what is unknown.

    The engine shows secrets in clear and unmarked: they are told by the names of their properties.
    """
    while isinstance(value, _PROXIES):
        value = value["__target"]
    if isinstance(value, secrets.Secret):
        return Secret(_plain(value.value))
    if isinstance(value, Mapping):
        return {key: _plain(part, secret=secret or _is_secret(key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, secret=secret) for part in value]
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return f"[{type(value).__name__}]"
    if isinstance(value, str) and value in _UNKNOWNS:
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return Secret(value) if secret and value is not None else value


def _unwrapped(value: Any) -> Any:
    """A value as the engine sent it, without proxies: secrets stay marked, and unknowns the engine's own."""
    while isinstance(value, _PROXIES):
        value = value["__target"]
    if isinstance(value, Mapping):
        return {key: _unwrapped(part) for key, part in value.items()}
    return [_unwrapped(part) for part in value] if isinstance(value, list) else value


def _is_secret(name: str) -> bool:
    return name in _SECRET_HOLDERS or bool(_SECRET_NAME.search(name))


def _refuse_config(config: Mapping[str, Any], tell: ReportViolation, urn: str | None) -> None:
    """What is configured for a policy by name would be ignored: limits stand in the stack file."""
    if config:
        tell(f"policies take no configuration of their own, got {', '.join(sorted(config))}", urn)


def _framework(rule: Rule) -> PolicyComplianceFramework | None:
    controls = ", ".join(rule.references.mcsb)
    return PolicyComplianceFramework("Microsoft cloud security benchmark", reference=controls) if controls else None


def _advice(kind: Callable[..., Policy], name: str, description: str, validate: Callable[..., None]) -> Policy:
    return kind(name=name, description=description, validate=validate, enforcement_level=EnforcementLevel.ADVISORY)
