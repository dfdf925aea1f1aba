"""The services, by ARM type: what each refuses, keeps and does beyond Resource Manager's own contract."""

from __future__ import annotations

from seawall.local.routes import RESOURCE_GROUP
from seawall.local.services import (
    accounts,
    authorization,
    devops,
    entra,
    governance,
    key_vault,
    machine_learning,
    ml_assets,
    network,
    online_endpoints,
    storage,
)
from seawall.local.services.directory_type import DirectoryType
from seawall.local.services.service import Service, SoftDelete

_PLAIN = Service()

_SERVICES: dict[str, Service] = {
    RESOURCE_GROUP: Service(delete_ticks=2, exists_by_itself=network.is_watchers_group),
    **storage.SERVICES,
    **key_vault.SERVICES,
    **accounts.SERVICES,
    **machine_learning.SERVICES,
    **ml_assets.SERVICES,
    **online_endpoints.SERVICES,
    **authorization.SERVICES,
    **network.SERVICES,
    **governance.SERVICES,
}


def service_of(arm_type: str) -> Service:
    """The service of an ARM type, in any case; one without rules of its own where there is none."""
    return _SERVICES.get(arm_type.lower(), _PLAIN)


_OBJECTS: dict[str, DirectoryType] = {token.lower(): kind for token, kind in (entra.TYPES | devops.TYPES).items()}


def object_type(token: str) -> DirectoryType | None:
    """The type of an object of the directory or of Azure DevOps, by its Pulumi token in any case."""
    return _OBJECTS.get(token.lower())


def soft_deleting() -> tuple[tuple[str, SoftDelete], ...]:
    """The types that are kept after their deletion, with how."""
    return tuple((name, service.soft_delete) for name, service in _SERVICES.items() if service.soft_delete)
