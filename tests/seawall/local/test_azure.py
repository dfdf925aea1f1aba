"""Resource Manager's contract: reading, writing, versions, operations, faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from arm import ACCOUNT, GROUP, NET, STORAGE_BODY, SUB, VAULT, VAULT_BODY, refusal

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError

# Reading and writing --------------------------------------------------------------------------------------------------


def test_a_put_creates_and_a_second_one_updates(azure: LocalAzure, group: str) -> None:
    """201 the first time, 200 afterwards; the answer is what Azure makes of the body."""
    id = f"{NET}/virtualNetworks/vnet"
    body = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}
    first = azure.request("PUT", id, "2024-05-01", body)
    second = azure.request("PUT", id, "2019-01-01", {**body, "tags": {"a": "b"}})
    assert (first.status, second.status) == (201, 200)
    assert first.body["name"] == "vnet"
    assert first.body["type"] == "Microsoft.Network/virtualNetworks"
    assert second.body["tags"] == {"a": "b"}
    assert azure.get(id.upper().replace("/SUBSCRIPTIONS", "/subscriptions")) == second.body


def test_a_put_replaces_the_whole_body(azure: LocalAzure, group: str) -> None:
    """What a later PUT leaves out is gone."""
    azure.put(group, {"location": "westeurope", "tags": {"a": "b"}})
    assert "tags" not in azure.put(group, {"location": "westeurope"})


def test_a_patch_changes_what_it_names(azure: LocalAzure, group: str) -> None:
    """Merged as JSON Merge Patch: null removes, the rest stays."""
    azure.put(group, {"location": "westeurope", "tags": {"a": "b", "c": "d"}})
    azure.request("PATCH", group, "2024-03-01", {"tags": {"a": None, "e": "f"}})
    assert (azure.get(group) or {})["tags"] == {"c": "d", "e": "f"}


def test_a_patch_of_what_is_not_there_is_not_found(azure: LocalAzure, group: str) -> None:
    """PATCH never creates."""
    assert refusal(azure, "PATCH", ACCOUNT, {"tags": {}}).status == 404


def test_what_is_not_there_is_not_found(azure: LocalAzure, group: str) -> None:
    """Resources and resource groups have codes of their own."""
    assert refusal(azure, "GET", ACCOUNT).code == "ResourceNotFound"
    assert refusal(azure, "GET", f"{SUB}/resourceGroups/none").code == "ResourceGroupNotFound"


def test_deleting_what_is_not_there_is_no_error(azure: LocalAzure, group: str) -> None:
    """204, as Resource Manager answers."""
    assert azure.request("DELETE", ACCOUNT).status == 204


def test_an_error_has_azure_s_form(azure: LocalAzure, group: str) -> None:
    """`error` with code, message, target and details; the status apart."""
    body = {"location": "westeurope", "properties": {"subnet": {"id": f"{NET}/virtualNetworks/v/subnets/s"}}}
    error = refusal(azure, "PUT", f"{NET}/privateEndpoints/pep", body)
    assert error.status == 400
    assert error.body["error"]["code"] == "InvalidResourceReference"
    assert error.body["error"]["details"][0]["target"].endswith("/subnets/s")


def test_a_type_that_is_not_simulated_says_so(azure: LocalAzure, group: str) -> None:
    """501 with the type's name, never a silent success."""
    error = refusal(azure, "PUT", f"{GROUP}/providers/Microsoft.Quantum/workspaces/q", {"location": "westeurope"})
    assert error.status == 501
    assert "microsoft.quantum/workspaces" in error.message


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/subscriptions/a/b"])
def test_a_path_that_means_nothing_is_refused(azure: LocalAzure, path: str) -> None:
    """Each is an `AzureError`, so that a front can answer it."""
    assert refusal(azure, "GET", path).code == "InvalidRequestUri"


def test_a_list_holds_what_is_below_a_scope(azure: LocalAzure, group: str) -> None:
    """By type, by parent, by group, by subscription, and in pages."""
    for name in ("stone", "sttwo", "stthree"):
        id = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}"
        azure.put(id, STORAGE_BODY)
        azure.put(f"{id}/blobServices/default/containers/raw", {"properties": {}})
    accounts = azure.get(f"{SUB}/providers/Microsoft.Storage/storageAccounts") or {}
    assert [item["name"] for item in accounts["value"]] == ["stone", "stthree", "sttwo"]
    containers = azure.get(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stone/blobServices/default/containers")
    assert [item["name"] for item in (containers or {})["value"]] == ["raw"]
    assert len((azure.get(f"{GROUP}/resources") or {})["value"]) == 3
    page = azure.request("GET", f"{SUB}/providers/Microsoft.Storage/storageAccounts", query={"$top": "2"}).body
    after = {"$top": "2", "$skiptoken": page["nextLink"].split("$skiptoken=")[1].split("&")[0]}
    rest = azure.request("GET", f"{SUB}/providers/Microsoft.Storage/storageAccounts", query=after).body
    assert [item["name"] for item in page["value"] + rest["value"]] == ["stone", "stthree", "sttwo"]
    assert "nextLink" not in rest


# ETags ----------------------------------------------------------------------------------------------------------------


def test_an_etag_guards_against_lost_updates(azure: LocalAzure, group: str) -> None:
    """A PUT or DELETE with the ETag of an older version is refused with 412."""
    old = azure.request("GET", group).headers["ETag"]
    azure.put(group, {"location": "westeurope", "tags": {"a": "b"}})
    new = azure.request("GET", group).headers["ETag"]
    assert old != new
    assert refusal(azure, "PUT", group, {"location": "westeurope"}, if_match=old).status == 412
    assert refusal(azure, "DELETE", group, if_match=old).status == 412
    assert azure.request("PUT", group, "", {"location": "westeurope"}, if_match=new).status == 200


def test_if_none_match_creates_only(azure: LocalAzure, group: str) -> None:
    """`*` refuses to write over what is there."""
    assert refusal(azure, "PUT", group, {"location": "westeurope"}, if_none_match="*").status == 412


# Long-running operations ----------------------------------------------------------------------------------------------


def test_an_operation_advances_by_ticks_alone(azure: LocalAzure, group: str) -> None:
    """A vault is `Creating` until the caller has polled often enough; a clock plays no part."""
    response = azure.request("PUT", VAULT, "2024-11-01", VAULT_BODY)
    assert response.body["properties"]["provisioningState"] == "Creating"
    status = response.headers["Azure-AsyncOperation"]
    assert (azure.get(status) or {})["status"] == "InProgress"
    assert azure.tick(response.operation) == 0
    assert (azure.get(status) or {})["status"] == "Succeeded"
    assert (azure.get(VAULT) or {})["properties"]["provisioningState"] == "Succeeded"


def test_nothing_else_is_done_to_a_resource_meanwhile(azure: LocalAzure, group: str) -> None:
    """A second write during an operation is refused, as something that may be tried again."""
    azure.request("PUT", VAULT, "2024-11-01", VAULT_BODY)
    error = refusal(azure, "PUT", VAULT, VAULT_BODY)
    assert (error.code, error.status, error.transient) == ("AnotherOperationInProgress", 409, True)


def test_an_operation_may_fail_at_its_end(azure: LocalAzure, group: str) -> None:
    """The resource is then there, `Failed`, and another PUT mends it."""
    azure.fail("PUT", VAULT, AzureError("Conflict", "no capacity", status=409), when="operation")
    with pytest.raises(AzureError, match="no capacity"):
        azure.put(VAULT, VAULT_BODY)
    assert (azure.get(VAULT) or {})["properties"]["provisioningState"] == "Failed"
    assert azure.put(VAULT, VAULT_BODY)["properties"]["provisioningState"] == "Succeeded"


def test_operations_go_on_in_another_process(azure: LocalAzure, group: str, tmp_path: Path) -> None:
    """What one process began another one finishes: operations are in the store."""
    azure.request("PUT", VAULT, "2024-11-01", VAULT_BODY)
    with LocalAzure.open(azure.store.path) as other:
        assert other.tick() == 0
    assert (azure.get(VAULT) or {})["properties"]["provisioningState"] == "Succeeded"


# Faults ---------------------------------------------------------------------------------------------------------------


def test_a_fault_strikes_the_request_that_was_named(azure: LocalAzure, group: str) -> None:
    """The n-th matching request fails, the others don't; a lost answer leaves its effect."""
    azure.fail("PUT", ACCOUNT, AzureError("TooManyRequests", "slow down", status=429, retry_after=7), nth=2)
    azure.put(ACCOUNT, STORAGE_BODY)
    assert refusal(azure, "PUT", ACCOUNT, STORAGE_BODY).retry_after == 7
    azure.put(ACCOUNT, STORAGE_BODY)
    table = f"{NET}/routeTables/rt"
    azure.fail("PUT", table, AzureError("GatewayTimeout", "no answer", status=504), when="after")
    assert refusal(azure, "PUT", table, {"location": "westeurope"}).status == 504
    assert azure.get(table) is not None
