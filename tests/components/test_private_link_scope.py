from __future__ import annotations

from components.private_link_scope import PrivateLinkScope, PrivateLinkScopeArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, LOGS, TAGS, private_link

INSIGHTS = f"{GROUP}/providers/Microsoft.Insights/components/appi-larkspur"
SCOPE = f"{GROUP}/providers/Microsoft.Insights/privateLinkScopes/ampls-larkspur"


def scope(**more: object) -> PrivateLinkScope:
    given = {"scoped_resource_ids": {"logs": LOGS}, "private_link": None, **more}
    args = PrivateLinkScopeArgs(resource_group_id=GROUP, tags=TAGS, resource_name="ampls-larkspur", **given)
    return PrivateLinkScope("monitor", args)


def test_by_default_only_what_it_covers_is_reached(plan, azure_types):
    """Both access modes are private-only; the scope is global."""
    planned = plan(scope)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("PrivateLinkScope", "monitor", ""),
        ("monitor:PrivateLinkScope", "monitor", "PrivateLinkScope monitor"),
        ("monitor:PrivateLinkScopedResource", "monitor-logs", "PrivateLinkScope monitor"),
    }
    assert inputs(planned, "monitor:PrivateLinkScope") == {
        "scopeName": "ampls-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "global",
        "tags": TAGS,
        "accessModeSettings": {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "PrivateOnly"},
    }
    assert inputs(planned, "monitor:PrivateLinkScopedResource")["linkedResourceId"] == LOGS


def test_the_endpoint_comes_once_all_is_covered(plan, azure_types):
    """Scoped resources are added one by one, and the endpoint, with Azure Monitor's five zones, after the last."""
    planned = plan(lambda: scope(scoped_resource_ids={"logs": LOGS, "insights": INSIGHTS}, private_link=private_link()))
    judge(planned, azure_types)
    scoped = "monitor:PrivateLinkScopedResource"
    assert waits_for(planned, one(planned, scoped, "monitor-insights")) == {
        "monitor:PrivateLinkScope monitor",
        f"{scoped} monitor-logs",
    }
    endpoint = one(planned, "network:PrivateEndpoint")
    assert waits_for(planned, endpoint) == {f"{scoped} monitor-insights"}
    connection = endpoint.inputs["privateLinkServiceConnections"][0]
    assert (connection["privateLinkServiceId"], connection["groupIds"]) == (SCOPE, ["azuremonitor"])
    assert len(inputs(planned, "network:PrivateDnsZoneGroup")["privateDnsZoneConfigs"]) == 5
    assert one(planned, "PrivateLinkScope").outputs["id"] == SCOPE


def test_either_mode_can_be_opened(plan, azure_types):
    """Open modes let the networks reach Azure Monitor outside the scope as well."""
    planned = plan(lambda: scope(open_ingestion=True, open_query=True))
    judge(planned, azure_types)
    modes = inputs(planned, "monitor:PrivateLinkScope")["accessModeSettings"]
    assert set(modes.values()) == {"Open"}
