"""The rule on what must not be deleted by mistake."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import GROUP, PREPRODUCTION, STORAGE, SUBSCRIPTION, WORKSPACE, depending, group, workspace
from guarded_services import (
    VAULT,
    Builder,
    account,
    blob_service,
    container_registry,
    cosmos,
    lock,
    ml_registry,
    protected,
    search,
    vault,
)

from policies.packs import RULES
from policies.rule import OFF
from policies.rules.protection import delete_protection
from seawall.plan.values import UNKNOWN

NO_LOCK = "no CanNotDelete lock holds it"
STALLED = "whose clusters can't scale down any more"


@pytest.mark.parametrize("build", [account, vault, container_registry, cosmos, search])
def test_delete_protection_refuses_what_lacks_one_of_the_two(build: Builder) -> None:
    """Pulumi's protect and Azure's lock are both needed, on each stateful resource."""
    found = build()
    assert ask(delete_protection, found) == [f"violation mandatory {found.name}: {NO_LOCK}"]
    assert ask(delete_protection, protected(found, False), lock(found.id)) == [
        f"violation mandatory {found.name}: it isn't protected: Pulumi deletes it when the program no longer has it"
    ]


def test_delete_protection_asks_no_lock_of_an_ml_registry() -> None:
    """Environments revoke their access to it, which a lock would forbid: Pulumi's protect alone is needed."""
    found = ml_registry()
    assert ask(delete_protection, found) == []
    assert ask(delete_protection, protected(found, False)) == [
        f"violation mandatory {found.name}: it isn't protected: Pulumi deletes it when the program no longer has it"
    ]


def test_delete_protection_refuses_a_lock_on_something_else() -> None:
    """A lock on another resource, or on a part, holds nothing here."""
    for other in (lock(VAULT), lock(blob_service().id)):
        assert ask(delete_protection, account(), blob_service(), other) == [f"violation mandatory stml: {NO_LOCK}"]


def test_delete_protection_refuses_locks_that_stop_a_workspace() -> None:
    """On the workspace, on its resource group, on the subscription."""
    assert ask(delete_protection, workspace(), lock(WORKSPACE)) == [
        f"violation mandatory lock-mlw-ml: it holds workspace workspace, {STALLED}"
    ]
    assert ask(delete_protection, workspace(), lock(GROUP)) == [
        f"violation mandatory lock-rg-ml: it holds the resource group of workspace workspace, {STALLED}"
    ]
    assert ask(delete_protection, group(), workspace(), lock(GROUP)) == [
        f"violation mandatory lock-rg-ml: it holds the resource group of workspace workspace, {STALLED}"
    ]
    assert len(ask(delete_protection, workspace(), lock(SUBSCRIPTION))) == 1


def test_delete_protection_accepts_what_is_protected_and_locked() -> None:
    """A lock that lets nothing change holds as well; a group without a workspace may be locked."""
    assert ask(delete_protection, account(), lock(STORAGE), vault(), lock(VAULT.upper(), level="ReadOnly")) == []
    elsewhere = GROUP.replace("rg-ml", "rg-data")
    assert ask(delete_protection, workspace(), group("rg-data"), lock(elsewhere)) == []


def test_delete_protection_is_off_in_preproduction() -> None:
    """What comes and goes isn't protected."""
    assert RULES[delete_protection].preproduction is OFF
    assert PREPRODUCTION.production is False


def test_delete_protection_cannot_tell_while_a_locks_scope_is_unknown() -> None:
    """A lock of unknown scope may hold anything, unless it came from somewhere."""
    unknown = lock(STORAGE, scope=UNKNOWN)
    line = "unknown mandatory lock-stml: unknown: property scope can't be known before deployment"
    assert ask(delete_protection, account(), unknown) == [
        line,
        "unknown mandatory stml: unknown: whether a lock holds it: property scope of lock-stml",
    ]
    assert ask(delete_protection, account(), depending(unknown, scope=account())) == []
