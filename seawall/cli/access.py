"""`seawall access ENV`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import HERE, Cwd
from seawall.cli.pages import HtmlPage, MarkdownPage, Page
from seawall.cli.project import Project
from seawall.cli.screen import Screen

if TYPE_CHECKING:
    from rbac import Access, Grants, Tables
    from rbac.assignments import Assignment
    from rbac.report import Held, Row

_ACTION = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)*(/[A-Za-z0-9_.-]+){2,}")


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


def command(
    env: Annotated[str | None, typer.Argument(metavar="ENV", help="The environment.")] = None,
    persona: Annotated[str | None, typer.Option("--persona", metavar="P", help="This persona alone.")] = None,
    resource: Annotated[str | None, typer.Option("--resource", metavar="R", help="This resource alone.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    grants: Annotated[
        bool, typer.Option("--grants", help="What is declared beside the tables, instead of the tables.")
    ] = False,
    diff: Annotated[
        tuple[str, str] | None, typer.Option("--diff", metavar="A B", help="What differs between two environments.")
    ] = None,
    can: Annotated[
        tuple[str, str, str] | None,
        typer.Option("--can", metavar="PERSONA ACTION RESOURCE", help="Whether a persona may do something, and why."),
    ] = None,
    cwd: Cwd = HERE,
) -> None:
    """Show who may do what in ENV: the effective access of each persona on each resource.

    What the tables of rbac/personas.yaml give comes first; what rbac/grants.yaml declares beside them is shown apart,
    each with its reason, and so is whatever comes to nothing in ENV. Just-in-time access is marked as eligible. JSON
    is a list of rows: the tables', or with --grants the declared ones.

    \b
    Example:
      seawall access prod
      seawall access prod --persona "Data scientist" --format json
      seawall access --diff dev prod
      seawall access prod --can "Model tester" Microsoft.KeyVault/vaults/secrets/getSecret/action "Azure Key Vault"
    """
    project = Project.find(cwd)
    tables, declared = _files(project)
    screen = Screen.of_process()
    if diff:
        if env or can or persona or resource or grants:
            raise BadInput("--diff takes two environments and --format, nothing else")
        _diff(screen, project, tables, declared, *diff, format)
        return
    if not env:
        raise BadInput("which environment? Name one, or two with --diff", hint=_environments(project))
    found = _access(project, env, tables, declared)
    if can:
        who, action, on = can
        wanted = _one_of("persona", who, _personas(tables, found), {})
        _can(screen, env, found, declared, wanted, _action(action), _resource(tables, found, on), format)
        return
    chosen = _Chosen(
        persona=_one_of("persona", persona, _personas(tables, found), {}) if persona else "",
        resource=_resource(tables, found, resource) if resource else "",
    )
    _show(screen, env, tables, found, chosen, format, grants)


class _Chosen:
    """The part of the access that was asked for."""

    def __init__(self, persona: str, resource: str) -> None:
        self.persona, self.resource = persona, resource

    def among(self, assignments: Sequence[Assignment]) -> list[Assignment]:
        return [one for one in assignments if self.persona in ("", one.persona) and self.resource in ("", one.resource)]


def _files(project: Project) -> tuple[Tables, Grants]:
    """The project's own tables and grants. Raises `BadInput` with every fault of theirs."""
    from rbac import TableErrors, load_grants, load_tables
    from rbac.grants import FILE as GRANTS
    from rbac.tables import FILE as TABLES

    own = project.root / "rbac"
    tables_file = own / TABLES.name if (own / TABLES.name).is_file() else TABLES
    grants_file = own / GRANTS.name if (own / GRANTS.name).is_file() else GRANTS
    try:
        tables = load_tables(tables_file)
        return tables, load_grants(grants_file)
    except TableErrors as errors:
        raise BadInput([str(error) for error in errors.errors]) from None


def _access(project: Project, env: str, tables: Tables, declared: Grants) -> Access:
    from seawall.cli import planning
    from stacks.access import access

    return access(planning.settings(project, env), tables, declared)


def _environments(project: Project) -> str:
    return f"Environments of this project: {', '.join(project.environments) or 'none'}."


def _personas(tables: Tables, found: Access) -> list[str]:
    return list(dict.fromkeys([*(one.name for one in tables.personas), *(one.persona for one in found.assignments)]))


def _resource(tables: Tables, found: Access, word: str) -> str:
    known = dict.fromkeys([*tables.resources, *(one.resource for one in found.assignments)])
    return _one_of("resource", word, list(known), dict(tables.aliases))


def _one_of(what: str, word: str, known: Sequence[str], aliases: dict[str, str]) -> str:
    """The name that a word means, whatever its case. Raises `BadInput` with the nearest one."""
    from rbac.document import meant

    plain = {name.casefold(): name for name in known} | {alias.casefold(): name for alias, name in aliases.items()}
    if word.casefold() not in plain:
        raise BadInput(f"{what} {word!r} is unknown: {meant(word, known)}", hint=f"Known: {', '.join(known)}.")
    return plain[word.casefold()]


def _action(text: str) -> str:
    if not _ACTION.fullmatch(text):
        example = "Microsoft.Storage/storageAccounts/read"
        raise BadInput(f"{text!r} is no action of Azure: one is a path such as {example}, without wildcards")
    return text


# One environment ------------------------------------------------------------------------------------------------------


def _show(
    screen: Screen, env: str, tables: Tables, found: Access, chosen: _Chosen, format: Format, grants: bool
) -> None:
    from rbac.report import rows

    given, declared = chosen.among(found.of_tables), chosen.among(found.declared)
    left_out = [
        str(one)
        for one in found.left_out
        if chosen.persona in ("", one.persona) and (not one.resource or chosen.resource in ("", one.resource))
    ]
    if format is Format.JSON:
        _json([row.document for row in rows(declared if grants else given)])
        for line in left_out:
            screen.warn(line)
        if declared and not grants:
            screen.warn(f"{len(declared)} assignments that grants.yaml declares are apart: --grants lists them")
        return
    page = _PAGES[format](screen)
    page.title(f"Access in {env}")
    if not grants:
        page.table(*_matrix(tables, given, chosen))
        page.lines([_legend(tables), "(eligible): just-in-time, by activation and never standing."])
    if declared:
        page.heading("Declared beside the tables")
        page.table(
            ("Persona", "Resource", "Roles", "The tables give", "Principal", "Reason"),
            [_declared_cells(tables, found, row) for row in rows(declared)],
        )
    if left_out:
        page.heading("Left out")
        page.lines(left_out)
    page.close()


def _declared_cells(tables: Tables, found: Access, row: Row) -> tuple[str, ...]:
    from rbac.report import matrix

    held = matrix(found.of_tables).get((row.persona, row.resource))
    roles = ", ".join(tables.short(role) for role in row.roles)
    name = row.scope.rpartition("/")[2]
    where = f"{row.resource} ({name})" if row.resource == "Online endpoints" else row.resource
    gives = ", ".join(map(tables.short, held.roles)) if held else "nothing"
    return (row.persona, where, roles, gives, row.principal.rpartition("/")[2], row.reason)


# Two environments -----------------------------------------------------------------------------------------------------


def _diff(
    screen: Screen, project: Project, tables: Tables, declared: Grants, one: str, other: str, format: Format
) -> None:
    from rbac.report import differences

    before, after = (_access(project, env, tables, declared) for env in (one, other))
    found = differences(tables, before, after)
    if format is Format.JSON:
        sides = [(item, {one: item.before, other: item.after}) for item in found]
        _json(
            [
                {"persona": item.persona, "resource": item.resource}
                | {env: held.document if held else None for env, held in both.items()}
                for item, both in sides
            ]
        )
        return
    page = _PAGES[format](screen)
    page.title(f"Access that differs between {one} and {other}")
    page.table(
        ("Persona", "Resource", one, other),
        [(item.persona, item.resource, _held(tables, item.before), _held(tables, item.after)) for item in found],
    )
    if not found:
        page.lines(["Nothing differs."])
    page.close()


def _held(tables: Tables, held: Held | None) -> str:
    if held is None:
        return "no role"
    return ", ".join(map(tables.short, held.roles)) + (" (eligible)" if held.access == "eligible" else "")


# One question ---------------------------------------------------------------------------------------------------------


def _can(
    screen: Screen, env: str, found: Access, declared: Grants, persona: str, action: str, resource: str, format: Format
) -> None:
    from rbac.report import rows, who_says_so

    answers = who_says_so(found, declared, persona, action, resource)
    if format is Format.JSON:
        said = [
            rows([answer.assignment])[0].document | {"permits": answer.pattern, "roleDate": answer.date}
            for answer in answers
        ]
        _json({"allowed": bool(answers), "persona": persona, "action": action, "resource": resource, "by": said})
        return
    screen.say("yes" if answers else "no", "bold")
    if not answers:
        screen.say(f"No assignment of {persona} in {env} permits {action} on {resource}.")
    for answer in answers:
        one = answer.assignment
        how = " once activated, for it is eligible and not standing" if one.access == "eligible" else ""
        limit = "; under a condition, for the roles that Seawall assigns" if one.condition else ""
        given = f"grants.yaml, {one.grant}" if one.grant else "personas.yaml"
        dated = f", as of {answer.date}" if answer.date else ""
        screen.say(f"{one.role} at {one.scope}{how}{limit}")
        screen.say(f"  given by rbac/{given}; it permits {answer.pattern}{dated}", "dim")


# Pages ----------------------------------------------------------------------------------------------------------------


def _json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


_PAGES: dict[Format, Callable[[Screen], Page]] = {
    Format.TABLE: Page,
    Format.MARKDOWN: MarkdownPage,
    Format.HTML: HtmlPage,
}


def _matrix(tables: Tables, assignments: Sequence[Assignment], chosen: _Chosen) -> tuple[list[str], list[list[str]]]:
    """The personas and resources that were asked for, and the roles of each pair, abbreviated."""
    from rbac.report import matrix

    held = matrix(assignments)
    personas = [one.name for one in tables.personas if chosen.persona in ("", one.name)]
    resources = [name for name in tables.resources if chosen.resource in ("", name)]
    lines = [
        [name, *(_held(tables, held[name, on]) if (name, on) in held else "" for on in resources)] for name in personas
    ]
    return ["Persona", *resources], lines


def _legend(tables: Tables) -> str:
    return "; ".join(f"{short} = {role}" for short, role in tables.abbreviations.items() if short != role)
