"""From personas.yaml to its model, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rbac.document import Document, Node, meant
from rbac.model import (
    DEVOPS_ROLES,
    FEED_ROLES,
    PROJECT_ADMINISTRATORS,
    RESOURCES,
    TIERS,
    Kind,
    Lasting,
    Persona,
    Service,
    Tables,
)
from rbac.permissions import load_permissions

FILE = Path(__file__).parent / "personas.yaml"
DEVOPS_ONLY = tuple(role for role in DEVOPS_ROLES if role.startswith(PROJECT_ADMINISTRATORS.split()[0]))


@lru_cache(maxsize=8)
def load_tables(path: Path = FILE) -> Tables:
    """The tables in a file. Raises `TableErrors` with every fault, each with its line."""
    document = Document(path)
    top = document.section(document.root, "the file", ("roles", "resources", "personas", "tables"))
    nothing = Node(0, {})
    abbreviations = _abbreviations(document, top.get("roles", nothing))
    aliases = _resources(document, top.get("resources", nothing))
    personas = _personas(document, top.get("personas", nothing))
    rows = _rows(document, top.get("tables", nothing), personas, aliases, tuple(abbreviations.values()))
    document.close()
    return Tables(
        abbreviations=abbreviations,
        aliases={alias: name for name, alias in aliases.items() if alias},
        resources=tuple(aliases),
        personas=tuple(personas),
        rows=rows,
    )


def _abbreviations(document: Document, node: Node) -> dict[str, str]:
    known = (*load_permissions().names, *DEVOPS_ONLY)
    found: dict[str, str] = {}
    for short, value in document.mapping(node, "roles").items():
        role = document.text(value, f"roles: {short}")
        if role and role not in known:
            document.refuse(value.line, f"role {role!r} is unknown: {meant(role, known)}")
        elif role in found.values():
            document.refuse(value.line, f"role {role!r} has a second abbreviation, {short}")
        elif role:
            found[short] = role
    return found


def _resources(document: Document, node: Node) -> dict[str, str]:
    """By name, what else it is called."""
    found: dict[str, str] = {}
    for name, value in document.mapping(node, "resources").items():
        parts = document.section(value, f"resource {name!r}", (), ("alias",))
        if name not in RESOURCES:
            document.refuse(node.keys[name], f"resource {name!r} is unknown: {meant(name, RESOURCES)}")
            continue
        found[name] = document.text(parts.get("alias"), f"the alias of {name!r}")
    for name in RESOURCES:
        if isinstance(node.value, dict) and name not in node.value:
            document.refuse(node.line, f"resources lack {name!r}")
    return found


def _personas(document: Document, node: Node) -> list[Persona]:
    found = []
    for name, value in document.mapping(node, "personas").items():
        what = f"persona {name!r}"
        parts = document.section(value, what, ("kind", "projectSpecific", "access", "does"))
        persona = Persona(
            name=name,
            kind=Kind(document.one_of(parts.get("kind"), f"kind of {what}", [*Kind])),
            project_specific=document.truth(parts.get("projectSpecific"), f"projectSpecific of {what}"),
            lasting=Lasting(document.one_of(parts.get("access"), f"access of {what}", [*Lasting])),
            does=document.text(parts.get("does"), f"does of {what}"),
        )
        if persona.just_in_time and persona.kind is Kind.PROCESS:
            document.refuse(value.line, f"{what} is a process: nobody is there to activate just-in-time access")
        found.append(persona)
    if not found:
        document.refuse(node.line, "there is no persona")
    return found


def _rows(
    document: Document, node: Node, personas: list[Persona], resources: Iterable[str], roles: tuple[str, ...]
) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    names = [persona.name for persona in personas]
    rows: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {tier: {} for tier in TIERS}
    for tier, table in document.section(node, "tables", TIERS).items():
        for name, row in document.mapping(table, f"the {tier} table").items():
            if name not in names:
                document.refuse(table.keys[name], f"persona {name!r} is unknown: {meant(name, names)}")
                continue
            rows[tier][name] = _row(document, row, f"{name} in {tier}", tuple(resources), roles)
        for name in names:
            if isinstance(table.value, dict) and name not in table.value:
                document.refuse(table.line, f"the {tier} table has no row for {name!r}; {{}} says that it has no role")
    return rows


def _row(
    document: Document, node: Node, what: str, resources: tuple[str, ...], roles: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    row = {}
    for resource, cell in document.mapping(node, what).items():
        if resource not in resources:
            document.refuse(node.keys[resource], f"resource {resource!r} is unknown: {meant(resource, resources)}")
            continue
        for role, line in (found := document.texts(cell, f"{what} on {resource}")):
            check_role(document, line, role, resource, roles)
        row[resource] = tuple(role for role, _ in found)
    return row


def check_role(document: Document, line: int, role: str, resource: str, roles: Iterable[str]) -> None:
    """Refuses a role that doesn't exist, or that the resource's service doesn't know."""
    if role not in (known := tuple(roles)):
        document.refuse(line, f"role {role!r} is unknown: {meant(role, known)}")
        return
    match RESOURCES.get(resource, Service.AZURE):
        case Service.DEVOPS if role not in DEVOPS_ROLES:
            document.refuse(line, f"{resource} doesn't know the role {role!r}: it has {', '.join(DEVOPS_ROLES)}")
        case Service.ARTIFACTS if role not in FEED_ROLES:
            document.refuse(line, f"{resource} doesn't know the role {role!r}: it has {', '.join(FEED_ROLES)}")
        case Service.AZURE if role in DEVOPS_ONLY:
            document.refuse(line, f"{role!r} is a role of Azure DevOps; {resource} doesn't know it")
