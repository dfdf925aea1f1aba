"""What every section of a stack file shares: its manners, and the types of its values.

A section is frozen, refuses keys that it doesn't know, and takes values as they are written: `"30"` is not a number,
`yes` is not a boolean. Keys are camelCase in the file and snake_case in Python.
"""

from __future__ import annotations

import re
from datetime import date
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from components.names import REGIONS

PRIVATE_SPACES = tuple(IPv4Network(space) for space in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""Address spaces that Azure routes privately. Source: virtual-networks-faq, "What address ranges can I use?"."""

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(T00:00:00Z)?")


class Section(BaseModel):
    """A mapping in a stack file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


def refused(expected: str) -> PydanticCustomError:
    """The error of a value that is not what was expected."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected})


def _guid(value: Any) -> str:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise refused("a GUID, such as 11111111-1111-1111-1111-111111111111")
    return value.lower()


def _email(value: Any) -> str:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value) or len(value) > 254:
        raise refused("an e-mail address, such as ml-platform@larkspur.example")
    return value


def _region(value: Any) -> str:
    if value not in REGIONS:
        raise refused("the name of an Azure region in lower case without spaces, such as westeurope")
    return str(value)


def _day(value: Any) -> date:
    """A day. Pulumi hands an unquoted nested date on as midnight UTC: the same day."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(found[1]) if found else date.fromisoformat("")
    except ValueError:
        raise refused('a day in quotes, such as "2027-03-31"') from None


def _cidr(value: Any) -> IPv4Network:
    try:
        network = IPv4Network(value) if isinstance(value, str) and "/" in value else None
    except ValueError as reason:
        if "host bits" in str(reason):
            raise refused(f"the first address of the range: {IPv4Network(value, strict=False)}") from None
        network = None
    if network is None:
        raise refused("an IPv4 range in CIDR notation, such as 10.20.0.0/22")
    if not any(network.subnet_of(space) for space in PRIVATE_SPACES):
        raise refused("a private range, within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    return network


def _text_schema(**more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **more})


Guid = Annotated[str, PlainValidator(_guid), _text_schema(pattern=f"^{_GUID.pattern}$".replace("0-9a-f", "0-9a-fA-F"))]
Email = Annotated[str, PlainValidator(_email), _text_schema(format="email")]
Region = Annotated[str, PlainValidator(_region), _text_schema(enum=sorted(REGIONS))]
Day = Annotated[date, PlainValidator(_day), PlainSerializer(str), _text_schema(format="date")]
Cidr = Annotated[IPv4Network, PlainValidator(_cidr), PlainSerializer(str), _text_schema(examples=["10.20.0.0/22"])]

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$", min_length=2, max_length=16)]
"""A part of Azure names: lower-case letters and digits, since storage accounts take nothing else."""

Identity = Literal["userAssigned", "systemAssigned"]
"""A resource has one kind of identity or the other, never both."""

VmSize = Annotated[str, Field(pattern=r"^Standard_[A-Z]+[A-Za-z0-9-]*(_[A-Za-z0-9]+)*$", examples=["Standard_DS3_v2"])]
