"""Action groups: whom an alert or a budget reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, resource_group_name
from components.role_assignment import role_id

SHORT_NAME_LENGTH = 12
"""Source: Azure Monitor docs, alerts/action-groups."""


@dataclass(frozen=True, kw_only=True)
class ActionGroupArgs(ResourceArgs):
    """`short_name` (at most 12 characters) heads e-mails and text messages. At least one receiver is needed.

    `emails` maps a receiver's name to a mailbox; `roles` names built-in roles whose holders on the subscription are
    mailed; `webhooks` maps a receiver's name to the address that alerts are posted to, a secret if it holds one.
    Raises ValueError for a short name that is too long, or for no receiver.
    """

    short_name: str
    emails: Mapping[str, str] = field(default_factory=dict)
    roles: Sequence[str] = ()
    webhooks: Mapping[str, Input[str]] = field(default_factory=dict)
    location: str = "global"

    def __post_init__(self) -> None:
        if not 1 <= len(self.short_name) <= SHORT_NAME_LENGTH:
            raise ValueError(f"short_name is to have 1 to {SHORT_NAME_LENGTH} characters, got {self.short_name!r}")
        if not self.emails and not self.roles and not self.webhooks:
            raise ValueError(f"the action group {self.resource_name} reaches nobody: give it emails, roles or webhooks")


class ActionGroup(Component):
    """An action group, enabled, whose alerts arrive in Azure Monitor's common schema."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: ActionGroupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.monitor.ActionGroup(
            name,
            action_group_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            group_short_name=args.short_name,
            enabled=True,
            email_receivers=[
                azure.monitor.MicrosoftCommonEmailReceiverArgs(
                    name=receiver, email_address=mailbox, use_common_alert_schema=True
                )
                for receiver, mailbox in args.emails.items()
            ],
            arm_role_receivers=[
                azure.monitor.ArmRoleReceiverArgs(name=role, role_id=role_id(role), use_common_alert_schema=True)
                for role in args.roles
            ],
            webhook_receivers=[
                azure.monitor.WebhookReceiverArgs(name=receiver, service_uri=address, use_common_alert_schema=True)
                for receiver, address in args.webhooks.items()
            ],
            opts=self.child_opts(),
        )
        self.id = self.computed(
            lambda group: arm_id(group, "Microsoft.Insights/actionGroups", args.resource_name), args.resource_group_id
        )
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})
