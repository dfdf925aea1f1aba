"""A stack's state as a plan: what `pulumi stack export` writes, read without Pulumi and without the stack's key.

Source of the format: pulumi/pulumi, sdk/go/common/apitype, `UntypedDeployment`, `DeploymentV3` and `ResourceV3`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from seawall.plan.errors import PlanErrors
from seawall.plan.files import content, decoded, refuse_twins
from seawall.plan.model import Options, Plan, Resource
from seawall.plan.order import ordered
from seawall.plan.values import OPAQUE, SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_SENTINEL, Secret

VERSIONS = (3, 4)
"""Versions of a deployment that are read: 4 is 3 with a list of the features that it uses."""
STACK = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Marks a resource given as a value. Source: pulumi/sdk, `resource/properties.go`, `ResourceReferenceSig`."""


def read(path: Path) -> Plan:
    """The plan of an exported stack. Raises `PlanErrors` with one line that says what is wrong with the file."""
    return from_json(content(path), str(path))


def from_json(content: bytes, origin: str) -> Plan:
    """The plan of an exported stack; `origin` names it in messages.

    It holds what stands in the cloud: no providers, components, resources that were only read, or old versions of
    replaced ones that are still to be deleted. A secret is opaque, unless the stack was exported with its secrets.
    """
    whole = decoded(content, _Export, origin, "an exported stack")
    if whole.version not in VERSIONS:
        told = " or ".join(str(version) for version in VERSIONS)
        raise PlanErrors([f"{origin}: a deployment of version {whole.version}; this Seawall reads version {told}"])
    entries = whole.deployment.resources
    standing = [entry for entry in entries if not entry.delete]
    stack = next((entry for entry in standing if entry.type == STACK), None)
    named = _stack_and_project(standing[0].urn) if standing else ("", "")
    try:
        if not named[0]:
            raise PlanErrors(["an exported stack without resources, which doesn't say which stack it is"])
        kept = [entry for entry in standing if _managed(entry)]
        urns = frozenset(entry.urn for entry in kept)
        resources = [_resource(entry, urns) for entry in kept]
        refuse_twins(resources)
        outputs = _value(stack.outputs) if stack else {}
        return Plan(stack=named[0], project=named[1], resources=ordered(resources), outputs=outputs)
    except PlanErrors as errors:
        raise PlanErrors([f"{origin}: {error}" for error in errors.errors]) from None
    except RecursionError:
        raise PlanErrors([f"{origin}: not an exported stack: its values are nested too deeply"]) from None


class _Entry(msgspec.Struct, rename="camel"):
    """A resource of a deployment, as far as a plan needs it."""

    urn: str
    type: str
    custom: bool = False
    id: str = ""
    delete: bool = False
    external: bool = False
    parent: str = ""
    provider: str = ""
    """URN of the provider and, after `::`, its ID."""
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None
    dependencies: list[str] | None = None
    property_dependencies: dict[str, list[str] | None] | None = None
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: list[str] | None = None
    replace_on_changes: list[str] | None = None
    aliases: list[str] | None = None
    deleted_with: str = ""
    additional_secret_outputs: list[str] | None = None


class _Deployment(msgspec.Struct):
    resources: list[_Entry] = []


class _Export(msgspec.Struct):
    version: int
    deployment: _Deployment


def _managed(entry: _Entry) -> bool:
    return entry.custom and not entry.external and not entry.type.startswith("pulumi:") and bool(entry.id)


def _stack_and_project(urn: str) -> tuple[str, str]:
    """The first two parts of `urn:pulumi:stack::project::type::name`."""
    stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
    return (stack, rest.partition("::")[0]) if urn.startswith("urn:pulumi:") else ("", "")


def _resource(entry: _Entry, urns: frozenset[str]) -> Resource:
    """A resource with the dependencies that are in the plan."""
    by_property = (entry.property_dependencies or {}).items()
    return Resource(
        urn=entry.urn,
        type=entry.type,
        name=entry.urn.split("::", 3)[-1],
        id=entry.id,
        parent=entry.parent if entry.parent in urns else "",
        inputs=_value(entry.inputs or {}),
        outputs=_value({key: part for key, part in (entry.outputs or {}).items() if key != "__inputs"}),
        dependencies=tuple(sorted(urns.intersection(entry.dependencies or ()))),
        property_dependencies={key: tuple(sorted(urns.intersection(sources or ()))) for key, sources in by_property},
        options=Options(
            protect=entry.protect,
            retain_on_delete=entry.retain_on_delete,
            ignore_changes=tuple(entry.ignore_changes or ()),
            replace_on_changes=tuple(entry.replace_on_changes or ()),
            aliases=tuple(entry.aliases or ()),
            provider=entry.provider.rpartition("::")[0],
            deleted_with=entry.deleted_with,
            additional_secret_outputs=tuple(entry.additional_secret_outputs or ()),
        ),
    )


def _value(value: Any) -> Any:
    """A value of the state as a plan has it; whole numbers are int, as Azure has them."""
    if isinstance(value, dict):
        signature = value.get(SIGNATURE)
        return {key: _value(part) for key, part in value.items()} if signature is None else _special(signature, value)
    if isinstance(value, list):
        return [_value(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == UNKNOWN_SENTINEL else value


def _special(signature: Any, value: dict[str, Any]) -> Any:
    """A secret, a reference to a resource, which stands for its ID, or an asset, which stays as it is."""
    if signature == SECRET_SIGNATURE:
        shown = value.get("plaintext")
        try:
            return Secret(_value(msgspec.json.decode(shown))) if isinstance(shown, str) else OPAQUE
        except msgspec.DecodeError:
            return OPAQUE
    if signature == RESOURCE_SIGNATURE:
        return _value(value.get("id") or value.get("urn"))
    return value
