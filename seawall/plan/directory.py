"""The types that stand outside Azure Resource Manager: in the Entra directory, and in an Azure DevOps organisation."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.plan import azuread, azuredevops
from seawall.plan.kinds import Kind

KINDS: Mapping[str, Kind] = {kind.token: kind for kind in (*azuread.KINDS, *azuredevops.KINDS)}
"""By token."""
