"""personas.yaml is the reference's tables."""

from __future__ import annotations

import pytest

from components.role_assignment import ROLES
from rbac import load_permissions, load_tables
from rbac.model import RESOURCES, TIERS
from tests.rbac import reference

SECTIONS = {
    "Data scientist and machine learning engineer": "Data scientist",
    "Project lead or data science lead": "Project lead (Data science lead)",
    "Project or product owner (Business owner)": "Project/product owner",
}
"""Personas whose section has another heading than their row."""


@pytest.mark.parametrize("tier", TIERS)
def test_each_cell_is_the_references(tier):
    """For every persona and resource the roles are the reference's, in its order, and there are no other cells."""
    expected = reference.table(tier)
    tables = load_tables()
    assert {(one.name, resource) for one in tables.personas for resource in tables.resources} == set(expected)
    assert {key: tables.roles(tier, *key) for key in expected} == expected


def test_there_are_96_cells_in_each_table():
    """12 personas and 8 resources."""
    assert len(reference.table("production")) == len(reference.table("preproduction")) == 96
    assert len(load_tables().personas) == 12 and len(RESOURCES) == 8


def test_abbreviations_are_the_references():
    """All fourteen abbreviations are listed, with the roles' full names."""
    assert load_tables().abbreviations == reference.abbreviations()
    assert len(reference.abbreviations()) == 14


def test_personas_are_what_the_reference_says():
    """Kind and project of each persona are those of its section."""
    said = {SECTIONS.get(name, name): facts for name, facts in reference.personas().items()}
    assert {one.name: (str(one.kind), one.project_specific) for one in load_tables().personas} == said


def test_only_platform_technical_support_is_just_in_time():
    """Every persona keeps its access for the project's duration except platform technical support."""
    assert [one.name for one in load_tables().personas if one.just_in_time] == ["Platform technical support"]


def test_role_ids_are_those_that_components_assign():
    """The GUIDs beside the permissions are the ones in the table of the role assignment component."""
    known = load_permissions().roles
    assert {name: known[name].id for name in ROLES if name in known} == {
        name: ROLES[name] for name in ROLES if name in known
    }


def test_every_role_has_a_page_and_a_date():
    """What a role permits can be looked up where it was taken from."""
    for role in load_permissions().roles.values():
        assert role.source.startswith("https://learn.microsoft.com/") and len(role.date) == 10, role.name
        assert role.actions or role.data_actions, role.name
