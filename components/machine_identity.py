"""The managed identity of anything in Azure Machine Learning: user-assigned ones, or one of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi_azure_native as azure
from pulumi import Input, Output

from components.base import Component


def identity_of(identity_ids: Sequence[Input[str]]) -> azure.machinelearningservices.ManagedServiceIdentityArgs:
    """The user-assigned identities where there are any, else a system-assigned one; never both.

    A compute cluster takes no mixture at all, and a workspace that has one can't go back to its own identity alone.
    Source: Azure Machine Learning docs, how-to-identity-based-service-authentication.
    """
    if not identity_ids:
        return azure.machinelearningservices.ManagedServiceIdentityArgs(type="SystemAssigned")
    return azure.machinelearningservices.ManagedServiceIdentityArgs(
        type="UserAssigned", user_assigned_identities=list(identity_ids)
    )


def system_principal_id(component: Component, identity: Output[Any]) -> Output[str]:
    """The object ID in the `identity` that Azure gave to a child of `component`, which role assignments need."""
    return component.computed(lambda known: known, identity.apply(lambda given: given.principal_id))
