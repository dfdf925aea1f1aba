"""Checks on ARM templates. Each asks for one property of one type; absent, it fails: Azure's default is open."""

from __future__ import annotations

from typing import Any

from checkov.arm.base_resource_check import BaseResourceCheck  # type: ignore[import-not-found]
from checkov.common.models.enums import CheckCategories, CheckResult  # type: ignore[import-not-found]

_ML = "Microsoft.MachineLearningServices"
_NETWORK, _IDENTITY, _GENERAL = (
    CheckCategories.NETWORKING, CheckCategories.IAM, CheckCategories.GENERAL_SECURITY,
)  # fmt: skip
_MANAGED_COMPUTES = ("amlcompute", "computeinstance")


class _Asks(BaseResourceCheck):  # type: ignore[misc]
    """Fails a resource unless the value at a path is one of those expected, in any case; `ANY` takes every value."""

    def __init__(
        self,
        id: str,
        name: str,
        type: str,
        path: str,
        expected: tuple[str, ...],
        category: Any,
        fix: str,
        only: tuple[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(name=name, id=id, categories=[category], supported_resources=[type], guideline=fix)
        self.path = path
        self.expected = expected
        self.only = only
        self.evaluated_keys = [path]

    def scan_resource_conf(self, conf: dict[str, Any]) -> Any:
        if self.only and _text(conf, self.only[0]) not in self.only[1]:
            return CheckResult.UNKNOWN
        value = _text(conf, self.path)
        if value.startswith("["):
            return CheckResult.UNKNOWN  # an expression of the template, which nobody has worked out
        passes = value in self.expected or (self.expected == ANY and value != "")
        return CheckResult.PASSED if passes else CheckResult.FAILED


ANY = ("*",)


def _text(conf: Any, path: str) -> str:
    """The value at a path as text in lower case; empty where it is absent."""
    for step in path.split("/"):
        conf = conf.get(step) if isinstance(conf, dict) else None
    return "" if conf is None else str(conf).lower()


class _BudgetWarnsTwice(BaseResourceCheck):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(
            name="Ensure that a budget warns at two thresholds or more",
            id="CKV_SEAWALL_10",
            categories=[_GENERAL],
            supported_resources=["Microsoft.Consumption/budgets"],
            guideline="Give it two enabled notifications at different thresholds.",
        )

    def scan_resource_conf(self, conf: dict[str, Any]) -> Any:
        notifications = (conf.get("properties") or {}).get("notifications")
        told = notifications.values() if isinstance(notifications, dict) else ()
        enabled = [each for each in told if isinstance(each, dict) and each.get("enabled") is True]
        return CheckResult.PASSED if len({each.get("threshold") for each in enabled}) > 1 else CheckResult.FAILED


checks = [
    _Asks(
        "CKV_SEAWALL_1", "Ensure that an Azure ML workspace says that its public access is off", f"{_ML}/workspaces",
        "properties/publicNetworkAccess", ("disabled",), _NETWORK, "Set publicNetworkAccess to Disabled.",
    ),
    _Asks(
        "CKV_SEAWALL_2", "Ensure that the managed network of an Azure ML workspace lets out only what is approved",
        f"{_ML}/workspaces", "properties/managedNetwork/isolationMode", ("allowonlyapprovedoutbound",), _NETWORK,
        "Set managedNetwork.isolationMode to AllowOnlyApprovedOutbound.",
        ("properties/managedNetwork/isolationMode", ("allowinternetoutbound", "allowonlyapprovedoutbound")),
    ),
    _Asks(
        "CKV_SEAWALL_3", "Ensure that the data stores of an Azure ML workspace use identities", f"{_ML}/workspaces",
        "properties/systemDatastoresAuthMode", ("identity", "userdelegationsas"), _IDENTITY,
        "Set systemDatastoresAuthMode to Identity.",
    ),
    _Asks(
        "CKV_SEAWALL_4", "Ensure that nobody signs in to an Azure ML compute with a local account",
        f"{_ML}/workspaces/computes", "properties/disableLocalAuth", ("true",), _IDENTITY,
        "Set disableLocalAuth to true.", ("properties/computeType", _MANAGED_COMPUTES),
    ),
    _Asks(
        "CKV_SEAWALL_5", "Ensure that the nodes of an Azure ML compute have no public address",
        f"{_ML}/workspaces/computes", "properties/properties/enableNodePublicIp", ("false",), _NETWORK,
        "Set enableNodePublicIp to false.", ("properties/computeType", _MANAGED_COMPUTES),
    ),
    _Asks(
        "CKV_SEAWALL_6", "Ensure that an Azure ML compute instance shuts down when idle",
        f"{_ML}/workspaces/computes", "properties/properties/idleTimeBeforeShutdown", ANY, _GENERAL,
        "Set idleTimeBeforeShutdown, such as PT30M.", ("properties/computeType", ("computeinstance",)),
    ),
    _Asks(
        "CKV_SEAWALL_7", "Ensure that an Azure ML online endpoint has no public access",
        f"{_ML}/workspaces/onlineEndpoints", "properties/publicNetworkAccess", ("disabled",), _NETWORK,
        "Set publicNetworkAccess to Disabled.",
    ),
    _Asks(
        "CKV_SEAWALL_8", "Ensure that an Azure ML online endpoint takes Entra tokens alone",
        f"{_ML}/workspaces/onlineEndpoints", "properties/authMode", ("aadtoken",), _IDENTITY,
        "Set authMode to AADToken.",
    ),
    _Asks(
        "CKV_SEAWALL_9", "Ensure that a firewall policy denies what threat intelligence knows",
        "Microsoft.Network/firewallPolicies", "properties/threatIntelMode", ("deny",), _NETWORK,
        "Set threatIntelMode to Deny.",
    ),
    _BudgetWarnsTwice(),
    _Asks(
        "CKV_SEAWALL_11", "Ensure that an Azure ML registry has no public access", f"{_ML}/registries",
        "properties/publicNetworkAccess", ("disabled",), _NETWORK, "Set publicNetworkAccess to Disabled.",
    ),
]  # fmt: skip
