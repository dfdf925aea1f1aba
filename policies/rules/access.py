"""Rules on roles: who may hold which, where, and for how long."""

from __future__ import annotations

import re

from policies.access import ELIGIBILITY, PRIVILEGED, ROLE_ASSIGNMENT, Assigned, Granted, assigned, is_group
from policies.context import Context
from policies.facts import texts, views
from policies.reading import ResourceView, UnknownValue, same
from policies.relations import PlanView
from policies.rule import CRITICAL, HIGH, Finding, Found, rule

ROLE_DEFINITION = "authorization:RoleDefinition"
ACTIVATION_RULES = "authorization:RoleManagementPolicy"

_IN_GROUP = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+(/.*)?")


@rule(
    group="identity",
    severity=CRITICAL,
    mcsb="PA-7",
    fix="Change rbac/personas.yaml, or declare the grant with its reason in rbac/grants.yaml; assign nothing by hand.",
)
def role_persona_matrix(plan: PlanView, context: Context) -> Found:
    """Roles are assigned as the persona tables and the declared grants say, no more and no less.

    An auditor reads the tables. What stands beside them in Azure alone, or in the tables alone, makes them a fiction.
    """
    everything = plan.of_type(ROLE_ASSIGNMENT, ELIGIBILITY)
    if context.access is None:
        if everything:
            yield Finding("what the tables and grants give was not handed to the guardrails", unknown=True)
        return
    met: set[Granted] = set()
    undecided = False
    for view in everything:
        try:
            one = assigned(view, plan)
        except UnknownValue as unknown:
            undecided = True
            yield Finding(f"property {unknown.path} can't be known before deployment", resource=view, unknown=True)
            continue
        grant = context.access.of(one)
        if grant is None:
            yield Finding(_extra(one, context), resource=view)
        elif grant in met:
            yield Finding(f"it gives what another one gives already: {grant}", resource=view)
        else:
            met.add(grant)
    for grant in sorted(context.access.granted - met):
        yield Finding(f"the plan lacks {grant}", unknown=undecided)


def _extra(one: Assigned, context: Context) -> str:
    other = context.access.of_other_kind(one) if context.access else None
    if other is not None:
        is_, is_to_be = ("eligible", "standing") if one.eligible else ("standing", "eligible")
        return f"it is {is_}, and is to be {is_to_be}: {other}"
    return f"neither the tables nor a declared grant give {one.role_name} at {one.scope} to its principal"


@rule(
    ROLE_ASSIGNMENT,
    ELIGIBILITY,
    group="identity",
    severity=HIGH,
    psrule="Azure.RBAC.UseGroups",
    mcsb="PA-7",
    fix="Assign the role to an Entra group and make the person a member; set principalType.",
)
def role_groups_only(assignment: ResourceView, plan: PlanView, context: Context) -> Found:
    """People get roles through groups.

    A person who leaves a team leaves its group, and takes no role along; nobody finds roles of single persons again.
    An eligibility doesn't say what its principal is: it has to be a group of the plan, or one that was granted it.
    """
    if assignment.type == ROLE_ASSIGNMENT:
        kind = assignment.get("principalType")
        if kind is None:
            yield "principalType is not set: Azure takes the principal for a user"
        elif same(kind, "User"):
            yield "its principal is a user"
        return
    grant = context.access.of(assigned(assignment, plan)) if context.access else None
    if not is_group(assignment, plan) and not (grant and grant.for_group):
        yield "its principal isn't known to be a group"


@rule(
    ROLE_ASSIGNMENT,
    ELIGIBILITY,
    group="identity",
    severity=CRITICAL,
    psrule="Azure.RBAC.LimitOwner",
    azure_policy="4f11b553-d42e-4e3a-89be-32ca364cad4c",
    mcsb="PA-1",
    fix="Assign a role that can't assign roles; what support, CI/CD and the deployer hold is declared as theirs.",
)
def role_no_owner(assignment: ResourceView, plan: PlanView, context: Context) -> Found:
    """Only platform support, CI/CD processes and the deployer hold roles that can assign roles.

    Whoever can assign roles can make himself anything. The tables demand these three exceptions and no other: each
    counts for exactly the scope, the principal and the kind that it was given for.
    """
    one = assigned(assignment, plan)
    if one.role not in PRIVILEGED:
        return
    grant = context.access.of(one) if context.access else None
    if grant is None:
        yield f"{one.role_name} can assign roles, and nothing gives it to its principal at {one.scope}"
    elif not any(same(grant.holder, name) for name in context.role_administrators):
        allowed = ", ".join(sorted(context.role_administrators))
        yield f"{one.role_name} can assign roles, and {grant.holder} is none of {allowed}"


@rule(
    ROLE_ASSIGNMENT,
    ELIGIBILITY,
    group="identity",
    severity=HIGH,
    psrule="Azure.RBAC.UseRGDelegation",
    mcsb="PA-7",
    fix="Assign the role at the resource, or at its resource group at most; declare the grant that has to be wider.",
)
def role_scope_limit(assignment: ResourceView, plan: PlanView, context: Context) -> Found:
    """Roles are assigned at a resource, or at a resource group at most.

    At a subscription a role reaches what others put there, today and later. A declared grant may be wider, as the
    deployer's is: it makes resource groups.
    """
    scope = str(assignment.get("scope", "")).rstrip("/")
    if _IN_GROUP.fullmatch(scope.lower()):
        return
    grant = context.access.of(assigned(assignment, plan)) if context.access else None
    if grant is None or not grant.declared:
        yield f"its scope is {scope or 'not set'}, wider than a resource group"


@rule(
    ROLE_DEFINITION,
    group="identity",
    severity=HIGH,
    checkov="CKV_AZURE_39",
    azure_policy="a451c1ef-c6ca-483d-87ed-f49761e3ffb5",
    mcsb="PA-7",
    fix="Name each action that the role needs.",
)
def role_definition_no_wildcard(definition: ResourceView) -> Found:
    """A role of our own names its actions, without wildcards.

    A wildcard grows with every action that Azure adds, and nobody decides on those.
    """
    for permission in views(definition.get("permissions")):
        for kind in ("actions", "dataActions"):
            for action in texts(permission.get(kind)):
                if "*" in action:
                    yield f"{permission.path}.{kind} has {action}"


@rule(
    group="identity",
    severity=CRITICAL,
    psrule="Azure.RBAC.PIM",
    mcsb="PA-2",
    fix="Make the group eligible through PIM, until a day, under activation rules that the plan sets at that scope.",
)
def privileged_via_pim(plan: PlanView, context: Context) -> Found:
    """People are eligible for privileged roles, for a time, and never hold them.

    What is held all day is there for whoever gets hold of the account. Platform support activates its roles for some
    hours, with a reason, and each activation is on record.
    """
    for assignment in plan.of_type(ROLE_ASSIGNMENT):
        yield from _told(assignment, _standing(assignment, plan, context))
    rules = plan.of_type(ACTIVATION_RULES)
    known = [view for view in rules if not view.is_unknown("scope")]
    ruled = {str(view.get("scope", "")).lower().rstrip("/") for view in known}
    for eligibility in plan.of_type(ELIGIBILITY):
        yield from _told(eligibility, _eligible(eligibility, ruled, all_known=len(known) == len(rules)))


def _told(resource: ResourceView, found: Found) -> Found:
    """Findings about one of several resources: what can't be known of it doesn't hide what is wrong with the others."""
    try:
        for message in found:
            yield Finding(str(message), resource=resource)
    except UnknownValue as unknown:
        yield Finding(f"property {unknown.path} can't be known before deployment", resource=resource, unknown=True)


def _standing(assignment: ResourceView, plan: PlanView, context: Context) -> Found:
    one = assigned(assignment, plan)
    if one.role in PRIVILEGED and not same(assignment.get("principalType"), "ServicePrincipal"):
        yield f"it gives {one.role_name} to people for good"
    elif context.access and not context.access.of(one) and (meant := context.access.of_other_kind(one)):
        yield f"it is standing, and is to be an {meant}"


def _eligible(eligibility: ResourceView, ruled: set[str], *, all_known: bool) -> Found:
    kind = eligibility.get("scheduleInfo.expiration.type", "NoExpiration")
    end = {"AfterDateTime": "endDateTime", "AfterDuration": "duration"}.get(str(kind))
    if end is None or not eligibility.get(f"scheduleInfo.expiration.{end}"):
        yield "it has no end"
    if str(eligibility.get("scope", "")).lower().rstrip("/") not in ruled:
        if not all_known:
            raise UnknownValue("scope of the rules of its activation", eligibility)
        yield "the plan sets no rules of its activation (RoleManagementPolicy) at its scope"
