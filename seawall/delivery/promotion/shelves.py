"""Where models stand: a workspace or a registry, through azure-ai-ml. The same code on Azure and on the local one."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seawall.delivery.clients import told
from seawall.delivery.port import CloudError
from seawall.delivery.promotion.facts import ModelName
from seawall.delivery.target import Target

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.credentials import TokenCredential

_QUIET = "azure.ai.ml"


@dataclass(frozen=True)
class Registered:
    """A model version as it is registered somewhere."""

    model: ModelName
    type: str
    tags: Mapping[str, str]
    description: str = ""


class Shelf(Protocol):
    """What promotion needs of a workspace or a registry. Every call raises `CloudError` where the cloud fails."""

    name: str

    def registered(self, model: ModelName) -> Registered | None: ...

    def versions(self, name: str) -> tuple[Registered, ...]: ...

    def download(self, model: ModelName, folder: Path) -> None: ...

    def tag(self, model: ModelName, tags: Mapping[str, str]) -> None: ...

    def has_environment(self, environment: ModelName) -> bool: ...

    def has_data(self, data: ModelName) -> bool: ...


class Source(Shelf, Protocol):
    """A workspace: what stands in it can be shared with a registry."""

    def share(self, model: ModelName, registry: str) -> None: ...

    def share_environment(self, environment: ModelName, registry: str) -> None: ...

    def serving(self, endpoint: str, registry: str, name: str) -> str | None: ...


class AzureShelf:
    """A workspace or a registry. Its client is made when it is first used: that takes a second."""

    def __init__(self, name: str, make: Any) -> None:
        self.name = name
        self._make = make
        self._client: MLClient | None = None

    @property
    def client(self) -> MLClient:
        if self._client is None:
            self._client = self._make()
        assert self._client is not None
        return self._client

    def registered(self, model: ModelName) -> Registered | None:
        """The model version, or nothing where there is none."""
        found = self._or_none(f"reading model {model} in {self.name}", self.client.models, model)
        return None if found is None else _registered(found)

    def versions(self, name: str) -> tuple[Registered, ...]:
        """Every version of a model, the archived ones aside; nothing where there is no such model."""
        try:
            with told(f"listing the versions of {name} in {self.name}"):
                found = [one.version for one in self.client.models.list(name=name)]
        except CloudError as error:
            if error.status == 404:
                return ()
            raise
        # A list's items leave tags out in some API versions: each is read by itself.
        read = (self.registered(ModelName(name, str(version))) for version in found)
        return tuple(one for one in read if one is not None)

    def download(self, model: ModelName, folder: Path) -> None:
        """All files of a model version, anywhere below a folder that is there and empty."""
        with told(f"downloading model {model} from {self.name}"):
            self.client.models.download(name=model.name, version=model.version, download_path=folder)

    def tag(self, model: ModelName, tags: Mapping[str, str]) -> None:
        """Add tags to a model version; those that it has stay."""
        with told(f"tagging model {model} in {self.name}"):
            found = self.client.models.get(name=model.name, version=model.version)
            found.tags = {**(found.tags or {}), **tags}
            self.client.models.create_or_update(found)

    def has_environment(self, environment: ModelName) -> bool:
        what = f"reading environment {environment} in {self.name}"
        return self._or_none(what, self.client.environments, environment) is not None

    def has_data(self, data: ModelName) -> bool:
        return self._or_none(f"reading data {data} in {self.name}", self.client.data, data) is not None

    def _or_none(self, what: str, operations: Any, asset: ModelName) -> Any:
        try:
            with told(what):
                return operations.get(name=asset.name, version=asset.version)
        except CloudError as error:
            if error.status == 404:
                return None
            raise


class AzureWorkspace(AzureShelf):
    def share(self, model: ModelName, registry: str) -> None:
        """Copy a model version to a registry, within Azure. Raises `CloudError`, also where it stands there already."""
        with told(f"sharing model {model} with {registry}"):
            self.client.models.share(
                name=model.name,
                version=model.version,
                share_with_name=model.name,
                share_with_version=model.version,
                registry_name=registry,
            )

    def share_environment(self, environment: ModelName, registry: str) -> None:
        """The same for an environment: the way into a private registry (docs: how-to-registry-network-isolation)."""
        with told(f"sharing environment {environment} with {registry}"):
            self.client.environments.share(
                name=environment.name,
                version=environment.version,
                share_with_name=environment.name,
                share_with_version=environment.version,
                registry_name=registry,
            )

    def serving(self, endpoint: str, registry: str, name: str) -> str | None:
        """The version of a registry's model to which an endpoint sends most of its traffic; nothing where none is."""
        try:
            with told(f"reading endpoint {endpoint}"):
                traffic = self.client.online_endpoints.get(endpoint).traffic or {}
                deployments = [
                    (traffic.get(one.name, 0), str(one.model)) for one in self.client.online_deployments.list(endpoint)
                ]
        except CloudError as error:
            if error.status == 404:
                return None
            raise
        found = [(weight, served) for weight, model in deployments if (served := model_of(model, registry, name))]
        weight, version = max(found, default=(0, ""))
        return version if weight else None


def model_of(path: str, registry: str, name: str) -> str | None:
    """The version in a registry model's path, where it is of that registry and name.

    >>> model_of("azureml://registries/mlr/models/claims-fraud/versions/2", "mlr", "claims-fraud")
    '2'
    """
    found = re.fullmatch(r"azureml://registries/([^/]+)/models/([^/]+)/versions/([^/]+)", path)
    return found[3] if found and (found[1], found[2]) == (registry, name) else None


def workspace(target: Target, credential: TokenCredential) -> AzureWorkspace:
    """The workspace of an environment."""

    def make() -> MLClient:
        from azure.ai.ml import MLClient

        _hush()
        with told(f"opening workspace {target.workspace}"):
            return MLClient(credential, target.subscription, target.resource_group, target.workspace)

    return AzureWorkspace(target.workspace, make)


def registry(name: str, credential: TokenCredential) -> AzureShelf:
    """A registry, wherever in the tenant it is: its own discovery tells."""

    def make() -> MLClient:
        from azure.ai.ml import MLClient

        _hush()
        with told(f"opening registry {name}"):
            return MLClient(credential, registry_name=name)

    return AzureShelf(name, make)


def _registered(found: Any) -> Registered:
    tags = {str(key): str(value) for key, value in (found.tags or {}).items()}
    name = ModelName(str(found.name), str(found.version))
    return Registered(name, str(found.type or "custom_model"), tags, str(found.description or ""))


def _hush() -> None:
    """What the client says of experimental methods and downloads is not for those who run a command.

    Importing it sets its logger to INFO, with a handler of its own: call this afterwards.
    """
    logging.getLogger(_QUIET).setLevel(logging.ERROR)
