"""Whatever the stack is, and whatever the next plan says: one `up` makes it so, and the next one has nothing to do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from builder import SUBSCRIPTION, TAGS, Builder, Ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.local.azure import LocalAzure
from seawall.local.deploy import destroy, preview, up
from seawall.local.state import StackState
from seawall.plan.model import Options, Plan

_LOCATIONS = st.sampled_from(["westeurope", "northeurope"])
_OPTIONS = st.builds(Options, delete_before_replace=st.sampled_from([None, True]))
_TAGS = st.sampled_from([TAGS, {**TAGS, "owner": "ml-platform@larkspur.example"}, {}])


@st.composite
def plans(draw: Any) -> Plan:
    """Plans over the same few names, so that two of them share, rename, move and drop resources."""
    b = Builder()
    group = b.group("rg-one", location=draw(_LOCATIONS), tags=draw(_TAGS))
    other = b.group("rg-two", tags=draw(_TAGS)) if draw(st.booleans()) else group
    network, subnets = _network(draw, b, group)
    account = _account(draw, b, draw(st.sampled_from([group, other])))
    if draw(st.booleans()):
        location = draw(_LOCATIONS)
        # A soft-deleted vault keeps its name for its own group and region.
        vault = b.vault(other, f"kv-{draw(st.integers(1, 2))}-{other.name}-{location[:4]}", location=location)
        _guard(draw, b, vault)
    if account and subnets and draw(st.booleans()):
        b.private_endpoint(other, draw(st.sampled_from(subnets)), account, "blob", options=draw(_OPTIONS))
    if network and draw(st.booleans()):
        zone = {"privateZoneName": "privatelink.blob.core.windows.net", "resourceGroupName": other.name}
        b.add("privatedns:PrivateZone", "zone", **zone, location="global")
        link = {"virtualNetworkLinkName": "link", "virtualNetwork": {"id": network.id}, "registrationEnabled": False}
        b.add("privatedns:VirtualNetworkLink", "link", **zone, **link, location="global", tags=draw(_TAGS))
    return b.plan(groups=draw(st.integers(0, 3)))


def _network(draw: Any, b: Builder, group: Ref) -> tuple[Ref | None, list[Ref]]:
    if not draw(st.booleans()):
        return None, []
    place = {"location": draw(_LOCATIONS)}
    guards = [b.security_group(group, f"nsg-{i}", **place) for i in range(draw(st.integers(0, 2)))]
    name = draw(st.sampled_from(["vnet-one", "vnet-two"]))
    network = b.add(
        "network:VirtualNetwork",
        "vnet",
        virtualNetworkName=name,
        resourceGroupName=group.name,
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        options=draw(_OPTIONS),
        **place,
    )
    subnets = []
    for i in range(draw(st.integers(0, 2))):
        guard = {"networkSecurityGroup": {"id": draw(st.sampled_from(guards)).id}} if guards else {}
        subnets.append(b.subnet(group, network, f"snet-{i}", f"10.0.{i}.0/24", **guard))
    return network, subnets


def _account(draw: Any, b: Builder, group: Ref) -> Ref | None:
    if not draw(st.booleans()):
        return None
    inputs = {"accountName": draw(st.sampled_from(["stone", "sttwo"])), "options": draw(_OPTIONS)}
    inputs["isHnsEnabled"] = draw(st.booleans())
    account = b.storage(group, "account", location=draw(_LOCATIONS), tags=draw(_TAGS), **inputs)
    for name in draw(st.sets(st.sampled_from(["raw", "curated"]))):
        where = {"accountName": account.name, "resourceGroupName": group.name}
        b.add("storage:BlobContainer", name, containerName=name, publicAccess="None", **where)
    _guard(draw, b, account)
    return account


def _guard(draw: Any, b: Builder, target: Ref) -> None:
    if draw(st.booleans()):
        b.role(target, "Reader", principal=f"{SUBSCRIPTION[:-1]}{draw(st.integers(2, 4))}")
    level = draw(st.sampled_from(["", "CanNotDelete", "ReadOnly"]))
    if level:
        b.lock(target, level)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(plans(), min_size=1, max_size=4))
def test_any_sequence_of_plans_converges(sequence: list[Plan]) -> None:
    """After each `up` the stack owns just what the plan says, Azure holds just that, and nothing is left to do."""
    with tempfile.TemporaryDirectory() as folder, LocalAzure.open(Path(folder) / "azure.db") as azure:
        for plan in sequence:
            expected = preview(plan, azure)
            summary = up(plan, azure, expected=expected)
            assert summary.succeeded, [str(failure.error) for failure in summary.failures]
            assert not preview(plan, azure).changed
            _check_equal(plan, azure)
        assert destroy("test", azure, purge=True).succeeded
        left = azure.snapshot()
        assert not left["resources"] and not left["owned"] and not left["outputs"]


def _check_equal(plan: Plan, azure: LocalAzure) -> None:
    owned = {record.urn: record for record in StackState(azure.store, plan.stack, plan.project).owned()}
    assert owned.keys() == {resource.urn for resource in plan.managed}
    for resource in plan.managed:
        record = owned[resource.urn]
        assert (record.id, record.inputs) == (resource.id, resource.inputs)
        assert record.outputs == resource.outputs
        assert (record.dependencies, record.options) == (resource.dependencies, resource.options)
        assert not (record.dirty or record.condemned or record.lifted or record.recovered)
    assert {row.key for row in azure.store.resources()} == {resource.id.lower() for resource in plan.managed}
