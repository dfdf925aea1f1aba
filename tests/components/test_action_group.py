from __future__ import annotations

import pytest
from pulumi import Output

from components.action_group import ActionGroup, ActionGroupArgs
from components.role_assignment import ROLES
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, TAGS

MAILBOX = "ml-platform@larkspur.example"


def args(**more: object) -> ActionGroupArgs:
    given = {"short_name": "mlp", "emails": {"platform": MAILBOX}, **more}
    return ActionGroupArgs(resource_group_id=GROUP, tags=TAGS, resource_name="ag-larkspur", **given)


def test_an_action_group_is_global_and_enabled(plan, azure_types):
    """It mails each receiver in the common alert schema."""
    planned = plan(lambda: ActionGroup("alerts", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("ActionGroup", "alerts", ""), ("monitor:ActionGroup", "alerts", "ActionGroup alerts")}
    assert inputs(planned, "monitor:ActionGroup") == {
        "actionGroupName": "ag-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "global",
        "tags": TAGS,
        "groupShortName": "mlp",
        "enabled": True,
        "emailReceivers": [{"name": "platform", "emailAddress": MAILBOX, "useCommonAlertSchema": True}],
        "armRoleReceivers": [],
        "webhookReceivers": [],
    }
    assert one(planned, "ActionGroup").outputs["id"] == one(planned, "monitor:ActionGroup").id


def test_the_holders_of_a_role_can_be_mailed(plan, azure_types):
    """A role is given by its name and sent as its GUID."""
    planned = plan(lambda: ActionGroup("alerts", args(emails={}, roles=["Monitoring Contributor"])))
    judge(planned, azure_types)
    assert inputs(planned, "monitor:ActionGroup")["armRoleReceivers"] == [
        {
            "name": "Monitoring Contributor",
            "roleId": ROLES["Monitoring Contributor"],
            "useCommonAlertSchema": True,
        }
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"emails": {}}, "reaches nobody"),
        ({"short_name": "ml-platform-ops"}, "1 to 12 characters, got 'ml-platform-ops'"),
        ({"short_name": ""}, "1 to 12 characters"),
    ],
)
def test_a_group_that_reaches_nobody_is_refused(more, message):
    """An alert must have a receiver, and Azure limits the short name."""
    with pytest.raises(ValueError, match=message):
        args(**more)


def test_a_webhook_may_be_a_secret(plan):
    """An action group posts to its webhooks, whose addresses stay sealed."""

    def program():
        address = Output.secret("https://pager.larkspur.example/hook?code=s3cr3t")
        ActionGroup("alerts", args(emails={}, webhooks={"pager": address}))

    (group,) = plan(program).managed
    receivers = group.inputs["webhookReceivers"]
    assert "s3cr3t" not in repr(receivers) and "[secret]" in repr(receivers)
