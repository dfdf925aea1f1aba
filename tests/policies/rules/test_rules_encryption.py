"""Rules on encryption, on the wire and at rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION, PRODUCTION, WORKSPACE
from guarded_services import (
    Builder,
    account,
    ai,
    container_registry,
    cosmos,
    data_factory,
    databricks,
    encrypted_workspace,
    event_hubs,
    search,
)

from policies import Classification
from policies.rules.encryption import cmk_when_confidential, min_tls12_https
from seawall.plan.values import UNKNOWN

CONFIDENTIAL = replace(PRODUCTION, classification=Classification.CONFIDENTIAL)

KEYS: list[tuple[Builder, str]] = [
    (account, "encryption.keySource"),
    (container_registry, "encryption.status"),
    (encrypted_workspace, "encryption.status"),
    (ai, "properties.encryption.keySource"),
    (search, "encryptionWithCmk.enforcement"),
    (cosmos, "keyVaultKeyUri"),
    (event_hubs, "encryption.keySource"),
    (data_factory, "encryption.keyName"),
    (databricks, "encryption.entities.managedServices"),
]


@pytest.mark.parametrize(
    ("build", "key", "old"),
    [(account, "minimumTlsVersion", "TLS1_0"), (event_hubs, "minimumTlsVersion", "1.1"),
     (cosmos, "minimalTlsVersion", "Tls11")],
)  # fmt: skip
def test_min_tls12_https_refuses_old_versions_and_silence(build: Builder, key: str, old: str) -> None:
    """An old version, and none said, in every tier."""
    for version, said in ((old, old), (GONE, "not set")):
        found = build(**{key: version})
        assert ask(min_tls12_https, found, context=PREPRODUCTION) == [
            f"violation mandatory {found.name}: {key} is {said}"
        ]


def test_min_tls12_https_refuses_data_in_clear() -> None:
    """HTTP beside HTTPS."""
    assert ask(min_tls12_https, account(enableHttpsTrafficOnly=False)) == [
        "violation mandatory stml: enableHttpsTrafficOnly is false: data travels in clear"
    ]


def test_min_tls12_https_accepts_new_versions() -> None:
    """1.2 and 1.3; HTTPS alone is what storage takes by default."""
    assert ask(min_tls12_https, account(), event_hubs(), cosmos()) == []
    assert ask(min_tls12_https, account(minimumTlsVersion="TLS1_3", enableHttpsTrafficOnly=GONE)) == []


def test_min_tls12_https_cannot_tell_before_deployment() -> None:
    """An unknown version is refused in production."""
    assert ask(min_tls12_https, event_hubs(minimumTlsVersion=UNKNOWN)) == [
        "unknown mandatory events: unknown: property minimumTlsVersion can't be known before deployment"
    ]


@pytest.mark.parametrize(("build", "path"), KEYS, ids=lambda value: getattr(value, "__name__", ""))
def test_cmk_when_confidential_refuses_each_service_with_microsofts_key(build: Builder, path: str) -> None:
    """Every service has its own way to say so; what says nothing has Microsoft's key."""
    found = build(**{path.replace(".", "__"): GONE})
    assert ask(cmk_when_confidential, found, context=CONFIDENTIAL) == [
        f"violation mandatory {found.name}: {path} names no key of its owner: Microsoft's own encrypts it"
    ]
    assert ask(cmk_when_confidential, build(), context=CONFIDENTIAL) == []


def test_cmk_when_confidential_refuses_a_workspace_that_tells_microsoft() -> None:
    """A workspace of high business impact gathers less; restricted data counts in preproduction too."""
    restricted = replace(PREPRODUCTION, classification=Classification.RESTRICTED)
    assert ask(cmk_when_confidential, encrypted_workspace(hbiWorkspace=GONE), context=restricted) == [
        "violation mandatory workspace: hbiWorkspace isn't true: Microsoft gathers diagnostics that may hold data"
    ]


def test_cmk_when_confidential_refuses_microsofts_key_by_name() -> None:
    """Said out loud, it is the same."""
    for found in (
        account(encryption__keySource="Microsoft.Storage"),
        search(encryptionWithCmk__enforcement="Disabled"),
    ):
        assert len(ask(cmk_when_confidential, found, context=CONFIDENTIAL)) == 1


def test_cmk_when_confidential_accepts_microsofts_key_for_other_data() -> None:
    """Public and internal data need no key of one's own; a key that is yet to be made will do."""
    plain = [build(**{path.replace(".", "__"): GONE}) for build, path in KEYS]
    assert ask(cmk_when_confidential, *plain) == []
    assert ask(cmk_when_confidential, cosmos(keyVaultKeyUri=UNKNOWN), context=CONFIDENTIAL) == []


def test_cmk_when_confidential_accepts_a_project_of_an_encrypted_hub() -> None:
    """A project is encrypted as its hub is."""
    hub = encrypted_workspace()
    project = encrypted_workspace(hubResourceId=WORKSPACE, encryption=GONE, workspaceName="project")
    fields = {name: getattr(project, name) for name in project.__struct_fields__}
    project = type(project)(**{**fields, "urn": f"{project.urn}-project", "id": f"{WORKSPACE}-project"})
    assert ask(cmk_when_confidential, hub, project, context=CONFIDENTIAL) == []


def test_cmk_when_confidential_cannot_tell_before_deployment() -> None:
    """An unknown source of keys may be Microsoft's; a hub elsewhere may be encrypted or not."""
    assert ask(cmk_when_confidential, account(encryption=UNKNOWN), context=CONFIDENTIAL) == [
        "unknown mandatory stml: unknown: property encryption can't be known before deployment"
    ]
    assert ask(cmk_when_confidential, encrypted_workspace(hubResourceId="/hub"), context=CONFIDENTIAL) == [
        "unknown mandatory workspace: unknown: the encryption of its hub, which isn't in this plan"
    ]
