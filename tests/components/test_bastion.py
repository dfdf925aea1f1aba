from __future__ import annotations

from components.bastion import Bastion, BastionArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import LOGS, NETWORK, placed

SUBNET = f"{NETWORK}/subnets/AzureBastionSubnet"


def bastion(**more: object) -> Bastion:
    given = {"log_analytics_workspace_id": None, "subnet_id": SUBNET, **more}
    return Bastion("way-in", BastionArgs(**placed("bas-larkspur", **given)))


def test_by_default_nothing_is_carried_through(plan, azure_types):
    """No copy and paste, no files, no links to share, no tunnels."""
    planned = plan(bastion)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("Bastion", "way-in", ""),
        ("network:PublicIPAddress", "way-in", "Bastion way-in"),
        ("network:BastionHost", "way-in", "Bastion way-in"),
    }
    host = inputs(planned, "network:BastionHost")
    assert host["disableCopyPaste"] is True
    assert not (host["enableFileCopy"] or host["enableShareableLink"] or host["enableTunneling"])
    (placed_in,) = host["ipConfigurations"]
    assert placed_in["subnet"] == {"id": SUBNET}
    assert placed_in["publicIPAddress"] == {"id": one(planned, "network:PublicIPAddress").id}


def test_native_clients_and_logs_on_demand(plan, azure_types):
    """Tunnels are a setting; host and address are logged; a region without zones has none."""
    planned = plan(lambda: bastion(tunnelling=True, log_analytics_workspace_id=LOGS, zones=()))
    judge(planned, azure_types)
    assert inputs(planned, "network:BastionHost")["enableTunneling"] is True
    assert "zones" not in inputs(planned, "network:BastionHost")
    settings = {name for kind, name, _ in tree(planned) if kind == "monitor:DiagnosticSetting"}
    assert settings == {"way-in", "way-in-logs"}
    assert one(planned, "Bastion").outputs["id"] == one(planned, "network:BastionHost").id
