"""What has to be reached from inside a private network: facts for security groups and firewalls alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from components.private_dns import Cloud

Protocol = Literal["Tcp", "Udp", "*"]


@dataclass(frozen=True, kw_only=True)
class ServiceTag:
    """Outbound traffic to one of Azure's services; `name` is in UpperCamelCase, for rules to be named after it."""

    name: str
    tag: str
    ports: Sequence[str]
    protocol: Protocol = "Tcp"


@dataclass(frozen=True, kw_only=True)
class ComputeEgress:
    """Where Azure ML computes run, and how they get out.

    `region` is Azure's short name, such as westeurope. `private_monitor` says that Azure Monitor is reached through a
    private link scope. `internet` lets HTTP(S) out to anywhere: for a network whose firewall decides by host name.
    """

    region: str
    cloud: Cloud = Cloud.PUBLIC
    private_monitor: bool = True
    internet: bool = False


def compute_service_tags(egress: ComputeEgress) -> list[ServiceTag]:
    """The services that computes without a public IP need to reach.

    `Storage.<region>` is for Azure Batch's own account; how-to-prevent-data-loss-exfiltration says how it could be
    misused. Source: Azure Machine Learning docs, how-to-access-azureml-behind-firewall, "Outbound traffic".
    """
    tags = [
        ServiceTag(name="Entra", tag="AzureActiveDirectory", ports=["80", "443"]),
        ServiceTag(name="MachineLearning", tag="AzureMachineLearning", ports=["443", "8787", "18881"]),
        ServiceTag(name="MachineLearningUdp", tag="AzureMachineLearning", ports=["5831"], protocol="Udp"),
        ServiceTag(name="Batch", tag=f"BatchNodeManagement.{egress.region}", ports=["443"], protocol="*"),
        ServiceTag(name="ResourceManager", tag="AzureResourceManager", ports=["443"]),
        ServiceTag(name="Storage", tag=f"Storage.{egress.region}", ports=["443"]),
        ServiceTag(name="MicrosoftRegistry", tag="MicrosoftContainerRegistry", ports=["443"]),
        ServiceTag(name="MicrosoftRegistryFront", tag="AzureFrontDoor.FirstParty", ports=["443"]),
    ]
    if egress.cloud is not Cloud.CHINA:
        tags.append(ServiceTag(name="FrontDoor", tag="AzureFrontDoor.FrontEnd", ports=["443"]))
    if not egress.private_monitor:
        tags.append(ServiceTag(name="Monitor", tag="AzureMonitor", ports=["443"]))
    return tags


GITHUB_RUNNER_HOSTS = (
    "github.com",
    "api.github.com",
    "codeload.github.com",
    "*.actions.githubusercontent.com",
    "objects.githubusercontent.com",
    "objects-origin.githubusercontent.com",
    "github-releases.githubusercontent.com",
    "github-registry-files.githubusercontent.com",
)
"""What a self-hosted GitHub runner talks to. Job summaries, logs, artifacts and caches further need
`*.blob.core.windows.net`, which is anybody's storage account: add it knowingly.

Source: GitHub docs, actions/reference/runners/self-hosted-runners, "Accessible domains by function".
"""

AZURE_DEVOPS_AGENT_HOSTS = (
    "dev.azure.com",
    "*.dev.azure.com",
    "login.microsoftonline.com",
    "management.azure.com",
    "*.vssps.visualstudio.com",
    "*.visualstudio.com",
    "*.vsassets.io",
)
"""What a self-hosted Azure Pipelines agent talks to. Source: Azure DevOps docs, security/allow-list-ip-url."""
