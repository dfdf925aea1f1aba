"""Types that Pulumi bridges from Terraform, as rows of a table: for each its ID, defaults, answers and refusals.

The inputs of such a resource come back among its outputs; the row says what is added. Source of what the tables hold:
the schemas of the Terraform providers (hashicorp/azuread, microsoft/azuredevops) that the packages bridge.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.plan.provider import Configuration, Known
from seawall.plan.values import plain

GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GUID = re.compile(GUID, re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A resource, or a function, as the program asks for it: secrets laid open, defaults filled in."""

    inputs: Mapping[str, Any]
    known: Known
    configuration: Configuration
    provider: Mapping[str, Any]
    seed: str = ""

    def setting(self, name: str) -> str:
        return self.configuration.setting(name, self.provider) or ""

    @property
    def tenant(self) -> str:
        return self.configuration.tenant(self.provider)

    def text(self, name: str) -> str:
        """An input that is text, or nothing."""
        value = self.inputs.get(name)
        return value if isinstance(value, str) else ""


Faults = Iterator[str]
Function = Callable[[Asked], "dict[str, Any] | None"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type."""

    token: str
    id: Callable[[Asked], str]
    answers: Callable[[Asked, str], Mapping[str, Any]] = lambda asked, id: {}
    """What the cloud adds to the inputs, given the ID. An input that is given wins."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What the provider fills into the inputs."""
    replace_on: tuple[str, ...] = ()
    """Inputs that can't be changed in place."""
    required: tuple[str, ...] = ()
    """Inputs that must be given although the SDK could do without: names that Pulumi would make up, for the most."""
    guids: tuple[str, ...] = ()
    """Inputs that are a GUID, or a list of them."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Faults] | None = None
    sensitive: tuple[str, ...] = ()
    """Inputs that are a secret even where the program doesn't say so, as `outer.inner`."""

    @property
    def name(self) -> str:
        return self.token.rpartition(":")[2]

    def faults(self, inputs: Mapping[str, Any]) -> Faults:
        """What the provider refuses before it asks its cloud."""
        for name in self.required:
            if not inputs.get(name):
                yield f"{name} is missing; give it explicitly"
        for name in self.guids:
            value = inputs.get(name)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and not _GUID.fullmatch(one):
                    yield f"{name}: {one!r} is not a GUID"
        for name, allowed in self.choices.items():
            value = inputs.get(name)
            for one in value if isinstance(value, list) else [value]:
                if one is not None and one not in allowed:
                    near = difflib.get_close_matches(str(one), allowed, n=1)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    yield f"{name}: {one!r} is none of {', '.join(allowed)}{hint}"
        if self.check:
            yield from self.check(inputs)


def found(asked: Asked, token: str, **wanted: str) -> dict[str, Any] | None:
    """The outputs, with the ID, of the one resource of the plan whose outputs have the wanted values, in any case."""
    matching = [
        resource
        for resource in asked.known.of_type(token)
        if all(str(plain(resource.outputs.get(name, ""))).lower() == value.lower() for name, value in wanted.items())
    ]
    return {**matching[0].outputs, "id": matching[0].id} if len(matching) == 1 else None


def is_guid(value: object) -> bool:
    return isinstance(value, str) and _GUID.fullmatch(value) is not None
