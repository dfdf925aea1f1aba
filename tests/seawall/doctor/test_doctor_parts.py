"""The parts of the examination: permissions as Azure matches them, logins, ports, and checks that run side by side."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from doctored import World

from seawall.delivery.cloud import Cloud
from seawall.doctor import azure_port, rights
from seawall.doctor.azure_port import AzurePort
from seawall.doctor.case import Case
from seawall.doctor.checks import CHECKS
from seawall.doctor.credential import assertion, credential
from seawall.doctor.examining import Check, examine
from seawall.doctor.finding import Finding, Level, fault, ok
from seawall.doctor.local_port import LocalPort
from seawall.doctor.machine import ThisMachine
from seawall.doctor.port import NO_ANSWER, CloudError, Remembering
from seawall.local.azure import LocalAzure


@pytest.mark.parametrize(
    ("action", "actions", "not_actions", "given"),
    [
        ("Microsoft.Storage/storageAccounts/write", ["*"], [], True),
        ("Microsoft.Storage/storageAccounts/write", ["microsoft.storage/STORAGEACCOUNTS/*"], [], True),
        ("Microsoft.Storage/storageAccounts/write", ["*/read"], [], False),
        ("Microsoft.Storage/storageAccounts/write", ["Microsoft.Storage/*/write"], [], True),
        ("Microsoft.Storage/storageAccounts/write", ["Microsoft.Storage/storageAccounts"], [], False),
        ("Microsoft.Authorization/roleAssignments/write", ["*"], ["Microsoft.Authorization/*/Write"], False),
        ("Microsoft.Authorization/roleAssignments/read", ["*"], ["Microsoft.Authorization/*/Write"], True),
        ("MicrosoftXStorage/storageAccounts/write", ["Microsoft.Storage/*"], [], False),
    ],
)
def test_actions_match_as_azure_matches_them(
    action: str, actions: list[str], not_actions: list[str], given: bool
) -> None:
    """A wildcard stands for any text, case doesn't matter, and NotActions take away."""
    assert rights.allowed(action, [{"actions": actions, "notActions": not_actions}]) is given


def test_not_actions_count_within_their_own_role() -> None:
    """A role's NotActions take nothing away from another's actions."""
    entries = [{"actions": ["*"], "notActions": ["*"]}, {"actions": ["*/read"]}]
    assert rights.allowed("Microsoft.KeyVault/vaults/read", entries)
    assert not rights.allowed("Microsoft.KeyVault/vaults/write", entries)


def test_what_a_plan_needs_is_derived_from_its_resources(case: Case) -> None:
    """Writing and reading each type where it lies, and what is needed on that to which it refers."""
    needed = {need.action for need in rights.needs(case.wanted)}
    assert {
        "Microsoft.Resources/subscriptions/resourceGroups/write",
        "Microsoft.MachineLearningServices/workspaces/computes/write",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/policyAssignments/write",
        "Microsoft.Insights/diagnosticSettings/write",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        "Microsoft.Network/privateDnsZones/join/action",
    } <= needed
    assert all(need.scope.count("/") in (2, 4) for need in rights.needs(case.wanted) if need.action.endswith("/write"))


def test_roles_are_proposed_as_few_as_may_be() -> None:
    """What may assign roles and lock is one role; policies and resources have their own."""
    assign, lock = "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/locks/write"
    assert rights.roles_for([assign]) == ["Role Based Access Control Administrator"]
    assert rights.roles_for([assign, lock]) == ["User Access Administrator"]
    found = rights.roles_for(["Microsoft.KeyVault/vaults/write", "Microsoft.Authorization/policyAssignments/write"])
    assert found == ["Contributor", "Resource Policy Contributor"]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "DefaultAzureCredential"),
        ({"ARM_CLIENT_ID": "a", "ARM_TENANT_ID": "b", "ARM_USE_OIDC": "true"}, "ClientAssertionCredential"),
        ({"ARM_CLIENT_ID": "a", "ARM_TENANT_ID": "b", "ARM_CLIENT_SECRET": "c"}, "ClientSecretCredential"),
        ({"ARM_CLIENT_ID": "a", "ARM_USE_OIDC": "true"}, "DefaultAzureCredential"),
    ],
)
def test_the_login_is_the_one_that_the_engine_uses(environ: dict[str, str], name: str) -> None:
    """By the variables of azure-native; else whoever is signed in."""
    assert type(credential(environ)).__name__ == name


def test_a_pipelines_token_comes_from_where_it_says(tmp_path: Path) -> None:
    """Given itself or in a file; where there is none, that is told."""
    file = tmp_path / "token"
    file.write_text("from a file\n")
    assert assertion({"ARM_OIDC_TOKEN": "given"}) == "given"
    assert assertion({"ARM_OIDC_TOKEN_FILE_PATH": str(file)}) == "from a file"
    with pytest.raises(ClientAuthenticationError, match="id-token: write"):
        assertion({"ARM_USE_OIDC": "true"})


def test_an_address_where_nobody_answers_is_told_as_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection has the code that the checks know a dead network by."""
    monkeypatch.setattr(azure_port, "RETRIES", 0)
    port = AzurePort(cloud=Cloud("x", "https://127.0.0.1:9"), login=credential({}))
    with pytest.raises(CloudError) as refused:
        port.reach()
    port.close()
    assert refused.value.code == NO_ANSWER


def test_the_local_port_pages_and_tells_errors(azure: LocalAzure) -> None:
    """Lists are whole, what isn't there is nothing, and what isn't known raises."""
    azure.page = 2
    for number in range(5):
        azure.put(f"/subscriptions/s/resourceGroups/rg-{number}", {"location": "westeurope"})
    port = LocalPort(azure, "here")
    assert len(port.listed("/subscriptions/s/resourceGroups", "")) == 5
    assert port.get("/subscriptions/s/resourceGroups/none", "") is None
    with pytest.raises(CloudError):
        port.get("/subscriptions/s/providers/Microsoft.Nothing/things", "")


def test_a_question_is_asked_once(world: World) -> None:
    """However many checks have it, also where it fails."""
    asked = []

    def answer(found: Any) -> Any:
        asked.append(found)
        raise CloudError("no", status=403)

    port = Remembering(world.answer("/locations$", answer))
    for _ in range(3):
        with pytest.raises(CloudError):
            port.listed("/subscriptions/s/locations", "")
    assert len(asked) == 1


def test_checks_run_side_by_side_and_in_the_order_of_their_needs(case: Case) -> None:
    """Two that wait for each other's start both end; one that needs a failed one is left out and says why."""
    both = threading.Barrier(2, timeout=20)

    def waits(_: Case) -> list[Finding]:
        both.wait()
        return [ok("met")]

    checks = (
        Check("last", "the last", lambda _: [ok("ran")], needs=("bad",)),
        Check("one", "one", waits),
        Check("two", "two", waits),
        Check("bad", "the bad one", lambda _: [fault("broken", "mend it")]),
        Check("after", "after", lambda _: [ok("ran")], needs=("one", "two")),
    )
    heard: list[int] = []
    found = examine(case, checks, lambda running, done, of: heard.append(done))
    assert [one.level for one in found] == [Level.SKIPPED, Level.OK, Level.OK, Level.FAULT, Level.OK]
    assert found[0].findings[0].message == "not examined: the bad one must be mended first"
    assert heard == sorted(heard) and heard[0] == 0


def test_checks_have_names_of_their_own_and_need_what_there_is() -> None:
    """The table of checks is sound."""
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert {need for check in CHECKS for need in check.needs} <= set(names)


def test_this_machine_answers(tmp_path: Path) -> None:
    """The real machine: files, folders, programs, time."""
    machine = ThisMachine()
    (tmp_path / "a").write_text("text")
    assert machine.text(tmp_path / "a") == "text" and machine.text(tmp_path / "b") == ""
    assert machine.writable(tmp_path / "new" / "folder") and not machine.writable(tmp_path / "a")
    assert machine.which("sh") and machine.now().tzinfo is not None
    with pytest.raises(OSError, match=r".*"):
        machine.connect("127.0.0.1", 9)
