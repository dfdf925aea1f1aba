"""Stack files of every kind."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from components.names import RULES, checked
from stacks.settings import Settings, from_config, json_schema, load
from stacks.settings.checks.names import planned_names
from stacks.settings.configuration import configuration
from tests.stacks.documents import written
from tests.stacks.strategies import settings_documents

SCHEMA = jsonschema.Draft202012Validator(json_schema())
ANY_SPEED = hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def loaded(document: dict) -> tuple[Settings, Settings]:
    """The settings as read from the file, and as the program reads them from its configuration."""
    with TemporaryDirectory() as folder:
        path = written(Path(folder), document, "any")
        values = configuration(path).values
        return load(path), from_config(lambda key: values.get(f"seawall:{key}"), "any")


@ANY_SPEED
@given(settings_documents())
def test_every_right_file_loads(document):
    """A file that is right loads, to the same settings for the program as for who reads the file; editors agree."""
    from_file, from_program = loaded(document)
    assert from_file == from_program
    assert from_file.environment == document["config"]["seawall:environment"]
    assert not list(SCHEMA.iter_errors(document))


@ANY_SPEED
@given(settings_documents())
def test_subnets_lie_apart_within_their_network(document):
    """Whatever is given and computed, subnets are within the address space and none overlaps another."""
    settings, _ = loaded(document)
    planned = settings.subnets
    found = [planned.private_endpoints, planned.runners, planned.training, planned.scoring]
    found += [planned.firewall, planned.bastion]
    ranges = [subnet for subnet in found if subnet is not None]
    assert all(subnet.subnet_of(settings.network.address_space) for subnet in ranges)
    assert not any(one.overlaps(other) for one in ranges for other in ranges if one is not other)
    for name, subnet in settings.network.subnets.given.items():
        assert subnet in ranges, name
    assert (settings.firewall_ip is not None) == (settings.egress == "firewall")


@ANY_SPEED
@given(settings_documents())
def test_names_are_azures(document):
    """What was checked before planning has the name that planning uses, and Azure takes it."""
    settings, _ = loaded(document)
    for names, kind, instance in planned_names(settings):
        name = names.of(kind, instance)
        assert checked(kind, name) == name
        assert RULES[kind].least <= len(name) <= RULES[kind].most
    assert len(settings.shared_registry_name) <= 32
