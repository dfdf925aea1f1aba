"""Reading what exists: a resource group exported as an ARM template, or a list of IDs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.azure.resource_id import parse
from seawall.importing.existing import Existing, plain_location
from seawall.local.errors import AzureError
from seawall.local.templates.expressions import evaluated, is_expression
from seawall.local.templates.functions import Context
from seawall.local.templates.template import Scope, Wanted, opened, resources

_ID = re.compile(r"/subscriptions/[0-9a-fA-F-]{36}(/resourceGroups/[^/\s]+)?(/providers/[^\s]+)?", re.IGNORECASE)
_OTHERS: Mapping[str, str] = {
    "AWSTemplateFormatVersion": "a template of AWS CloudFormation",
    "terraform_version": "a state of Terraform",
    "deployment": "a state of Pulumi, which needs no import",
}
_OTHER_CLOUDS: Mapping[str, str] = {"usgov": "US Government", "usdod": "US Government", "china": "China"}
_ENVELOPE = ("location", "tags", "sku", "kind", "identity", "zones", "plan", "properties", "etag")


class Unreadable(Exception):
    """A source that nothing can be made of; the message is a line for people."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a source has: resources with their bodies, or IDs of which the bodies have yet to be asked for."""

    resources: tuple[Existing, ...] = ()
    ids: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Values of an export that only Azure could work out, each with its place."""


def read(text: str, name: str, *, group: str = "", subscription: str = "") -> Found:
    """What a source has. `group` and `subscription` say where a template was exported from: it doesn't.

    Raises `Unreadable`.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise Unreadable(f"{name}: it is empty")
    if stripped[0] not in "{[":
        return _listed(text, name)
    try:
        document = json.loads(stripped)
    except ValueError as error:
        raise Unreadable(f"{name}: not JSON: {error}") from None
    if isinstance(document, list):
        lines = [one.get("id", one) if isinstance(one, Mapping) else one for one in document]
        return _listed("\n".join(map(str, lines)), name)
    return _exported(document, name, group, subscription)


def _listed(text: str, name: str) -> Found:
    ids, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip().strip('",')
        if said and _ID.fullmatch(said) and _parsable(said):
            ids.append(said)
        elif said:
            faults.append(f"{name}:{number}: got {said[:80]!r}, expected the ID of a resource, /subscriptions/...")
    if faults:
        raise Unreadable("\n".join(faults[:10]))
    if not ids:
        raise Unreadable(f"{name}: no resource in it")
    return Found(ids=tuple(dict.fromkeys(ids)))


def _parsable(id: str) -> bool:
    try:
        parse(id)
    except ValueError:
        return False
    return True


def _exported(document: Mapping[str, Any], name: str, group: str, subscription: str) -> Found:
    for mark, what in _OTHERS.items():
        if mark in document:
            raise Unreadable(f"{name}: {what}; it takes an ARM template, as `az group export --name GROUP` writes it")
    schema = str(document.get("$schema", ""))
    if "deploymentTemplate" not in schema.replace("subscriptionDeploymentTemplate", "deploymentTemplate"):
        raise Unreadable(f"{name}: no ARM template: its $schema is {schema or 'missing'}")
    if not isinstance(document.get("resources"), list):
        raise Unreadable(f"{name}: no ARM template: it has no list of resources")
    if not document["resources"]:
        raise Unreadable(f"{name}: no resource in it")
    subscription = subscription or _only_subscription(document)
    missing = [
        said
        for value, said in (
            (group, f"which resource group it was exported from: write GROUP={name}"),
            (subscription, "which subscription: add --subscription GUID"),
        )
        if not value
    ]
    if missing:
        raise Unreadable(f"{name}: a template doesn't say {', nor '.join(missing)}")
    return _evaluated(document, name, Context(subscription, group, "", "", _reference))


def _only_subscription(document: Mapping[str, Any]) -> str:
    """The subscription of the IDs in a template, where they agree on one."""
    found = {one.lower() for one in re.findall(r"/subscriptions/([0-9a-fA-F-]{36})", json.dumps(document))}
    return found.pop() if len(found) == 1 else ""


def _evaluated(document: Mapping[str, Any], name: str, context: Context) -> Found:
    # What a template doesn't tell, such as secrets, is not there: an export isn't deployed.
    told = {key: {"defaultValue": None, **one} for key, one in (document.get("parameters") or {}).items()}
    try:
        scope = opened({**document, "parameters": told}, {}, context)
        wanted = resources(document, scope)
    except AzureError as error:
        raise Unreadable(f"{name}: {error.message}") from None
    unread: list[str] = []
    found = [_existing(one, unread) for one in wanted]
    _refuse_other_clouds(found, name)
    group = Existing(id=context.scope)
    return Found(resources=(group, *found), unread=tuple(f"{name}: {one}" for one in unread))


def _existing(wanted: Wanted, unread: list[str]) -> Existing:
    raw = {key: wanted.raw[key] for key in _ENVELOPE if wanted.raw.get(key) is not None}
    body = dict(_readable(raw, wanted.scope, f"{wanted.type} {wanted.id.rpartition('/')[2]}", unread))
    id = wanted.id if wanted.id.startswith("/") else f"/{wanted.id}"
    return Existing(id=id, body={**body, "id": id, "name": id.rpartition("/")[2], "type": wanted.type})


def _readable(value: Any, scope: Scope, path: str, unread: list[str]) -> Any:
    """A value with its expressions evaluated; without those that only a deployment could evaluate."""
    if isinstance(value, Mapping):
        pairs = ((key, _readable(one, scope, f"{path}.{key}", unread)) for key, one in value.items())
        return {str(_readable(key, scope, path, unread)): one for key, one in pairs if one is not None}
    if isinstance(value, list):
        return [_readable(one, scope, path, unread) for one in value]
    if isinstance(value, str) and (is_expression(value) or value.startswith("[[")):
        try:
            return evaluated(value, scope.functions)
        except AzureError:
            unread.append(f"{path} is {value}")
            return None
    return value


def _reference(id: str, full: bool) -> Any:
    raise AzureError("NotImplemented", f"what {id} answers is known to Azure alone", status=501)


def _refuse_other_clouds(found: list[Existing], name: str) -> None:
    for region in sorted({plain_location(one.location) for one in found}):
        for prefix, cloud in _OTHER_CLOUDS.items():
            if region.startswith(prefix):
                raise Unreadable(f"{name}: it is of Azure {cloud} ({region}); stack files say places of public Azure")


def children_of(resource: Existing) -> Iterator[str]:
    """The IDs, of resources and of collections, at which what a list of IDs leaves out of a resource is found."""
    for arm_type, below in _CHILDREN.items():
        if resource.arm_type == arm_type.lower():
            yield from (f"{resource.id}/{one}" for one in below)


_CHILDREN: Mapping[str, tuple[str, ...]] = {
    "Microsoft.MachineLearningServices/workspaces": (
        "computes", "datastores", "onlineEndpoints", "batchEndpoints", "environments",
    ),
    "Microsoft.MachineLearningServices/workspaces/environments": ("versions",),
    "Microsoft.Storage/storageAccounts": (
        "blobServices/default", "fileServices/default", "managementPolicies/default",
        "blobServices/default/containers",
    ),
    "Microsoft.KeyVault/vaults": ("keys",),
    "Microsoft.ManagedIdentity/userAssignedIdentities": ("federatedIdentityCredentials",),
}  # fmt: skip
