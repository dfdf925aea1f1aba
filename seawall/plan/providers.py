"""The packages whose resources the offline engine knows."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.plan import azure_native, azuread, azuredevops
from seawall.plan.azure_native import AzureNative
from seawall.plan.bridged import Bridged
from seawall.plan.provider import Provider


def providers(config: Mapping[str, str]) -> dict[str, Provider]:
    """The providers of one stack, by package. None of them imports its SDK before the program itself has."""
    return {
        azure_native.PACKAGE: AzureNative(config),
        azuread.PACKAGE: Bridged(azuread.PACKAGE, azuread.KINDS, azuread.FUNCTIONS, config),
        azuredevops.PACKAGE: Bridged(azuredevops.PACKAGE, azuredevops.KINDS, azuredevops.FUNCTIONS, config),
    }
