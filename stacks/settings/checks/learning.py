"""The workspace, its computes, data stores, environments and endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from components.names import NameRefused
from stacks.settings.checks.base import Fault, check, is_given
from stacks.settings.errors import Place
from stacks.settings.model import Settings

BUILT_IN_DATASTORES = (
    "workspaceblobstore",
    "workspacefilestore",
    "workspaceworkingdirectory",
    "workspaceartifactstore",
)
"""Data stores that every workspace has. Source: concept-data, "Default datastore"."""

RESERVED_ENVIRONMENTS = ("azureml", "microsoft")
"""Prefixes of curated environments. Source: how-to-manage-environments-v2."""

MOST_ENDPOINTS = 100
"""Endpoints in a region and subscription. Source: how-to-manage-quotas."""

Named = tuple[Place, str]
"""A name, and the place of what has it."""

_ENVIRONMENTS_ONLY = {
    "workspace": "workspace",
    "compute": "compute",
    "datastores": "datastores",
    "environments": "environments",
    "endpoints": "endpoints",
    "storage": "storage",
    "data_lake": "dataLake",
    "shared": "shared",
}


@check("environment")
def shared_has_no_workspace(settings: Settings) -> Iterator[Fault]:
    """shared holds what environments share: registry, hub, DNS. Workspaces stand in environments."""
    if not settings.is_shared:
        return
    for name, key in _ENVIRONMENTS_ONLY.items():
        if is_given(settings, name):
            yield Fault(
                (key,), "a section of environments", "none: shared has no workspace, only what environments share"
            )


@check("workspace.imageBuildCompute", "compute.clusters")
def images_are_built_on_a_cluster(settings: Settings) -> Iterator[Fault]:
    """A private container registry can't build images itself: a cluster does. Source: how-to-secure-workspace-vnet."""
    wanted = settings.workspace.image_build_compute
    names = [cluster.name for cluster in settings.compute.clusters]
    if wanted is not None and wanted not in names:
        expected = f"a name in compute.clusters: {', '.join(names)}" if names else "a cluster in compute.clusters"
        yield Fault(("workspace", "imageBuildCompute"), repr(wanted), expected)


@check("environments", "compute.clusters")
def conda_files_need_a_cluster(settings: Settings) -> Iterator[Fault]:
    """Packages on top of an image make a new image, which a private registry can't build itself."""
    for index, environment in enumerate(settings.environments):
        if environment.conda_file is not None and not settings.compute.clusters:
            expected = "none, or a cluster in compute.clusters: a private container registry can't build images itself"
            yield Fault(("environments", index, "condaFile"), repr(environment.conda_file), expected)


@check("compute.clusters")
def clusters_scale_between_their_bounds(settings: Settings) -> Iterator[Fault]:
    """A cluster has at most as many nodes as it may have."""
    for index, cluster in enumerate(settings.compute.clusters):
        if cluster.min_nodes > cluster.max_nodes:
            place = ("compute", "clusters", index, "minNodes")
            yield Fault(place, str(cluster.min_nodes), f"at most maxNodes, {cluster.max_nodes}")


@check("compute")
def compute_names_are_different(settings: Settings) -> Iterator[Fault]:
    """Clusters and instances share their names, whatever their case. Source: how-to-create-attach-compute-cluster."""
    clusters: list[Named] = [(("compute", "clusters", i), one.name) for i, one in enumerate(settings.compute.clusters)]
    instances: list[Named] = [
        (("compute", "instances", i), one.name) for i, one in enumerate(settings.compute.instances)
    ]
    yield from _repeated([*clusters, *instances], "a name that no other cluster or instance has")


@check("endpoints")
def endpoint_names_are_different(settings: Settings) -> Iterator[Fault]:
    """Online and batch endpoints have addresses under one domain of the region. Source: concept-endpoints."""
    online: list[Named] = [(("endpoints", "online", i), one.name) for i, one in enumerate(settings.endpoints.online)]
    batch: list[Named] = [(("endpoints", "batch", i), one.name) for i, one in enumerate(settings.endpoints.batch)]
    yield from _repeated([*online, *batch], "a name that no other endpoint has, online or batch")
    if len(online) + len(batch) > MOST_ENDPOINTS:
        got = f"{len(online) + len(batch)} endpoints"
        yield Fault(("endpoints",), got, f"at most {MOST_ENDPOINTS} in a region and subscription")


def _repeated(named: Iterable[Named], expected: str) -> Iterator[Fault]:
    seen = set[str]()
    for place, name in named:
        if name.lower() in seen:
            yield Fault((*place, "name"), repr(name), expected)
        seen.add(name.lower())


@check("datastores", "dataLake")
def datastores_stand_over_zones(settings: Settings) -> Iterator[Fault]:
    """A data store is over a zone of the data lake, under a name of its own."""
    zones = settings.data_lake.zones if settings.has_data_lake else ()
    stores = settings.datastores or ()
    for index, store in enumerate(stores):
        place = ("datastores", index)
        if store.zone not in zones:
            expected = (
                f"a zone of dataLake.zones: {', '.join(zones)}" if zones else "a data lake: dataLake.enabled is false"
            )
            yield Fault((*place, "zone"), repr(store.zone), expected)
        if store.name.lower() in BUILT_IN_DATASTORES:
            yield Fault((*place, "name"), repr(store.name), "a name other than the workspace's own data stores have")
    yield from _repeated([(("datastores", i), store.name) for i, store in enumerate(stores)], "each data store once")


@check(
    "environments",
    "security.approvedImageRegistries",
    "organisation",
    "workload",
    "environment",
    "location",
    "subscription",
)
def images_come_from_approved_registries(settings: Settings) -> Iterator[Fault]:
    """An image comes from a registry that someone approved, and is the same one tomorrow."""
    approved = approved_registries(settings)
    for index, environment in enumerate(settings.environments):
        place = ("environments", index)
        host, _, rest = environment.image.partition("/")
        if host not in approved:
            expected = f"an image from security.approvedImageRegistries or the stack's own: {', '.join(approved)}"
            yield Fault((*place, "image"), repr(environment.image), expected)
        if "@sha256:" not in rest and (":" not in rest or rest.endswith(":latest")):
            yield Fault((*place, "image"), repr(environment.image), "a tag other than latest, or a digest")


@check("environments")
def environments_have_names_of_their_own(settings: Settings) -> Iterator[Fault]:
    """An environment has one version at a time here, and Microsoft's names are Microsoft's."""
    named: list[Named] = [(("environments", i), one.name) for i, one in enumerate(settings.environments)]
    yield from _repeated(named, "each environment once, with one version: earlier ones stay in the workspace")
    for place, name in named:
        if name.lower().startswith(RESERVED_ENVIRONMENTS):
            yield Fault((*place, "name"), repr(name), "a name that doesn't start as Microsoft's own do")


def approved_registries(settings: Settings) -> tuple[str, ...]:
    """Hosts that images may come from: the approved ones and the stack's own registry."""
    try:
        own: tuple[str, ...] = (f"{settings.names.of('container registry')}.azurecr.io",)
    except NameRefused:
        own = ()
    return (*settings.security.approved_image_registries, *own)
