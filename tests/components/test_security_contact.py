from __future__ import annotations

import pytest

from components.security_contact import SecurityContact, SecurityContactArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import SUBSCRIPTION


def contact(*emails: str) -> SecurityContact:
    return SecurityContact("contact", SecurityContactArgs(subscription_id=SUBSCRIPTION, emails=emails))


def test_everyone_is_told_and_owners_are_too(plan, azure_types):
    """The subscription's one contact has all mailboxes, and hears of alerts from medium severity on."""
    planned = plan(lambda: contact("ml-platform@larkspur.example", "security@larkspur.example"))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("SecurityContact", "contact", ""),
        ("security:SecurityContact", "contact", "SecurityContact contact"),
    }
    made = inputs(planned, "security:SecurityContact")
    assert made["emails"] == "ml-platform@larkspur.example;security@larkspur.example"
    assert (made["isEnabled"], made["notificationsByRole"]) == (True, {"state": "On", "roles": ["Owner"]})
    assert made["notificationsSources"] == [
        {"sourceType": "Alert", "minimalSeverity": "Medium"},
        {"sourceType": "AttackPath", "minimalRiskLevel": "High"},
    ]
    resource = one(planned, "security:SecurityContact")
    expected = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/securityContacts/default"
    assert resource.id == one(planned, "SecurityContact").outputs["id"] == expected


def test_the_contact_outlives_its_stack(plan):
    """It is retained on delete: without it, nobody would hear of alerts any more."""
    planned = plan(lambda: contact("ml-platform@larkspur.example"))
    assert one(planned, "security:SecurityContact").options.retain_on_delete is True


def test_a_contact_without_a_mailbox_is_refused():
    """Nobody to tell is an error, said at once."""
    with pytest.raises(ValueError, match="a mailbox at least"):
        SecurityContactArgs(subscription_id=SUBSCRIPTION, emails=())
