"""The packs: which rules there are, and what each does in production and in preproduction. Levels only.

A rule that no pack holds never runs. Where several tiers guard a stack, the strictest level holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from policies.context import Context, Tier
from policies.rule import ADVISORY, MANDATORY, OFF, Level, Rule
from policies.rules import budget, identity, ml_compute, ml_endpoint, ml_workspace


class Levels(NamedTuple):
    """A rule's level in each tier."""

    production: Level
    preproduction: Level


Pack = Mapping[Rule, Levels]

ALWAYS = Levels(MANDATORY, MANDATORY)
IN_PRODUCTION = Levels(MANDATORY, ADVISORY)
ADVICE = Levels(ADVISORY, ADVISORY)

NETWORK: Pack = {
    ml_workspace.ml_workspace_public_off: IN_PRODUCTION,
    ml_workspace.ml_managed_network: IN_PRODUCTION,
    ml_compute.ml_compute_isolated: IN_PRODUCTION,
    ml_compute.ml_compute_no_public_ip: IN_PRODUCTION,
    ml_workspace.ml_outbound_allowlist: IN_PRODUCTION,
}

IDENTITY: Pack = {
    ml_workspace.ml_user_assigned_identity: IN_PRODUCTION,
    identity.managed_identity_required: IN_PRODUCTION,
    ml_compute.ml_compute_local_auth_off: ALWAYS,
    ml_endpoint.ml_endpoint_entra_auth: IN_PRODUCTION,
    ml_workspace.ml_datastore_identity: IN_PRODUCTION,
}

BUDGET: Pack = {
    budget.budget_exists: IN_PRODUCTION,
    budget.budget_tiers: IN_PRODUCTION,
    budget.budget_within_cap: ALWAYS,
    budget.estimated_cost_within_budget: ADVICE,
    ml_compute.ml_instance_idle_shutdown: ALWAYS,
}

PACKS: Mapping[str, Pack] = {"network": NETWORK, "identity": IDENTITY, "budget": BUDGET}

RULES: Mapping[Rule, Levels] = {rule: levels for pack in PACKS.values() for rule, levels in pack.items()}
"""Every rule of every pack."""


def effective(context: Context, rules: Mapping[Rule, Levels] = RULES) -> dict[Rule, Level]:
    """The rules that are on, each with the strictest level of the tiers that guard the stack."""
    strictest = {rule: max(_level(levels, tier) for tier in context.guards) for rule, levels in rules.items()}
    return {rule: level for rule, level in strictest.items() if level is not OFF}


def _level(levels: Levels, tier: Tier) -> Level:
    return levels.production if tier is Tier.PRODUCTION else levels.preproduction
