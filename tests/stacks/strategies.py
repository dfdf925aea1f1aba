"""Stack files that are right, of every kind: each mode, tier and region, with and without everything optional.

`settings_documents()` gives a stack file's content as a dict; its environment is always said in the file, so that the
file may have any name. Right is meant strictly: whatever comes out of here loads and plans.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from string import ascii_lowercase, digits
from typing import Any

from hypothesis import strategies as st

from stacks.settings.regions import WITHOUT_PAIR, WITHOUT_ZONES

ENVIRONMENTS = ("shared", "dev", "test", "staging", "prod", "uat", "ana")
REGIONS = ("westeurope", "northeurope", "swedencentral", "westus", "ukwest", "qatarcentral", "eastus2")
SIZES = ("Standard_DS3_v2", "Standard_F4s_v2", "Standard_NC6s_v3", "Standard_E4ds_v5")
MAILBOXES = tuple(f"{role}@larkspur.example" for role in ("ml-platform", "ml-on-call", "cloud-finance", "security"))
MODES = ("managed", "virtualNetwork", "hubAndSpoke")

guids = st.uuids().map(str)
text = st.text("abc XYZ 0-9.,'\"#:é", max_size=40).map(str.strip)


def slugs(most: int, least: int = 2) -> st.SearchStrategy[str]:
    """Lower-case letters and digits, a letter first."""
    return st.builds(
        str.__add__,
        st.sampled_from(ascii_lowercase),
        st.text(ascii_lowercase + digits, min_size=least - 1, max_size=most - 1),
    )


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A section with any of these keys."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def settings_documents(
    draw: st.DrawFn, modes: tuple[str, ...] = MODES, environments: tuple[str, ...] = ENVIRONMENTS
) -> dict[str, Any]:
    """The content of a stack file that is right. `modes` and `environments` narrow what kinds come."""
    environment = draw(st.sampled_from(environments))
    location = draw(st.sampled_from(REGIONS))
    production = environment in ("shared", "test", "staging", "prod") or draw(st.booleans())
    config: dict[str, Any] = {
        "organisation": draw(slugs(8)),
        "workload": draw(slugs(7)),
        "environment": environment,
        "subscription": draw(guids),
        "tenant": draw(guids),
        "location": location,
        "owner": draw(st.sampled_from(MAILBOXES)),
        "costCenter": draw(st.sampled_from(("CC-4100", "none"))),
        "budget": draw(budgets()),
        "network": draw(networks(environment, draw(st.sampled_from(modes)))),
        "security": draw(security(production)),
        "monitoring": draw(monitoring(production)),
        "containerRegistry": {
            "zoneRedundant": location not in WITHOUT_ZONES and draw(st.booleans()),
            "retentionDays": draw(st.integers(1, 365)),
        },
        **draw(tier(environment, production)),
        **draw(
            some(
                dataClassification=st.sampled_from(("public", "internal", "confidential", "restricted")),
                expiry=st.dates().map(str),
                tags=st.dictionaries(slugs(20).map("team".__add__), text.filter(bool), max_size=3),
                identities=identities(),
                keepVersionAliases=st.booleans(),
            )
        ),
    }
    config |= draw(shared(location)) if environment == "shared" else draw(environment_only(location, config["network"]))
    return {"config": {f"seawall:{key}": value for key, value in config.items()}}


@st.composite
def tier(draw: st.DrawFn, environment: str, production: bool) -> dict[str, Any]:
    """The tier, said wherever it isn't what follows from the environment's name."""
    wanted = "production" if production else "preproduction"
    follows = "preproduction" if environment == "dev" else "production"
    return {"tier": wanted} if wanted != follows or draw(st.booleans()) else {}


@st.composite
def networks(draw: st.DrawFn, environment: str, mode: str) -> dict[str, Any]:
    """A network of any mode, its subnets computed or given. Spokes stand in 10.64.0.0/10, hubs in 10.0.0.0/10."""
    hub = mode == "hubAndSpoke" and environment == "shared"
    parent = IPv4Network("10.0.0.0/10" if hub else "10.64.0.0/10")
    prefix = draw(st.integers(12, 22))
    index = draw(st.integers(0, 2 ** (prefix - parent.prefixlen) - 1))
    space = IPv4Network((int(parent.network_address) + index * 2 ** (32 - prefix), prefix))
    network: dict[str, Any] = {"mode": mode, "addressSpace": str(space)}
    if draw(st.booleans()):
        ours = ["privateEndpoints", "runners"]
        if mode != "managed" and environment != "shared":
            ours += ["training", "scoring"]
        quarters = space.subnets(prefixlen_diff=3)
        given = dict(zip(ours, map(str, quarters), strict=False))
        network["subnets"] = {name: given[name] for name in draw(st.lists(st.sampled_from(ours), unique=True))}
    if mode == "managed" and environment != "shared":
        network |= draw(some(managed=managed_networks()))
    if mode == "hubAndSpoke":
        network["hub"] = draw(hubs() if hub else spokes_view())
    return network


@st.composite
def managed_networks(draw: st.DrawFn) -> dict[str, Any]:
    """A managed network with the outbound rules that its isolation takes. It is provisioned at once, for endpoints."""
    approved_only = draw(st.booleans())
    names = draw(st.lists(slugs(12, 3), unique=True, max_size=3))
    spark = draw(st.booleans())
    kinds = [private_endpoint_rules(spark)]
    if approved_only:
        kinds += [fqdn_rules, service_tag_rules]
    rules = [{"name": name} | draw(st.one_of(kinds)) for name in names]
    managed: dict[str, Any] = {"includeSpark": spark, "outboundRules": rules}
    managed["isolation"] = "allowOnlyApprovedOutbound" if approved_only else "allowInternetOutbound"
    if approved_only:
        managed |= draw(some(firewallSku=st.sampled_from(("Basic", "Standard"))))
    return managed


fqdn_rules = st.fixed_dictionaries(
    {
        "type": st.just("fqdn"),
        "destination": st.sampled_from(
            ("packages.larkspur.example", "*.packages.larkspur.example", "files.larkspur.example")
        ),
    }
)
service_tag_rules = st.fixed_dictionaries(
    {"type": st.just("serviceTag"), "serviceTag": st.sampled_from(("AzureMonitor", "DataFactory.WestEurope"))},
    optional={"protocol": st.sampled_from(("TCP", "UDP", "*")), "portRanges": st.sampled_from(("443", "80, 443", "*"))},
)


def private_endpoint_rules(spark: bool) -> st.SearchStrategy[dict[str, Any]]:
    group = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/claims/providers"
    targets = {
        "blob": f"{group}/Microsoft.Storage/storageAccounts/claims",
        "vault": f"{group}/Microsoft.KeyVault/vaults/claims",
        "Sql": f"{group}/Microsoft.DocumentDB/databaseAccounts/claims",
    }
    return st.sampled_from(list(targets)).flatmap(
        lambda subresource: st.fixed_dictionaries(
            {
                "type": st.just("privateEndpoint"),
                "resourceId": st.just(targets[subresource]),
                "subresource": st.just(subresource),
                "spark": st.booleans() if spark else st.just(False),
            }
        )
    )


@st.composite
def hubs(draw: st.DrawFn) -> dict[str, Any]:
    """The hub as shared builds it."""
    hub: dict[str, Any] = {"egress": draw(st.sampled_from(("firewall", "nat")))}
    if hub["egress"] == "firewall":
        hub |= draw(
            some(
                firewallSku=st.sampled_from(("Standard", "Premium")),
                allowedFqdns=st.lists(
                    st.sampled_from(("packages.larkspur.example", "*.packages.larkspur.example")), unique=True
                ),
            )
        )
    if draw(st.booleans()):
        hub |= {"bastion": True, "bastionAllowedSources": ["203.0.113.0/24"]}
    return hub


def spokes_view() -> st.SearchStrategy[dict[str, Any]]:
    """What an environment says of the hub."""
    spaces = st.sampled_from(("10.0.0.0/22", "10.1.0.0/16", "172.20.0.0/24"))
    return st.fixed_dictionaries({"addressSpace": spaces}, optional={"egress": st.sampled_from(("firewall", "nat"))})


@st.composite
def security(draw: st.DrawFn, production: bool) -> dict[str, Any]:
    """The vault and, half of the time, own keys."""
    own = draw(st.booleans())
    sku = draw(st.sampled_from(("standard", "premium")))
    vault = {
        "sku": sku,
        "purgeProtection": production or own or draw(st.booleans()),
        "softDeleteDays": draw(st.integers(7, 90)),
    }
    keys = {
        "enabled": own,
        "hardware": sku == "premium" and draw(st.booleans()),
        "keySize": draw(st.sampled_from((2048, 3072, 4096))),
        "rotationDays": draw(st.integers(28, 730)),
    }
    return {"keyVault": vault, "customerManagedKeys": draw(st.sampled_from((own, keys)))}


def monitoring(production: bool) -> st.SearchStrategy[dict[str, Any]]:
    return some(
        retentionDays=st.integers(90 if production else 30, 730),
        dailyCapGb=st.sampled_from((1, 5, 100)),
        alertReceivers=st.lists(st.sampled_from(MAILBOXES), unique=True, max_size=3),
        privateIngestion=st.booleans(),
    )


@st.composite
def budgets(draw: st.DrawFn) -> dict[str, Any]:
    """A budget of five notifications at most."""
    start = draw(st.dates().map(lambda day: day.replace(day=1)).filter(lambda day: day.year < 9000))
    budget = {"amount": draw(st.sampled_from((1, 950, 18000))), "start": str(start)}
    budget |= draw(
        some(end=st.integers(1, 60).map(lambda years: str(start.replace(year=start.year + years))),
             contacts=st.lists(st.sampled_from(MAILBOXES), unique=True))
    )  # fmt: skip
    if draw(st.booleans()):
        percents = st.lists(st.integers(1, 200), min_size=1, unique=True)
        actual = draw(percents.map(lambda found: found[:3]))
        budget["thresholds"] = {"actual": actual, "forecast": draw(percents.map(lambda found: found[:2]))}
    return budget


def identities() -> st.SearchStrategy[dict[str, Any]]:
    return some(
        github=st.fixed_dictionaries(
            {"organisation": st.just("larkspur-insurance"), "repository": st.just("ml.platform_1")},
            optional={"environment": st.sampled_from(("prod", "Production EU"))},
        ),
        azureDevOps=st.fixed_dictionaries(
            {
                "organisation": st.just("larkspur"),
                "organisationId": guids,
                "project": st.just("Claims platform"),
                "serviceConnection": st.just("mlp (prod)"),
                "serviceConnectionId": guids,
            }
        ),
    )


def shared(location: str) -> st.SearchStrategy[dict[str, Any]]:
    """What only shared has."""
    elsewhere = [region for region in REGIONS if region != location]
    registry = some(
        name=slugs(32, 5), replicaLocations=st.lists(st.sampled_from(elsewhere), unique=True, max_size=2)
    )  # fmt: skip
    return some(registry=registry)


@st.composite
def environment_only(draw: st.DrawFn, location: str, network: dict[str, Any]) -> dict[str, Any]:
    """What only an environment has: the workspace and all around it."""
    names = draw(st.lists(slugs(9, 3), unique=True, max_size=5))
    split = draw(st.integers(0, len(names)))
    clusters = [draw(cluster(name)) for name in names[:split]]
    instances = [draw(instance(name)) for name in names[split:]]
    zones = draw(st.lists(slugs(12, 3), min_size=1, max_size=4, unique=True))
    has_lake = draw(st.booleans())
    keys = draw(st.booleans())
    found: dict[str, Any] = {
        "storage": {"redundancy": draw(redundancies(location)), "sharedKeyAccess": keys},
        "dataLake": {"enabled": has_lake, "zones": zones} | draw(lake(location)),
        "compute": {"clusters": clusters, "instances": instances},
        "workspace": draw(workspace(keys, names[:split])),
        "endpoints": draw(endpoints()),
        "environments": draw(st.lists(environment(), max_size=2, unique_by=lambda one: one["name"])),
    }
    if has_lake and draw(st.booleans()):
        stores = draw(st.lists(slugs(20), unique=True, max_size=3))
        found["datastores"] = [{"name": name, "zone": draw(st.sampled_from(zones))} for name in stores]
    return found | draw(
        some(shared=some(subscription=guids, location=st.sampled_from(REGIONS), registryName=slugs(20, 5)))
    )


def redundancies(location: str) -> st.SearchStrategy[str]:
    zones, pair = location not in WITHOUT_ZONES, location not in WITHOUT_PAIR
    return st.sampled_from(["LRS"] + ["ZRS"] * zones + ["GRS"] * pair + ["GZRS"] * (zones and pair))


@st.composite
def lake(draw: st.DrawFn, location: str) -> dict[str, Any]:
    redundancy = draw(redundancies(location))
    cool = draw(st.one_of(st.none(), st.integers(1, 100)))
    archive = draw(st.one_of(st.none(), st.integers(101, 200))) if redundancy in ("LRS", "GRS") else None
    delete = draw(st.one_of(st.none(), st.integers(201, 3650)))
    lifecycle = {"coolAfterDays": cool, "archiveAfterDays": archive, "deleteAfterDays": delete}
    return {"redundancy": redundancy, "lifecycle": lifecycle, "softDeleteDays": draw(st.integers(1, 365))}


@st.composite
def workspace(draw: st.DrawFn, keys: bool, clusters: list[str]) -> dict[str, Any]:
    found = draw(
        some(
            name=slugs(33, 3),
            highBusinessImpact=st.booleans(),
            identity=st.sampled_from(("userAssigned", "systemAssigned")),
            dataIsolation=st.booleans(),
        )
    )
    found["datastoreAuth"] = draw(st.sampled_from(("identity", "accessKey") if keys else ("identity",)))
    if clusters and draw(st.booleans()):
        found["imageBuildCompute"] = draw(st.sampled_from(clusters))
    return found


@st.composite
def cluster(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """At most 20 nodes: five such clusters fit in the smallest training subnet that `networks` makes."""
    most = draw(st.integers(1, 20))
    found = {
        "name": name,
        "size": draw(st.sampled_from(SIZES)),
        "maxNodes": most,
        "minNodes": draw(st.integers(0, most)),
    }
    return found | draw(
        some(
            idleMinutes=st.integers(1, 1440),
            tier=st.sampled_from(("dedicated", "lowPriority")),
            identity=st.sampled_from(("userAssigned", "systemAssigned")),
        )
    )


def instance(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"name": st.just(name), "size": st.sampled_from(SIZES), "assignedTo": guids},
        optional={"idleShutdownMinutes": st.integers(15, 4320)},
    )


def environment() -> st.SearchStrategy[dict[str, Any]]:
    images = st.sampled_from(("mcr.microsoft.com/azureml/base:1", f"mcr.microsoft.com/azureml/base@sha256:{'0' * 64}"))
    names = slugs(20).map("env-".__add__)
    return st.fixed_dictionaries(
        {"name": names, "image": images}, optional={"version": st.sampled_from(("1", "1.10")), "description": text}
    )


@st.composite
def endpoints(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(slugs(18, 3), unique=True, max_size=4))
    split = draw(st.integers(0, len(names)))
    auth = st.sampled_from(("aadToken", "amlToken", "key"))
    identity = st.sampled_from(("userAssigned", "systemAssigned"))
    online = [{"name": name} | draw(some(auth=auth, identity=identity, description=text)) for name in names[:split]]
    return {"online": online, "batch": [{"name": name} | draw(some(description=text)) for name in names[split:]]}
