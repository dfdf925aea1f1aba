"""Rules on where code comes from, and on what builds and runs it: images, packages, registries, clusters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

import yaml

from policies.context import Context
from policies.reading import ResourceView, View, same
from policies.rule import HIGH, LOW, MEDIUM, Found, rule

_INDEX = re.compile(r"^(?:-i|--index-url|--extra-index-url|-f|--find-links)[=\s]+(\S+)")
_ADDRESS = re.compile(r"(?:^|[\s@+])((?:git\+)?(?:https?|ssh|git)://\S+)")


@rule(
    "machinelearningservices:EnvironmentVersion",
    "machinelearningservices:RegistryEnvironmentVersion",
    group="governance",
    severity=HIGH,
    azure_policy="77eeea86-7e81-4a7d-9067-de844d096752 5853517a-63de-11ea-bc55-0242ac130003",
    mcsb="DS-2",
    fix="Take an image of an approved registry, and name an approved feed with --index-url and as the only channel.",
)
def package_quarantine(environment: ResourceView, context: Context) -> Found:
    """Images and packages come from registries and feeds that were approved.

    A package of a mistyped name runs next to the data on the day it is published; a feed of one's own holds back what
    is new and unknown. An image that is built from a folder of files can't be read here, and is told as unapproved:
    build it in the pipeline and name it. A registry of the stack's own is one of guardrails.imageRegistries.
    """
    properties = environment.get("properties")
    if not isinstance(properties, View):
        return
    image = properties.get("image")
    if image is not None and _registry(str(image)) not in _hosts(context.image_registries):
        yield f"its image comes from {_registry(str(image))}, which isn't approved"
    if properties.get("build") is not None:
        yield "its image is built from files that no rule can read"
    conda = properties.get("condaFile")
    if conda is not None:
        yield from _of_conda(str(conda), _hosts(context.package_feeds))


@rule(
    "containerregistry:Registry",
    group="governance",
    severity=LOW,
    psrule="Azure.ACR.Quarantine Azure.ACR.ExportPolicy",
    checkov="CKV_AZURE_166 CKV_AZURE_167 CKV_AZURE_233",
    azure_policy="524b0254-c285-4903-bee6-bb8126cde579",
    fix="Set policies.retentionPolicy.status to enabled, policies.exportPolicy.status to disabled and zoneRedundancy "
    "to Enabled; quarantinePolicy once a scanner releases what it holds back.",
)
def acr_hygiene(registry: ResourceView) -> Found:
    """Container registries hold back new images, forget old ones, let none out, span zones.

    An image that no scanner has seen shouldn't run. But quarantine without a scanner that releases images stops every
    build, and a plan doesn't say whether there is one: hence advice, in production alone.
    """
    for path, wanted in (("quarantinePolicy", "enabled"), ("retentionPolicy", "enabled"), ("exportPolicy", "disabled")):
        status = registry.get(f"policies.{path}.status", "not set")
        if not same(status, wanted):
            yield f"policies.{path}.status is {status}"
    if not same(registry.get("zoneRedundancy"), "Enabled"):
        yield f"zoneRedundancy is {registry.get('zoneRedundancy', 'not set')}"


@rule(
    "containerservice:ManagedCluster",
    group="governance",
    severity=MEDIUM,
    psrule="Azure.AKS.AzurePolicyAddOn Azure.AKS.DefenderProfile",
    checkov="CKV_AZURE_116 CKV_AZURE_171",
    azure_policy="0a15ec92-a229-4763-bb14-0ea34a568f8d a1840de2-8088-4ea8-b153-b4c723e9cb01",
    mcsb="PV-2",
    fix="Enable addonProfiles.azurepolicy and securityProfile.defender.securityMonitoring, and choose an "
    "autoUpgradeProfile.upgradeChannel.",
)
def aks_hardening(cluster: ResourceView) -> Found:
    """Kubernetes clusters hold Azure's policies, are watched by Defender, and upgrade themselves.

    A cluster that nobody upgrades is out of support within a year, with every hole that was found since.
    """
    addons = cluster.get("addonProfiles")
    named = {name.casefold(): addon for name, addon in addons.items()} if isinstance(addons, View) else {}
    policy = named.get("azurepolicy")
    if not (isinstance(policy, View) and policy.get("enabled") is True):
        yield "addonProfiles.azurepolicy isn't enabled"
    if cluster.get("securityProfile.defender.securityMonitoring.enabled") is not True:
        yield "securityProfile.defender.securityMonitoring isn't enabled"
    channel = cluster.get("autoUpgradeProfile.upgradeChannel", "none")
    if same(channel, "none"):
        yield "autoUpgradeProfile.upgradeChannel is none: it never upgrades itself"


def _of_conda(text: str, feeds: Collection[str]) -> Iterator[str]:
    """What of a Conda file comes from elsewhere."""
    try:
        file = yaml.safe_load(text)
    except yaml.YAMLError:
        file = None
    if not isinstance(file, dict):
        yield "its condaFile is no Conda file"
        return
    wanted = file.get("dependencies") or []
    pip = [line for entry in wanted if isinstance(entry, dict) for line in entry.get("pip") or []]
    if any(isinstance(entry, str) for entry in wanted):
        channels = [str(channel) for channel in file.get("channels") or []]
        if not channels:
            yield "its condaFile names no channel: packages come from Anaconda's defaults"
        yield from (f"channel {one} isn't approved" for one in channels if _host(one) not in feeds)
    yield from _of_pip([str(line).strip() for line in pip], feeds)


def _of_pip(lines: list[str], feeds: Collection[str]) -> Iterator[str]:
    """What pip would take from elsewhere: it asks the public index too, unless --index-url names another."""
    indexes = [found[1] for line in lines if (found := _INDEX.match(line))]
    packages = [line for line in lines if not line.startswith("-")]
    replaced = any(line.startswith(("-i", "--index-url")) for line in lines)
    if packages and not replaced:
        yield "pip takes packages from the public index: no --index-url names an approved feed"
    for index in indexes:
        if _host(index) not in feeds:
            yield f"the package feed {_host(index) or index} isn't approved"
    for line in packages:
        for address in _ADDRESS.findall(line):
            if _host(address) not in feeds:
                yield f"a package comes from {_host(address)}, which isn't approved"
    yield from (f"{line.split()[0]} reads a file that no rule can see" for line in lines if re.match(r"-r|--req", line))


def _registry(image: str) -> str:
    """The host of an image's registry: Docker Hub where the name has none."""
    host, _, rest = image.partition("/")
    return host.casefold() if rest and ("." in host or ":" in host) else "docker.io"


def _host(address: str) -> str:
    """The host of an address, empty for what isn't one, such as the name of a public Conda channel."""
    return (urlsplit(address.removeprefix("git+")).hostname or "").casefold()


def _hosts(approved: Collection[str]) -> set[str]:
    return {host.casefold() for host in approved}
