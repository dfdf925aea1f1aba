"""A subscription takes 4,000 role assignments; many projects need several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbac import Estate, Place, Principal, compiled, load_grants, load_tables
from rbac.limits import MOST_ASSIGNMENTS, counted, subscriptions_needed
from stacks.settings import SettingsErrors
from tests.rbac.environments import GROUP, small

PROJECTS = [f"project-{number}" for number in range(500)]


def test_eligibilities_do_not_count():
    """Only standing assignments in Azure count towards the limit, each for its own subscription."""
    place = Place("Azure Monitor", "/subscriptions/S/resourceGroups/g", "g")
    support = Principal("support", "Group", "id", "id")
    lead = Principal("lead", "Group", "id2", "id2")
    names = {"Platform technical support": (support,), "Project lead (Data science lead)": (lead,)}
    found = compiled(load_tables(), load_grants(), Estate("production", "production", "x", "S", (place,), names))
    assert {one.access for one in found.assignments} == {"standing", "eligible"}
    assert counted(found.assignments) == {"s": 1}


def test_500_projects_need_as_many_subscriptions_as_the_limit_asks_for(tmp_path):
    """500 projects of 12 personas, each with its own resources, fit in ceil(all / 4,000) subscriptions or one more."""
    from tests.rbac.environments import access_to

    each = sum(counted(access_to("prod").assignments).values())
    needed = subscriptions_needed([each] * len(PROJECTS))
    per_subscription = MOST_ASSIGNMENTS // each
    assert needed == -(-len(PROJECTS) // per_subscription)
    assert needed * MOST_ASSIGNMENTS >= each * len(PROJECTS)


@given(st.lists(st.integers(1, MOST_ASSIGNMENTS), max_size=60))
def test_no_subscription_is_overfull_and_few_are_wasted(sizes):
    """First fit, largest first, never takes fewer than the sum asks for, nor twice as many as it could."""
    needed, least = subscriptions_needed(sizes), -(-sum(sizes) // MOST_ASSIGNMENTS)
    assert least <= needed <= max(2 * least, least)


def test_a_project_that_no_subscription_takes_is_refused():
    """One project with more than 4,000 assignments can't be placed."""
    with pytest.raises(ValueError, match="4,001"):
        subscriptions_needed([4001])


def test_a_stack_that_exceeds_the_limit_is_a_settings_error(tmp_path):
    """Projects that share one workspace add up: the stack file is refused, with the number and the limit."""
    groups = {name: GROUP.format(0)[:-4] + f"{index:04d}" for index, name in enumerate(PROJECTS)}
    access = {"projects": PROJECTS, "personas": {"Data scientist": {"groups": groups}}}
    with pytest.raises(SettingsErrors) as caught:
        small(tmp_path, access=access)
    (error,) = caught.value.errors
    assert "role assignments in subscription" in error.got and "at most 4,000" in error.expected and error.line


def test_what_others_assign_counts_too(tmp_path):
    """Assignments of others in the subscription take from what the stack may have."""
    assert small(tmp_path, access={"otherAssignments": 3000})
    with pytest.raises(SettingsErrors) as caught:
        small(tmp_path, access={"otherAssignments": 3995})
    assert "of which others have 3,995" in str(caught.value)
