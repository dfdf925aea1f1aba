"""The section `access` of a stack file."""

from __future__ import annotations

import pytest

from stacks.settings import SettingsErrors
from tests.rbac.environments import GROUP, small

ONE, TWO = GROUP.format(1), GROUP.format(2)
DEVOPS = {"organisation": "larkspur", "projectId": ONE, "feedId": TWO}
SUPPORT = {"personas": {"Platform technical support": {"group": ONE}}}

WRONG = {
    "unknown persona": ("dev", {"personas": {"Data scientists": {"group": ONE}}}, "did you mean Data scientist?"),
    "two ways": ("dev", {"personas": {"Data scientist": {"group": ONE, "create": True}}}, "one of group, groups"),
    "no way": ("dev", {"personas": {"Data scientist": {}}}, "one of group, groups"),
    "process as group": ("dev", {"personas": {"Monitoring processes": {"group": ONE}}}, "the persona is a process"),
    "person as process": ("dev", {"personas": {"Data analyst": {"servicePrincipal": ONE}}}, "a group: the persona"),
    "the workspace": ("dev", {"personas": {"Machine Learning workspace": {"servicePrincipal": ONE}}}, "own workspace"),
    "no GUID": ("dev", {"personas": {"Data analyst": {"group": "analysts"}}}, "a GUID"),
    "same principal": (
        "dev",
        {"personas": {"Data analyst": {"group": ONE}, "Model tester": {"group": ONE}}},
        "its own",
    ),
    "deployer is a persona": (
        "dev",
        {"deployer": ONE, "personas": {"CI/CD processes": {"servicePrincipal": ONE}}},
        "a principal of its own",
    ),
    "no owners": ("dev", {"personas": {"Data analyst": {"create": True}}}, "who owns the group"),
    "no end": ("dev", SUPPORT, "until when"),
    "no approvers": ("prod", SUPPORT | {"justInTime": {"until": "2027-06-30"}}, "production needs one"),
    "groups of no project": ("dev", {"personas": {"Data analyst": {"groups": {"claims": ONE}}}}, "a project: mlp"),
    "groups of all": (
        "dev",
        {"personas": {"Platform technical support": {"groups": {"mlp": ONE}}}, "justInTime": {"until": "2027-06-30"}},
        "isn't project-specific",
    ),
    "project twice": ("dev", {"projects": ["claims", "claims"]}, "each project once"),
    "no descriptors": ("prod", {"azureDevOps": DEVOPS}, "its descriptor"),
    "no feed": ("prod", {"azureDevOps": DEVOPS | {"feedId": None}}, "the ID of the feed"),
    "a bad descriptor": ("prod", {"azureDevOps": DEVOPS | {"groups": {"readers": "Readers"}}}, "vssgp."),
    "unknown key": ("dev", {"personnas": {}}, "'personas'?"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_says_what_is_right(tmp_path, name):
    """Each is a settings error with its path in the file and what it should be."""
    env, access, said = WRONG[name]
    with pytest.raises(SettingsErrors) as caught:
        small(tmp_path, env, access=access)
    found = [error for error in caught.value.errors if said in error.expected]
    assert found, str(caught.value)
    assert all("seawall:access" in error.path and error.line for error in found)


def test_a_file_without_the_section_is_right(tmp_path):
    """Nobody has to say anything of access: the stack's own identities are there."""
    assert small(tmp_path).access.personas == {}


def test_one_line_maps_a_persona(tmp_path):
    """A persona is mapped in one line."""
    settings = small(tmp_path, access={"personas": {"Data scientist": {"group": ONE}}})
    assert settings.access.personas["Data scientist"].group == ONE
