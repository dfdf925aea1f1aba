from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from components.builtin_policies import builtin_policies
from components.policy_assignments import AssignedPolicy, PolicyAssignments, PolicyAssignmentsArgs, PolicyWaiver
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, SUBSCRIPTION

TLS = "fe83a0eb-a853-422d-aac2-1bffd182c5d0"
VAULT_LINK = "a6abeaec-4d90-4a02-805f-6b26c4d3fbe9"
TAG = "871b6d14-10aa-478d-b590-94f262ecfa99"
VAULT_LOGS = "cf820ca0-f99e-4f3e-84fb-66e913812d21"
DNS = "ee40564d-486e-4f68-a5ca-7a621edae0fb"
DATA = f"{GROUP}-data"
INITIATIVE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policySetDefinitions/policy-larkspur"


def assigned(reference: str, definition: str, effect: str = "Deny", **parameters: Any) -> AssignedPolicy:
    return AssignedPolicy(
        reference=reference,
        definition=definition,
        effect=effect,  # type: ignore[arg-type]
        group="network",
        message=f"{reference}: mend it.",
        parameters=parameters,
    )


def waiver(**more: Any) -> PolicyWaiver:
    args: dict[str, Any] = {
        "resource_name": "tls-1a2b3c4d",
        "title": "tls for stlegacy",
        "reason": "The vendor's scanner speaks TLS 1.1 until its move in March.",
        "references": ["tls"],
        "scopes": ["data"],
        "expires": date(2027, 2, 28),
        "metadata": {"owner": "ml-platform@larkspur.example"},
    }
    return PolicyWaiver(**args | more)


def policies(*policies: AssignedPolicy, waivers: tuple[PolicyWaiver, ...] = ()) -> PolicyAssignments:
    args = PolicyAssignmentsArgs(
        subscription_id=SUBSCRIPTION,
        resource_name="policy-larkspur",
        title="Guardrails",
        scopes={"ml": GROUP, "data": DATA},
        policies=policies,
        waivers=waivers,
    )
    return PolicyAssignments("guardrails", args)


def references(planned: Any) -> dict[str, dict[str, Any]]:
    made = inputs(planned, "authorization:PolicySetDefinition")["policyDefinitions"]
    return {entry["policyDefinitionReferenceId"]: entry for entry in made}


def test_one_initiative_is_assigned_to_each_group(plan, azure_types):
    """The policies stand in one initiative of the subscription, with an assignment of it at each resource group."""
    planned = plan(lambda: policies(assigned("tls", TLS, minimumTlsVersion="TLS1_2")))
    judge(planned, azure_types)
    component = "PolicyAssignments guardrails"
    assert tree(planned) == {
        ("PolicyAssignments", "guardrails", ""),
        ("authorization:PolicySetDefinition", "guardrails", component),
        ("authorization:PolicyAssignment", "guardrails-ml", component),
        ("authorization:PolicyAssignment", "guardrails-data", component),
    }
    assert one(planned, "authorization:PolicySetDefinition").id == INITIATIVE
    assert one(planned, "PolicyAssignments").outputs["id"] == INITIATIVE
    made = inputs(planned, "authorization:PolicyAssignment", "guardrails-data")
    assert (made["scope"], made["policyDefinitionId"]) == (DATA, INITIATIVE)
    assert made["nonComplianceMessages"] == [
        {"policyDefinitionReferenceId": "tls", "message": "tls: mend it."}
    ]
    assert "overrides" not in made and "identity" not in made
    assignment = one(planned, "authorization:PolicyAssignment", "guardrails-data")
    assert assignment.id == f"{DATA}/providers/Microsoft.Authorization/policyAssignments/policy-larkspur"
    assert "authorization:PolicySetDefinition guardrails" in waits_for(planned, assignment)


def test_each_policy_gets_its_effect_under_its_own_parameter(plan, azure_types):
    """What can't refuse reports in its own word, and values go where the definition takes them."""
    planned = plan(
        lambda: policies(
            assigned("tls", TLS, minimumTlsVersion="TLS1_2"),
            assigned("link", VAULT_LINK),
            assigned("logs", VAULT_LOGS, "Audit"),
        )
    )
    judge(planned, azure_types)
    made = references(planned)
    assert {name: entry["parameters"] for name, entry in made.items()} == {
        "tls": {"effect": {"value": "Deny"}, "minimumTlsVersion": {"value": "TLS1_2"}},
        "link": {"audit_effect": {"value": "Audit"}},
        "logs": {"effect": {"value": "AuditIfNotExists"}},
    }
    assert made["tls"]["policyDefinitionId"].endswith(f"/policyDefinitions/{TLS}")
    assert made["logs"]["definitionVersion"] == "5.*.*"


@pytest.mark.parametrize("effect", ["Audit", "Deny"])
def test_a_policy_that_only_refuses_is_audited_by_an_override(plan, azure_types, effect):
    """An effect without a parameter is changed at the assignment, and left alone where it is to refuse."""
    planned = plan(lambda: policies(assigned("tag", TAG, effect, tagName="owner")))
    judge(planned, azure_types)
    assert references(planned)["tag"]["parameters"] == {"tagName": {"value": "owner"}}
    made = inputs(planned, "authorization:PolicyAssignment", "guardrails-ml")
    if effect == "Deny":
        assert "overrides" not in made
    else:
        (override,) = made["overrides"]
        assert (override["kind"], override["value"]) == ("policyEffect", "Audit")
        assert override["selectors"] == [{"kind": "policyDefinitionReferenceId", "in": ["tag"]}]


def test_an_exemption_stands_in_its_group_alone(plan, azure_types):
    """It exempts from the named policies of that group's assignment, until the end of its last day, and says why."""
    planned = plan(lambda: policies(assigned("tls", TLS), assigned("link", VAULT_LINK), waivers=(waiver(),)))
    judge(planned, azure_types)
    made = inputs(planned, "authorization:PolicyExemption")
    assert made["scope"] == DATA
    assert made["policyAssignmentId"] == one(planned, "authorization:PolicyAssignment", "guardrails-data").id
    assert made["policyDefinitionReferenceIds"] == ["tls"]
    assert (made["expiresOn"], made["exemptionCategory"]) == ("2027-02-28T23:59:59Z", "Waiver")
    assert (made["description"], made["metadata"]["owner"]) == (waiver().reason, "ml-platform@larkspur.example")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: assigned("x", "00000000-0000-0000-0000-000000000000"), "has no policy 0000"),
        (lambda: assigned("x", TLS, minimumTlsVersion="TLS9"), "minimumTlsVersion takes TLS1_0, TLS1_1, TLS1_2, not"),
        (lambda: assigned("x", TLS, colour="red"), "it has no parameter colour"),
        (lambda: assigned("x", TAG), "its parameter tagName is required"),
        (lambda: assigned("x", DNS, privateDnsZoneId="z"), "neither refuses nor reports: it takes DeployIfNotExists"),
        (lambda: policies(assigned("x", TLS), assigned("x", VAULT_LINK)), "x stands there twice"),
        (lambda: policies(assigned("x", TLS), waivers=(waiver(),)), "tls-1a2b3c4d: no policy tls"),
        (lambda: policies(assigned("tls", TLS), waivers=(waiver(scopes=["hr"]),)), "tls-1a2b3c4d: no scope hr"),
    ],
)
def test_what_azure_would_refuse_is_refused_here(make, expected):
    """An unknown policy, parameter, value or scope is an error before anything is registered."""
    with pytest.raises(ValueError, match=re.escape(expected)):
        make()


def test_the_table_says_of_each_policy_what_it_takes():
    """Each has a name, a version, effects and a source, and none is told twice."""
    for guid, policy in builtin_policies().items():
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", guid)
        assert policy.name and re.fullmatch(r"\d+\.\d+\.\d+(-preview)?", policy.version)
        assert policy.effects and all(effect[0].isupper() for effect in policy.effects)
        assert re.match(r"https://github\.com/Azure/azure-policy/tree/[0-9a-f]{40}/", policy.source)
        assert bool(policy.effect_parameter) or len(policy.effects) == 1
        assert policy.preview == ("Preview" in policy.name), guid
