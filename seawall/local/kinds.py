"""How a resource of a plan is put to this Azure: by its ARM type, or as an object of the directory.

What compares and deploys asks here, and doesn't tell the two apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from seawall.azure.bodies import body as rest_body
from seawall.azure.bodies import outputs as sdk_outputs
from seawall.azure.fills import filled
from seawall.azure.resource_id import resource_id
from seawall.azure.types import UnknownType, lookup
from seawall.local.releases import carried
from seawall.local.routes import parse
from seawall.local.services import service_of
from seawall.local.services.service import SoftDelete
from seawall.local.state import Owned
from seawall.plan.directory import KINDS
from seawall.plan.model import Resource


def is_known(token: str) -> bool:
    """Whether this Azure has resources of a type."""
    if token in KINDS:
        return True
    try:
        lookup(token)
    except UnknownType:
        return False
    return True


def arm_type(token: str) -> str:
    """The ARM type, or the token of an object of the directory."""
    return token if token in KINDS else lookup(token).arm_type


def api_version(token: str) -> str:
    return "" if token in KINDS else lookup(token).api_version


def replace_on(token: str) -> Collection[str]:
    """The inputs that can't be changed in place."""
    return KINDS[token].replace_on if token in KINDS else lookup(token).replace_on


def has_global_name(token: str) -> bool:
    """Whether a name, once taken, is taken everywhere."""
    return token not in KINDS and lookup(token).global_name


def is_extension(token: str) -> bool:
    """Whether it extends another resource, and goes with it."""
    return token not in KINDS and lookup(token).scope == "extension"


def soft_delete(token: str) -> SoftDelete | None:
    return service_of(arm_type(token)).soft_delete


def planned_answers(resource: Resource) -> Mapping[str, Any]:
    """What the cloud answers, where only the plan knows it: that of an ARM type is worked out here."""
    return resource.outputs if resource.type in KINDS else {}


def id_with(resource: Resource, inputs: Mapping[str, Any]) -> str:
    """The ID that a resource of the plan has with other inputs than the plan's."""
    if resource.type in KINDS:
        return resource.id
    return resource_id(resource.type, inputs, parse(resource.id).subscription)


def request_body(record: Owned) -> dict[str, Any]:
    """The body of a PUT."""
    if record.type in KINDS:
        return {"type": record.type, "properties": {**record.answers, **record.inputs}}
    return rest_body(record.type, record.inputs)


def expected_body(record: Owned) -> dict[str, Any]:
    """What a GET answers after such a PUT."""
    asked = request_body(record)
    return asked if record.type in KINDS else filled(arm_type(record.type), record.id, asked)


def outputs_of(record: Owned, response: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's outputs from Azure's answer; what belongs to releases is as the plan has it."""
    if record.type in KINDS:
        return dict(response.get("properties") or {})
    name = arm_type(record.type)
    answer = dict(response)
    if service_of(name).owned_by_releases:
        planned = expected_body(record)
        answer = carried(name, answer, planned)
        if not answer.get("tags") and "tags" not in planned:
            answer.pop("tags", None)
    return sdk_outputs(record.type, record.id, answer)
