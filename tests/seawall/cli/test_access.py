"""`seawall access`."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from sandbox import Sandbox

from rbac import load_tables
from seawall.cli.exits import ExitCode

SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
SCORE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"


@pytest.mark.parametrize("env", ["dev", "test", "prod"])
def test_json_is_a_list_of_the_tables_rows(sandbox: Sandbox, env: str) -> None:
    """Each row has persona, resource, roles, access, scope and principal; together they are the tier's table."""
    rows = json.loads(sandbox.run("access", env, "--format", "json").out)
    assert all(list(row) == ["persona", "resource", "roles", "access", "scope", "principal"] for row in rows)
    tables = load_tables()
    tier = "preproduction" if env == "dev" else "production"
    expected = {(cell.persona.name, cell.resource): set(cell.roles) for cell in tables.cells(tier)}
    assert {(row["persona"], row["resource"]): set(row["roles"]) for row in rows} == expected
    eligible = {row["persona"] for row in rows if row["access"] == "eligible"}
    assert eligible == {"Platform technical support"}


def test_declared_grants_are_apart(sandbox: Sandbox) -> None:
    """--grants lists what is declared beside the tables, each with its reason and source."""
    rows = json.loads(sandbox.run("access", "prod", "--grants", "--format", "json").out)
    assert rows and all(row["grant"] and row["reason"] and row["source"] for row in rows)
    shown = sandbox.run("access", "prod").out
    assert "Declared beside the tables" in shown and "The tables give" in shown


def test_persona_and_resource_narrow_it(sandbox: Sandbox) -> None:
    """Whatever their case, and by the preproduction table's names too."""
    rows = json.loads(
        sandbox.run("access", "dev", "--persona", "data scientist", "--resource", "key vault", "--format", "json").out
    )
    assert [(row["persona"], row["roles"]) for row in rows] == [
        ("Data scientist", ["Reader", "Key Vault Administrator"])
    ]


def test_the_matrix_names_every_persona_and_resource(sandbox: Sandbox) -> None:
    """As a table, in Markdown and in HTML."""
    tables = load_tables()
    names = [one.name for one in tables.personas] + list(tables.resources)
    markdown = sandbox.run("access", "prod", "--format", "markdown").out
    assert all(name in markdown for name in names)
    head = next(line for line in markdown.splitlines() if line.startswith("| Persona"))
    assert head.count("|") == 10
    page = sandbox.run("access", "prod", "--format", "html").out
    found = _Cells()
    found.feed(page)
    assert set(names) <= set(found.texts)
    assert found.open == []


class _Cells(HTMLParser):
    """The texts of a page, and the elements that were never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_what_is_left_out_is_said(sandbox: Sandbox) -> None:
    """A stack without an Azure DevOps organisation has a line for the cells that come to nothing."""
    file = sandbox.root / "stacks" / "Pulumi.dev.yaml"
    text = file.read_text()
    before, _, rest = text.partition("    azureDevOps:\n      organisation: larkspur\n      projectId")
    file.write_text(before + rest[rest.index("\n\n") :])
    told = sandbox.run("access", "dev").out
    assert "Left out" in told
    assert "Data scientist on Azure DevOps: Contributor left out: the stack has no Azure DevOps organisation" in told


def test_diff_tells_what_differs(sandbox: Sandbox) -> None:
    """In both environments' roles; what is the same in both isn't there."""
    rows = json.loads(sandbox.run("access", "--diff", "dev", "prod", "--format", "json").out)
    found = {(row["persona"], row["resource"]): row for row in rows}
    row = found["Data scientist", "Container Registry"]
    assert row["dev"] == {"roles": ["Contributor"], "access": "standing"}
    assert row["prod"] == {"roles": ["Reader"], "access": "standing"}
    assert found["Data scientist", "Azure DevOps"]["prod"] is None
    assert ("CI/CD processes", "Azure Key Vault") not in found
    same = json.loads(sandbox.run("access", "--diff", "test", "prod", "--format", "json").out)
    assert [row["persona"] for row in same] == ["Platform services"]  # prod alone has keys of its own


@pytest.mark.parametrize(
    ("persona", "action", "resource", "allowed"),
    [
        ("Model end user", SCORE, "Online endpoints", True),
        ("Model end user", SECRET, "Azure Key Vault", False),
        ("Platform technical support", SECRET, "Azure Key Vault", True),
        ("Data scientist", SECRET, "Azure Key Vault", False),
        ("CI/CD processes", ASSIGN, "Azure Key Vault", True),
        ("Data scientist", ASSIGN, "Container Registry", False),
    ],
)
def test_can_answers_with_the_assignment(
    sandbox: Sandbox, persona: str, action: str, resource: str, allowed: bool
) -> None:
    """Yes or no, and by which assignment."""
    answer = json.loads(sandbox.run("access", "prod", "--can", persona, action, resource, "--format", "json").out)
    assert answer["allowed"] is allowed
    assert bool(answer["by"]) is allowed
    told = sandbox.run("access", "prod", "--can", persona, action, resource).out
    assert told.startswith("yes\n" if allowed else "no\n")
    if persona == "Platform technical support":
        assert "once activated" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prod", "--persona", "Data scientis"), "did you mean Data scientist?"),
        (("prod", "--resource", "Key Valt"), "did you mean"),
        (("prod", "--can", "Data scientist", "read", "Azure Key Vault"), "is no action of Azure"),
        (("prod", "--can", "Nobody at all", SECRET, "Azure Key Vault"), "is unknown"),
        (("prod", "--diff", "dev", "prod"), "--diff takes two environments"),
        (("--diff", "dev", "prd"), "Did you mean prod?"),
        ((), "which environment?"),
        (("prd",), "Did you mean prod?"),
    ],
)
def test_a_wrong_question_ends_with_2(sandbox: Sandbox, arguments: tuple[str, ...], said: str) -> None:
    """With the nearest right word, and never a traceback."""
    found = sandbox.run("access", *arguments)
    assert found.code == ExitCode.BAD_INPUT
    assert said in found.err and "Traceback" not in found.err
