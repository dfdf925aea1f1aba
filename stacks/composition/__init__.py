"""From a stack's settings to its components, in the order in which they need each other."""

from __future__ import annotations

from typing import Any

from pulumi import Output

from stacks.composition.access import everyone
from stacks.composition.alerts import alerts
from stacks.composition.data import data
from stacks.composition.defender import defender
from stacks.composition.flows import flows
from stacks.composition.ground import Guards, ground
from stacks.composition.identities import identities
from stacks.composition.learning import learning, registry
from stacks.composition.monitoring import budget, monitoring, private_link_scope
from stacks.composition.network import network
from stacks.composition.policy import azure_policies
from stacks.settings import Settings


def compose(settings: Settings) -> dict[str, Any]:
    """Make everything that a stack has, and return what it exports.

    `shared` has the hub, central DNS and the ML registry; an environment has a workspace and all it stands on.
    """
    base = ground(settings)
    watched = monitoring(base)
    net = network(base, watched.logs.id)
    guards = Guards(log_analytics_workspace_id=watched.logs.id, private_link=net.private_link)
    private_link_scope(base, watched, net.private_link)
    kept = data(base, guards)
    who = identities(base)
    exports: dict[str, Any] = {
        "logAnalyticsWorkspaceId": watched.logs.id,
        "containerRegistry": kept.images.login_server,
        "ciIdentityId": who.ci.id,
        "runnersSubnetId": net.subnet_ids["runners"],
    }
    made = None
    if settings.is_shared:
        made_registry = registry(base, guards)
        exports |= {"registryId": made_registry.id}
        named = {settings.shared_registry_name: made_registry.id}
    else:
        made = learning(base, guards, net, kept, watched, who)
        exports |= {
            "workspaceId": made.workspace.id,
            "onlineEndpoints": Output.all(**{name: one.id for name, one in made.online.items()}),
            "batchEndpoints": Output.all(**{name: one.id for name, one in made.batch.items()}),
        }
        named = {base.name("online endpoint", name): one.id for name, one in made.online.items()}
        named[settings.workspace.name or base.name("ml workspace")] = made.workspace.id
    everyone(base, who, kept, watched, named)
    budget(base, watched)
    alerts(base, watched, made)
    defender(base)
    flows(base, guards, net, kept)
    azure_policies(base)
    return exports
