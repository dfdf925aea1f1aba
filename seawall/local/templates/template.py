"""A template read: its parameters, its variables, and the resources that it wants, each after those it depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from seawall.local.templates.expressions import Function, evaluated, invalid
from seawall.local.templates.functions import Context, functions

NESTED = "microsoft.resources/deployments"
_ENVELOPE = ("location", "tags", "sku", "kind", "identity", "zones", "plan", "properties", "extendedLocation")


@dataclass(frozen=True)
class Scope:
    """Where expressions are evaluated."""

    context: Context
    functions: Mapping[str, Function]


@dataclass(frozen=True)
class Wanted:
    """A resource of a template, its expressions not yet evaluated."""

    id: str
    type: str
    raw: Mapping[str, Any]
    scope: Scope
    needs: tuple[str, ...]
    """What `dependsOn` names: IDs or names."""

    def body(self) -> dict[str, Any]:
        """The body of its PUT."""
        raw = {key: self.raw[key] for key in _ENVELOPE if key in self.raw}
        found = evaluated(raw, self.scope.functions)
        return {key: value for key, value in found.items() if value is not None}


def opened(template: Mapping[str, Any], given: Mapping[str, Any], context: Context) -> Scope:
    """The scope of a template with the parameters that it is given. Raises `AzureError` for one that is missing."""
    declared = template.get("parameters") or {}
    unknown = [name for name in given if name.lower() not in {known.lower() for known in declared}]
    if unknown:
        raise invalid(f"the parameters {', '.join(sorted(unknown))} are not valid: the template doesn't declare them")
    lower = {name.lower(): _value(value) for name, value in given.items()}
    parameters: dict[str, Any] = {}
    made: dict[str, Function] = {}
    variables = template.get("variables") or {}

    def variable(name: str) -> Any:
        for key, value in variables.items():
            if key.lower() == name.lower():
                return evaluated(value, made)
        raise invalid(f"the template variable '{name}' is not found")

    made |= functions(context, parameters, variable)
    made |= {"newguid": lambda: functions(context, {}, variable)["guid"](context.scope, len(parameters))}
    for name, declaration in declared.items():
        # What is given as null is as if it weren't: then the default holds.
        if lower.get(name.lower()) is not None:
            parameters[name] = lower[name.lower()]
        elif "defaultValue" in declaration:
            parameters[name] = evaluated(declaration["defaultValue"], made)
        else:
            raise invalid(f"the value for the template parameter '{name}' is not provided")
        _check_allowed(name, declaration, parameters[name])
    return Scope(context, made)


def _value(given: Any) -> Any:
    return given.get("value") if isinstance(given, dict) else given


def _check_allowed(name: str, declaration: Mapping[str, Any], value: Any) -> None:
    allowed = declaration.get("allowedValues")
    if isinstance(allowed, list) and value not in allowed:
        raise invalid(f"the provided value for the template parameter '{name}' is not one of {allowed}")


def resources(template: Mapping[str, Any], scope: Scope) -> list[Wanted]:
    """The resources whose condition holds, those of nested templates as well, in an order that keeps to `dependsOn`."""
    return _in_order(list(_wanted(template.get("resources") or [], scope, "", "")))


def _wanted(raws: list[Mapping[str, Any]], scope: Scope, parent_type: str, parent_name: str) -> Iterator[Wanted]:
    for raw in raws:
        if "copy" in raw:
            raise invalid("the local Azure doesn't have loops (copy) in templates")
        if evaluated(raw.get("condition", True), scope.functions) is not True:
            continue
        type_, name = str(raw.get("type", "")), str(evaluated(raw.get("name", ""), scope.functions))
        if parent_type:
            type_, name = f"{parent_type}/{type_}", f"{parent_name}/{name}"
        if type_.lower() == NESTED:
            yield from _nested(raw, scope)
            continue
        needs = tuple(str(need) for need in evaluated(raw.get("dependsOn") or [], scope.functions))
        if parent_type:
            needs = (*needs, _id(scope, {}, parent_type, parent_name))
        yield Wanted(_id(scope, raw, type_, name), type_, raw, scope, needs)
        yield from _wanted(raw.get("resources") or [], scope, type_, name)


def _id(scope: Scope, raw: Mapping[str, Any], type_: str, name: str) -> str:
    provider, *types = type_.split("/")
    names = name.split("/")
    if len(types) != len(names):
        raise invalid(f"the template resource '{name}' of type '{type_}' has incorrect segment lengths")
    above = evaluated(raw.get("scope", ""), scope.functions) or scope.context.scope
    return f"{above}/providers/{provider}/" + "/".join(
        f"{kind}/{part}" for kind, part in zip(types, names, strict=True)
    )


def _nested(raw: Mapping[str, Any], outer: Scope) -> Iterator[Wanted]:
    """The resources of a template in a template: evaluated in the outer one's scope unless it says otherwise."""
    properties = raw.get("properties") or {}
    place = evaluated({key: raw[key] for key in ("subscriptionId", "resourceGroup") if key in raw}, outer.functions)
    context = replace(
        outer.context,
        subscription=place.get("subscriptionId", outer.context.subscription),
        group=place.get("resourceGroup", outer.context.group),
    )
    template = properties.get("template") or {}
    inner = (properties.get("expressionEvaluationOptions") or {}).get("scope") == "inner"
    given = evaluated(properties.get("parameters") or {}, outer.functions) if inner else {}
    scope = opened(template, given, context) if inner else Scope(context, outer.functions)
    needs = tuple(str(need) for need in evaluated(raw.get("dependsOn") or [], outer.functions))
    for wanted in _wanted(template.get("resources") or [], scope, "", ""):
        yield replace(wanted, needs=(*wanted.needs, *needs))


def _in_order(wanted: list[Wanted]) -> list[Wanted]:
    names = {one.id.lower() for one in wanted} | {one.id.rsplit("/", 1)[-1].lower() for one in wanted}
    ordered: list[Wanted] = []
    done: set[str] = set()
    while len(ordered) < len(wanted):
        ready = [
            one
            for one in wanted
            if one not in ordered and all(need.lower() in done for need in one.needs if need.lower() in names)
        ]
        if not ready:
            raise invalid("circular dependency detected among the template's resources")
        for one in ready:
            ordered.append(one)
            done |= {one.id.lower(), one.id.rsplit("/", 1)[-1].lower()}
    return ordered
