"""The checks, in the order in which people read them."""

from __future__ import annotations

from seawall.doctor.checks import (
    connection,
    deleted,
    directory,
    limits,
    login,
    machines,
    names,
    permissions,
    policies,
    private,
    providers,
    quotas,
    regions,
    stack_file,
    state,
    subscription,
    tools,
)
from seawall.doctor.examining import CONNECTION, Check, Side

_CLOUD = ("stack", "subscription")

CHECKS = (
    Check("tools", "programs on this machine", tools.check, side=Side.HERE),
    Check("stack", "stack file", stack_file.check, side=Side.HERE),
    Check("state", "backend of the state", state.check, needs=("stack",)),
    Check(CONNECTION, "connection to the cloud", connection.check),
    Check("clock", "clock of this machine", connection.clock, needs=(CONNECTION,)),
    Check("login", "login", login.check, needs=(CONNECTION,)),
    Check("subscription", "subscriptions", subscription.check, needs=("stack", "login")),
    Check("providers", "resource providers", providers.check, needs=_CLOUD),
    Check("regions", "regions and zones", regions.check, needs=_CLOUD),
    Check("machines", "sizes of machines", machines.check, needs=_CLOUD),
    Check("quotas", "quotas of vCPUs", quotas.check, needs=_CLOUD),
    Check("limits", "limits of the subscription", limits.check, needs=_CLOUD),
    Check("names", "names that must be free", names.check, needs=_CLOUD),
    Check("deleted", "soft-deleted leftovers", deleted.check, needs=_CLOUD),
    Check("permissions", "permissions of the caller", permissions.check, needs=_CLOUD),
    Check("directory", "Entra and Azure DevOps", directory.check, needs=_CLOUD),
    Check("policies", "Azure policies that would deny", policies.check, needs=_CLOUD),
    Check("private", "private addresses", private.check, needs=_CLOUD),
)
