"""What Microsoft Defender for Cloud watches over in a stack's subscription."""

from __future__ import annotations

import components
from components.defender_plan import PLANS
from stacks.composition.ground import Ground


def defender(ground: Ground) -> None:
    """Turn Defender's plans on. A subscription's plans have one owner: production, unless another stack is named."""
    settings = ground.settings
    if not settings.is_production or settings.guardrails.defender_owner not in (None, settings.environment):
        return
    for plan in PLANS:
        components.DefenderPlan(
            f"defender-{plan.lower()}",
            components.DefenderPlanArgs(subscription_id=settings.subscription, plan=plan),
            ground.opts,
        )
