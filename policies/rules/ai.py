"""Rules on AI services and AI Search."""

from __future__ import annotations

from policies.facts import closed, texts
from policies.reading import ResourceView, same
from policies.rule import HIGH, MEDIUM, Found, rule

ACCOUNT = "cognitiveservices:Account"
SEARCH = "search:Service"


@rule(
    ACCOUNT,
    group="network",
    severity=HIGH,
    psrule="Azure.AI.PublicAccess",
    checkov="CKV_AZURE_134",
    azure_policy="037eea7a-bd0a-46c5-9a66-03aea78705d3",
    mcsb="NS-2",
    fix="Set properties.publicNetworkAccess to Disabled, and properties.customSubDomainName.",
    remedy={"properties.publicNetworkAccess": "Disabled"},
)
def ai_network(account: ResourceView) -> Found:
    """AI services can't be reached from the Internet.

    Prompts carry what people would never put into a mail. Without a subdomain of its own, an account can have neither
    a private endpoint nor Entra tokens. Source: AI services docs, cognitive-services-custom-subdomains.
    """
    if not closed(account, "properties.publicNetworkAccess"):
        yield f"properties.publicNetworkAccess is {account.get('properties.publicNetworkAccess', 'not set')}"
    if not account.get("properties.customSubDomainName"):
        yield "properties.customSubDomainName isn't set: it takes no private endpoint"


@rule(
    ACCOUNT,
    group="network",
    severity=MEDIUM,
    checkov="CKV_AZURE_247",
    mcsb="NS-2",
    fix="Set properties.restrictOutboundNetworkAccess to true, and name the hosts in properties.allowedFqdnList.",
)
def ai_outbound_restricted(account: ResourceView) -> Found:
    """AI services call the hosts that were named, and no others.

    Some take the address of a document or an image and fetch it: a way to carry data out, or to reach what only they
    can. Source: AI services docs, cognitive-services-data-loss-prevention.
    """
    if account.get("properties.restrictOutboundNetworkAccess") is not True:
        yield "properties.restrictOutboundNetworkAccess isn't true: it calls any host"
    for host in texts(account.get("properties.allowedFqdnList")):
        if "*" in host:
            yield f"properties.allowedFqdnList has the wildcard {host}"


@rule(
    SEARCH,
    group="network",
    severity=HIGH,
    checkov="CKV_AZURE_124",
    azure_policy="ee980b6d-0eca-4501-8d54-f6290fd512c3 a049bf77-880b-470f-ba6d-9f21c530cf83",
    mcsb="NS-2",
    fix="Set publicNetworkAccess to disabled, and take a SKU of basic or more.",
    remedy=lambda service: {} if same(service.get("sku.name", "free"), "free") else {"publicNetworkAccess": "disabled"},
)
def search_network(service: ResourceView) -> Found:
    """Search services can't be reached from the Internet.

    An index is a copy of the documents in it. The free SKU stands on shared machines and takes no private endpoint.
    Source: AI Search docs, service-create-private-endpoint.
    """
    if not closed(service):
        yield f"publicNetworkAccess is {service.get('publicNetworkAccess', 'not set')}"
    sku = service.get("sku.name", "free")
    if same(sku, "free"):
        yield "its SKU is free: it takes no private endpoint"
