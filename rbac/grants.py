"""From grants.yaml to what is granted beside the tables, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rbac.document import Document, Node, meant
from rbac.model import (
    BEYOND,
    CI_PERSONA,
    MACHINE_LEARNING_PERSONA,
    PREPRODUCTION,
    PRODUCTION,
    RESOURCES,
    SHARED,
    Service,
    Tables,
)
from rbac.permissions import Role, load_permissions
from rbac.tables import check_role, load_tables

FILE = Path(__file__).parent / "grants.yaml"
WORKSPACE, COMPUTE, ENDPOINTS_IDENTITY, CI, DEPLOYER = "workspace", "compute", "endpoints", "ci", "deployer"
KEYS, FLOWS = "keys", "flows"
IDENTITIES = (WORKSPACE, COMPUTE, ENDPOINTS_IDENTITY, CI, DEPLOYER, KEYS, FLOWS)
"""Who a grant may be to, besides the personas."""

PERSONA_OF: Mapping[str, str] = {
    WORKSPACE: MACHINE_LEARNING_PERSONA,
    # "This persona represents the various services that make up a Machine Learning implementation."
    COMPUTE: MACHINE_LEARNING_PERSONA,
    ENDPOINTS_IDENTITY: MACHINE_LEARNING_PERSONA,
    CI: CI_PERSONA,
    DEPLOYER: "Deployer",
    KEYS: "Platform services",
    FLOWS: "Platform services",
}
"""How reports call an identity. The last three are no personas of the tables."""

KINDS_OF_STACK = (PRODUCTION, PREPRODUCTION, SHARED)
KEYS_OFF = "accountKeysOff"


@dataclass(frozen=True)
class Grant:
    """Roles that something gets beside the tables. `to` is a persona or one of `IDENTITIES`.

    `by_component`: the component that needs the roles assigns them.
    """

    id: str
    to: str
    on: str
    roles: tuple[str, ...]
    stacks: tuple[str, ...]
    keys_off: bool
    by_component: bool
    reason: str
    source: str

    @property
    def persona(self) -> str:
        return PERSONA_OF.get(self.to, self.to)


@dataclass(frozen=True)
class CustomRole:
    """A role of our own: a role's permissions, with why it exists. Its ID is made where it is: see `rbac.roles`."""

    name: str
    does: str
    actions: tuple[str, ...]
    data_actions: tuple[str, ...]
    reason: str
    source: str

    @property
    def permissions(self) -> Role:
        return Role(self.name, "", "rbac/grants.yaml", "", self.actions, (), self.data_actions)


@dataclass(frozen=True)
class Grants:
    """All that is declared beside the tables."""

    grants: tuple[Grant, ...]
    roles: Mapping[str, CustomRole]


@lru_cache(maxsize=8)
def load_grants(path: Path = FILE, tables: Tables | None = None) -> Grants:
    """The grants in a file. Raises `TableErrors` with every fault, each with its line."""
    document = Document(path)
    top = document.section(document.root, "the file", ("roles", "grants"))
    roles = _roles(document, top.get("roles", Node(0, {})))
    personas = [persona.name for persona in (tables or load_tables()).personas]
    entries = document.mapping(top.get("grants", Node(0, {})), "grants")
    grants = tuple(_grant(document, id, node, personas, roles) for id, node in entries.items())
    document.close()
    return Grants(grants, roles)


def _roles(document: Document, node: Node) -> dict[str, CustomRole]:
    found = {}
    for name, value in document.mapping(node, "roles").items():
        what = f"role {name!r}"
        if name in load_permissions().roles:
            document.refuse(node.keys[name], f"{what} is a built-in role of Azure")
        parts = document.section(value, what, ("does", "reason", "source"), ("actions", "dataActions"))
        lists = {key: document.texts(parts.get(key), f"{key} of {what}") for key in ("actions", "dataActions")}
        for action, line in [*lists["actions"], *lists["dataActions"]]:
            if "*" in action:
                document.refuse(line, f"{what} permits {action!r}: a role of our own names each action")
        if not any(lists.values()) and isinstance(value.value, dict):
            document.refuse(value.line, f"{what} permits nothing: it lacks actions or dataActions")
        found[name] = CustomRole(
            name=name,
            does=document.text(parts.get("does"), f"does of {what}"),
            actions=tuple(action for action, _ in lists["actions"]),
            data_actions=tuple(action for action, _ in lists["dataActions"]),
            reason=document.text(parts.get("reason"), f"reason of {what}"),
            source=document.text(parts.get("source"), f"source of {what}"),
        )
    return found


def _grant(document: Document, id: str, node: Node, personas: list[str], roles: Mapping[str, CustomRole]) -> Grant:
    what = f"grant {id!r}"
    parts = document.section(node, what, ("to", "on", "roles", "reason", "source"), ("in", "where", "madeBy"))
    places = [name for name, service in RESOURCES.items() if service is Service.AZURE] + list(BEYOND)
    on = document.one_of(parts.get("on"), f"on of {what}", places)
    known = (*load_permissions().names, *roles)
    given = document.texts(parts.get("roles"), f"roles of {what}")
    for role, line in given:
        check_role(document, line, role, on, known)
    stacks = document.texts(parts.get("in"), f"in of {what}") or [(kind, 0) for kind in KINDS_OF_STACK[:2]]
    for stack, line in stacks:
        if stack not in KINDS_OF_STACK:
            document.refuse(line, f"in of {what}: {stack!r} is unknown: {meant(stack, KINDS_OF_STACK)}")
    where = document.one_of(parts["where"], f"where of {what}", (KEYS_OFF,)) if "where" in parts else ""
    return Grant(
        id=id,
        to=document.one_of(parts.get("to"), f"to of {what}", (*IDENTITIES, *personas)),
        on=on,
        roles=tuple(role for role, _ in given),
        stacks=tuple(stack for stack, _ in stacks),
        keys_off=bool(where),
        by_component="madeBy" in parts and bool(document.one_of(parts["madeBy"], f"madeBy of {what}", ("component",))),
        reason=document.text(parts.get("reason"), f"reason of {what}"),
        source=document.text(parts.get("source"), f"source of {what}"),
    )
