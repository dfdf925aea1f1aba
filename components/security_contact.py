"""Whom Microsoft Defender for Cloud tells of alerts in a subscription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, ResourceOptions

from components.base import Component, arm_id

NAME = "default"
"""A subscription has one contact, of this name. Source: Defender for Cloud REST reference, security-contacts."""


@dataclass(frozen=True, kw_only=True)
class SecurityContactArgs:
    """`subscription_id` is a GUID, `emails` are mailboxes. Raises ValueError where there is none."""

    subscription_id: str
    emails: Sequence[str]

    def __post_init__(self) -> None:
        if not self.emails:
            raise ValueError("a security contact needs a mailbox at least")


class SecurityContact(Component):
    """Who is told of a subscription's alerts from medium severity on, and of attack paths from high risk on.

    Owners are told as well. It is the subscription's one contact: it stays as it is when the stack goes, and only one
    stack of a subscription may own it.
    """

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: SecurityContactArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.security.SecurityContact(
            name,
            security_contact_name=NAME,
            emails=";".join(args.emails),
            is_enabled=True,
            notifications_by_role=azure.security.SecurityContactPropertiesNotificationsByRoleArgs(
                state="On", roles=["Owner"]
            ),
            notifications_sources=[
                azure.security.NotificationsSourceAlertArgs(source_type="Alert", minimal_severity="Medium"),
                azure.security.NotificationsSourceAttackPathArgs(source_type="AttackPath", minimal_risk_level="High"),
            ],
            opts=self.child_opts(retain_on_delete=True),
        )
        scope = f"/subscriptions/{args.subscription_id}"
        self.id = self.computed(lambda: arm_id(scope, "Microsoft.Security/securityContacts", NAME))
        self.name = self.computed(lambda: NAME)
        self.register_outputs({"id": self.id, "name": self.name})
