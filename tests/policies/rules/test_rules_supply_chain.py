"""Rules on images, packages, registries and clusters."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION
from guarded_operations import LIMITED, container_registry, environment, kubernetes

from policies.rules.supply_chain import acr_hygiene, aks_hardening, package_quarantine
from seawall.plan.values import UNKNOWN

APPROVED = """
channels: [https://packages.larkspur.example/conda]
dependencies:
  - python=3.11
  - pip
  - pip:
      - --index-url https://packages.larkspur.example/simple
      - scikit-learn==1.5.2
"""


@pytest.mark.parametrize(
    ("image", "host"),
    [
        ("evil.example/base:1", "evil.example"),
        ("python:3.11", "docker.io"),
        ("library/python:3.11", "docker.io"),
        ("mcr.microsoft.com.evil.example/base:1", "mcr.microsoft.com.evil.example"),
    ],
)
def test_package_quarantine_refuses_images_from_elsewhere(image: str, host: str) -> None:
    """A host that isn't approved; a name without one is Docker Hub's."""
    assert ask(package_quarantine, environment(properties__image=image)) == [
        f"violation mandatory scoring: its image comes from {host}, which isn't approved"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "      - --index-url https://packages.larkspur.example/simple\n",
            "",
            "pip takes packages from the public index: no --index-url names an approved feed",
        ),
        (
            "https://packages.larkspur.example/simple",
            "https://evil.example/simple",
            "the package feed evil.example isn't approved",
        ),
        (
            "scikit-learn==1.5.2",
            "--extra-index-url https://evil.example/simple",
            "the package feed evil.example isn't approved",
        ),
        (
            "scikit-learn==1.5.2",
            "model @ git+https://evil.example/model.git",
            "a package comes from evil.example, which isn't approved",
        ),
        ("scikit-learn==1.5.2", "-r requirements.txt", "-r reads a file that no rule can see"),
        ("https://packages.larkspur.example/conda", "conda-forge", "channel conda-forge isn't approved"),
        (
            "channels: [https://packages.larkspur.example/conda]",
            "",
            "its condaFile names no channel: packages come from Anaconda's defaults",
        ),
    ],
)
def test_package_quarantine_refuses_packages_from_elsewhere(old: str, new: str, message: str) -> None:
    """The public index, other feeds, addresses, channels, and what can't be read."""
    assert old in APPROVED
    found = ask(package_quarantine, environment(properties__condaFile=APPROVED.replace(old, new)), context=LIMITED)
    assert found == [f"violation mandatory scoring: {message}"]


def test_package_quarantine_refuses_what_it_cannot_read() -> None:
    """An image that is built from files, and a Conda file that is none; advice in preproduction."""
    built = environment(properties={"build": {"contextUri": "https://x.example", "dockerfilePath": "Dockerfile"}})
    assert ask(package_quarantine, built, context=PREPRODUCTION) == [
        "violation advisory scoring: its image is built from files that no rule can read"
    ]
    for text in ("[", "just words"):
        assert ask(package_quarantine, environment(properties__condaFile=text)) == [
            "violation mandatory scoring: its condaFile is no Conda file"
        ]


def test_package_quarantine_accepts_approved_sources() -> None:
    """Microsoft's registry in any case; an approved feed and channel."""
    assert ask(package_quarantine, environment()) == []
    assert ask(package_quarantine, environment(properties__image="MCR.microsoft.com/azureml/base:1")) == []
    assert ask(package_quarantine, environment(properties__condaFile=APPROVED), context=LIMITED) == []


def test_package_quarantine_cannot_tell_before_deployment() -> None:
    """An unknown image."""
    assert len(ask(package_quarantine, environment(properties__image=UNKNOWN))) == 1


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("policies__quarantinePolicy", GONE, "policies.quarantinePolicy.status is not set"),
        ("policies__retentionPolicy__status", "disabled", "policies.retentionPolicy.status is disabled"),
        ("policies__exportPolicy__status", "enabled", "policies.exportPolicy.status is enabled"),
        ("zoneRedundancy", GONE, "zoneRedundancy is not set"),
    ],
)
def test_acr_hygiene_refuses_each_that_is_missing(path: str, value: object, message: str) -> None:
    """Advice in production; off in preproduction."""
    registry = container_registry(**{path: value})
    assert ask(acr_hygiene, registry) == [f"violation advisory images: {message}"]
    assert ask(acr_hygiene, registry, context=PREPRODUCTION) == []


def test_acr_hygiene_refuses_a_registry_that_says_nothing() -> None:
    """Four findings for four faults."""
    assert len(ask(acr_hygiene, container_registry(policies=GONE, zoneRedundancy="Disabled"))) == 4


def test_acr_hygiene_accepts_a_tidy_registry() -> None:
    """All four, in any case."""
    assert ask(acr_hygiene, container_registry(zoneRedundancy="enabled")) == []


def test_acr_hygiene_cannot_tell_before_deployment() -> None:
    """Unknown policies are advice, as the rule is."""
    assert len(ask(acr_hygiene, container_registry(policies=UNKNOWN))) == 1


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("addonProfiles", GONE, "addonProfiles.azurepolicy isn't enabled"),
        ("addonProfiles__azurepolicy__enabled", False, "addonProfiles.azurepolicy isn't enabled"),
        (
            "securityProfile__defender",
            GONE,
            "securityProfile.defender.securityMonitoring isn't enabled",
        ),
        ("autoUpgradeProfile", GONE, "autoUpgradeProfile.upgradeChannel is none: it never upgrades itself"),
    ],
)
def test_aks_hardening_refuses_each_that_is_missing(path: str, value: object, message: str) -> None:
    """The policy add-on, Defender, and upgrades."""
    assert ask(aks_hardening, kubernetes(**{path: value})) == [f"violation mandatory kubernetes: {message}"]


def test_aks_hardening_refuses_a_channel_that_is_none() -> None:
    """Said out loud, none is none."""
    assert len(ask(aks_hardening, kubernetes(autoUpgradeProfile__upgradeChannel="None"))) == 1


def test_aks_hardening_accepts_a_hardened_cluster() -> None:
    """The add-on's name in any case."""
    assert ask(aks_hardening, kubernetes()) == []
    assert ask(aks_hardening, kubernetes(addonProfiles={"azurePolicy": {"enabled": True}})) == []


def test_aks_hardening_cannot_tell_before_deployment() -> None:
    """An unknown channel."""
    assert len(ask(aks_hardening, kubernetes(autoUpgradeProfile=UNKNOWN))) == 1
