"""The Azure name of everything the platform builds, known before anything exists.

Names follow the Cloud Adoption Framework: an abbreviation of the kind, then organisation, workload, environment and
region, then the instance where there are several: `vnet-larkspur-mlp-prod-weu`. What is unique beyond its resource
group ends in a short hash instead of relying on luck, and a child carries only what tells it from its siblings.

Sources: https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/resource-abbreviations
for abbreviations (a kind that it doesn't list has one of ours),
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules for limits.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Literal, get_args

Kind = Literal[
    "resource group",
    "virtual network",
    "subnet",
    "firewall subnet",
    "bastion subnet",
    "peering",
    "network security group",
    "route table",
    "nat gateway",
    "public ip",
    "firewall",
    "firewall policy",
    "bastion",
    "private endpoint",
    "private dns link",
    "identity",
    "federated credential",
    "key vault",
    "key",
    "storage account",
    "data lake account",
    "flow log account",
    "flow log",
    "container registry",
    "ml registry",
    "ml workspace",
    "compute cluster",
    "compute instance",
    "datastore",
    "environment",
    "online endpoint",
    "batch endpoint",
    "log analytics",
    "application insights",
    "action group",
    "action group short name",
    "alert",
    "private link scope",
    "diagnostic setting",
    "budget",
    "lock",
    "policy initiative",
]

REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "australiacentral": "auc", "australiacentral2": "auc2", "australiaeast": "aue", "australiasoutheast": "ause",
        "austriaeast": "ate", "belgiumcentral": "bec", "brazilsouth": "brs", "brazilsoutheast": "brse",
        "canadacentral": "cac", "canadaeast": "cae", "centralindia": "inc", "centralus": "cus", "chilecentral": "clc",
        "eastasia": "eas", "eastus": "eus", "eastus2": "eus2", "francecentral": "frc", "francesouth": "frs",
        "germanynorth": "gen", "germanywestcentral": "gewc", "indonesiacentral": "idc", "israelcentral": "ilc",
        "italynorth": "itn", "japaneast": "jpe", "japanwest": "jpw", "jioindiacentral": "jic", "jioindiawest": "jiw",
        "koreacentral": "krc", "koreasouth": "krs", "malaysiawest": "myw", "mexicocentral": "mxc",
        "newzealandnorth": "nzn", "northcentralus": "ncus", "northeurope": "neu", "norwayeast": "noe",
        "norwaywest": "now", "polandcentral": "plc", "qatarcentral": "qac", "southafricanorth": "zan",
        "southafricawest": "zaw", "southcentralus": "scus", "southeastasia": "seas", "southindia": "ins",
        "spaincentral": "esc", "swedencentral": "sec", "swedensouth": "ses", "switzerlandnorth": "chn",
        "switzerlandwest": "chw", "uaecentral": "aec", "uaenorth": "aen", "uksouth": "uks", "ukwest": "ukw",
        "westcentralus": "wcus", "westeurope": "weu", "westindia": "inw", "westus": "wus", "westus2": "wus2",
        "westus3": "wus3",
    }
)  # fmt: skip
"""The regions of public Azure, each with the short code that names carry."""

_ANY = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_WORD = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?"
_DASHED = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_LETTER_FIRST = r"[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?"

_STANDARD = "{abbreviation}-{organisation}-{workload}-{environment}-{region}{-instance}"
_GLOBAL = "{abbreviation}{organisation}{workload}{environment}{region}{instance}{hash}"
_GLOBAL_SHORT = "{abbreviation}{workload}{environment}{instance}{hash}"
_REGIONAL_SHORT = "{instance}-{environment}-{hash}"
_CHILD = "{abbreviation}{-instance}"
_ITSELF = "{instance}"


@dataclass(frozen=True)
class Rule:
    """How one kind is named: its abbreviation, the form of its names, and what Azure takes.

    `pattern` is a regular expression that the whole name must match; `charset` says the same in words.
    """

    abbreviation: str
    form: str
    least: int
    most: int
    pattern: str = _WORD
    charset: str = "letters, digits, '.', '_' and '-', starting with a letter or digit"


_DASHED_WORDS = "letters, digits and single '-', starting and ending with a letter or digit"
_LETTER_FIRST_WORDS = "letters, digits and '-', starting with a letter, ending with a letter or digit"
_ANY_WORDS = "letters, digits, '_' and '-', starting with a letter or digit"

RULES: Mapping[Kind, Rule] = MappingProxyType(
    {
        "resource group": Rule("rg", _STANDARD, 1, 90),
        "virtual network": Rule("vnet", _STANDARD, 2, 64),
        "subnet": Rule("snet", _CHILD, 1, 80),
        # Azure finds these two by their names.
        "firewall subnet": Rule("AzureFirewallSubnet", "{abbreviation}", 1, 80),
        "bastion subnet": Rule("AzureBastionSubnet", "{abbreviation}", 1, 80),
        # A hub has peerings with many environments.
        "peering": Rule("peer", "{abbreviation}-{workload}-{environment}{-instance}", 1, 80),
        "network security group": Rule("nsg", _STANDARD, 1, 80),
        "route table": Rule("rt", _STANDARD, 1, 80),
        "nat gateway": Rule("ng", _STANDARD, 1, 80),
        "public ip": Rule("pip", _STANDARD, 1, 80),
        "firewall": Rule("afw", _STANDARD, 1, 56),
        "firewall policy": Rule("afwp", _STANDARD, 1, 80),
        "bastion": Rule("bas", _STANDARD, 1, 80),
        "private endpoint": Rule("pep", _STANDARD, 2, 64),
        "private dns link": Rule("link", _STANDARD, 1, 80),
        "identity": Rule("id", _STANDARD, 3, 128, r"[A-Za-z0-9][A-Za-z0-9_-]*", _ANY_WORDS),
        "federated credential": Rule("fc", _CHILD, 3, 120, r"[A-Za-z0-9][A-Za-z0-9_-]*", _ANY_WORDS),
        # 24 characters leave the organisation and the region to the hash.
        "key vault": Rule("kv", _GLOBAL_SHORT, 3, 24, r"[A-Za-z](-?[A-Za-z0-9])*", _DASHED_WORDS),
        "key": Rule("key", _CHILD, 1, 127, _DASHED, _DASHED_WORDS),
        "storage account": Rule("st", _GLOBAL_SHORT, 3, 24, r"[a-z0-9]+", "lower-case letters and digits"),
        "data lake account": Rule("dls", _GLOBAL_SHORT, 3, 24, r"[a-z0-9]+", "lower-case letters and digits"),
        "flow log account": Rule("fl", _GLOBAL_SHORT, 3, 24, r"[a-z0-9]+", "lower-case letters and digits"),
        "flow log": Rule("flow", _STANDARD, 1, 80),
        "container registry": Rule("cr", _GLOBAL, 5, 50, r"[A-Za-z0-9]+", "letters and digits"),
        # Unique in the tenant, where organisation, workload, environment and region tell it apart.
        "ml registry": Rule("mlr", _STANDARD, 5, 32, r"[A-Za-z0-9][A-Za-z0-9_-]*", _ANY_WORDS),
        "ml workspace": Rule("mlw", _STANDARD, 3, 33, r"[A-Za-z0-9][A-Za-z0-9_-]*", _ANY_WORDS),
        # Unique in the region, whoever owns them: their addresses are made of their names.
        "compute cluster": Rule("", _REGIONAL_SHORT, 3, 24, _LETTER_FIRST, _LETTER_FIRST_WORDS),
        "compute instance": Rule("", _REGIONAL_SHORT, 3, 24, _LETTER_FIRST, _LETTER_FIRST_WORDS),
        "online endpoint": Rule("", _REGIONAL_SHORT, 3, 32, _LETTER_FIRST, _LETTER_FIRST_WORDS),
        "batch endpoint": Rule("", _REGIONAL_SHORT, 3, 32, _LETTER_FIRST, _LETTER_FIRST_WORDS),
        "datastore": Rule("", _ITSELF, 1, 255, r"[A-Za-z0-9_]+", "letters, digits and '_'"),
        "environment": Rule("", _ITSELF, 1, 255, r"[A-Za-z0-9][A-Za-z0-9_-]*", _ANY_WORDS),
        "log analytics": Rule("log", _STANDARD, 4, 63, _DASHED, _DASHED_WORDS),
        "application insights": Rule("appi", _STANDARD, 1, 260),
        "action group": Rule("ag", _STANDARD, 1, 260),
        "action group short name": Rule("", "{workload}", 1, 12, _ANY),
        "alert": Rule("alert", _STANDARD, 1, 260),
        "private link scope": Rule("ampls", _STANDARD, 1, 255),
        "diagnostic setting": Rule("diag", "{abbreviation}-{workload}-{environment}{-instance}", 1, 260),
        "budget": Rule("budget", _STANDARD, 1, 63, r"[A-Za-z0-9_-]+", _ANY_WORDS),
        "lock": Rule("lock", _CHILD, 1, 90),
        "policy initiative": Rule("policy", _STANDARD, 1, 64),
    }
)
"""How each kind is named, and what Azure takes for it."""


class NameRefused(ValueError):
    """A name that Azure would refuse. `excess` is by how many characters it is too long, 0 where it isn't."""

    def __init__(self, kind: Kind, name: str, reason: str, excess: int = 0) -> None:
        whose = kind if kind.endswith("name") else f"{kind}'s name"
        super().__init__(f"the {whose} {name!r} {reason}")
        self.kind, self.name, self.reason, self.excess = kind, name, reason, excess


@dataclass(frozen=True)
class Names:
    """The names of one environment, as a pure function of who, what and where it is.

    `organisation`, `workload` and `environment` are lower-case letters and digits; `region` is Azure's name of a region
    (a `KeyError` otherwise); `subscription` is a GUID.

    >>> Names("larkspur", "mlp", "prod", "westeurope", "11111111-1111-1111-1111-111111111111").of("virtual network")
    'vnet-larkspur-mlp-prod-weu'
    """

    organisation: str
    workload: str
    environment: str
    region: str
    subscription: str

    @cached_property
    def hash(self) -> str:
        """Five characters that tell this environment's names from everybody else's, where names are global.

        The subscription makes it unique; the rest is hashed too, since the shortest names leave it out.
        """
        whole = "/".join((self.subscription.lower(), self.organisation, self.workload, self.environment, self.region))
        return b32encode(sha256(whole.encode()).digest()).decode()[:5].lower()

    def of(self, kind: Kind, instance: str = "") -> str:
        """The name of the thing of this kind, or of one instance of it. Raises NameRefused, and KeyError for the kind.

        >>> names = Names("larkspur", "mlp", "prod", "westeurope", "11111111-1111-1111-1111-111111111111")
        >>> names.of("resource group", "network")
        'rg-larkspur-mlp-prod-weu-network'
        >>> names.of("subnet", "training")
        'snet-training'
        """
        rule = RULES[kind]
        name = rule.form.replace("{-instance}", f"-{instance}" if instance else "").format(
            abbreviation=rule.abbreviation,
            organisation=self.organisation,
            workload=self.workload,
            environment=self.environment,
            region=REGIONS[self.region],
            instance=instance,
            hash=self.hash,
        )
        return checked(kind, name)


def checked(kind: Kind, name: str) -> str:
    """The name itself, when Azure takes it for this kind. Raises NameRefused, which says the limit and by how much.

    >>> checked("storage account", "st" + "x" * 24)
    Traceback (most recent call last):
    components.names.NameRefused: the storage account's name ... has 26 characters, 2 too many: Azure takes 3 to 24
    """
    rule = RULES[kind]
    excess = len(name) - rule.most
    if excess > 0:
        raise NameRefused(kind, name, f"has {len(name)} characters, {excess} too many: {_takes(rule)}", excess)
    if len(name) < rule.least:
        raise NameRefused(kind, name, f"has {len(name)} characters, {rule.least - len(name)} too few: {_takes(rule)}")
    if not re.fullmatch(rule.pattern, name):
        raise NameRefused(kind, name, f"has characters or a form that Azure refuses: it takes {rule.charset}")
    return name


def _takes(rule: Rule) -> str:
    return f"Azure takes {rule.least} to {rule.most}"


def kinds() -> tuple[Kind, ...]:
    """Every kind that has a name."""
    return get_args(Kind)
