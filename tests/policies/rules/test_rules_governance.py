"""Rules on tags, regions, names, types, and exemptions from Azure's policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from asking import ask
from guarded import GONE, budget, cluster, make, network, workspace
from guarded_operations import DEV, LIMITED, TAGS, container_registry, cosmos, log_workspace, policy_exemption, vault

from policies.resource_types import ALLOWED_TYPES, TAGGABLE
from policies.rules.governance import (
    NAMES,
    allowed_locations,
    allowed_resource_types,
    exemption_expiry,
    naming_convention,
    required_tags,
)
from seawall.azure.types import lookup, types
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

DATED = {**TAGS, "expiry": "2027-06-30"}


def of_token(token: str, **inputs: object) -> Resource:
    return Resource(urn=f"urn:pulumi:test::seawall::{token}::it", type=token, name="it", inputs=inputs)


def test_required_tags_refuses_what_lacks_them() -> None:
    """All at once, in every tier; an empty tag is none."""
    assert ask(required_tags, vault(tags=GONE)) == [
        "violation mandatory vault: it lacks the tags owner, costCenter, env, dataClassification"
    ]
    assert ask(required_tags, vault(tags__owner="")) == ["violation mandatory vault: it lacks the tag owner"]
    assert ask(required_tags, vault(tags__costCenter=GONE, tags__expiry="2027-06-30"), context=DEV) == [
        "violation mandatory vault: it lacks the tag costCenter"
    ]


def test_required_tags_refuses_an_environment_without_end() -> None:
    """In preproduction: no expiry, no day, or one that has passed."""
    for expiry, message in (
        (GONE, "it lacks the tag expiry"),
        ("soon", "its tag expiry is soon, which is no day such as 2027-06-30"),
        ("2026-11-20", "it expired on 2026-11-20"),
    ):
        assert ask(required_tags, vault(tags__expiry=expiry), context=DEV) == [f"violation mandatory vault: {message}"]


def test_required_tags_refuses_a_classification_that_is_none() -> None:
    """A word that no rule knows."""
    assert ask(required_tags, vault(tags__dataClassification="secret")) == [
        "violation mandatory vault: its tag dataClassification is secret, none of public, internal, confidential, "
        "restricted"
    ]


def test_required_tags_accepts_tags_in_any_case() -> None:
    """Azure takes no notice of a name's case; what takes no tags isn't asked; the last day counts."""
    loud = {name.upper(): value for name, value in TAGS.items()}
    assert ask(required_tags, vault(tags=loud), budget(), of_token("seawall:components:KeyVault")) == []
    assert ask(required_tags, vault(tags={**DATED, "expiry": "2026-11-21"}), context=DEV) == []
    more = replace(LIMITED, required_tags=("owner", "recoveryTier"))
    assert len(ask(required_tags, vault(), context=more)) == 1


def test_required_tags_cannot_tell_before_deployment() -> None:
    """Unknown tags, or one of them."""
    for change in ({"tags": UNKNOWN}, {"tags__owner": UNKNOWN}):
        assert len(ask(required_tags, vault(**change))) == 1


def test_allowed_locations_refuses_other_regions() -> None:
    """In every tier; and every region where none is allowed."""
    for context in (LIMITED, DEV):
        assert ask(allowed_locations, vault(location="eastus"), context=context) == [
            "violation mandatory vault: location is eastus, none of westeurope"
        ]
    assert ask(allowed_locations, vault()) == ["violation mandatory vault: location is westeurope, none of no region"]


def test_allowed_locations_refuses_replicas_elsewhere() -> None:
    """Of Cosmos DB, of registries, and a compute that stands apart from its workspace."""
    regions = [{"location": "westeurope"}, {"location": "northeurope"}]
    registry = make("machinelearningservices:Registry", "registry", "", {"regionDetails": regions})
    far = cosmos(locations=[{"locationName": "East US"}])
    assert ask(allowed_locations, registry, far, context=LIMITED) == [
        "violation mandatory cosmos: locations[0].locationName is East US, none of westeurope",
        "violation mandatory registry: regionDetails[1].location is northeurope, none of westeurope",
    ]
    away = cluster(properties__computeLocation="northeurope")
    assert len(ask(allowed_locations, away, context=LIMITED)) == 1


def test_allowed_locations_accepts_agreed_regions_and_what_has_none() -> None:
    """A region's long name, what is global, and what isn't Azure's."""
    other = of_token("kubernetes:core/v1:Namespace", location="anywhere")
    resources = vault(location="West Europe"), cosmos(), vault(location="global"), other
    for resource in resources:
        assert ask(allowed_locations, resource, context=LIMITED) == []


def test_allowed_locations_cannot_tell_before_deployment() -> None:
    """An unknown region."""
    assert len(ask(allowed_locations, vault(location=UNKNOWN), context=LIMITED)) == 1


def test_naming_convention_refuses_names_without_abbreviation() -> None:
    """Advice in both tiers."""
    for context in (LIMITED, DEV):
        assert ask(naming_convention, network(virtualNetworkName="main"), context=context) == [
            r"violation advisory network: virtualNetworkName main isn't of the form vnet-[\w.-]{1,59}"
        ]


def test_naming_convention_refuses_names_that_are_too_long_or_missing() -> None:
    """Azure's limits count; without a name Pulumi makes one up."""
    assert len(ask(naming_convention, vault(vaultName="kv-" + "x" * 22))) == 1
    assert ask(naming_convention, vault(vaultName=GONE)) == [
        "violation advisory vault: vaultName isn't set: Pulumi would make up a name"
    ]


def test_naming_convention_accepts_names_of_their_types() -> None:
    """With the abbreviation; types without one aren't asked."""
    assert ask(naming_convention, vault(), workspace(), log_workspace(), container_registry(), cluster()) == []


def test_naming_convention_cannot_tell_before_deployment() -> None:
    """An unknown name is advice, as the rule is."""
    assert len(ask(naming_convention, vault(vaultName=UNKNOWN))) == 1


def test_names_are_asked_of_inputs_that_there_are() -> None:
    """Each type of the table is allowed, and its name stands in the input that the table names."""
    for type, (name, _) in NAMES.items():
        assert name in lookup(f"azure-native:{type}").path_inputs, type


def test_allowed_resource_types_refuses_types_that_nobody_looked_at() -> None:
    """Another type of Azure's, and other packages."""
    assert ask(allowed_resource_types, of_token("azure-native:batch:Pool")) == [
        "violation mandatory it: batch:Pool is no resource type that the platform may use"
    ]
    assert ask(allowed_resource_types, of_token("azure:storage/account:Account")) == [
        "violation mandatory it: azure:storage/account:Account is of package azure, which the platform doesn't use"
    ]


def test_allowed_resource_types_refuses_other_api_versions() -> None:
    """An older version, or a preview, in the token; advice in preproduction."""
    assert ask(allowed_resource_types, of_token("azure-native:storage/v20190601:StorageAccount"), context=DEV) == [
        "violation advisory it: its API version is 2019-06-01; the platform uses 2024-01-01"
    ]
    assert len(ask(allowed_resource_types, of_token("azure-native:storage/v20240101preview:StorageAccount"))) == 1


def test_allowed_resource_types_accepts_the_list() -> None:
    """The SDK's default, the same version in the token, components and providers, and what the stack allows."""
    for token in (
        "azure-native:storage:StorageAccount",
        "azure-native:storage/v20240101:StorageAccount",
        "azure-native:monitor/v20210501preview:DiagnosticSetting",
        "seawall:components:KeyVault",
        "pulumi:providers:azure-native",
        "azuread:index/group:Group",
    ):
        assert ask(allowed_resource_types, of_token(token)) == []
    more = replace(LIMITED, allowed_types=ALLOWED_TYPES | {"batch:Pool": "2024-07-01"})
    assert ask(allowed_resource_types, of_token("azure-native:batch:Pool"), context=more) == []


def test_allowed_resource_types_cannot_tell_of_nothing_in_a_resource() -> None:
    """It reads the type alone: whatever is unknown within doesn't matter."""
    assert ask(allowed_resource_types, of_token("azure-native:storage:StorageAccount", location=UNKNOWN)) == []


def test_the_list_of_types_is_the_one_that_the_platform_plans_with() -> None:
    """The same types at the same API versions as the table of ARM types, but for those that no list has yet."""
    planned = {row.token.removeprefix("azure-native:"): row.api_version for row in types()}
    assert ALLOWED_TYPES.items() <= planned.items()
    assert ALLOWED_TYPES.keys() > TAGGABLE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expiresOn": GONE}, "expiresOn isn't set: it never ends"),
        ({"expiresOn": "later"}, "expiresOn is later, which is no date"),
        ({"expiresOn": "2026-11-20T00:00:00Z"}, "it ended on 2026-11-20"),
        ({"expiresOn": "2027-02-20"}, "it ends on 2027-02-20, more than 90 days from now"),
        ({"description": " "}, "description gives no reason"),
        ({"metadata": GONE}, "metadata.owner names nobody"),
    ],
)
def test_exemption_expiry_refuses_what_an_exemption_lacks(change: dict[str, object], message: str) -> None:
    """In every tier: an end within 90 days, a reason, an owner."""
    for context in (LIMITED, DEV):
        assert ask(exemption_expiry, policy_exemption(**change), context=context) == [
            f"violation mandatory licence: {message}"
        ]


def test_exemption_expiry_refuses_everything_at_once() -> None:
    """Three faults are three findings."""
    assert len(ask(exemption_expiry, policy_exemption(expiresOn=GONE, description=GONE, metadata__owner=""))) == 3


def test_exemption_expiry_accepts_ninety_days() -> None:
    """The ninetieth day is within, and its last day counts."""
    assert ask(exemption_expiry, policy_exemption(expiresOn="2027-02-19T12:00:00Z")) == []
    assert ask(exemption_expiry, policy_exemption(expiresOn="2026-11-21"), today=date(2026, 11, 21)) == []


def test_exemption_expiry_cannot_tell_before_deployment() -> None:
    """An unknown end."""
    assert len(ask(exemption_expiry, policy_exemption(expiresOn=UNKNOWN))) == 1
