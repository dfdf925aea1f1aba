"""Whether there is a login, whose, and in which tenant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok
from seawall.doctor.port import NO_ANSWER, CloudError

_EXPIRED = re.compile(r"AADSTS(70043|700082|50173|50078|700024)|expired", re.IGNORECASE)
"""Source: Entra docs, reference-error-codes."""


def check(case: Case) -> Iterator[Finding]:
    """A token for Resource Manager can be had, from the tenant that the stack file names."""
    tenant = case.tenant or "TENANT"
    log_in = (
        f"`az login --tenant {tenant}`; in a pipeline, let the job log in by OIDC: ARM_USE_OIDC, ARM_CLIENT_ID, "
        "ARM_TENANT_ID."
    )
    try:
        caller = case.port.caller()
    except CloudError as error:
        if error.code == NO_ANSWER:
            raise
        what = "the login has expired" if _EXPIRED.search(str(error)) else "there is no login"
        yield fault(f"{what}: {error}", f"Log in: {log_in}")
        return
    if agrees(case, caller.tenant):
        yield ok(f"{caller.name} is signed in")
    else:
        yield fault(f"{caller.name} is signed in to tenant {caller.tenant}, not the stack's {tenant}", log_in)


def agrees(case: Case, tenant: str) -> bool:
    """Whether a tenant is the stack's; one that isn't told is taken for it."""
    return tenant.lower() in ("", case.tenant.lower(), case.known_any_tenant) or not case.tenant
