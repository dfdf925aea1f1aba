"""What a rule is, and which there are."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from policies import Classification, Context, Level, Tier
from policies.config import InvalidConfig, context_of
from policies.packs import PACKS, RULES, Levels, effective
from policies.rule import ADVISORY, HIGH, LOW, MANDATORY, OFF, Rule, rule

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT.parent / "shared" / "rules.csv"
TESTS = Path(__file__).parent / "rules"


def named(**given: Any) -> Any:
    return rule("storage:StorageAccount", group="data", severity=LOW, fix="Mend it.", **given)


def test_a_rule_takes_its_words_from_the_function() -> None:
    """The name gives the id, the docstring's first line the title, the rest the why."""

    @named(psrule="A.B C.D", mcsb="NS-2")
    def storage_is_kind(account, plan, today):  # type: ignore[no-untyped-def]
        """Storage is kind.

        Or else it is not.
        """
        yield "unkind"

    assert (storage_is_kind.id, storage_is_kind.title) == ("storage-is-kind", "Storage is kind.")
    assert storage_is_kind.why == "Or else it is not."
    assert storage_is_kind.references.to_json() == {"psrule": ["A.B", "C.D"], "mcsb": ["NS-2"]}
    assert storage_is_kind.relational
    assert storage_is_kind not in RULES, "a rule is registered nowhere before a pack holds it"


def test_what_is_no_generator_is_no_rule() -> None:
    """A function that returns instead of yielding would pass whatever it found."""
    with pytest.raises(TypeError, match="must be a generator"):

        @named()
        def forgetful(account):  # type: ignore[no-untyped-def]
            """Title.

            Why.
            """
            return ["wrong"]


def test_a_rule_without_words_is_refused() -> None:
    """Title and why are both needed."""
    with pytest.raises(TypeError, match="needs a docstring"):

        @named()
        def mute(account):  # type: ignore[no-untyped-def]
            """Title alone."""
            yield "x"


def test_a_rule_asks_only_for_what_there_is() -> None:
    """A parameter that no host gives is an error of the rule, when it is made."""
    with pytest.raises(TypeError, match="may take the resource, then plan, context, today"):

        @named()
        def greedy(account, clock):  # type: ignore[no-untyped-def]
            """Title.

            Why.
            """
            yield "x"


PINNED = {
    "data": {
        "storage-no-anonymous-blob": "M/M",
        "storage-soft-delete-versioning": "M/A",
        "storage-exfiltration": "M/A",
        "storage-redundancy": "M/-",
        "storage-lifecycle": "A/A",
        "cmk-when-confidential": "M/-",
        "keyvault-purge-protection": "M/A",
        "keyvault-item-expiry": "M/A",
        "no-plaintext-secrets": "M/M",
        "delete-protection": "M/-",
    },
    "network": {
        "ml-workspace-public-off": "M/A",
        "ml-managed-network": "M/A",
        "ml-compute-isolated": "M/A",
        "ml-compute-no-public-ip": "M/A",
        "ml-outbound-allowlist": "M/A",
        "ml-managed-pe-complete": "M/A",
        "ml-registry-private": "M/A",
        "ml-endpoint-private": "M/A",
        "ml-deployment-egress-off": "M/A",
        "storage-network": "M/A",
        "keyvault-network": "M/A",
        "acr-network": "M/A",
        "ai-network": "M/A",
        "ai-outbound-restricted": "A/-",
        "search-network": "M/A",
        "cosmos-eventhub-network": "M/A",
        "databricks-network": "M/A",
        "datafactory-network": "M/A",
        "aks-private-api": "M/A",
        "nsg-no-any-inbound": "M/M",
        "subnet-nsg-private": "M/A",
        "public-ip-allowlist": "M/A",
        "private-endpoint-per-paas": "M/A",
        "private-dns-per-endpoint": "M/A",
        "min-tls12-https": "M/M",
        "env-isolation": "M/M",
    },
    "identity": {
        "ml-user-assigned-identity": "M/A",
        "managed-identity-required": "M/A",
        "ml-compute-local-auth-off": "M/M",
        "ml-endpoint-entra-auth": "M/A",
        "ml-datastore-identity": "M/A",
        "ml-connection-no-keys": "M/A",
        "storage-shared-key-off": "M/A",
        "ai-search-local-auth-off": "M/A",
        "cosmos-eventhub-local-auth-off": "M/A",
        "acr-admin-anonymous-off": "M/M",
        "keyvault-rbac": "M/M",
        "aks-entra-only": "M/A",
        "role-persona-matrix": "M/A",
        "role-groups-only": "M/A",
        "role-no-owner": "M/A",
        "role-scope-limit": "M/A",
        "role-definition-no-wildcard": "M/M",
        "privileged-via-pim": "M/M",
        "federated-credential-pinned": "M/M",
    },
    "budget": {
        "budget-exists": "M/A",
        "budget-tiers": "M/A",
        "budget-within-cap": "M/M",
        "estimated-cost-within-budget": "A/A",
        "ml-instance-idle-shutdown": "M/M",
        "ml-cluster-scale-to-zero": "A/M",
        "ml-cluster-max-nodes": "M/M",
        "compute-sku-allowlist": "M/M",
        "ai-capacity-cap": "M/M",
        "log-daily-cap": "-/A",
        "workspace-staleness-alert": "-/A",
    },
    "monitoring": {
        "diagnostics-per-resource": "M/A",
        "endpoint-traffic-logs": "M/A",
        "log-retention": "M/A",
        "appinsights-entra": "M/A",
        "endpoint-alerts": "A/-",
        "alert-has-receiver": "M/A",
        "activity-log-alerts": "A/-",
        "defender-plans": "M/-",
        "vnet-flow-logs": "A/-",
        "model-monitor": "A/-",
    },
    "governance": {
        "required-tags": "M/M",
        "allowed-locations": "M/M",
        "naming-convention": "A/A",
        "allowed-resource-types": "M/A",
        "exemption-expiry": "M/M",
        "package-quarantine": "M/A",
        "acr-hygiene": "A/-",
        "aks-hardening": "M/A",
    },
    "model-deployment": {
        "model-approved-source": "M/A",
        "model-pinned-version": "M/A",
        "ai-model-approved": "M/A",
        "ai-content-filter": "M/A",
        "endpoint-min-instances": "M/-",
        "endpoint-canary": "M/A",
    },
}

NEEDS_THE_PLAN = {
    "role-groups-only": "an eligibility has no principalType: the plan's groups tell whether its principal is one",
    "role-no-owner": "a grant is known by its principal, and the ID of an identity that the plan makes comes from it",
    "role-scope-limit": "a declared grant may be wider, and is known by its principal, as for role-no-owner",
}
"""Rules that can't be decided on the one resource that the catalogue takes them to be on, each with the reason."""


def short(levels: Levels) -> str:
    return "/".join({OFF: "-", ADVISORY: "A", MANDATORY: "M"}[level] for level in levels)


def test_packs_hold_these_rules_at_these_levels() -> None:
    """Packs are pinned by name: a rule that moves, or changes its level, changes this table."""
    assert {name: {rule.id: short(levels) for rule, levels in pack.items()} for name, pack in PACKS.items()} == PINNED


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_a_rule_stands_in_the_pack_of_its_group(each: Rule) -> None:
    """The group that a rule names is the pack that holds it, and no other does."""
    assert [name for name, pack in PACKS.items() if each in pack] == [each.group]


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_a_rule_has_title_why_fix_and_tests(each: Rule) -> None:
    """A rule says what, why and how to mend it, and has tests that refuse, accept and can't tell."""
    assert re.fullmatch(r"[A-Z].{10,90}\.", each.title), each.title
    assert len(each.why) > 60
    assert re.fullmatch(r"[A-Z].+\.", each.fix), each.fix
    tests = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.glob("test_*.py"))
    name = each.function.__name__
    assert len(re.findall(rf"def test_{name}_refuses_", tests)) >= 2
    assert len(re.findall(rf"def test_{name}_accepts_", tests)) >= 1
    assert len(re.findall(rf"def test_{name}_cannot_tell_", tests)) >= 1


def test_rules_are_pure_generators_without_state() -> None:
    """A rule's module imports neither clock, files nor network."""
    for path in (ROOT / "policies" / "rules").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(open|today|now|print)\(", text), path.name
        assert not re.search(r"^import (os|sys|time|random|requests|urllib)", text, re.MULTILINE), path.name


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_a_rule_agrees_with_the_catalogue(each: Rule) -> None:
    """Group, references and levels are the catalogue's, and so is whether it needs the plan, but for three rules.

    Those of `NEEDS_THE_PLAN` depart from the catalogue, and do need the plan: an entry that isn't needed fails.
    """
    if not CATALOGUE.is_file():
        pytest.skip("the catalogue of rules is not at hand (../shared/rules.csv)")
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = {row["rule"]: row for row in csv.DictReader(file)}
    row, references = rows[each.id], each.references
    assert (each.group, short(RULES[each])) == (row["group"], row["prod/dev"])
    assert references.psrule == tuple(row["psrule"].split())
    assert references.checkov == tuple(row["checkov"].split())
    assert references.azure_policy == tuple(row["azure_policy"].split())
    assert references.mcsb == tuple(row["mcsb"].split())
    assert each.relational == (row["scope"] == "stack" or each.id in NEEDS_THE_PLAN)
    assert row["scope"] == "resource" or each.id not in NEEDS_THE_PLAN
    assert set(NEEDS_THE_PLAN) <= set(rows)


@pytest.mark.parametrize("classification", Classification)
@pytest.mark.parametrize("tier", Tier)
def test_the_stricter_of_tier_and_data_holds(tier: Tier, classification: Classification) -> None:
    """Preproduction with confidential or restricted data is guarded as production."""
    context = Context(tier=tier, classification=classification)
    strict = tier is Tier.PRODUCTION or classification in ("confidential", "restricted")
    levels = {rule.id: level for rule, level in effective(context).items()}
    assert context.production == strict
    assert levels["ml-workspace-public-off"] == (MANDATORY if strict else ADVISORY)


def test_no_tier_loosens_another() -> None:
    """A rule that is stricter in preproduction stays so when production data comes in; one that is off is left out."""

    @named()
    def scales_to_zero(account):  # type: ignore[no-untyped-def]
        """Clusters scale down to zero.

        Mandatory where nobody waits for them.
        """
        yield "x"

    rules = {scales_to_zero: Levels(ADVISORY, MANDATORY)}
    with_data = Context(tier=Tier.PREPRODUCTION, classification=Classification.CONFIDENTIAL)
    assert effective(with_data, rules) == {scales_to_zero: MANDATORY}
    assert effective(Context(), rules) == {scales_to_zero: ADVISORY}
    assert effective(Context(), {scales_to_zero: Levels(OFF, MANDATORY)}) == {}


def test_levels_and_severities_are_ordered_and_named() -> None:
    """The stricter is the greater, and both are written in lower case."""
    assert Level.MANDATORY > Level.ADVISORY > Level.OFF
    assert (str(Level.MANDATORY), str(HIGH)) == ("mandatory", "high")


def raised(**levels: str) -> Context:
    """A preproduction stack that raises rules of its own."""
    guardrails = json.dumps({"levels": {rule.replace("_", "-"): level for rule, level in levels.items()}})
    given = {"tier": "preproduction", "guardrails": guardrails}
    return context_of(given.get, "dev")


def test_a_stack_may_hold_itself_to_more():
    """A rule that its stack raises has that level there; the others keep theirs."""
    levels = {rule.id: level for rule, level in effective(raised(storage_redundancy="mandatory")).items()}
    usual = {rule.id: level for rule, level in effective(raised()).items()}
    assert "storage-redundancy" not in usual
    assert levels == usual | {"storage-redundancy": MANDATORY}


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"nsg_no_any_inbound": "advisory"}, "advisory is less than mandatory, which holds here; ask for an exemption"),
        ({"storage_redundncy": "mandatory"}, "there is no such rule; did you mean storage-redundancy?"),
        ({"storage_redundancy": "off"}, "expected advisory or mandatory"),
    ],
)
def test_no_stack_makes_a_rule_lenient(levels, expected):
    """What a stack file may not say of a level is refused with the rule's name."""
    with pytest.raises(InvalidConfig) as caught:
        raised(**levels)
    (error,) = caught.value.errors
    assert error.startswith("seawall:guardrails.levels.") and expected in error
