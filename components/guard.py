"""What guards any resource: private endpoints, a diagnostic setting, a delete lock, in the order that Azure needs."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi import Input, Resource

from components.base import Component, GuardedArgs
from components.diagnostics import LogGroup, diagnostic_setting
from components.lock import delete_lock
from components.private_dns import Target
from components.private_endpoint import private_endpoints


def guard(
    parent: Component,
    name: str,
    args: GuardedArgs,
    *,
    target_id: Input[str],
    target_type: str,
    endpoints: Sequence[Target] = (),
    logs: LogGroup = "allLogs",
    before_lock: Sequence[Resource] = (),
) -> list[Resource]:
    """Makes what `args` ask for around one resource, as children of `parent`, and returns them.

    `name` is the parent's Pulumi name; `target_id` the resource's computed ID (`base.child_id`), never the parent's
    own. `endpoints` are the targets that get a private endpoint each. `before_lock` names further resources under
    this one, which the lock has to wait for. The resource itself still needs `protect=args.delete_protection`.
    """
    link, logs_id = args.private_link, args.log_analytics_workspace_id
    made: list[Resource] = list(
        private_endpoints(
            parent, name, link, target_id=target_id, targets=endpoints, target_name=args.resource_name, tags=args.tags
        )
    )
    setting = diagnostic_setting(
        parent, name, target_id=target_id, target_type=target_type, log_analytics_workspace_id=logs_id, logs=logs
    )
    if setting is not None:
        made.append(setting)
    if args.delete_protection:
        made.append(
            delete_lock(parent, name, target_id=target_id, target_type=target_type, after=[*before_lock, *made])
        )
    return made
