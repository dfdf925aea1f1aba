"""Rules on federated credentials: whose tokens Entra takes for an identity's."""

from __future__ import annotations

import re

from policies.facts import texts
from policies.reading import ResourceView
from policies.rule import CRITICAL, Found, rule

AUDIENCES = (
    "api://AzureADTokenExchange",
    "api://AzureADTokenExchangeUSGov",
    "api://AzureADTokenExchangeChina",
)
"""Source: Entra docs, workload-id/workload-identity-federation."""

_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = r"[^*?/:\s]+"

_TRUSTED = (
    (
        "GitHub",
        re.compile(rf"https://token\.actions\.githubusercontent\.com(/{_NAME})?"),
        re.compile(rf"repo:{_NAME}/{_NAME}:environment:[^*?:\s]+"),
        "repo:<owner>/<repository>:environment:<environment>",
    ),
    (
        "Azure DevOps",
        re.compile(rf"https://login\.microsoftonline\.com/{_GUID}/v2\.0", re.IGNORECASE),
        re.compile(rf"/eid1/c/pub/t/[\w-]+/a/[\w-]+/(sc/)?{_GUID}/{_GUID}", re.IGNORECASE),
        "/eid1/c/pub/t/<tenant>/a/<application>/sc/<organisation>/<service connection>",
    ),
    (
        "Azure Kubernetes Service",
        re.compile(rf"https://[\w-]+\.oic\.prod-aks\.azure\.com/{_GUID}/{_GUID}/?", re.IGNORECASE),
        re.compile(rf"system:serviceaccount:{_NAME}:{_NAME}"),
        "system:serviceaccount:<namespace>:<account>",
    ),
)
"""Issuers, each with the form of its subjects that names one and no more."""


@rule(
    "managedidentity:FederatedIdentityCredential",
    group="identity",
    severity=CRITICAL,
    azure_policy="2571b7c3-3056-4a61-b00a-9bc5232234f5 fd1a8e20-2c4f-4a6c-9354-b58d786d9a1f",
    mcsb="IM-3",
    fix="Name one GitHub repository and environment, one Azure DevOps service connection under the Entra issuer, or "
    "one Kubernetes service account; the audience is api://AzureADTokenExchange alone.",
)
def federated_credential_pinned(credential: ResourceView) -> Found:
    """A federated credential trusts one repository's environment, or one service connection.

    Whoever can make a token with the subject is the identity. A whole repository lets every branch deploy, pull
    requests included; an environment has reviewers. The old issuer of Azure DevOps, vstoken.dev.azure.com, retires.
    Kubernetes, which the catalogue doesn't name, is taken with one service account: its pods have no other way.
    """
    issuer, subject = str(credential.get("issuer", "")), str(credential.get("subject", ""))
    trusted = next((entry for entry in _TRUSTED if entry[1].fullmatch(issuer)), None)
    if trusted is None:
        yield f"its issuer is {issuer or 'not set'}: neither GitHub, Entra for Azure DevOps, nor a cluster of AKS"
    elif not trusted[2].fullmatch(subject):
        yield f"its subject is {subject or 'not set'}; {trusted[0]}'s is to be {trusted[3]}"
    if credential.get("claimsMatchingExpression"):
        yield "claimsMatchingExpression takes more subjects than one"
    audiences = texts(credential.get("audiences"))
    if len(audiences) != 1 or audiences[0] not in AUDIENCES:
        yield f"its audiences are {', '.join(audiences) or 'not set'}, not {AUDIENCES[0]} alone"
