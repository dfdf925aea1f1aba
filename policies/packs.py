"""The packs: which rules there are, and what each does in production and in preproduction. Levels only.

A rule that no pack holds never runs. Where several tiers guard a stack, the strictest level holds.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from policies.context import Context, Tier
from policies.rule import ADVISORY, MANDATORY, OFF, Level, Rule
from policies.rules import (
    access,
    ai,
    alerts,
    budget,
    capacity,
    container_registry,
    data_services,
    defender,
    delivery,
    encryption,
    federation,
    governance,
    identity,
    isolation,
    key_vault,
    kubernetes,
    local_auth,
    logs,
    managed_network,
    ml_compute,
    ml_endpoint,
    ml_registry,
    ml_workspace,
    models,
    network,
    plaintext,
    private_link,
    protection,
    storage,
    supply_chain,
)


class Levels(NamedTuple):
    """A rule's level in each tier."""

    production: Level
    preproduction: Level


Pack = Mapping[Rule, Levels]

ALWAYS = Levels(MANDATORY, MANDATORY)
IN_PRODUCTION = Levels(MANDATORY, ADVISORY)
PRODUCTION_ONLY = Levels(MANDATORY, OFF)
ADVICE = Levels(ADVISORY, ADVISORY)
PRODUCTION_ADVICE = Levels(ADVISORY, OFF)
PREPRODUCTION_ADVICE = Levels(OFF, ADVISORY)
STRICTER_IN_PREPRODUCTION = Levels(ADVISORY, MANDATORY)

NETWORK: Pack = {
    ml_workspace.ml_workspace_public_off: IN_PRODUCTION,
    ml_workspace.ml_managed_network: IN_PRODUCTION,
    ml_compute.ml_compute_isolated: IN_PRODUCTION,
    ml_compute.ml_compute_no_public_ip: IN_PRODUCTION,
    ml_workspace.ml_outbound_allowlist: IN_PRODUCTION,
    managed_network.ml_managed_pe_complete: IN_PRODUCTION,
    ml_registry.ml_registry_private: IN_PRODUCTION,
    ml_endpoint.ml_endpoint_private: IN_PRODUCTION,
    ml_endpoint.ml_deployment_egress_off: IN_PRODUCTION,
    storage.storage_network: IN_PRODUCTION,
    key_vault.keyvault_network: IN_PRODUCTION,
    container_registry.acr_network: IN_PRODUCTION,
    ai.ai_network: IN_PRODUCTION,
    ai.ai_outbound_restricted: PRODUCTION_ADVICE,
    ai.search_network: IN_PRODUCTION,
    data_services.cosmos_eventhub_network: IN_PRODUCTION,
    data_services.databricks_network: IN_PRODUCTION,
    data_services.datafactory_network: IN_PRODUCTION,
    kubernetes.aks_private_api: IN_PRODUCTION,
    network.nsg_no_any_inbound: ALWAYS,
    network.subnet_nsg_private: IN_PRODUCTION,
    network.public_ip_allowlist: IN_PRODUCTION,
    private_link.private_endpoint_per_paas: IN_PRODUCTION,
    private_link.private_dns_per_endpoint: IN_PRODUCTION,
    encryption.min_tls12_https: ALWAYS,
    isolation.env_isolation: ALWAYS,
}

IDENTITY: Pack = {
    ml_workspace.ml_user_assigned_identity: IN_PRODUCTION,
    identity.managed_identity_required: IN_PRODUCTION,
    ml_compute.ml_compute_local_auth_off: ALWAYS,
    ml_endpoint.ml_endpoint_entra_auth: IN_PRODUCTION,
    ml_workspace.ml_datastore_identity: IN_PRODUCTION,
    local_auth.ml_connection_no_keys: IN_PRODUCTION,
    local_auth.storage_shared_key_off: IN_PRODUCTION,
    local_auth.ai_search_local_auth_off: IN_PRODUCTION,
    local_auth.cosmos_eventhub_local_auth_off: IN_PRODUCTION,
    local_auth.acr_admin_anonymous_off: ALWAYS,
    local_auth.keyvault_rbac: ALWAYS,
    local_auth.aks_entra_only: IN_PRODUCTION,
    access.role_persona_matrix: IN_PRODUCTION,
    access.role_groups_only: IN_PRODUCTION,
    access.role_no_owner: IN_PRODUCTION,
    access.role_scope_limit: IN_PRODUCTION,
    access.role_definition_no_wildcard: ALWAYS,
    access.privileged_via_pim: ALWAYS,
    federation.federated_credential_pinned: ALWAYS,
}

BUDGET: Pack = {
    budget.budget_exists: IN_PRODUCTION,
    budget.budget_tiers: IN_PRODUCTION,
    budget.budget_within_cap: ALWAYS,
    budget.estimated_cost_within_budget: ADVICE,
    ml_compute.ml_instance_idle_shutdown: ALWAYS,
    capacity.ml_cluster_scale_to_zero: STRICTER_IN_PREPRODUCTION,
    capacity.ml_cluster_max_nodes: ALWAYS,
    capacity.compute_sku_allowlist: ALWAYS,
    capacity.ai_capacity_cap: ALWAYS,
    capacity.log_daily_cap: PREPRODUCTION_ADVICE,
    alerts.workspace_staleness_alert: PREPRODUCTION_ADVICE,
}

DATA: Pack = {
    storage.storage_no_anonymous_blob: ALWAYS,
    storage.storage_soft_delete_versioning: IN_PRODUCTION,
    storage.storage_exfiltration: IN_PRODUCTION,
    storage.storage_redundancy: PRODUCTION_ONLY,
    storage.storage_lifecycle: ADVICE,
    encryption.cmk_when_confidential: PRODUCTION_ONLY,
    key_vault.keyvault_purge_protection: IN_PRODUCTION,
    key_vault.keyvault_item_expiry: IN_PRODUCTION,
    plaintext.no_plaintext_secrets: ALWAYS,
    protection.delete_protection: PRODUCTION_ONLY,
}

MONITORING: Pack = {
    logs.diagnostics_per_resource: IN_PRODUCTION,
    logs.endpoint_traffic_logs: IN_PRODUCTION,
    logs.log_retention: IN_PRODUCTION,
    logs.appinsights_entra: IN_PRODUCTION,
    alerts.endpoint_alerts: PRODUCTION_ADVICE,
    alerts.alert_has_receiver: IN_PRODUCTION,
    alerts.activity_log_alerts: PRODUCTION_ADVICE,
    defender.defender_plans: PRODUCTION_ONLY,
    logs.vnet_flow_logs: PRODUCTION_ADVICE,
    delivery.model_monitor: PRODUCTION_ADVICE,
}

GOVERNANCE: Pack = {
    governance.required_tags: ALWAYS,
    governance.allowed_locations: ALWAYS,
    governance.naming_convention: ADVICE,
    governance.allowed_resource_types: IN_PRODUCTION,
    governance.exemption_expiry: ALWAYS,
    supply_chain.package_quarantine: IN_PRODUCTION,
    supply_chain.acr_hygiene: PRODUCTION_ADVICE,
    supply_chain.aks_hardening: IN_PRODUCTION,
}

MODEL_DEPLOYMENT: Pack = {
    models.model_approved_source: IN_PRODUCTION,
    models.model_pinned_version: IN_PRODUCTION,
    models.ai_model_approved: IN_PRODUCTION,
    models.ai_content_filter: IN_PRODUCTION,
    delivery.endpoint_min_instances: PRODUCTION_ONLY,
    delivery.endpoint_canary: IN_PRODUCTION,
}

PACKS: Mapping[str, Pack] = {
    "network": NETWORK,
    "identity": IDENTITY,
    "budget": BUDGET,
    "data": DATA,
    "monitoring": MONITORING,
    "governance": GOVERNANCE,
    "model-deployment": MODEL_DEPLOYMENT,
}

RULES: Mapping[Rule, Levels] = {rule: levels for pack in PACKS.values() for rule, levels in pack.items()}
"""Every rule of every pack."""


def effective(context: Context, rules: Mapping[Rule, Levels] = RULES) -> dict[Rule, Level]:
    """The rules that are on, each with the strictest level of the tiers that guard the stack, or a stricter one of its
    own."""
    strictest = {
        rule: max(context.levels.get(rule.id, OFF), _strictest(levels, context)) for rule, levels in rules.items()
    }
    return {rule: level for rule, level in strictest.items() if level is not OFF}


def level_faults(context: Context, rules: Mapping[Rule, Levels] = RULES) -> list[str]:
    """What is wrong with the levels that a stack gives itself: there is no such rule, or it is made lenient."""
    known = {rule.id: _strictest(levels, context) for rule, levels in rules.items()}
    faults = []
    for rule_id, level in sorted(context.levels.items()):
        if rule_id not in known:
            near = difflib.get_close_matches(rule_id, known, n=1)
            faults.append(f"{rule_id}: there is no such rule" + (f"; did you mean {near[0]}?" if near else ""))
        elif level < known[rule_id]:
            faults.append(f"{rule_id}: {level} is less than {known[rule_id]}, which holds here; ask for an exemption")
    return faults


def _strictest(levels: Levels, context: Context) -> Level:
    return max(_level(levels, tier) for tier in context.guards)


def _level(levels: Levels, tier: Tier) -> Level:
    return levels.production if tier is Tier.PRODUCTION else levels.preproduction
