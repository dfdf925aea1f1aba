"""The plan as rules see it, for relations between resources.

Built once for a check. By type and by ID it is indexed when first asked, each in one pass. While an ID is unknown, as
at a real preview, a relation is found through the property's dependencies and through names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from policies.reading import ResourceView, Secrets, UnknownValue, View, same, short_type
from seawall.plan.model import Plan, Resource

T = TypeVar("T")


class PlanView:
    """A plan's resources as views, one for each, which all rules share."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.secrets = Secrets()
        self._views: dict[str, ResourceView] = {}
        self._derived: dict[Callable[[PlanView], Any], Any] = {}

    def derived(self, make: Callable[[PlanView], T]) -> T:
        """What `make` finds out about the plan, worked out once: an index of a rule's own, so that it stays linear."""
        if make not in self._derived:
            self._derived[make] = make(self)
        return self._derived[make]

    def view(self, resource: Resource) -> ResourceView:
        found = self._views.get(resource.urn)
        if found is None:
            found = self._views[resource.urn] = ResourceView(resource, self.secrets)
        return found

    def of_type(self, *types: str) -> list[ResourceView]:
        """The resources of the given short types, by URN, whatever the order of the plan."""
        found = [self.view(resource) for short in types for resource in self._by_type.get(short, ())]
        return sorted(found, key=lambda view: view.urn)

    def by_id(self, id: str) -> ResourceView | None:
        """The resource with an ARM ID, without regard to case; None where it isn't in the plan."""
        found = self._by_id.get(id.lower().rstrip("/"))
        return self.view(found) if found else None

    def target(self, holder: View, path: str, *types: str) -> ResourceView | None:
        """The resource of one of the types whose ID a property holds. None where it is absent or not in the plan.

        While the ID is unknown, the one that the property depends on; raises `UnknownValue` where that doesn't tell.
        """
        try:
            id = holder.get(path)
        except UnknownValue as unknown:
            sources = self._sources(holder.root, unknown.path, *types)
            if len(sources) == 1:
                return sources[0]
            raise
        return self.resolve(holder, path, id, *types) if isinstance(id, str) else None

    def resolve(self, holder: View, path: str, id: str, *types: str) -> ResourceView | None:
        """The resource of one of the types that an ID, found at a path of `holder`, belongs to.

        IDs may be known in inputs before the engine knows those of the resources themselves. Then it is the one that
        the property depends on and that has the ID's last segment for a name.
        """
        found = self.by_id(id)
        if found:
            return found if found.type in types else None
        name = id.rstrip("/").rpartition("/")[2]
        sources = self._sources(holder.root, f"{holder.path}.{path}".lstrip("."), *types)
        named = [source for source in sources if not source.id and _has_name(source, name)]
        return named[0] if len(named) == 1 else None

    def owner(self, resource: ResourceView, type: str, name: str) -> ResourceView | None:
        """The resource of a type that a child names in its input `name`, such as the workspace of a compute.

        Both have the name of that resource under the same input, next to `resourceGroupName`. None where it isn't in
        the plan; raises `UnknownValue` where that can't be told.
        """
        if resource.is_unknown(name):
            sources = self._sources(resource, name, type)
            if len(sources) == 1:
                return sources[0]
        found = self._alike(resource, type, name)
        if len(found) > 1:
            raise UnknownValue("resourceGroupName", resource)
        return found[0] if found else None

    def children(self, owner: ResourceView, type: str, name: str) -> list[ResourceView]:
        """The resources of a type that name `owner` in their input `name`: the inverse of `owner`, by URN.

        While that name is unknown, those whose name came from it.
        """
        nameless = self._nameless.get((type, name))
        if nameless is None:
            nameless = self._nameless[type, name] = defaultdict(list)
            for view in self.of_type(type):
                for urn in view.resource.property_dependencies.get(name, ()) if view.is_unknown(name) else ():
                    nameless[urn].append(view)
        found = self._alike(owner, type, name) if not owner.is_unknown(name) else []
        coming = nameless.get(owner.urn)
        return sorted([*found, *coming], key=lambda view: view.urn) if coming else found

    def _alike(self, resource: ResourceView, type: str, name: str) -> list[ResourceView]:
        """The resources of a type with the same input `name`, as far as known in the same resource group, by URN."""
        wanted = resource.get(name)
        group = None if resource.is_unknown("resourceGroupName") else resource.get("resourceGroupName")
        if wanted is None or group is None:
            return self.named(type, name, wanted)
        index = self._grouped.get((type, name))
        if index is None:
            index = self._grouped[type, name] = defaultdict(list)
            for view in self.of_type(type):
                if not view.is_unknown(name):
                    index[str(view.get(name)).lower(), _group_of(view)].append(view)
        value = str(wanted).lower()
        there, anywhere = index.get((value, str(group).lower()), []), index.get((value, ""), [])
        return sorted([*there, *anywhere], key=lambda view: view.urn) if anywhere else there

    def named(self, type: str, name: str, value: object) -> list[ResourceView]:
        """The resources of a type whose input has a value, in any case, by URN; without those where it is unknown."""
        index = self._names.get((type, name))
        if index is None:
            index = self._names[type, name] = defaultdict(list)
            for view in self.of_type(type):
                if not view.is_unknown(name):
                    index[str(view.get(name)).lower()].append(view)
        return index.get(str(value).lower(), []) if value is not None else []

    def dependents(self, resource: ResourceView, *types: str) -> list[ResourceView]:
        """The resources with an input that came from the given one, by URN; of the given types, or of any."""
        urns = self._dependents.get(resource.urn, ())
        found = (self.view(self.plan.by_urn[urn]) for urn in urns)
        return sorted((view for view in found if not types or view.type in types), key=lambda view: view.urn)

    def subscription(self, resource: ResourceView) -> str:
        """The subscription of a resource, in lower case: its ID tells, or its provider; empty where neither does."""
        if resource.id.lower().startswith("/subscriptions/"):
            return resource.id.split("/")[2].lower()
        provider = self.plan.by_urn.get(resource.resource.options.provider)
        if provider is None or self.view(provider).is_unknown("subscriptionId"):
            return ""
        return str(self.view(provider).get("subscriptionId", "")).lower()

    def _sources(self, resource: ResourceView, path: str, *types: str) -> list[ResourceView]:
        """What the property at a path came from, of the given types. Dependencies are kept for a whole input."""
        urns = resource.resource.property_dependencies.get(path.partition(".")[0].partition("[")[0], ())
        found = (self.plan.by_urn.get(urn) for urn in urns)
        return [self.view(source) for source in found if source and short_type(source.type) in types]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        index: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.plan.resources:
            index[short_type(resource.type)].append(resource)
        return index

    @cached_property
    def _by_id(self) -> dict[str, Resource]:
        return {resource.id.lower().rstrip("/"): resource for resource in self.plan.resources if resource.id}

    @cached_property
    def _dependents(self) -> dict[str, set[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for resource in self.plan.resources:
            for urns in resource.property_dependencies.values():
                for urn in urns:
                    index[urn].add(resource.urn)
        return index

    @cached_property
    def _nameless(self) -> dict[tuple[str, str], dict[str, list[ResourceView]]]:
        return {}

    @cached_property
    def _grouped(self) -> dict[tuple[str, str], dict[tuple[str, str], list[ResourceView]]]:
        return {}

    @cached_property
    def _names(self) -> dict[tuple[str, str], dict[str, list[ResourceView]]]:
        return {}


def _has_name(view: ResourceView, name: str) -> bool:
    """Whether one of a resource's inputs is the name: each type has its own input for it."""
    return any(same(value, name) for value in view.resource.inputs.values())


def _group_of(view: ResourceView) -> str:
    """The name of a resource's group in lower case; empty while it is unknown, and it may be any."""
    return "" if view.is_unknown("resourceGroupName") else str(view.get("resourceGroupName")).lower()
