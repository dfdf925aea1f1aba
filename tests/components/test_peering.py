from __future__ import annotations

import pulumi_azure_native as azure
import pytest

from components.peering import Peering, PeeringArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import NETWORK, SUBSCRIPTION

KIND = "network:VirtualNetworkPeering"
CENTRAL = SUBSCRIPTION.replace("1", "9")
HUB = f"/subscriptions/{CENTRAL}/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub"


def peering(**more: object) -> Peering:
    args = PeeringArgs(
        spoke_id=NETWORK, hub_id=HUB, spoke_peering_name="to-hub", hub_peering_name="to-larkspur", **more
    )
    return Peering("peer", args)


def across() -> Peering:
    return peering(hub_provider=azure.Provider("central", subscription_id=CENTRAL))


def test_both_halves_are_made_each_in_its_own_subscription(plan, azure_types):
    """The spoke's half is in the spoke's subscription, the hub's half in the hub's."""
    planned = plan(across)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("Peering", "peer", ""),
        (KIND, "peer-hub", "Peering peer"),
        (KIND, "peer-spoke", "Peering peer"),
    }
    assert one(planned, KIND, "peer-hub").id == f"{HUB}/virtualNetworkPeerings/to-larkspur"
    assert one(planned, KIND, "peer-spoke").id == f"{NETWORK}/virtualNetworkPeerings/to-hub"
    assert inputs(planned, KIND, "peer-hub")["remoteVirtualNetwork"] == {"id": NETWORK}
    assert inputs(planned, KIND, "peer-spoke")["remoteVirtualNetwork"] == {"id": HUB}


def test_only_the_hub_forwards_for_others(plan):
    """The spoke accepts what the hub's firewall forwards, the hub nothing; no gateway is shared by default."""
    planned = plan(across)
    hub, spoke = inputs(planned, KIND, "peer-hub"), inputs(planned, KIND, "peer-spoke")
    assert (hub["allowForwardedTraffic"], spoke["allowForwardedTraffic"]) == (False, True)
    assert hub["allowVirtualNetworkAccess"] and spoke["allowVirtualNetworkAccess"]
    assert not hub["allowGatewayTransit"] and not spoke["useRemoteGateways"]


@pytest.mark.parametrize("gateway", [True, False])
def test_the_hub_offers_its_gateway_before_the_spoke_uses_it(plan, azure_types, gateway):
    """With a gateway, the hub's half offers it and the spoke's half uses it; the spoke's half always comes second."""
    planned = plan(lambda: peering(use_hub_gateway=gateway, hub_provider=azure.Provider("c", subscription_id=CENTRAL)))
    judge(planned, azure_types)
    assert inputs(planned, KIND, "peer-hub")["allowGatewayTransit"] is gateway
    spoke = one(planned, KIND, "peer-spoke")
    assert spoke.inputs["useRemoteGateways"] is gateway
    assert f"{KIND} peer-hub" in waits_for(planned, spoke)
