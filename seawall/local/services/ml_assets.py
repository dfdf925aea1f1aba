"""Models, environments, data, code and components, in workspaces and registries: containers and their versions.

Sources: Azure ML docs, concept-azure-machine-learning-v2 ("assets" are immutable but for what describes them);
REST reference, Model Versions and Model Containers.
"""

from __future__ import annotations

import re
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.services.machine_learning import ASSETS, REGISTRY, WORKSPACE
from seawall.local.services.reading import text
from seawall.local.services.service import Put, Service, refuse
from seawall.local.store import Row, Store

_FIXED = {
    "models": ("modelUri", "modelType"),
    "data": ("dataUri", "dataType"),
    "codes": ("codeUri",),
    "environments": ("image", "condaFile", "build", "osType"),
    "components": ("componentSpec",),
}
"""The parts of a version that are set when it is made. All else describes it, and may change."""

PATH_CHANGED = "Asset paths cannot be updated."
"""What clients look for. Source: azure-ai-ml, `_artifacts/_constants.py` (ASSET_PATH_ERROR)."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
_REGISTERED = re.compile(
    r"azureml://(?:locations/[^/]+/)?registries/(?P<registry>[^/]+)/(?P<kind>[a-z]+)/(?P<name>[^/]+)"
    r"/(?:versions/(?P<version>[^/]+)|labels/(?P<label>[^/]+))",
    re.IGNORECASE,
)


def _check_version(put: Put) -> None:
    kind, name, version = put.route.arm_type.split("/")[-2], *put.route.names[-2:]
    for part, what in ((name, "name"), (version, "version")):
        if not _NAME.fullmatch(part):
            raise refuse("UserError", f"The {what} {part!r} of an asset has letters, digits, '_', '-' and '.' only.")
    if put.before is None:
        _check_files(put, kind)
        return
    for field in _FIXED[kind]:
        before, wanted = put.properties_before.get(field), put.properties.get(field)
        if wanted is None or _same(before, wanted):
            continue
        if field.endswith("Uri"):
            raise refuse("UserError", PATH_CHANGED, status=409 if kind != "codes" else 400)
        message = f"{kind} {name}:{version} already exists, and its {field} can't be changed: make another version."
        raise refuse("Conflict", message, status=409)


def _same(before: Any, wanted: Any) -> bool:
    """Whether two values mean one thing: Azure trims text, and completes what is said of a build."""
    if isinstance(before, str) and isinstance(wanted, str):
        return before.strip().rstrip("/") == wanted.strip().rstrip("/")
    if isinstance(before, dict) and isinstance(wanted, dict):
        return all(_same(before.get(key), value) for key, value in wanted.items())
    return bool(before == wanted)


def _check_files(put: Put, kind: str) -> None:
    """What a version consists of must be said. Source: REST reference, required properties."""
    needed = {"models": "modelUri", "data": "dataUri", "codes": "codeUri"}.get(kind)
    if needed and not text(put.properties, needed):
        raise refuse("UserError", f"{needed} is required.", target=f"properties.{needed}")


def container(row: Row, store: Store) -> dict[str, Any]:
    """A container with its latest version, and the number that the next one gets by itself."""
    versions = [version.id.rsplit("/", 1)[-1] for version in store.newest(f"{row.arm_type}/versions", row.id)]
    if not versions:
        return row.body
    numbers = [int(version) for version in versions if version.isdecimal()]
    counted = {"latestVersion": versions[0], "nextVersion": str(max(numbers, default=0) + 1)}
    return {**row.body, "properties": {**(row.body.get("properties") or {}), **counted}}


def check_reference(put: Put, reference: Any, what: str) -> None:
    """Raises where an asset that a body names isn't there.

    Forms: an ARM ID (checked for all types elsewhere), one after `azureml:`, or `azureml://registries/…`. A registry
    that isn't in this store, such as Microsoft's own `azureml`, counts as having it.
    """
    if not isinstance(reference, str) or not reference:
        return
    found = _REGISTERED.match(reference)
    if found:
        _check_registered(put, reference, found, what)
        return
    plain = reference.removeprefix("azureml:")
    if reference.startswith("azureml:") and plain.startswith("/subscriptions/") and not put.store.exists(plain):
        raise _missing(what, reference)


def _check_registered(put: Put, reference: str, found: re.Match[str], what: str) -> None:
    registry = put.store.holder_of_name(f"{REGISTRY}:{found['registry'].lower()}")
    if not registry:
        return
    base = f"{registry}/{found['kind'].lower()}/{found['name']}"
    target = f"{base}/versions/{found['version']}" if found["version"] else base
    if not put.store.exists(target):
        raise _missing(what, reference)


def _missing(what: str, reference: str) -> AzureError:
    return refuse("ResourceNotFound", f"The {what} {reference} was not found.", status=404)


SERVICES = {
    **{kind: Service(shown=container) for kind in ASSETS},
    **{f"{base}/{kind}/versions": Service(check=_check_version) for base in (WORKSPACE, REGISTRY) for kind in _FIXED},
}
