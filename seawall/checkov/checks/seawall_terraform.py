"""Checks on Terraform (azurerm). Those that checkov has already, such as CKV_AZURE_142 and 144, are left to it."""

from __future__ import annotations

from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult  # type: ignore[import-not-found]
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck  # type: ignore[import-not-found]


class _Asks(BaseResourceCheck):  # type: ignore[misc]
    """Fails a resource unless the value at a path of blocks is the expected one. Blocks and values come in lists."""

    def __init__(
        self, id: str, name: str, types: list[str], path: str, expected: Any, category: Any, fix: str
    ) -> None:
        super().__init__(name=name, id=id, categories=[category], supported_resources=types, guideline=fix)
        self.path = path
        self.expected = expected
        self.evaluated_keys = [path]

    def scan_resource_conf(self, conf: dict[str, Any]) -> Any:
        value: Any = conf
        for step in self.path.split("/"):
            value = value.get(step) if isinstance(value, dict) else None
            value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str) and value.startswith(("var.", "local.", "data.", "module.", "${")):
            return CheckResult.UNKNOWN
        return CheckResult.PASSED if value == self.expected else CheckResult.FAILED


class _BudgetWarnsTwice(BaseResourceCheck):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(
            name="Ensure that a budget warns at two thresholds or more",
            id="CKV_SEAWALL_10",
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=[
                "azurerm_consumption_budget_resource_group", "azurerm_consumption_budget_subscription",
            ],
            guideline="Give it two notification blocks at different thresholds.",
        )  # fmt: skip

    def scan_resource_conf(self, conf: dict[str, Any]) -> Any:
        told = [each for each in conf.get("notification", []) if isinstance(each, dict)]
        enabled = [each for each in told if each.get("enabled", [True]) != [False]]
        thresholds = {str(each.get("threshold")) for each in enabled}
        return CheckResult.PASSED if len(thresholds) > 1 else CheckResult.FAILED


checks = [
    _Asks(
        "CKV_SEAWALL_2", "Ensure that the managed network of an Azure ML workspace lets out only what is approved",
        ["azurerm_machine_learning_workspace"], "managed_network/isolation_mode", "AllowOnlyApprovedOutbound",
        CheckCategories.NETWORKING, "Set isolation_mode of managed_network to AllowOnlyApprovedOutbound.",
    ),
    _Asks(
        "CKV_SEAWALL_5", "Ensure that the nodes of an Azure ML compute have no public address",
        ["azurerm_machine_learning_compute_cluster", "azurerm_machine_learning_compute_instance"],
        "node_public_ip_enabled", False, CheckCategories.NETWORKING, "Set node_public_ip_enabled to false.",
    ),
    _Asks(
        "CKV_SEAWALL_9", "Ensure that a firewall policy denies what threat intelligence knows",
        ["azurerm_firewall_policy"], "threat_intelligence_mode", "Deny",
        CheckCategories.NETWORKING, "Set threat_intelligence_mode to Deny.",
    ),
    _BudgetWarnsTwice(),
]  # fmt: skip
