"""Where a release goes: an environment's workspace and one of its endpoints, by the names that its plan has."""

from __future__ import annotations

from dataclasses import dataclass

ML = "Microsoft.MachineLearningServices"


@dataclass(frozen=True, kw_only=True)
class Target:
    """The places of an environment that delivery works on. Every name comes from the environment's plan."""

    environment: str
    production: bool
    """Whether the environment is guarded as production."""
    subscription: str
    resource_group: str
    workspace: str
    location: str
    tenant: str = ""
    registry: str = ""
    """Name of the ML registry that the environments share."""
    storage_account: str = ""
    """Name of the workspace's own storage account, which keeps leases and histories."""
    log_workspace_id: str = ""
    """ARM ID of the Log Analytics workspace that has the endpoint's traffic log; empty where it isn't logged."""
    managed_network: bool = False
    """Whether a managed network decides what deployments reach."""
    private: bool = True
    """Whether the workspace and its endpoints answer in private networks alone."""
    endpoint: str = ""
    """The endpoint's name in Azure; empty where the work is about none."""
    endpoint_name: str = ""
    """The endpoint's name in the stack file."""

    @property
    def workspace_id(self) -> str:
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{group}/providers/{ML}/workspaces/{self.workspace}"

    @property
    def endpoint_id(self) -> str:
        return f"{self.workspace_id}/onlineEndpoints/{self.endpoint}"

    def deployment_id(self, name: str) -> str:
        return f"{self.endpoint_id}/deployments/{name}"

    def autoscale_name(self, deployment: str) -> str:
        """What the autoscale setting of a deployment is called, next to its workspace."""
        return f"autoscale-{self.endpoint}-{deployment}"

    def autoscale_id(self, deployment: str) -> str:
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{group}/providers/Microsoft.Insights/autoscaleSettings/{self.autoscale_name(deployment)}"
