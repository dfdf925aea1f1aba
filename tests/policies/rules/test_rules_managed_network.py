"""The rule on what a managed network reaches by private endpoints."""

from __future__ import annotations

from typing import Any

from asking import ask
from guarded import PREPRODUCTION, STORAGE, WORKSPACE, batch_endpoint, datastore, make, own_network_workspace, workspace
from guarded_services import AI, account, ai, connection, to_private_endpoint

from policies.rules.managed_network import ml_managed_pe_complete
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

LAKE = STORAGE.replace("stml", "lake")


def store(kind: str = "AzureBlob", name: str = "lake") -> Resource:
    return datastore(properties__datastoreType=kind, properties__accountName=name)


def reaching(*rules: tuple[str, str], **changes: Any) -> Resource:
    """A workspace whose managed network has endpoints to targets and their groups."""
    outbound = {f"rule{index}": to_private_endpoint(*rule) for index, rule in enumerate(rules)}
    return workspace(**{"managedNetwork__outboundRules": outbound, **changes})


def test_ml_managed_pe_complete_refuses_a_data_store_that_nothing_reaches() -> None:
    """A lake needs both of its groups; which store needs it is told."""
    assert ask(ml_managed_pe_complete, account("lake"), reaching((LAKE, "blob")), store("AzureDataLakeGen2")) == [
        "violation mandatory workspace: no outbound rule reaches dfs of lake, which data store curated needs"
    ]


def test_ml_managed_pe_complete_refuses_batch_endpoints_without_queues_and_tables() -> None:
    """Blobs and files of the own storage are seen to; queues and tables aren't."""
    assert ask(ml_managed_pe_complete, account(), workspace(), batch_endpoint(), context=PREPRODUCTION) == [
        "violation advisory workspace: no outbound rule reaches queue of stml, which batch endpoint nightly needs",
        "violation advisory workspace: no outbound rule reaches table of stml, which batch endpoint nightly needs",
    ]


def test_ml_managed_pe_complete_refuses_an_ai_service_that_nothing_reaches() -> None:
    """Told by its host, by a subdomain that isn't its name, or by its ID in the connection."""
    line = "violation mandatory workspace: no outbound rule reaches account of {}, which connection llm needs"
    assert ask(ml_managed_pe_complete, workspace(), connection()) == [line.format("ai-ml")]
    renamed = ai(properties__customSubDomainName="ai-ml", accountName="ai-of-ml")
    assert ask(ml_managed_pe_complete, workspace(), renamed, connection()) == [line.format("ai-of-ml")]
    by_id = connection(properties__metadata={"ResourceId": AI}, properties__target="https://gateway.larkspur.example/")
    assert ask(ml_managed_pe_complete, workspace(), by_id) == [line.format("ai-ml")]


def test_ml_managed_pe_complete_accepts_rules_inside_and_beside() -> None:
    """A rule of its own counts as much as one inside of the workspace, and IDs are taken in any case."""
    inside = reaching((LAKE.upper(), "blob"), (STORAGE, "queue"), (STORAGE, "Table"))
    type = "machinelearningservices:ManagedNetworkSettingsRule"
    inputs = {"resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "ruleName": "ai"}
    beside = make(
        type, "ai-rule", f"{WORKSPACE}/outboundRules/ai", {**inputs, "properties": to_private_endpoint(AI, "account")}
    )
    assert ask(ml_managed_pe_complete, account(), inside, beside, store(), connection(), batch_endpoint()) == []


def test_ml_managed_pe_complete_accepts_what_azure_sees_to_and_own_networks() -> None:
    """Blobs and files of the workspace's own storage, other hosts, and a workspace without a managed network."""
    assert ask(ml_managed_pe_complete, workspace(), store(name="STML"), store("AzureFile", "stml")) == []
    elsewhere = connection(properties__target="https://models.larkspur.example/")
    assert ask(ml_managed_pe_complete, workspace(), elsewhere) == []
    assert ask(ml_managed_pe_complete, own_network_workspace(), store(), batch_endpoint(), connection()) == []


def test_ml_managed_pe_complete_cannot_tell_before_deployment() -> None:
    """An unknown target of a rule may be any."""
    assert ask(ml_managed_pe_complete, reaching((UNKNOWN, "blob")), store()) == [  # type: ignore[arg-type]
        "unknown mandatory workspace: unknown: property "
        "managedNetwork.outboundRules.rule0.destination.serviceResourceId can't be known before deployment"
    ]
