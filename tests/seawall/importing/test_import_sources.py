"""Reading exports and lists; and the one message that each broken one gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from seawall.cli import cloud
from seawall.cli.exits import CloudFault
from seawall.cli.importing_sources import asker
from seawall.cli.project import Project
from seawall.importing.asking import fetched, with_children
from seawall.importing.sources import Unreadable, read
from tests.seawall.importing.conftest import ImportProject
from tests.seawall.importing.exporting import SCHEMA

GUID = "55555555-5555-5555-5555-555555555555"
GROUP = f"/subscriptions/{GUID}/resourceGroups/rg"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stone"
VAULT = {"type": "Microsoft.KeyVault/vaults", "name": "kv", "apiVersion": "2024-01-01"}


def exported(*resources: object, **more: object) -> str:
    return json.dumps({"$schema": SCHEMA, "resources": list(resources), **more})


BROKEN = {
    "empty": ("  \n", "f: it is empty"),
    "cut short": ('{"resources": [', "f: not JSON: Expecting value: line 1 column 16 (char 15)"),
    "not a template": ('{"a": 1}', "f: no ARM template: its $schema is missing"),
    "parameters": (
        '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"}',
        "f: no ARM template: its $schema is https://schema.management.azure.com/schemas/2019-04-01/"
        "deploymentParameters.json#",
    ),
    "another cloud": (
        '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}',
        "f: a template of AWS CloudFormation; it takes an ARM template, as `az group export --name GROUP` writes it",
    ),
    "a state": (
        '{"version": 4, "terraform_version": "1.9.0", "resources": []}',
        "f: a state of Terraform; it takes an ARM template, as `az group export --name GROUP` writes it",
    ),
    "no resource": (exported(), "f: no resource in it"),
    "no list": (json.dumps({"$schema": SCHEMA, "resources": {}}), "f: no ARM template: it has no list of resources"),
    "another Azure": (
        exported({**VAULT, "location": "USGov Virginia"}),
        "f: it is of Azure US Government (usgovvirginia); stack files say places of public Azure",
    ),
    "no IDs": ("kv-one\n", "f:1: got 'kv-one', expected the ID of a resource, /subscriptions/..."),
    "comments alone": ("# nothing\n", "f: no resource in it"),
    "an empty list": ("[]", "f: no resource in it"),
    "loops": (
        exported({**VAULT, "copy": {"count": 2}}),
        "f: Deployment template validation failed: 'the local Azure doesn't have loops (copy) in templates'.",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_source_gets_one_clear_line(case: str) -> None:
    """What can't be read says which file, what is wrong with it, and what was expected."""
    text, message = BROKEN[case]
    with pytest.raises(Unreadable) as raised:
        read(text, "f", group="rg", subscription=GUID)
    assert str(raised.value) == message


def test_where_a_template_comes_from_has_to_be_said() -> None:
    """A template names neither its resource group nor its subscription, unless an ID in it does."""
    with pytest.raises(Unreadable) as raised:
        read(exported(VAULT), "f")
    assert str(raised.value) == (
        "f: a template doesn't say which resource group it was exported from: write GROUP=f, nor which subscription: "
        "add --subscription GUID"
    )
    told = read(exported({**VAULT, "properties": {"of": ACCOUNT}}), "f", group="rg")
    assert [one.id for one in told.resources] == [GROUP, f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"]


def test_expressions_of_an_export_are_evaluated() -> None:
    """Parameters, concat and resourceId are what an export is made of; what only Azure knows is left out, and told."""
    text = exported(
        {
            "type": "Microsoft.Storage/storageAccounts/blobServices",
            "name": "[concat(parameters('name'), '/default')]",
            "apiVersion": "2024-01-01",
            "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]"],
            "properties": {
                "account": "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]",
                "host": "[reference(parameters('other')).host]",
                "text": "[[not an expression]",
                "secret": "[parameters('secret')]",
            },
        },
        parameters={
            "name": {"defaultValue": "stone", "type": "String"},
            "other": {"defaultValue": ACCOUNT, "type": "String"},
            "secret": {"type": "SecureString"},
        },
    )
    found = read(text, "f", group="rg", subscription=GUID)
    (one,) = (one for one in found.resources if one.body is not None)
    assert one.id == f"{ACCOUNT}/blobServices/default"
    assert one.properties == {"account": ACCOUNT, "text": "[not an expression]"}
    assert found.unread == (
        "f: Microsoft.Storage/storageAccounts/blobServices default.properties.host is "
        "[reference(parameters('other')).host]",
    )


@pytest.mark.parametrize(
    "text",
    [f"# ours\n{ACCOUNT}\n\n{ACCOUNT}\n", json.dumps([ACCOUNT]), json.dumps([{"id": ACCOUNT, "name": "stone"}])],
    ids=["lines", "JSON", "az resource list"],
)
def test_a_list_may_have_any_of_three_forms(text: str) -> None:
    """One ID on a line, a list of them in JSON, or what `az resource list` prints; each resource once."""
    assert read(text, "f").ids == (ACCOUNT,)


def test_what_is_in_a_resource_is_asked_for_too() -> None:
    """A list of IDs has the account alone: its services and containers are found by asking, whatever is missing."""
    there = {
        ACCOUNT: {"id": ACCOUNT},
        f"{ACCOUNT}/blobServices/default": {"properties": {}},
        f"{ACCOUNT}/blobServices/default/containers": {
            "value": [{"id": f"{ACCOUNT}/blobServices/default/containers/raw"}]
        },
    }
    found = with_children(fetched([ACCOUNT, f"{GROUP}/providers/Microsoft.KeyVault/vaults/gone"], there.get), there.get)
    assert [one.id.removeprefix(ACCOUNT) for one in found] == [
        "", "/blobServices/default", "/blobServices/default/containers/raw",
    ]  # fmt: skip


class Answering:
    """Resource Manager's client, with an answer for each URL: a status, and a body."""

    def __init__(self, answers: Mapping[str, tuple[int, Any]]) -> None:
        self.answers, self.versions = answers, []

    def send_request(self, request: Any) -> Any:
        url, _, query = request.url.partition("?")
        self.versions.append(query)
        status, body = self.answers.get(url, (404, {}))
        return SimpleNamespace(status_code=status, json=lambda: body)

    def close(self) -> None:
        self.answers = {}


def test_azure_is_asked_page_by_page(project: ImportProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection is read to its last page, what is missing is nothing, and a refusal stops the command."""
    there = f"{ACCOUNT}/blobServices/default/containers"
    client = Answering(
        {
            there: (200, {"value": [{"id": "one"}], "nextLink": "https://next"}),
            "https://next": (200, {"value": [{"id": "two"}]}),
            f"{ACCOUNT}/secret": (403, {}),
        }
    )
    monkeypatch.setattr(cloud, "client", lambda: client)
    with asker(Project.find(project.root), local=False) as ask:
        assert ask(there) == {"value": [{"id": "one"}, {"id": "two"}]}
        assert ask(ACCOUNT) is None
        with pytest.raises(CloudFault, match="it answers 403"):
            ask(f"{ACCOUNT}/secret")
    assert client.versions[0].startswith("api-version=20") and client.answers == {}


def test_every_broken_source_is_told_at_once(project: ImportProject, written: Callable[[str, str], str]) -> None:
    """Three wrong files are three lines, exit code 2, and nothing is written."""
    before = project.files()
    sources = [written("one.json", "{"), written("two.json", "[]"), "nowhere.json"]
    outcome = project.run("dev", *sources)
    assert outcome.code == 2
    assert len([line for line in outcome.err.splitlines() if line.startswith("error: ")]) == 3
    assert project.files() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["DEV", "x"], "'DEV' is no name for an environment"),
        (["dev", "x", "--set", "owner"], "--set owner: expected KEY=VALUE"),
        (["dev", "x", "--set", "a=1", "--set", "a.b=1"], "--set a.b=1: a is said as a value and as a section"),
    ],
)
def test_wrong_arguments_are_told(project: ImportProject, arguments: list[str], message: str) -> None:
    """A name or a setting that can't be is refused before anything is read."""
    outcome = project.run(*arguments)
    assert outcome.code == 2 and message in outcome.err


def test_a_source_without_a_workspace_says_so(project: ImportProject, written: Callable[[str, str], str]) -> None:
    """What has no workspace is no environment; two workspaces ask which one."""
    alone = written("alone.json", exported(VAULT))
    outcome = project.run("dev", f"rg={alone}", "--subscription", GUID)
    assert outcome.code == 2 and "there is no workspace of Azure Machine Learning among 2 resources" in outcome.err
    kind = "Microsoft.MachineLearningServices/workspaces"
    two = written("two.json", exported(*({**VAULT, "type": kind, "name": name} for name in ("one", "two"))))
    outcome = project.run("dev", f"rg={two}", "--subscription", GUID)
    assert outcome.code == 2 and "there are 2 workspaces, one, two: say which with --workspace NAME" in outcome.err
