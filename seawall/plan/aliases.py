"""URNs, and the names under which a resource was known before.

Source of the rules of inheritance: pulumi/pkg, `resource/deploy/step_generator.go`, and the SDK's
`inherited_child_alias`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import alias_pb2

STACK_TYPE = "pulumi:pulumi:Stack"


def urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; the stack itself as parent doesn't show in it."""
    chain = type_chain(parent)
    qualified = f"{chain}${type_}" if chain and chain != STACK_TYPE else type_
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def type_chain(of_urn: str) -> str:
    """The qualified type in a URN: the types from the outermost parent down, joined by `$`."""
    return of_urn.split("::", 3)[2] if of_urn else ""


def name_of(of_urn: str) -> str:
    return of_urn.split("::", 3)[3]


def resolved(
    aliases: Iterable[alias_pb2.Alias], *, stack: str, project: str, parent: str, type_: str, name: str
) -> Iterator[str]:
    """The URNs that a resource's own aliases stand for."""
    for alias in aliases:
        if alias.urn:
            yield alias.urn
            continue
        spec = alias.spec
        former_parent = "" if spec.noParent else spec.parentUrn or parent
        yield urn(spec.stack or stack, spec.project or project, former_parent, spec.type or type_, spec.name or name)


def inherited(parent_aliases: Iterable[str], *, parent: str, type_: str, name: str) -> Iterator[str]:
    """The URNs that a resource had under its parent's former URNs.

    A child that is named after its parent is taken to have followed the parent's name.
    """
    for former in parent_aliases:
        former_name = name
        if name.startswith(name_of(parent)):
            former_name = name_of(former) + name[len(name_of(parent)) :]
        stack, project = former.removeprefix("urn:pulumi:").split("::")[:2]
        yield urn(stack, project, former, type_, former_name)
