"""What goes wrong with the real CLI is told in one sentence, with what to do about it. Nothing here needs a network.

Where there is no `pulumi` on PATH these tests skip; that each message is understood is shown in `test_explaining`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from projects import NO_REAL, REAL, opened, small_project

from seawall.engine.errors import EngineError
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError

pytestmark = pytest.mark.skipif(REAL is None, reason=NO_REAL)

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def check(args, report):
    if args.resource_type.endswith("StorageAccount"):
        report("no accounts here")

rule = ResourceValidationPolicy("no-accounts", "None.", check, enforcement_level=EnforcementLevel.MANDATORY)
PolicyPack("pack", policies=[rule])
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith(("PULUMI_", "AZURE_", "ARM_")):
            monkeypatch.delenv(name)
    return small_project(tmp_path / "project")


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as local:
        yield local


def told(
    project: Path, azure: LocalAzure, folder: Path, variables: Mapping[str, str] | None = None, *, secrets: str = ""
) -> EngineError:
    """How a preview fails."""
    with opened(project, azure, variables) as stack, pytest.raises(EngineError) as caught:
        if secrets:
            stack.backend = replace(stack.backend, secrets_provider=secrets)
        stack.preview(folder)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("variables", "message", "todo"),
    [
        ({"PULUMI_BACKEND_URL": "https://api.pulumi.com"}, "isn't logged in to the backend", "pulumi login URL"),
        (
            # The one kind of login that asks nobody outside.
            {
                "PULUMI_BACKEND_URL": "azblob://state?storage_account=stlarkspur",
                "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
            },
            "nobody is logged in there",
            "az login --tenant contoso.example",
        ),
        (
            {"PULUMI_BACKEND_URL": "http://127.0.0.1:1", "PULUMI_ACCESS_TOKEN": "none"},
            "can't be reached: 127.0.0.1:1",
            "platform's own runners",
        ),
        ({"PULUMI_BACKEND_URL": "file:///nosuch/folder"}, "can't be used: stat /nosuch/folder", "or make it"),
        ({"PULUMI_BACKEND_URL": "file:///proc/self"}, "the state can't be written", "Make room"),
        ({"PULUMI_DEBUG_PROVIDERS": ""}, "missing: pulumi-resource-azure-native", "pulumi install"),
    ],
)
def test_a_stack_whose_surroundings_are_not_right(
    project: Path, azure: LocalAzure, tmp_path: Path, variables: dict[str, str], message: str, todo: str
) -> None:
    error = told(project, azure, tmp_path, variables)
    assert message in str(error)
    assert todo in error.hint


def test_a_secrets_provider_that_there_is_not(project: Path, azure: LocalAzure, tmp_path: Path) -> None:
    error = told(project, azure, tmp_path, secrets="nosuch://x")
    assert "there is no secrets provider nosuch" in str(error)
    assert "secretsProvider" in error.hint


def test_a_passphrase_that_is_missing_or_wrong(project: Path, azure: LocalAzure, tmp_path: Path) -> None:
    with opened(project, azure) as stack:
        none = {key: value for key, value in stack.backend.variables.items() if key != "PULUMI_CONFIG_PASSPHRASE"}
        stack.backend = replace(stack.backend, variables=none)
        with pytest.raises(EngineError, match="passphrase that protects the stack's secrets is missing"):
            stack.preview(tmp_path)
    with opened(project, azure) as stack:
        stack.preview(tmp_path)
    error = told(project, azure, tmp_path, {"PULUMI_CONFIG_PASSPHRASE": "another"})
    assert "not the one that the stack's secrets were encrypted with" in str(error)


def test_a_state_that_is_broken(project: Path, azure: LocalAzure, tmp_path: Path) -> None:
    """Cut off, of a later version, or with a part missing: each is told, and how it is put right."""
    with opened(project, azure) as stack:
        assert stack.up(stack.preview(tmp_path), lambda event: None).succeeded
    file = project / ".pulumi-state" / "state" / ".pulumi" / "stacks" / "small" / "test.json"
    whole = file.read_text()
    document = json.loads(whole)
    file.write_text(whole[:200])
    error = told(project, azure, tmp_path)
    assert "can't be read: it is cut off" in str(error)
    assert "test.json.bak" in error.hint
    file.write_text(json.dumps({**document, "version": 99}))
    assert "a newer Pulumi has written" in str(told(project, azure, tmp_path))
    del document["checkpoint"]["latest"]["resources"][1]
    file.write_text(json.dumps(document))
    error = told(project, azure, tmp_path)
    assert "doesn't hold together: resource urn:" in str(error)
    assert "pulumi state repair -s test" in error.hint


def test_what_the_cloud_refuses_in_a_refresh(project: Path, azure: LocalAzure, tmp_path: Path) -> None:
    refused = AzureError(
        "AuthorizationFailed",
        "The client 'ci@x' with object id 'y' does not have authorization to perform action "
        "'Microsoft.Storage/storageAccounts/read' over scope '/subscriptions/1' or the scope is invalid.",
        status=403,
    )
    with opened(project, azure) as stack:
        assert stack.up(stack.preview(tmp_path), lambda event: None).succeeded
        azure.fail("GET", "*/stsmallsecond", refused, times=0)
        with pytest.raises(EngineError, match=r"ci@x may not Microsoft\.Storage/storageAccounts/read on") as caught:
            stack.refresh(lambda event: None)
    assert "seawall doctor test" in caught.value.hint


def test_a_program_that_fails_is_no_verdict_of_the_policies(project: Path, azure: LocalAzure, tmp_path: Path) -> None:
    """Refused is what the pack refuses of a whole program; the violations of half a one would mislead."""
    pack = project / "policies"
    pack.mkdir()
    (pack / "__main__.py").write_text(PACK)
    (pack / "PulumiPolicy.yaml").write_text(
        (project / "Pulumi.yaml").read_text().split("main:")[0] + "version: 0.1.0\n"
    )
    program = project / "stacks" / "__main__.py"
    with opened(project, azure) as stack:
        stack.policy_pack = pack
        previewed = stack.preview(tmp_path)
        assert previewed.refused
        assert previewed.plan is None
        assert {(v.rule, v.message) for v in previewed.violations} == {("no-accounts", "no accounts here")}
        program.write_text(program.read_text() + "\nraise ValueError('half of it')\n")
        with pytest.raises(EngineError, match=r"^the program failed in stacks/__main__.py, line \d+: ValueError: half"):
            stack.preview(tmp_path)
        (pack / "__main__.py").write_text("import sys; sys.exit('limits.yaml: amount is no number')")
        with pytest.raises(EngineError, match=r"^the policy pack ended by itself: limits.yaml: amount is no number"):
            stack.preview(tmp_path)
