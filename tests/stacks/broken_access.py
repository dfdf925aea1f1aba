"""Stack files whose access can't be given."""

from __future__ import annotations

from tests.stacks.broken import Broken

ONE, TWO = (f"cccccccc-0000-0000-0000-00000000000{number}" for number in (1, 2))
SUPPORT = {"Platform technical support": {"group": ONE}}

ACCESS = {
    "a persona that no table knows": Broken(
        {"access": {"personas": {"Data scientists": {"group": ONE}}}},
        {"access.personas.Data scientists": "did you mean Data scientist?"},
    ),
    "a persona that is two things": Broken(
        {"access": {"personas": {"Data scientist": {"group": ONE, "servicePrincipal": TWO}}}},
        {"access.personas.Data scientist": "one of group, groups, create, servicePrincipal"},
    ),
    "groups of a project that isn't served": Broken(
        {"access": {"projects": ["claims"], "personas": {"Data analyst": {"groups": {"claims": ONE, "other": TWO}}}}},
        {"access.personas.Data analyst.groups.other": "a project: claims"},
    ),
    "two personas with one group": Broken(
        {"access": {"personas": {"Data analyst": {"group": ONE}, "Model tester": {"group": ONE}}}},
        {"access.personas.Model tester": "a principal of its own: Data analyst has this one"},
    ),
    "a group to be made that nobody owns": Broken(
        {"access": {"personas": {"Data analyst": {"create": True}}}}, {"access.groupOwners": "who owns the group"}
    ),
    "just-in-time access without an end": Broken(
        {"access": {"personas": SUPPORT}}, {"access.justInTime": "until when Platform technical support is eligible"}
    ),
    "just-in-time access that nobody approves in production": Broken(
        {"access": {"personas": SUPPORT, "justInTime": {"until": "2027-06-30"}}},
        {"access.justInTime.approvers": "production needs one"},
        "test",
    ),
    "Azure DevOps without its groups": Broken(
        {"access": {"azureDevOps": {"organisation": "larkspur", "projectId": ONE, "feedId": TWO}}},
        {
            "access.azureDevOps.groups.readers": "its descriptor",
            "access.azureDevOps.groups.collectionAdministrators": "its descriptor",
        },
        "test",
    ),
    "more role assignments than a subscription takes": Broken(
        {"access": {"otherAssignments": 3999}}, {"access.projects": "a subscription takes 4,000"}
    ),
}
