from __future__ import annotations

import doctest
import subprocess
import sys

import pulumi_azure_native as azure
import pytest
from pulumi import Output, ResourceOptions

import components
from components import base
from components.base import Component, arm_id, child_id, computed, id_segment, last_segment
from tests.components.judged import inputs, one, tree, waits_for
from tests.components.samples import GROUP


class Sample(Component):
    """A component with one child that is slow to have an ID, and an ID that is computed."""

    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.table = azure.network.RouteTable(
            name,
            route_table_name=f"rt-{name}",
            resource_group_name="rg-larkspur-mlp",
            location="westeurope",
            opts=self.child_opts(),
        )
        self.id = self.computed(lambda group: arm_id(group, "Microsoft.Network/routeTables", f"rt-{name}"), GROUP)
        self.register_outputs({"id": self.id})


def route_of(table_id: object, name: str = "user") -> azure.network.Route:
    return azure.network.Route(
        name,
        route_name=name,
        route_table_name=last_segment(table_id),
        resource_group_name="rg-larkspur-mlp",
        address_prefix="10.0.0.0/8",
        next_hop_type="None",
    )


def test_a_computed_id_is_known_and_waits_for_every_child(plan):
    """Who uses a component's ID gets the value beforehand and depends on all of the component's children."""
    planned = plan(lambda: route_of(Sample("one").id))
    assert inputs(planned, "network:Route")["routeTableName"] == "rt-one"
    assert waits_for(planned, one(planned, "network:Route")) == {"network:RouteTable one"}


def test_a_computed_value_waits_for_its_inputs_too(plan):
    """A value computed from an output of another resource depends on both resources."""

    def program() -> None:
        first, second = Sample("first"), Sample("second")
        route_of(computed(first, lambda id: id, second.id))

    planned = plan(program)
    expected = {"network:RouteTable first", "network:RouteTable second"}
    assert waits_for(planned, one(planned, "network:Route")) == expected


def test_a_sibling_uses_the_id_of_one_resource_without_waiting_for_the_component(plan):
    """`child_id` is known and depends on that one resource alone."""

    def program() -> None:
        sample = Sample("one")
        route_of(child_id(sample.table, GROUP, "Microsoft.Network/routeTables", "rt-one"))

    planned = plan(program)
    assert waits_for(planned, one(planned, "network:Route")) == {"network:RouteTable one"}


def test_children_stand_below_their_component_and_ignore_the_callers_options(plan):
    """A component's child has the component as its parent; a caller's `ignore_changes` stays with the component."""
    planned = plan(lambda: Sample("one", ResourceOptions(ignore_changes=["routes"])))
    assert tree(planned) == {("Sample", "one", ""), ("network:RouteTable", "one", "Sample one")}
    assert one(planned, "network:RouteTable").options.ignore_changes == ()


def test_helpers_take_plain_values_and_outputs_alike(plan):
    """`last_segment` answers at once for a string and later for an Output."""
    assert last_segment(f"{GROUP}/x/y") == "y"
    planned = plan(lambda: route_of(Output.from_input("a/b/rt-late")))
    assert inputs(planned, "network:Route")["routeTableName"] == "rt-late"


def test_ids_that_are_none_are_refused():
    """A text without the wanted segment, and names that don't match a type, are ValueErrors that say so."""
    with pytest.raises(ValueError, match="expected an ARM ID with resourceGroups/<name>"):
        id_segment("rg-larkspur", "resourceGroups")
    with pytest.raises(ValueError, match="takes 2 names, not 1"):
        arm_id(GROUP, "Microsoft.Network/virtualNetworks/subnets", "vnet")


def test_the_examples_in_the_docstrings_hold():
    """Each `>>>` in components/base.py gives what stands below it."""
    result = doctest.testmod(base)
    assert result.attempted >= 2 and result.failed == 0


def test_importing_the_package_imports_no_azure_sdk():
    """`import components` is cheap: the SDK is touched when a component is first used."""
    code = "import sys, components; print('pulumi_azure_native' in sys.modules, 'pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("name", components.__all__)
def test_every_public_name_is_there(name):
    """What `components` lists, it has."""
    assert getattr(components, name) is not None


def test_a_name_that_is_not_public_is_an_attribute_error():
    """`components` has what it lists and nothing else."""
    with pytest.raises(AttributeError, match="no attribute 'Vpn'"):
        components.Vpn  # noqa: B018
    assert "Workspace" in dir(components)
