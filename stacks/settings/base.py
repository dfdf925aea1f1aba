"""What every section of a stack file shares: its manners, and the types of its values.

A section is frozen, refuses keys that it doesn't know, and takes values as they are written: `"30"` is not a number,
`yes` is not a boolean. Keys are camelCase in the file and snake_case in Python.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from components.names import REGIONS

OPAQUE = "opaque:"
"""How the value of a secret starts that nobody decrypted: what it says is unknown."""

PRIVATE_SPACES = tuple(
    IPv4Network(space) for space in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Address spaces that Azure routes privately. Source: virtual-networks-faq, "What address ranges can I use?"."""

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(T00:00:00Z| 00:00:00 \+0000 UTC)?")


class Section(BaseModel):
    """A mapping in a stack file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


def refused(expected: str) -> PydanticCustomError:
    """The error of a value that is not what was expected."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected})


@dataclass(frozen=True)
class Text:
    """Text that matches the whole pattern and has `least` to `most` characters; `words` say what the pattern says."""

    pattern: str
    words: str
    most: int = 256
    least: int = 1

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused(f"{self.words}, in quotes" if isinstance(value, bool | int | float) else self.words)
        excess = len(value) - self.most
        if excess > 0:
            raise refused(f"{self.words}; at most {self.most} characters: {len(value)} are {excess} too many")
        if len(value) < self.least or not re.fullmatch(self.pattern, value):
            raise refused(f"{self.words}; at least {self.least} characters" if self.least > 1 else self.words)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^({self.pattern})$", "minLength": self.least, "maxLength": self.most}


def _region(value: Any) -> str:
    if isinstance(value, str) and value in REGIONS:
        return value
    plain = re.sub(r"[^a-z0-9]", "", value.lower()) if isinstance(value, str) else ""
    near = get_close_matches(plain, REGIONS, n=1, cutoff=0.8)
    raise refused(f"an Azure region as the command line names it, such as {near[0] if near else 'westeurope'}")


def _day(value: Any) -> date:
    """A day. Pulumi takes an unquoted one for midnight UTC and hands on its text, or rewrites the file with it."""
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


def _source(value: Any) -> IPv4Network:
    """A range of public or private addresses from which people come; not all of them."""
    try:
        network = IPv4Network(value) if isinstance(value, str) and "/" in value else None
    except ValueError:
        network = None
    if network is None or network.prefixlen < 8:
        raise refused("an IPv4 range in CIDR notation, /8 or smaller, such as 203.0.113.0/24")
    return network


def _described(**more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **more})


Region = Annotated[str, PlainValidator(_region), _described(enum=sorted(REGIONS))]
Day = Annotated[date, PlainValidator(_day), PlainSerializer(str, when_used="json"), _described(format="date")]
Cidr = Annotated[
    IPv4Network,
    PlainValidator(_cidr),
    PlainSerializer(str, when_used="json"),
    _described(pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$", examples=["10.20.0.0/22"]),
]

SourceRange = Annotated[
    IPv4Network,
    PlainValidator(_source),
    PlainSerializer(str, when_used="json"),
    _described(pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$", examples=["203.0.113.0/24"]),
]

Guid = Annotated[
    str,
    Text(
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "a GUID such as 11111111-1111-1111-1111-111111111111", 36
    ),
    AfterValidator(str.lower),
]
Email = Annotated[
    str,
    Text(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
        "an e-mail address such as ml-platform@larkspur.example",
        most=254,
    ),
]
SLUG = "lower-case letters and digits, a letter first"
"""What a part of Azure names is made of: storage accounts take nothing else."""

HostName = Annotated[
    str,
    Text(
        r"(\*\.)?([a-zA-Z0-9_-]+\.)+[a-zA-Z]{2,}",
        "a host name such as packages.larkspur.example or *.windows.net",
        most=253,
    ),
]
"""A host, or all hosts below a name."""

Identity = Literal["userAssigned", "systemAssigned"]
"""A resource has one kind of identity or the other, never both."""

VmSize = Annotated[
    str, Text(r"Standard_[A-Z]+[A-Za-z0-9-]*(_[A-Za-z0-9]+)*", "a VM size such as Standard_DS3_v2", most=64)
]
Words = Annotated[str, Text(r"[^\x00-\x1f]*", "text on one line", most=256, least=0)]
