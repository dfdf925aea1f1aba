"""Whether an Azure policy, assigned by somebody else, would deny what the plans ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seawall.azure.bodies import body
from seawall.doctor.case import Case, Wanted
from seawall.doctor.finding import Finding, fault, ok

VERSION = "2023-03-01"
MOST = 80
"""So many resources are asked about."""


def check(case: Case) -> Iterator[Finding]:
    """Each resource that lies in a group by itself is put before the policies of its subscription.

    Source: REST reference, Policy Restrictions - Check At Subscription Scope; without `includeAuditEffect` it answers
    with what would be denied.
    """
    asked = [one for one in case.wanted if one.id.resource_group and not one.id.scope and len(one.id.types) == 1][:MOST]
    own = {str(one.id).lower() for one in case.of_type("Microsoft.Authorization/policyAssignments")}
    told = 0
    for one, denials in zip(asked, case.each(lambda wanted: _denials(case, wanted), asked), strict=True):
        for assignment in denials:
            if assignment.lower() not in own:
                told += 1
                yield fault(
                    f"Azure Policy would deny {one.type.arm_type} {one.name}: {assignment}",
                    f"Change the setting that it forbids, or have an exemption made: `az policy exemption create "
                    f"--name {one.stack} --exemption-category Waiver --policy-assignment {assignment} "
                    f"--scope {one.scope}`.",
                )
    if not told:
        yield ok(f"none of {len(asked)} resources would be denied")


def _denials(case: Case, one: Wanted) -> list[str]:
    """The IDs of the assignments whose policies would deny a resource."""
    content: dict[str, Any] = {**body(one.token, one.inputs), "type": one.type.arm_type}
    details = {"resourceContent": content, "apiVersion": one.type.api_version}
    path = f"/subscriptions/{one.subscription}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    answer = case.port.post(path, VERSION, {"resourceDetails": details})
    found = []
    for evaluation in (answer.get("contentEvaluationResult") or {}).get("policyEvaluations") or ():
        effect = str((evaluation.get("effectDetails") or {}).get("policyEffect") or "deny").lower()
        if evaluation.get("evaluationResult") == "NonCompliant" and effect.startswith("deny"):
            found.append(str((evaluation.get("policyInfo") or {}).get("policyAssignmentId", "a policy")))
    return list(dict.fromkeys(found))
