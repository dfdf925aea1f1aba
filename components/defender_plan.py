"""Plans of Microsoft Defender for Cloud: what it watches over in a subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, ResourceOptions

from components.base import Component, arm_id


@dataclass(frozen=True)
class Plan:
    """The variant of a plan, empty for a plan that has none, and the extensions that are on."""

    variant: str = ""
    extensions: Sequence[str] = ()


PLANS: Mapping[str, Plan] = {
    "AI": Plan(),
    "Api": Plan("P1"),
    "Arm": Plan("PerSubscription"),
    "Containers": Plan(extensions=("ContainerRegistriesVulnerabilityAssessments",)),
    "KeyVaults": Plan("PerKeyVault"),
    "StorageAccounts": Plan("DefenderForStorageV2", ("OnUploadMalwareScanning", "SensitiveDataDiscovery")),
}
"""The plans that an ML platform needs. Source: Defender for Cloud REST reference, pricings (names, sub-plans and
extensions). Prompts may hold personal data: the extension of AI that adds them to alerts is off."""


@dataclass(frozen=True, kw_only=True)
class DefenderPlanArgs:
    """`subscription_id` is a GUID; `plan` is one of `PLANS`. Raises ValueError for another."""

    subscription_id: str
    plan: str

    def __post_init__(self) -> None:
        if self.plan not in PLANS:
            raise ValueError(f"{self.plan!r} is none of the plans {', '.join(PLANS)}")


class DefenderPlan(Component):
    """A plan of Defender that is on for a whole subscription.

    A subscription has each plan, if only the free one: it is set and never deleted. So it stays as it is when the
    stack goes, and only one stack of a subscription may own it.
    """

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: DefenderPlanArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        wanted = PLANS[args.plan]
        azure.security.Pricing(
            name,
            pricing_name=args.plan,
            scope_id=f"subscriptions/{args.subscription_id}",
            pricing_tier="Standard",
            sub_plan=wanted.variant or None,
            extensions=[
                azure.security.ExtensionArgs(name=extension, is_enabled="True") for extension in wanted.extensions
            ]
            or None,
            opts=self.child_opts(retain_on_delete=True),
        )
        scope = f"/subscriptions/{args.subscription_id}"
        self.id = self.computed(lambda: arm_id(scope, "Microsoft.Security/pricings", args.plan))
        self.name = self.computed(lambda: args.plan)
        self.register_outputs({"id": self.id, "name": self.name})
