"""What the guardrails know of a stack: its limits, and who its tables and grants let do what."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import policies
from policies import config
from policies.access import Access, Granted
from stacks.access import demanded
from stacks.settings import Settings, from_config

PLATFORM = ("organisation", "workload", "tenant", "owner", "costCenter", "network", "budget")
"""Settings of which every stack of the platform has one; a program of somebody's own that uses the components, none."""


def context_of(get: Callable[[str], str | None], stack: str) -> policies.Context:
    """The context of a stack. `get` gives a top-level value of the `seawall` configuration, structured ones as JSON.

    A program that isn't the platform's has limits only: whether its access is what somebody demanded stays unknown.
    Raises `policies.config.InvalidConfig` for limits that can't be, and `stacks.settings.SettingsErrors`.
    """
    limits = config.context_of(get, stack)
    if not any(get(key) for key in PLATFORM):
        return limits
    return dataclasses.replace(limits, access=access_of(from_config(get, stack)))


def access_of(settings: Settings) -> Access:
    """The role assignments and eligibilities that a stack's plan has to hold, and no others."""
    return Access(
        frozenset(
            Granted(
                scope=demand.scope,
                principal=demand.principal,
                principal_id=demand.principal_id,
                role=demand.role_id,
                role_name=demand.role,
                eligible=demand.eligible,
                holder=demand.persona,
                for_group=demand.for_group,
                declared=demand.declared,
            )
            for demand in demanded(settings)
        )
    )
