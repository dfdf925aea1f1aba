"""Rules on federated credentials."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import PREPRODUCTION
from guarded_operations import federated

from policies.rules.federation import federated_credential_pinned
from seawall.plan.values import UNKNOWN

GUID = "11111111-1111-1111-1111-111111111111"
ENTRA = f"https://login.microsoftonline.com/{GUID}/v2.0"
CLUSTER = f"https://westeurope.oic.prod-aks.azure.com/{GUID}/{GUID}/"


@pytest.mark.parametrize(
    "subject",
    [
        "repo:larkspur-insurance/ml-platform:ref:refs/heads/main",
        "repo:larkspur-insurance/ml-platform:pull_request",
        "repo:larkspur-insurance/*:environment:prod",
        "repo:larkspur-insurance/ml-platform:environment:*",
        "repo:larkspur-insurance/ml-platform",
        "",
    ],
)
def test_federated_credential_pinned_refuses_more_than_one_environment(subject: str) -> None:
    """A branch, a pull request, a wildcard or nothing at all isn't one environment; in every tier."""
    assert ask(federated_credential_pinned, federated(subject=subject), context=PREPRODUCTION) == [
        f"violation mandatory github: its subject is {subject or 'not set'}; GitHub's is to be "
        "repo:<owner>/<repository>:environment:<environment>"
    ]


@pytest.mark.parametrize(
    "issuer", [f"https://vstoken.dev.azure.com/{GUID}", "https://accounts.google.com", "https://evil.example", ""]
)
def test_federated_credential_pinned_refuses_other_issuers(issuer: str) -> None:
    """The old issuer of Azure DevOps, and whoever else makes tokens."""
    assert len(ask(federated_credential_pinned, federated(issuer=issuer))) == 1


def test_federated_credential_pinned_refuses_other_audiences() -> None:
    """A token for something else, or for several."""
    for audiences in (["https://management.azure.com"], ["api://AzureADTokenExchange", "x"], []):
        assert len(ask(federated_credential_pinned, federated(audiences=audiences))) == 1


def test_federated_credential_pinned_refuses_expressions() -> None:
    """A flexible credential takes as many subjects as its expression."""
    flexible = federated(claimsMatchingExpression={"value": "claims['sub'] matches 'repo:larkspur/*'"})
    assert len(ask(federated_credential_pinned, flexible)) == 1


@pytest.mark.parametrize(
    ("issuer", "subject"),
    [
        ("https://token.actions.githubusercontent.com", "repo:larkspur-insurance/ml-platform:environment:prod"),
        (ENTRA, f"/eid1/c/pub/t/EREREREREREREREREREREQ/a/abc-_1/sc/{GUID}/{GUID}"),
        (CLUSTER, "system:serviceaccount:scoring:fraud"),
    ],
)
def test_federated_credential_pinned_accepts_one_source(issuer: str, subject: str) -> None:
    """One GitHub environment, one service connection, one Kubernetes service account."""
    assert ask(federated_credential_pinned, federated(issuer=issuer, subject=subject)) == []


def test_federated_credential_pinned_cannot_tell_before_deployment() -> None:
    """A cluster's issuer is unknown until it is made."""
    assert ask(federated_credential_pinned, federated(issuer=UNKNOWN)) == [
        "unknown mandatory github: unknown: property issuer can't be known before deployment"
    ]
