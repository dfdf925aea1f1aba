"""This machine, the connection and the login: each check finds the one thing that is broken, and no other is misled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from doctored import OID, SUBSCRIPTION, TENANT, SoundMachine, World, examined, only, told

from seawall.doctor.case import Case
from seawall.doctor.finding import Level
from seawall.doctor.machine import Engine
from seawall.doctor.port import NO_ANSWER, Caller, CloudError


def test_a_sound_world_has_neither_faults_nor_warnings(case: Case) -> None:
    """Where all is there, nothing is found, and nothing is left unexamined."""
    found = examined(case)
    assert told(found) + told(found, Level.WARNING) + told(found, Level.SKIPPED) == []
    assert len(found) == 18


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (SoundMachine(python=(3, 10, 1)), ("3.10.1", "too old")),
        (SoundMachine(pulumi=None), ("no Pulumi CLI",)),
        (SoundMachine(missing=(".venv",)), (".venv",)),
        (
            SoundMachine(
                pulumi=replace(SoundMachine().engine(), plugins={}),
                environ={**SoundMachine().environ, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"},
            ),
            ("azure-native", "isn't there"),
        ),
    ],
)
def test_what_is_missing_on_this_machine_is_a_fault(case: Case, machine: Any, words: tuple[str, ...]) -> None:
    """An old Python, no Pulumi CLI, no packages, plugins that may not be fetched."""
    found = told(examined(case, machine=machine))
    assert {name for name, _ in found} == {"tools"}
    assert all(word in found[0][1] for word in words), found


def test_another_version_of_pulumi_is_a_warning(case: Case) -> None:
    """The engine is pinned; another one of the same major version may well do."""
    other = SoundMachine(pulumi=replace(SoundMachine().engine(), version="3.100.0"))
    only(case, "tools", "3.100.0", level=Level.WARNING, machine=other)
    assert told(examined(case, machine=other)) == []


def test_a_missing_git_and_missing_plugins_are_warnings(case: Case) -> None:
    """`up` goes without Git, and fetches plugins by itself."""
    bare = SoundMachine(programs=(), pulumi=Engine(SoundMachine().engine().version, "/bin/pulumi", {}))
    found = told(examined(case, machine=bare), Level.WARNING)
    assert len(found) == 4 and {name for name, _ in found} == {"tools"}


def test_a_wrong_stack_file_leaves_the_machine_and_the_login_to_examine(case: Case) -> None:
    """Every fault of the input is told; what depends on the plan isn't examined, all else is."""
    found = examined(case, plans=(), input_faults=("line 3: x", "line 9: y"))
    assert told(found) == [("stack", "line 3: x"), ("stack", "line 9: y")]
    assert {one.check.name for one in found if one.level is Level.OK} == {"tools", "connection", "clock", "login"}


@pytest.mark.parametrize(
    ("environ", "changes", "words"),
    [
        ({"PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("no backend",)),
        ({"PULUMI_BACKEND_URL": "azblob://state?storage_account=gone", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("gone.",)),
        ({"PULUMI_BACKEND_URL": "azblob://state", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("which storage account",)),
        ({"PULUMI_BACKEND_URL": "file:///gone", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("/gone",)),
        ({"PULUMI_BACKEND_URL": "https://api.pulumi.com", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("isn't logged in",)),
        ({"PULUMI_BACKEND_URL": "file:///state"}, {}, ("no passphrase",)),
        (
            {"PULUMI_BACKEND_URL": "file:///state"},
            {"secrets_provider": "azurekeyvault://gone.vault.azure.net/keys/k"},
            ("gone.vault.azure.net",),
        ),
    ],
)
def test_a_state_that_cant_be_kept_is_a_fault(
    case: Case, environ: dict[str, str], changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    """No backend, one that can't be reached, no login for it, and nothing to protect secrets with."""
    closed = ("gone.blob.core.windows.net", "gone.vault.azure.net")
    machine = SoundMachine(environ={"AZDO_USE_OIDC": "1", **environ}, closed=closed, missing=("/gone",))
    only(case, "state", *words, machine=machine, **changes)


def test_a_dead_network_is_one_fault(case: Case, world: World) -> None:
    """Whatever asks the cloud says that it wasn't examined; the connection says why."""
    world.ahead = CloudError("no route to host", code=NO_ANSWER)
    only(case, "connection", "Azure doesn't answer", "no route to host")


def test_a_network_that_dies_midway_is_one_fault(case: Case, world: World) -> None:
    """Checks that were under way are left out, and one finding tells why."""
    world.answer(r"^GET /subscriptions/[^/]+/providers/Microsoft\.", CloudError("reset by peer", code=NO_ANSWER))
    only(case, "connection", "reset by peer")


@pytest.mark.parametrize(("ahead", "level"), [(-400.0, Level.FAULT), (90.0, Level.WARNING)])
def test_a_wrong_clock_is_found(case: Case, world: World, ahead: float, level: Level) -> None:
    """From five minutes on tokens are refused; from one on it is told."""
    world.ahead = ahead
    only(case, "clock", "400 s behind" if ahead < 0 else "90 s ahead", level=level)


@pytest.mark.parametrize(
    ("message", "words"), [("no credential", "there is no login"), ("AADSTS700082: too old", "the login has expired")]
)
def test_a_failed_login_is_a_fault(case: Case, world: World, message: str, words: str) -> None:
    """No login, and one that has expired, are told apart."""
    world.who = CloudError(message, status=401)
    only(case, "login", words)


def test_a_login_in_another_tenant_is_a_fault(case: Case, world: World) -> None:
    """Whose login, and of which tenant."""
    world.who = Caller(name="ana", oid=OID, tenant="eeeeeeee-0000-0000-0000-000000000000")
    only(case, "login", "ana is signed in to tenant eeeeeeee", TENANT)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (CloudError("forbidden", status=403), ("doesn't see subscription",)),
        ({"state": "Disabled", "tenantId": TENANT}, ("is Disabled",)),
        ({"state": "Enabled", "tenantId": "eeeeeeee-0"}, ("is in tenant eeeeeeee-0",)),
    ],
)
def test_a_subscription_that_cant_be_used_is_a_fault(case: Case, world: World, answer: Any, words: Any) -> None:
    """Unseen, disabled, or of another tenant."""
    world.answer(rf"^GET /subscriptions/{SUBSCRIPTION}$", answer)
    only(case, "subscription", *words)


def test_a_subscription_that_will_end_is_a_warning(case: Case, world: World) -> None:
    """One that is past due still takes changes."""
    world.answer(rf"^GET /subscriptions/{SUBSCRIPTION}$", {"state": "PastDue", "tenantId": TENANT})
    only(case, "subscription", "PastDue", level=Level.WARNING)


def test_what_may_not_be_read_is_told_and_stops_nothing(case: Case, world: World) -> None:
    """A question that the cloud refuses to answer is no fault of the environment."""
    world.answer("/Microsoft.MachineLearningServices/locations", CloudError("no reader here", status=403))
    found = examined(case)
    assert {name for name, _ in told(found, Level.WARNING)} == {"machines", "quotas"}
    assert told(found) == []


def test_a_check_that_fails_itself_stops_no_other(case: Case, world: World) -> None:
    """A mistake in a check is told as that, and all others are there."""
    world.answer("/vmSizes$", {"value": [{"name": "Standard_DS3_v2", "vCPUs": "many"}]})
    only(case, "quotas", "this check itself failed", level=Level.WARNING)
