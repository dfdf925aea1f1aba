"""Azure's own Python clients, unpatched, in a process whose environment is what `seawall local env` prints."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from tests.served import DEADLINE, Served

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"

PRELUDE = f"""
import json, os, uuid
from azure.core.exceptions import *
from azure.identity import DefaultAzureCredential
SUBSCRIPTION = {SUBSCRIPTION!r}
credential = DefaultAzureCredential()

def arm(version="2024-01-01", **options):
    from azure.mgmt.resource.resources import ResourceManagementClient
    return ResourceManagementClient(credential, SUBSCRIPTION, **options)

def show(value):
    print(json.dumps(value, default=str))
"""


def client(served: Served, program: str) -> Any:
    """Run a client's program; what it showed. Any error of the client's fails the test."""
    text = PRELUDE + textwrap.dedent(program)
    found = subprocess.run(
        [sys.executable, "-c", text], env=served.process_env, capture_output=True, text=True, timeout=DEADLINE
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_the_default_credential_gets_a_token(served: Served) -> None:
    """DefaultAzureCredential signs in by the environment alone, and the token says who and for what."""
    claims = client(
        served,
        """
        import base64
        token = credential.get_token("https://management.azure.com/.default").token
        part = token.split(".")[1]
        show(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
        """,
    )
    assert claims["aud"] == "https://management.azure.com"
    assert claims["tid"] == served.env["AZURE_TENANT_ID"]
    assert claims["appid"] == served.env["AZURE_CLIENT_ID"]
    assert claims["exp"] > claims["iat"]


def test_resource_groups_are_made_listed_in_pages_and_deleted(served: Served) -> None:
    """The poller of a deletion ends, and pages of two hold all groups between them."""
    found = client(
        served,
        """
        groups = arm().resource_groups
        names = [f"rg-pages-{number}" for number in range(5)]
        for name in names:
            groups.create_or_update(name, {"location": "westeurope", "tags": {"set": "pages"}})
        pages = [[item.name for item in page] for page in groups.list(top=2).by_page()]
        tagged = [item.name for item in groups.list(filter="tagName eq 'set' and tagValue eq 'pages'")]
        there = groups.check_existence(names[0])
        for name in names:
            groups.begin_delete(name).result()
        show({"pages": pages, "tagged": tagged, "there": there, "after": groups.check_existence(names[0])})
        """,
    )
    assert max(len(page) for page in found["pages"]) == 2
    listed = [name for page in found["pages"] for name in page]
    assert len(listed) == len(set(listed)) and {f"rg-pages-{number}" for number in range(5)} <= set(listed)
    assert found["tagged"] == [f"rg-pages-{number}" for number in range(5)]
    assert (found["there"], found["after"]) == (True, False)


def test_long_operations_end_for_both_hosts(served: Served) -> None:
    """A poller ends under management.azure.com, through the proxy, and under the loopback address."""
    found = client(
        served,
        """
        base = os.environ["ARM_CLOUD_METADATA_URL"].split("/metadata")[0]
        shown = []
        for url in ("https://management.azure.com", base):
            resources = arm(base_url=url, credential_scopes=[f"{url}/.default"]).resources
            id = (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-served/providers/Microsoft.Network/"
                  f"virtualNetworks/vnet-{len(shown)}")
            body = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/24"]}}}
            urls = []
            hook = lambda response: urls.append(response.http_response.headers.get("Azure-AsyncOperation", ""))
            options = {"api_version": "2023-11-01", "raw_response_hook": hook}
            made = resources.begin_create_or_update_by_id(id, body, **options).result()
            resources.begin_delete_by_id(id, api_version="2023-11-01").result()
            gone = not resources.check_existence_by_id(id, api_version="2023-11-01")
            shown.append([url, made.properties["provisioningState"], gone, [u for u in urls if u]])
        show(shown)
        """,
    )
    for url, state, gone, urls in found:
        assert state == "Succeeded" and gone
        assert all(poll.startswith(f"{url}/subscriptions/") for poll in urls)


def test_providers_subscriptions_and_locations_are_there(served: Served) -> None:
    """What tools look up before they do anything: providers are registered, the subscription is enabled."""
    found = client(
        served,
        """
        providers = arm().providers
        from azure.core.pipeline.transport import HttpRequest
        def get(path):
            request = HttpRequest("GET", f"https://management.azure.com{path}?api-version=2022-12-01")
            token = credential.get_token("https://management.azure.com/.default").token
            import requests
            return requests.get(request.url, headers={"Authorization": f"Bearer {token}"}).json()
        show({
            "state": providers.get("Microsoft.MachineLearningServices").registration_state,
            "registered": providers.register("Microsoft.Storage").registration_state,
            "subscriptions": [item["subscriptionId"] for item in get("/subscriptions")["value"]],
            "tenants": [item["tenantId"] for item in get("/tenants")["value"]],
            "locations": [item["name"] for item in get(f"/subscriptions/{SUBSCRIPTION}/locations")["value"]],
        })
        """,
    )
    assert (found["state"], found["registered"]) == ("Registered", "Registered")
    assert SUBSCRIPTION in found["subscriptions"]
    assert found["tenants"] == [served.env["AZURE_TENANT_ID"]]
    assert "westeurope" in found["locations"]


def test_role_assignments_are_made_filtered_and_deleted(served: Served) -> None:
    """azure-mgmt-authorization: an assignment at a group applies below it, and filters by principal work."""
    found = client(
        served,
        """
        from azure.mgmt.authorization import AuthorizationManagementClient
        auth = AuthorizationManagementClient(credential, SUBSCRIPTION)
        scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-served"
        reader = next(auth.role_definitions.list(scope, filter="roleName eq 'Reader'"))
        one, other, name = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
        for principal, id in ((one, name), (other, str(uuid.uuid4()))):
            auth.role_assignments.create(scope, id, {
                "role_definition_id": reader.id, "principal_id": principal, "principal_type": "ServicePrincipal"})
        mine = [item.name for item in auth.role_assignments.list_for_scope(scope, filter=f"principalId eq '{one}'")]
        above = [item.name for item in auth.role_assignments.list_for_subscription(filter="atScope()")]
        below = [item.name for item in auth.role_assignments.list_for_scope(
            scope + "/providers/Microsoft.Storage/storageAccounts/none", filter=f"principalId eq '{one}'")]
        got = auth.role_assignments.get(scope, name).principal_id
        definition = auth.role_definitions.get_by_id(reader.id).role_name
        auth.role_assignments.delete(scope, name)
        left = [item.name for item in auth.role_assignments.list_for_scope(scope, filter=f"principalId eq '{one}'")]
        show({"mine": mine, "above": above, "below": below, "got": got, "one": one, "name": name, "left": left,
              "role": definition})
        """,
    )
    assert found["mine"] == found["below"] == [found["name"]]
    assert found["name"] not in found["above"]
    assert (found["got"], found["left"], found["role"]) == (found["one"], [], "Reader")


def test_workspaces_are_listed_by_their_own_client(served: Served) -> None:
    """azure-mgmt-machinelearningservices reads what Resource Manager has, at its own API version."""
    found = client(
        served,
        """
        from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
        ml = MachineLearningServicesMgmtClient(credential, SUBSCRIPTION)
        group = "rg-served-workspaces"
        arm().resource_groups.create_or_update(group, {"location": "westeurope"})
        base = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers"
        resources = arm().resources
        resources.begin_create_or_update_by_id(f"{base}/Microsoft.Storage/storageAccounts/stservedclients",
            {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
            api_version="2023-05-01").result()
        resources.begin_create_or_update_by_id(f"{base}/Microsoft.KeyVault/vaults/kv-served-clients",
            {"location": "westeurope", "properties": {"tenantId": os.environ["AZURE_TENANT_ID"], "accessPolicies": [],
             "sku": {"family": "A", "name": "standard"}}}, api_version="2023-07-01").result()
        resources.begin_create_or_update_by_id(
            f"{base}/Microsoft.MachineLearningServices/workspaces/mlw-served",
            {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {
             "storageAccount": f"{base}/Microsoft.Storage/storageAccounts/stservedclients",
             "keyVault": f"{base}/Microsoft.KeyVault/vaults/kv-served-clients"}}, api_version="2024-04-01").result()
        got = ml.workspaces.get(group, "mlw-served")
        show({"listed": [item.name for item in ml.workspaces.list_by_resource_group(group)],
              "state": got.provisioning_state, "identity": got.identity.type})
        """,
    )
    assert found == {"listed": ["mlw-served"], "state": "Succeeded", "identity": "SystemAssigned"}


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("arm().resource_groups.get('rg-nowhere')", 404, "ResourceGroupNotFound"),
        ("arm().resource_groups.begin_export_template('rg-served', {}).result()", 501, "NotImplemented"),
        ("arm().providers.get('Microsoft.Nothing')", 404, "InvalidResourceNamespace"),
        ("list(arm().resources.list(filter=\"substringof('a', name)\"))", 501, "NotImplemented"),
    ],
)
def test_what_azure_refuses_reaches_the_client(served: Served, call: str, status: int, code: str) -> None:
    """The client raises its own exception, with Azure's status and code; what isn't here is 501."""
    found = client(
        served,
        f"""
        try:
            {call}
        except HttpResponseError as error:
            show([error.status_code, error.error.code, error.message])
        """,
    )
    assert found[:2] == [status, code], found


def test_a_foreign_resource_s_host_is_refused(served: Served) -> None:
    """A host of Azure's that isn't simulated answers 501 with its name, and is never the real one."""
    found = client(
        served,
        """
        import requests
        answers = [requests.get(f"https://{host}/x") for host in ("kv-any.vault.azure.net", "graph.microsoft.com")]
        show([[answer.status_code, answer.json()["error"]["message"]] for answer in answers])
        """,
    )
    assert [status for status, _ in found] == [501, 501]
    assert "kv-any.vault.azure.net" in found[0][1]
