"""AI services, API Management and container registries: names that are unique in the world, and soft deletion."""

from __future__ import annotations

import re

from seawall.local.errors import AzureError
from seawall.local.routes import Route
from seawall.local.services.service import Put, Service, SoftDelete, lower_name, name_conflict, refuse

_REGISTRY_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")


def _subdomain(put: Put) -> str:
    name = put.properties.get("customSubDomainName")
    return f"cognitiveservices:{name.lower()}" if isinstance(name, str) and name else ""


def _subdomain_taken(put: Put, holder: str) -> AzureError:
    return refuse(
        "CustomDomainInUse",
        "Please pick a different name. The subdomain name "
        f"'{put.properties.get('customSubDomainName')}' is not available as it's already used by a resource.",
        status=409,
    )


def _restore_account(route: Route) -> AzureError:
    return refuse(
        "FlagMustBeSetForRestore",
        f"An existing resource with ID '{route.id}' has been soft-deleted. To restore the resource, you must specify "
        "'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it "
        "first.",
        status=409,
    )


def _restore_gateway(route: Route) -> AzureError:
    return refuse(
        "ServiceAlreadyExistsInSoftDeletedState",
        f"Api service {route.name} was soft-deleted. In order to create the new service with the same name, you have "
        "to either undelete the service or purge it.",
        status=409,
    )


def check_registry(put: Put) -> None:
    """Source: Container Registry REST reference, registries/create (pattern of registryName)."""
    if not _REGISTRY_NAME.fullmatch(put.route.name):
        raise refuse(
            "RegistryNameInvalid", f"{put.route.name} is not a valid registry name: 5 to 50 letters and digits."
        )


SERVICES = {
    "microsoft.cognitiveservices/accounts": Service(
        put_ticks=2,
        delete_ticks=1,
        global_name=_subdomain,
        name_taken=_subdomain_taken,
        soft_delete=SoftDelete(
            recover=("restore", True),
            conflict=_restore_account,
            # An agent's subnet is free only after the purge. Source: Foundry docs, virtual-networks.
            holds_references=True,
            deleted_type="microsoft.cognitiveservices/locations/resourcegroups/deletedaccounts",
        ),
    ),
    "microsoft.cognitiveservices/accounts/deployments": Service(put_ticks=1),
    "microsoft.apimanagement/service": Service(
        put_ticks=4,
        delete_ticks=2,
        global_name=lower_name,
        name_taken=name_conflict("ServiceAlreadyExists", "API Management service"),
        soft_delete=SoftDelete(
            recover=("restore", True),
            conflict=_restore_gateway,
            deleted_type="microsoft.apimanagement/locations/deletedservices",
        ),
    ),
    "microsoft.containerregistry/registries": Service(
        put_ticks=1,
        check=check_registry,
        global_name=lower_name,
        name_taken=name_conflict("AlreadyInUse", "registry"),
    ),
    "microsoft.search/searchservices": Service(
        put_ticks=1, global_name=lower_name, name_taken=name_conflict("ServiceNameUnavailable", "search service")
    ),
    "microsoft.documentdb/databaseaccounts": Service(
        put_ticks=2,
        delete_ticks=1,
        global_name=lower_name,
        name_taken=name_conflict("DatabaseAccountAlreadyExists", "database account"),
    ),
    "microsoft.eventhub/namespaces": Service(
        put_ticks=1, global_name=lower_name, name_taken=name_conflict("NamespaceUnavailable", "namespace")
    ),
    "microsoft.datafactory/factories": Service(
        global_name=lower_name, name_taken=name_conflict("DataFactoryNameInUse", "data factory")
    ),
    "microsoft.sql/servers": Service(
        put_ticks=1,
        global_name=lower_name,
        name_taken=name_conflict("NameAlreadyExists", "server"),
    ),
    "microsoft.dbforpostgresql/flexibleservers": Service(
        put_ticks=2,
        delete_ticks=1,
        global_name=lower_name,
        name_taken=name_conflict("ServerNameAlreadyExists", "server"),
    ),
    "microsoft.dbforpostgresql/flexibleservers/configurations": Service(exists_by_itself=lambda name: True),
    "microsoft.synapse/workspaces": Service(
        put_ticks=2,
        delete_ticks=1,
        global_name=lower_name,
        name_taken=name_conflict("WorkspaceNameUnavailable", "workspace"),
    ),
    "microsoft.cache/redis": Service(
        put_ticks=2, delete_ticks=1, global_name=lower_name, name_taken=name_conflict("NameNotAvailable", "cache")
    ),
    "microsoft.web/sites": Service(
        put_ticks=1, global_name=lower_name, name_taken=name_conflict("Conflict", "web app")
    ),
}
"""Codes of taken names. Source: each service's REST reference and check-name-availability answers."""
