"""What has to be there before an environment's first deployment: its state, and the identities that its pipelines use.

Deploys nothing of the platform, and grants nothing on it: what the deployer may do stands in rbac/grants.yaml, and the
platform's own stack grants it. docs/bootstrap.md says who runs this, and how its state moves into what it has made.
"""

import gc

gc.disable()  # before Pulumi is imported: see seawall.plan.startup

import pulumi  # noqa: E402
from identities import identities  # noqa: E402
from settings import from_config  # noqa: E402
from state import SecretsKey, SecretsKeyArgs, StateStore, StateStoreArgs  # noqa: E402

from components.resource_group import ResourceGroup, ResourceGroupArgs  # noqa: E402

settings = from_config(pulumi.get_stack())
names, tags = settings.names, settings.tags
group = ResourceGroup(
    "state",
    ResourceGroupArgs(
        subscription_id=settings.subscription,
        location=settings.location,
        tags=tags,
        resource_name=names.of("resource group", "state"),
    ),
)
store = StateStore(
    "state",
    StateStoreArgs(
        resource_group_id=group.id,
        location=settings.location,
        tags=tags,
        resource_name=names.of("storage account", "state"),
        log_analytics_workspace_id=settings.log_analytics_workspace_id,
        private_link=settings.private_link,
        delete_protection=True,
        allowed_addresses=settings.allowed_addresses,
    ),
)
key = SecretsKey(
    "secrets",
    SecretsKeyArgs(
        resource_group_id=group.id,
        location=settings.location,
        tags=tags,
        resource_name=names.of("key vault", "state"),
        key_name="pulumi",
        tenant_id=settings.tenant,
        log_analytics_workspace_id=settings.log_analytics_workspace_id,
        private_link=settings.private_link,
        delete_protection=True,
        allowed_addresses=settings.allowed_addresses,
    ),
)
made = identities(settings, group, store, key)

# What goes into the environment's stack file (`seawall:state`, `seawall:access`) and into the pipelines' variables.
pulumi.export("backend", store.backend)
pulumi.export("secretsProvider", key.provider)
pulumi.export(
    "identities", {use: {"principalId": one.principal_id, "clientId": one.client_id} for use, one in made.items()}
)
