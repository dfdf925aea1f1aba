"""What Microsoft Defender for Cloud watches over in a stack's subscription."""

from __future__ import annotations

import components
from components.defender_plan import PLANS
from stacks.composition.ground import Ground
from stacks.settings.guardrails import defender_owner


def defender(ground: Ground) -> None:
    """Turn Defender's plans on, and say whom it tells.

    A subscription's plans and contact have one owner: see `defenderOwner` of the guardrails.
    """
    settings = ground.settings
    if not settings.is_production or defender_owner(settings) != settings.environment:
        return
    for plan in PLANS:
        components.DefenderPlan(
            f"defender-{plan.lower()}",
            components.DefenderPlanArgs(subscription_id=settings.subscription, plan=plan),
            ground.opts,
        )
    components.SecurityContact(
        "security-contact",
        components.SecurityContactArgs(subscription_id=settings.subscription, emails=settings.alert_receivers),
        ground.opts,
    )
