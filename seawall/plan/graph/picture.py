"""What a picture of a plan shows: which nodes, in which box, and which arrows between them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seawall.plan.model import Plan, Resource

GROUP_TOKEN = "azure-native:resources:ResourceGroup"
STACK_TOKEN = "pulumi:pulumi:Stack"
LOOSE_LIMIT = 12
"""So many resources outside of any component are shown one by one; more are shown by type."""

MOST_GROUPS = 3
"""A component in more resource groups than this belongs to none of them."""
KINDS = {
    "azure-native:applicationinsights:Component": "Application insights",
    "azure-native:operationalinsights:Workspace": "Log analytics workspace",
}
"""What a type's own name alone doesn't tell."""
ACRONYMS = frozenset({"api", "ci", "dns", "ip", "ml", "nat", "nsg"})

_IN_GROUP = re.compile(r"/resourceGroups/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One component, or a resource that is in none."""

    key: str
    kind: str
    """What it is, in words: `Key vault`."""
    name: str
    """What it is called in Azure, or in the program where it stands for several resources."""
    group: str
    """Its resource group; empty for what stands in the subscription itself."""
    resources: int


@dataclass(frozen=True, kw_only=True)
class Edge:
    """`target` needs `source`, through `weight` dependencies between their resources."""

    source: str
    target: str
    weight: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    title: str
    subtitle: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    """Without those that a longer way already tells, and without cycles."""


def picture(plan: Plan) -> Picture:
    """The nodes and arrows of a plan. The same plan gives the same picture."""
    owner = _owners(plan)
    members: dict[str, list[Resource]] = defaultdict(list)
    for resource in sorted(plan.resources, key=lambda resource: resource.urn != owner.get(resource.urn)):
        if resource.urn in owner:
            members[owner[resource.urn]].append(resource)
    nodes = {key: _node(key, resources) for key, resources in members.items()}
    boxes = {key for key, resources in members.items() if _is_box(resources, nodes)}
    shown = {key: node for key, node in nodes.items() if key not in boxes and node.resources}
    edges = _reduced(_acyclic(_weights(plan, owner, shown)), shown)
    groups = {resource.id.lower() for resource in plan.of_type(GROUP_TOKEN)}
    return Picture(
        title=f"{plan.project} · {plan.stack}",
        subtitle=f"{_count(len(plan.managed), 'resource')} in {_count(len(shown), 'part')} "
        f"and {_count(len(groups), 'resource group')}",
        nodes=tuple(shown.values()),
        edges=tuple(Edge(source=a, target=b, weight=weight) for (a, b), weight in edges.items()),
    )


def words(name: str) -> str:
    """A class name as words: `OnlineEndpoint` is `Online endpoint`, `PrivateDnsZone` is `Private DNS zone`."""
    parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", name)]
    text = " ".join(part.upper() if part in ACRONYMS else part for part in parts).replace("dev ops", "DevOps")
    return text[:1].upper() + text[1:]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _owners(plan: Plan) -> dict[str, str]:
    """For each resource, the key of the node that shows it. The stack and providers are shown by none."""
    by_urn = plan.by_urn
    owner: dict[str, str] = {}
    loose: list[Resource] = []
    for resource in plan.resources:
        if resource.type.startswith("pulumi:"):
            continue
        parent = by_urn.get(resource.parent)
        if parent is not None and parent.urn in owner:
            owner[resource.urn] = owner[parent.urn]
        else:
            owner[resource.urn] = resource.urn
            if resource.custom:
                loose.append(resource)
    if len(loose) > LOOSE_LIMIT:
        for resource in loose:
            if resource.type != GROUP_TOKEN:
                owner[resource.urn] = f"{resource.type}@{_group(resource)}"
    return _without_extensions(plan, owner)


def _without_extensions(plan: Plan, owner: dict[str, str]) -> dict[str, str]:
    """The owners, where a node that only extends another's resource, as a role assignment does, is part of that one."""
    targets: dict[str, set[str]] = defaultdict(set)
    for resource in plan.managed:
        scope = resource.id.rpartition("/providers/")[0].lower()
        target = plan.by_id.get(scope)
        extended = target is not None and "/providers/" in scope and target.urn in owner
        targets[owner[resource.urn]].add(owner[target.urn] if target is not None and extended else "")
    merged = {key: found.copy().pop() for key, found in targets.items() if len(found) == 1 and found != {""}}
    final = {}
    for urn, key in owner.items():
        seen = {key}
        while (further := merged.get(key, key)) not in seen:
            seen.add(further)
            key = further
        final[urn] = key
    return final


def _group(resource: Resource) -> str:
    found = _IN_GROUP.search(resource.id)
    return found.group(1) if found else ""


def _node(key: str, resources: list[Resource]) -> Node:
    first = resources[0]
    managed = [resource for resource in resources if resource.custom]
    kind = KINDS.get(first.type) or words(first.type.rpartition(":")[2])
    collapsed = key != first.urn
    main = first if first.custom else _main(first, managed)
    return Node(
        key=key,
        kind=f"{len(managed)} of {kind}" if collapsed else kind,
        name=first.name if collapsed or main is None else _cloud_name(main),
        group=_group(main) if main else _home(managed),
        resources=len(managed),
    )


def _cloud_name(resource: Resource) -> str:
    """The last name in an ARM ID, a version's with that of what it is a version of; outside Azure the given name."""
    if not resource.arm:
        given = resource.inputs.get("displayName") or resource.inputs.get("name")
        return given if isinstance(given, str) else resource.name
    *_, owner, _, name = ("", "", *resource.id.split("/"))
    return f"{owner} {name}" if name.isdigit() else name


def _home(managed: list[Resource]) -> str:
    """Where a component without one main resource stands: where it begins, or in no group if it spans several."""
    groups = list(dict.fromkeys(_group(resource) for resource in managed))
    return groups[0] if groups and len(groups) <= MOST_GROUPS else ""


def _main(component: Resource, managed: list[Resource]) -> Resource | None:
    """The one resource that a component is named after: a KeyVault's Vault; none where there are several or none."""
    kind = component.type.rpartition(":")[2]
    own = [r for r in managed if kind.endswith(r.type.rpartition(":")[2]) or kind.lower() == r.type.split(":")[1]]
    return own[0] if len(own) == 1 else None


def _is_box(resources: list[Resource], nodes: Mapping[str, Node]) -> bool:
    """Whether this only makes a resource group (with its lock, say): the box that holds others shows it."""
    made = [resource for resource in resources if resource.type == GROUP_TOKEN]
    if not made:
        return False
    home = made[0].id.rpartition("/")[2].lower()
    own = {resource.urn for resource in resources}
    others = [node for node in nodes.values() if node.key not in own and node.group.lower() == home]
    return bool(others) and len(made) * 2 >= sum(resource.custom for resource in resources)


def _weights(plan: Plan, owner: Mapping[str, str], shown: Mapping[str, Node]) -> Counter[tuple[str, str]]:
    weights: Counter[tuple[str, str]] = Counter()
    for resource in plan.resources:
        target = owner.get(resource.urn, "")
        needed = set(resource.dependencies).union(*resource.property_dependencies.values())
        for source in sorted({owner[urn] for urn in needed if urn in owner}):
            if source != target and source in shown and target in shown:
                weights[source, target] += 1
    return weights


def _acyclic(weights: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The edges without the lightest of each cycle: two components may need parts of each other."""
    kept: dict[tuple[str, str], int] = {}
    after: dict[str, set[str]] = defaultdict(set)
    for (source, target), weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        if source not in _reachable(target, after):
            kept[source, target] = weight
            after[source].add(target)
    return kept


def _reduced(edges: Mapping[tuple[str, str], int], order: Iterable[str]) -> dict[tuple[str, str], int]:
    """The edges that no longer way tells as well, in the order of the nodes."""
    place = {key: index for index, key in enumerate(order)}
    after: dict[str, set[str]] = defaultdict(set)
    for source, target in edges:
        after[source].add(target)
    far = {key: set().union(*(_reachable(near, after) - {near} for near in nexts)) for key, nexts in after.items()}
    kept = [(source, target) for source, target in edges if target not in far[source]]
    return {edge: edges[edge] for edge in sorted(kept, key=lambda edge: (place[edge[0]], place[edge[1]]))}


def _reachable(start: str, after: Mapping[str, set[str]]) -> set[str]:
    seen = {start}
    stack = [start]
    while stack:
        for following in after.get(stack.pop(), ()):
            if following not in seen:
                seen.add(following)
                stack.append(following)
    return seen
