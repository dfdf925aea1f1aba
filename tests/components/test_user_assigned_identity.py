from __future__ import annotations

import pytest

from components.private_dns import Cloud
from components.user_assigned_identity import (
    FederatedCredential,
    UserAssignedIdentity,
    UserAssignedIdentityArgs,
    azure_devops_connection,
    github_environment,
)
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import TAGS, placed

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
"""Microsoft's own tenant, whose short form in subjects is published in many places."""
ORGANISATION = "11111111-2222-3333-4444-555555555555"
CONNECTION = "66666666-7777-8888-9999-aaaaaaaaaaaa"
DEVOPS = azure_devops_connection(TENANT, ORGANISATION, CONNECTION)
GITHUB = github_environment("larkspur", "ml-platform", "production")


def identity(**credentials: FederatedCredential) -> UserAssignedIdentity:
    args = UserAssignedIdentityArgs(**placed("id-larkspur-ci", federated_credentials=credentials))
    return UserAssignedIdentity("ci", args)


def test_an_identity_trusts_nobody_by_default(plan, azure_types):
    """There is the identity alone, and its outputs are known: what grants it a role needs its principal ID."""
    planned = plan(identity)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("UserAssignedIdentity", "ci", ""),
        ("managedidentity:UserAssignedIdentity", "ci", "UserAssignedIdentity ci"),
    }
    assert inputs(planned, "managedidentity:UserAssignedIdentity") == {
        "resourceName": "id-larkspur-ci",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "westeurope",
        "tags": TAGS,
    }
    outputs = one(planned, "UserAssignedIdentity").outputs
    assert set(outputs) == {"id", "name", "principal_id", "client_id"}
    assert outputs["id"] == one(planned, "managedidentity:UserAssignedIdentity").id


def test_credentials_are_written_one_after_the_other(plan, azure_types):
    """Entra refuses concurrent writes to one identity: each credential waits for the one before it."""
    planned = plan(lambda: identity(github=GITHUB, azure_devops=DEVOPS))
    judge(planned, azure_types)
    kind = "managedidentity:FederatedIdentityCredential"
    assert {(t, name, parent) for t, name, parent in tree(planned) if t == kind} == {
        (kind, "ci-github", "UserAssignedIdentity ci"),
        (kind, "ci-azure_devops", "UserAssignedIdentity ci"),
    }
    assert inputs(planned, kind, "ci-github") == {
        "federatedIdentityCredentialResourceName": "github",
        "resourceName": "id-larkspur-ci",
        "resourceGroupName": "rg-larkspur-mlp",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:larkspur/ml-platform:environment:production",
        "audiences": ["api://AzureADTokenExchange"],
    }
    second = one(planned, kind, "ci-azure_devops")
    assert waits_for(planned, second) == {"managedidentity:UserAssignedIdentity ci", f"{kind} ci-github"}


def test_azure_devops_subjects_have_the_form_that_service_connections_show():
    """Tenant and Azure DevOps stand there as little-endian GUIDs in base64, the rest as GUIDs."""
    assert DEVOPS.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert DEVOPS.subject == (
        f"/eid1/c/pub/t/v4j5cvGGr0GRqy180BHbRw/a/rISbSSETf0KqFyZ8ppdXmA/sc/{ORGANISATION}/{CONNECTION}"
    )


@pytest.mark.parametrize(
    ("cloud", "audience"),
    [(Cloud.US_GOVERNMENT, "api://AzureADTokenExchangeUSGov"), (Cloud.CHINA, "api://AzureADTokenExchangeChina")],
)
def test_each_cloud_exchanges_tokens_for_its_own_audience(cloud, audience):
    """The audience names the cloud; the Azure DevOps form of the public cloud isn't offered elsewhere."""
    assert github_environment("larkspur", "ml-platform", "dev", cloud).audience == audience
    with pytest.raises(ValueError, match="don't use the Entra issuer"):
        azure_devops_connection(TENANT, ORGANISATION, CONNECTION, cloud)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: github_environment("larkspur", "", ""), "GitHub needs repository, environment"),
        (lambda: github_environment("larkspur", "ml-platform", "*"), "takes no wildcard"),
        (lambda: FederatedCredential(issuer="", subject="x"), "needs an issuer, a subject and an audience"),
        (lambda: azure_devops_connection(TENANT, "larkspur", CONNECTION), "organisation_id is to be a GUID"),
        (lambda: azure_devops_connection("", ORGANISATION, CONNECTION), "tenant_id is to be a GUID"),
    ],
)
def test_a_credential_that_trusts_too_many_or_nobody_is_refused(make, message):
    """Issuer, repository and environment are pinned: an empty part or a pattern is an error."""
    with pytest.raises(ValueError, match=message):
        make()


def test_all_faults_of_the_credentials_are_told_at_once():
    """Azure takes 20 credentials, with names of 3 to 120 characters."""
    credentials = {f"credential-{number}": GITHUB for number in range(20)} | {"gh": GITHUB}
    with pytest.raises(ValueError, match=r"'gh' is no name for one; an identity holds at most 20, got 21"):
        UserAssignedIdentityArgs(**placed("id-larkspur-ci", federated_credentials=credentials))
