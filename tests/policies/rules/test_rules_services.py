"""Rules on the network of single services: registries, AI, data services, Kubernetes."""

from __future__ import annotations

from typing import Any

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION
from guarded_services import (
    Builder,
    ai,
    container_registry,
    cosmos,
    data_factory,
    databricks,
    event_hubs,
    kubernetes,
    ml_registry,
    search,
)

from policies.rule import Rule
from policies.rules.ai import ai_network, ai_outbound_restricted, search_network
from policies.rules.container_registry import acr_network
from policies.rules.data_services import cosmos_eventhub_network, databricks_network, datafactory_network
from policies.rules.kubernetes import aks_private_api
from policies.rules.ml_registry import ml_registry_private
from seawall.plan.values import UNKNOWN

CLOSED: list[tuple[Rule, Builder, str]] = [
    (acr_network, container_registry, "publicNetworkAccess"),
    (ml_registry_private, ml_registry, "publicNetworkAccess"),
    (ai_network, ai, "properties.publicNetworkAccess"),
    (search_network, search, "publicNetworkAccess"),
    (cosmos_eventhub_network, cosmos, "publicNetworkAccess"),
    (cosmos_eventhub_network, event_hubs, "publicNetworkAccess"),
    (databricks_network, databricks, "publicNetworkAccess"),
    (datafactory_network, data_factory, "publicNetworkAccess"),
]


@pytest.mark.parametrize(("rule", "build", "path"), CLOSED, ids=lambda value: getattr(value, "__name__", None))
@pytest.mark.parametrize("access", ["Enabled", GONE])
def test_services_that_are_open_or_silent_are_refused(rule: Rule, build: Builder, path: str, access: Any) -> None:
    """Each service has to say that it is closed; in preproduction that is advice."""
    opened = build(**{path.replace(".", "__"): access})
    line = f"{opened.name}: {path} is {'not set' if access is GONE else access}"
    assert ask(rule, opened) == [f"violation mandatory {line}"]
    assert ask(rule, opened, context=PREPRODUCTION) == [f"violation advisory {line}"]


@pytest.mark.parametrize(("rule", "build", "path"), CLOSED, ids=lambda value: getattr(value, "__name__", None))
def test_services_that_are_closed_are_accepted(rule: Rule, build: Builder, path: str) -> None:
    """As Azure writes it, in another case, and in a network security perimeter."""
    key = path.replace(".", "__")
    assert [ask(rule, build(**{key: access})) for access in ("Disabled", "DISABLED", "SecuredByPerimeter")] == [[]] * 3


@pytest.mark.parametrize(("rule", "build", "path"), CLOSED, ids=lambda value: getattr(value, "__name__", None))
def test_services_of_unknown_access_are_unknown(rule: Rule, build: Builder, path: str) -> None:
    """An access that can't be known may be any."""
    unknown = build(**{path.replace(".", "__"): UNKNOWN})
    assert ask(rule, unknown) == [
        f"unknown mandatory {unknown.name}: unknown: property {path} can't be known before deployment"
    ]


def test_acr_network_refuses_skus_without_private_endpoints() -> None:
    """Basic and Standard take none, nor does a registry that names no SKU."""
    for sku in ("Basic", "Standard"):
        assert ask(acr_network, container_registry(sku__name=sku)) == [
            f"violation mandatory images: its SKU is {sku}: only Premium takes private endpoints"
        ]
    assert len(ask(acr_network, container_registry(sku=GONE))) == 1


def test_acr_network_refuses_an_open_registry() -> None:
    """A Premium one can be open as well."""
    assert ask(acr_network, container_registry(publicNetworkAccess="Enabled")) == [
        "violation mandatory images: publicNetworkAccess is Enabled"
    ]


def test_acr_network_accepts_a_closed_premium_registry() -> None:
    """The SKU is taken in any case."""
    assert ask(acr_network, container_registry(sku__name="premium")) == []


def test_acr_network_cannot_tell_before_deployment() -> None:
    """An unknown SKU may be Basic."""
    assert ask(acr_network, container_registry(sku=UNKNOWN)) == [
        "unknown mandatory images: unknown: property sku can't be known before deployment"
    ]


def test_ml_registry_private_refuses_an_open_registry() -> None:
    """Open to all is refused."""
    assert ask(ml_registry_private, ml_registry(publicNetworkAccess="Enabled")) == [
        "violation mandatory registry: publicNetworkAccess is Enabled"
    ]


def test_ml_registry_private_refuses_silence() -> None:
    """A registry that says nothing is open."""
    assert ask(ml_registry_private, ml_registry(publicNetworkAccess=GONE)) == [
        "violation mandatory registry: publicNetworkAccess is not set"
    ]


def test_ml_registry_private_accepts_a_closed_registry() -> None:
    """Disabled is closed."""
    assert ask(ml_registry_private, ml_registry()) == []


def test_ml_registry_private_cannot_tell_before_deployment() -> None:
    """An unknown access is advice in preproduction."""
    assert ask(ml_registry_private, ml_registry(publicNetworkAccess=UNKNOWN), context=PREPRODUCTION) == [
        "unknown advisory registry: unknown: property publicNetworkAccess can't be known before deployment"
    ]


def test_ai_network_refuses_an_account_without_a_subdomain() -> None:
    """It could have no private endpoint."""
    assert ask(ai_network, ai(properties__customSubDomainName=GONE)) == [
        "violation mandatory ai: properties.customSubDomainName isn't set: it takes no private endpoint"
    ]


def test_ai_network_refuses_an_open_account() -> None:
    """With an allowlist or without: the demand is closed."""
    opened = ai(properties__publicNetworkAccess="Enabled", properties__networkAcls={"defaultAction": "Deny"})
    assert ask(ai_network, opened) == ["violation mandatory ai: properties.publicNetworkAccess is Enabled"]


def test_ai_network_accepts_a_closed_account() -> None:
    """Closed, with a subdomain."""
    assert ask(ai_network, ai()) == []


def test_ai_network_cannot_tell_before_deployment() -> None:
    """An unknown subdomain may be none."""
    assert ask(ai_network, ai(properties__customSubDomainName=UNKNOWN)) == [
        "unknown mandatory ai: unknown: property properties.customSubDomainName can't be known before deployment"
    ]


def test_ai_outbound_restricted_refuses_an_account_that_calls_anybody() -> None:
    """In production it is advice; in preproduction it isn't asked."""
    for restricted in (False, GONE):
        assert ask(ai_outbound_restricted, ai(properties__restrictOutboundNetworkAccess=restricted)) == [
            "violation advisory ai: properties.restrictOutboundNetworkAccess isn't true: it calls any host"
        ]


def test_ai_outbound_restricted_refuses_wildcards() -> None:
    """One wildcard opens the list again."""
    assert ask(ai_outbound_restricted, ai(properties__allowedFqdnList=["*.windows.net"])) == [
        "violation advisory ai: properties.allowedFqdnList has the wildcard *.windows.net"
    ]


def test_ai_outbound_restricted_accepts_a_list_and_an_empty_one() -> None:
    """An empty list lets it call nobody."""
    assert ask(ai_outbound_restricted, ai(), ai(properties__allowedFqdnList=[])) == []


def test_ai_outbound_restricted_cannot_tell_before_deployment() -> None:
    """An unknown host may be a wildcard."""
    assert ask(ai_outbound_restricted, ai(properties__allowedFqdnList=[UNKNOWN])) == [
        "unknown advisory ai: unknown: property properties.allowedFqdnList[0] can't be known before deployment"
    ]


def test_search_network_refuses_the_free_sku() -> None:
    """Free, or none named, takes no private endpoint."""
    for sku in ({"name": "free"}, GONE):
        assert ask(search_network, search(sku=sku)) == [
            "violation mandatory search: its SKU is free: it takes no private endpoint"
        ]


def test_search_network_refuses_an_open_service() -> None:
    """An open service is refused whatever its SKU."""
    assert ask(search_network, search(publicNetworkAccess="enabled")) == [
        "violation mandatory search: publicNetworkAccess is enabled"
    ]


def test_search_network_accepts_basic_and_more() -> None:
    """Basic is enough."""
    assert ask(search_network, search(), search(sku__name="basic")) == []


def test_search_network_cannot_tell_before_deployment() -> None:
    """An unknown SKU may be free."""
    assert ask(search_network, search(sku=UNKNOWN)) == [
        "unknown mandatory search: unknown: property sku can't be known before deployment"
    ]


def test_cosmos_eventhub_network_refuses_an_open_database() -> None:
    """A list of addresses doesn't close it."""
    opened = cosmos(publicNetworkAccess="Enabled", ipRules=[{"ipAddressOrRange": "203.0.113.7"}])
    assert ask(cosmos_eventhub_network, opened) == ["violation mandatory cosmos: publicNetworkAccess is Enabled"]


def test_cosmos_eventhub_network_refuses_an_open_stream() -> None:
    """An Event Hubs namespace that says nothing is open."""
    assert ask(cosmos_eventhub_network, event_hubs(publicNetworkAccess=GONE)) == [
        "violation mandatory events: publicNetworkAccess is not set"
    ]


def test_cosmos_eventhub_network_accepts_closed_ones() -> None:
    """Both closed."""
    assert ask(cosmos_eventhub_network, cosmos(), event_hubs()) == []


def test_cosmos_eventhub_network_cannot_tell_before_deployment() -> None:
    """An unknown access of either."""
    assert len(ask(cosmos_eventhub_network, cosmos(publicNetworkAccess=UNKNOWN), event_hubs())) == 1


def test_databricks_network_refuses_nodes_with_public_addresses() -> None:
    """Said or not said, nodes without enableNoPublicIp have an address."""
    for value in ({"value": False}, GONE):
        assert ask(databricks_network, databricks(parameters__enableNoPublicIp=value)) == [
            "violation mandatory spark: parameters.enableNoPublicIp isn't true: its nodes have public addresses"
        ]


def test_databricks_network_refuses_a_network_of_databricks() -> None:
    """Without a network of ours, clusters stand in one that Databricks makes."""
    assert ask(databricks_network, databricks(parameters__customVirtualNetworkId=GONE)) == [
        "violation mandatory spark: parameters.customVirtualNetworkId isn't set: its clusters run in a network that "
        "isn't ours"
    ]


def test_databricks_network_accepts_own_networks_and_serverless() -> None:
    """Which network it will be may be unknown; a serverless workspace has no clusters of its own."""
    coming = databricks(parameters__customVirtualNetworkId={"value": UNKNOWN})
    serverless = databricks(computeMode="Serverless", parameters=GONE)
    assert ask(databricks_network, databricks()) == ask(databricks_network, coming, serverless) == []


def test_databricks_network_cannot_tell_before_deployment() -> None:
    """Unknown parameters may be any."""
    assert ask(databricks_network, databricks(parameters__enableNoPublicIp=UNKNOWN)) == [
        "unknown mandatory spark: unknown: property parameters.enableNoPublicIp can't be known before deployment"
    ]


def test_datafactory_network_refuses_an_open_factory() -> None:
    """Open to all is refused."""
    assert ask(datafactory_network, data_factory(publicNetworkAccess="Enabled")) == [
        "violation mandatory factory: publicNetworkAccess is Enabled"
    ]


def test_datafactory_network_refuses_silence() -> None:
    """A factory that says nothing is open."""
    assert len(ask(datafactory_network, data_factory(publicNetworkAccess=GONE))) == 1


def test_datafactory_network_accepts_a_closed_factory() -> None:
    """Disabled is closed."""
    assert ask(datafactory_network, data_factory()) == []


def test_datafactory_network_cannot_tell_before_deployment() -> None:
    """An unknown access may be any."""
    assert ask(datafactory_network, data_factory(publicNetworkAccess=UNKNOWN)) == [
        "unknown mandatory factory: unknown: property publicNetworkAccess can't be known before deployment"
    ]


def test_aks_private_api_refuses_a_public_api() -> None:
    """Without a private cluster, somebody has to be named; and not everybody."""
    assert ask(aks_private_api, kubernetes(apiServerAccessProfile=GONE)) == [
        "violation mandatory aks: its API server is public, and authorizedIPRanges names nobody"
    ]
    everybody = {"authorizedIPRanges": ["203.0.113.0/24", "0.0.0.0/0"]}
    assert ask(aks_private_api, kubernetes(apiServerAccessProfile=everybody)) == [
        "violation mandatory aks: authorizedIPRanges has 0.0.0.0/0: that is everybody"
    ]


def test_aks_private_api_refuses_pods_that_all_reach_each_other() -> None:
    """A network policy is needed, and none isn't one."""
    for policy, said in (("none", "none"), (GONE, "not set")):
        assert ask(aks_private_api, kubernetes(networkProfile__networkPolicy=policy)) == [
            f"violation mandatory aks: networkProfile.networkPolicy is {said}: every pod reaches every other"
        ]


def test_aks_private_api_accepts_private_clusters_and_named_callers() -> None:
    """Either of the two, with each of the three kinds of policy."""
    offices = {"authorizedIPRanges": ["203.0.113.0/24"]}
    assert ask(aks_private_api, kubernetes(), kubernetes(apiServerAccessProfile=offices)) == []
    for policy in ("azure", "calico", "Cilium"):
        assert ask(aks_private_api, kubernetes(networkProfile__networkPolicy=policy)) == []


def test_aks_private_api_cannot_tell_before_deployment() -> None:
    """An unknown range may be everybody's."""
    assert ask(aks_private_api, kubernetes(apiServerAccessProfile={"authorizedIPRanges": [UNKNOWN]})) == [
        "unknown mandatory aks: unknown: property apiServerAccessProfile.authorizedIPRanges[0] "
        "can't be known before deployment"
    ]
