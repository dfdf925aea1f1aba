from __future__ import annotations

import pytest

from components.managed_network import FqdnRule, ManagedNetwork, PrivateEndpointRule, ServiceTagRule
from tests.components.ml_samples import LAKE


@pytest.mark.parametrize("rule", [FqdnRule(host="feed.larkspur.example"), ServiceTagRule(service_tag="AzureMonitor")])
def test_open_networks_take_private_endpoints_alone(rule):
    """Where the internet is open, a rule for a host or a service tag says nothing, and Azure refuses it."""
    with pytest.raises(ValueError, match="AllowInternetOutbound takes private-endpoint rules alone"):
        ManagedNetwork(isolation="AllowInternetOutbound", outbound_rules={"some-rule": rule})


def test_every_fault_of_the_rules_is_named_at_once():
    """Two wrong rules are two messages in one error."""
    spark = PrivateEndpointRule(resource_id=LAKE, subresource="dfs", spark=True)
    with pytest.raises(ValueError) as caught:
        ManagedNetwork(outbound_rules={"x": FqdnRule(host="feed.larkspur.example"), "lake": spark})
    assert str(caught.value) == (
        "outbound rule 'x': a name has 3 to 33 letters, digits, '_' and '-'; "
        "outbound rule 'lake': spark needs include_spark"
    )


def test_a_network_lets_out_only_what_is_approved_by_default():
    """The strictest isolation, provisioned along with the workspace."""
    network = ManagedNetwork()
    assert (network.isolation, network.provision_now) == ("AllowOnlyApprovedOutbound", True)
