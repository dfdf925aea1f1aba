"""A question to Azure Resource Manager itself: whether something exists."""

from __future__ import annotations

from typing import Any

from seawall.cli.exits import CloudFault

API_VERSION_OF_ANY = "2021-04-01"
"""Of a resource's existence: answered for every type. Source: ARM REST reference, resources, check-existence-by-id."""


def client() -> Any:
    """A pipeline to Resource Manager with the caller's own login."""
    from azure.identity import DefaultAzureCredential
    from azure.mgmt.core import ARMPipelineClient
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    url = "https://management.azure.com"
    credential = DefaultAzureCredential()
    policy = ARMChallengeAuthenticationPolicy(credential, f"{url}/.default")
    return ARMPipelineClient(base_url=url, authentication_policy=policy)


def version_of(id: str) -> str:
    """The API version at which a resource, or a whole collection, is asked for."""
    from seawall.azure.types import UnknownType, of_arm_type

    parts = id.split("/providers/")[-1].split("/") if "/providers/" in id else []
    try:
        return of_arm_type("/".join([parts[0], *parts[1::2]])).api_version if parts else API_VERSION_OF_ANY
    except UnknownType:
        return API_VERSION_OF_ANY


def exists(id: str) -> bool:
    """Whether Azure has a resource. Raises `CloudFault` where it doesn't say."""
    from azure.core.exceptions import AzureError as SdkError
    from azure.core.rest import HttpRequest

    try:
        with client() as pipeline:
            answer = pipeline.send_request(HttpRequest("GET", id, params={"api-version": version_of(id)}))
    except SdkError as error:
        raise CloudFault(f"Azure can't be asked whether {id} exists: {' '.join(str(error).split())[:200]}") from None
    if answer.status_code in (200, 404):
        return answer.status_code == 200
    raise CloudFault(f"Azure doesn't say whether {id} exists: it answers {answer.status_code}")
