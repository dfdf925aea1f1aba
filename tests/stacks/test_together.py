"""Stacks of one platform, checked against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.settings import Settings, SettingsErrors, check_together, load
from tests.stacks.documents import HUB, SPOKE, changed, minimal, written

STACKS = Path(__file__).parents[2] / "stacks"


def stack(folder: Path, name: str, **edits: object) -> Settings:
    """A hub called shared, or a spoke of it, with other values at some places (`network__hub` for `network.hub`)."""
    base = minimal(network=HUB if name == "shared" else SPOKE)
    return load(written(folder, changed(base, {key.replace("__", "."): value for key, value in edits.items()}), name))


def faults(*stacks: Settings) -> dict[str, str]:
    with pytest.raises(SettingsErrors) as caught:
        check_together(stacks)
    return {
        f"{error.file} {error.path.removeprefix('config.seawall:')}": error.expected for error in caught.value.errors
    }


def test_the_projects_stacks_go_together():
    """The four stack files describe one platform."""
    check_together([load(STACKS / f"Pulumi.{name}.yaml") for name in ("shared", "dev", "test", "prod")])


def test_a_hub_and_its_spoke_go_together(tmp_path):
    """Spokes with a range of their own each are fine."""
    other = stack(tmp_path, "prod", network__addressSpace="10.40.12.0/22")
    check_together([stack(tmp_path, "shared"), stack(tmp_path, "test"), other])


def test_address_spaces_may_not_overlap(tmp_path):
    """Networks that overlap can't be peered, whoever tries."""
    found = faults(stack(tmp_path, "shared"), stack(tmp_path, "test"), stack(tmp_path, "prod"))
    assert found == {"Pulumi.prod.yaml network.addressSpace": "a range apart from test's, 10.40.8.0/22"}


@pytest.mark.parametrize(
    ("hub", "spoke", "place", "expected"),
    [
        ({"network": {"addressSpace": "10.40.0.0/22"}}, {}, "network.mode", "there is no hub"),
        ({}, {"network__hub": {"addressSpace": "10.41.0.0/22"}}, "network.hub.addressSpace", "10.40.0.0/22"),
        ({"network__hub": {"egress": "nat"}}, {}, "network.hub.egress", "nat, as in shared"),
        ({"network__subnets": {"firewall": "10.40.3.0/26"}}, {}, "network.hub.firewallSubnet", "10.40.3.0/26"),
        ({"location": "northeurope"}, {}, "shared.location", "northeurope, shared's location"),
        (
            {"subscription": "11111111-1111-1111-1111-111111111111"},
            {},
            "shared.subscription",
            "11111111-1111-1111-1111-111111111111, shared's subscription",
        ),
        ({"workload": "ml"}, {}, "workload", "ml, as in shared"),
        ({"registry": {"name": "models"}}, {}, "shared.registryName", "models, shared's registry.name"),
        ({"tenant": "99999999-9999-9999-9999-999999999998"}, {}, "tenant", "99999999-9999-9999-9999-999999999998"),
    ],
)
def test_an_environment_says_of_shared_what_shared_is(tmp_path, hub, spoke, place, expected):
    """What a spoke relies on is what shared builds."""
    found = faults(stack(tmp_path, "shared", **hub), stack(tmp_path, "test", **spoke))
    assert set(found) == {f"Pulumi.test.yaml {place}"}
    assert expected in found[f"Pulumi.test.yaml {place}"]


def test_an_environment_is_one_stack(tmp_path):
    """Two stacks of one environment would have the same names."""
    one = stack(tmp_path, "test")
    other = stack(tmp_path, "second", environment="test", network__addressSpace="10.40.12.0/22")
    assert "Pulumi.test.yaml environment" in faults(one, other)


def test_the_plans_of_defender_have_one_owner(tmp_path):
    """`shared` owns those of its own subscription; of another one, two stacks have to say who."""
    ranges = {"test": "10.40.8.0/22", "prod": "10.40.12.0/22"}
    elsewhere = {"subscription": "55555555-5555-5555-5555-555555555555"}
    hub = stack(tmp_path, "shared")
    at_hub = {"shared": {"subscription": hub.subscription}}

    def apart(name: str, **edits: object) -> Settings:
        return stack(tmp_path, name, network__addressSpace=ranges[name], **elsewhere, **at_hub, **edits)

    assert faults(hub, apart("test"), apart("prod")) == {
        "Pulumi.prod.yaml guardrails.defenderOwner": "test, which owns the plans of the same subscription"
    }
    check_together([hub, apart("test"), apart("prod", guardrails={"defenderOwner": "test"})])
