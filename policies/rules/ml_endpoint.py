"""Rules on online and batch endpoints."""

from __future__ import annotations

from policies.reading import ResourceView, same
from policies.rule import HIGH, Found, rule


@rule(
    "machinelearningservices:OnlineEndpoint",
    "machinelearningservices:BatchEndpoint",
    group="identity",
    severity=HIGH,
    mcsb="IM-1",
    fix="Set properties.authMode to AADToken.",
)
def ml_endpoint_entra_auth(endpoint: ResourceView) -> Found:
    """Whoever calls an endpoint proves who they are to Entra.

    A key is shared, seldom rotated, and says nothing of who called; a workspace token is little better. An Entra token
    names the caller, and role assignments decide.
    """
    mode = endpoint.get("properties.authMode", "not set")
    if not same(mode, "AADToken"):
        yield f"properties.authMode is {mode}"
