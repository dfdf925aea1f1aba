"""An environment that Seawall made is brought back from its export, without a change."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from seawall.importing.existing import Existing, Inventory
from seawall.importing.telling import told
from seawall.plan.values import plain
from stacks.settings import load
from tests.seawall.importing.conftest import DEV, ImportProject
from tests.seawall.importing.exporting import Bodies, ids, templates
from tests.stack_plans import ROOT, stack_config, stack_plan

STORAGE = "/providers/Microsoft.Storage/storageAccounts/stmlpdevaekug"
BUDGET = ("--set", "budget.amount=1500", "--set", "budget.start=2026-12-01")


@pytest.fixture
def exported(dev_bodies: Bodies, tmp_path: Path) -> list[str]:
    return [*templates(dev_bodies, tmp_path), "--subscription", DEV]


def test_every_resource_of_the_workspace_is_imported_as_it_is(
    project: ImportProject, exported: list[str], dev_bodies: Bodies
) -> None:
    """The plan of the stack file that is written has each resource of dev's subscription, and changes none."""
    outcome = project.run("dev", *exported, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert found["changed"] == [] and found["left"] == [] and found["unsaid"] == [] and found["unread"] == []
    imported = {one["id"].lower() for one in found["unchanged"]}
    parts = {id.lower() for id in dev_bodies if "/subnets/" in id}
    assert imported == {id.lower() for id in dev_bodies} - parts
    # What dev has in the subscription of shared is in no export of dev's.
    assert all(one["id"].startswith("/subscriptions/11111111-") for one in found["created"])
    assert len(imported) > 200


def test_the_stack_file_says_what_the_original_says(project: ImportProject, exported: list[str]) -> None:
    """Read again, the settings are the original's, but for what Azure doesn't hold."""
    assert project.run("dev", *exported).code == 0
    found = load(project.root / "stacks" / "Pulumi.dev.yaml").model_dump(mode="json")
    wanted = load(ROOT / "stacks" / "Pulumi.dev.yaml").model_dump(mode="json")
    for elsewhere in ("azure_dev_ops", "group_owners"):
        assert found["access"].pop(elsewhere) != wanted["access"].pop(elsewhere)
    assert found == wanted


def test_the_list_has_the_programs_own_urns(project: ImportProject, exported: list[str]) -> None:
    """From names, types and parents, Pulumi makes the URNs that the program's resources have, and their providers."""
    assert project.run("dev", *exported).code == 0
    listed = json.loads((project.root / "import-dev.json").read_text())["resources"]
    by_name = {one["name"]: one for one in listed}
    assert len(by_name) == len(listed)
    plan = stack_plan("dev")
    for one in listed:
        planned = plan.by_urn[_urn(one, by_name)]
        assert one.get("id", "").lower() == ("" if one.get("component") or "inputs" in one else planned.id.lower())
        if planned.options.provider and not one.get("component"):
            assert _urn(by_name[one["provider"]], by_name) == planned.options.provider
    assert by_name["azure"]["inputs"]["subscriptionId"] == DEV
    positions = {one["name"]: number for number, one in enumerate(listed)}
    assert all(positions[one["parent"]] < positions[one["name"]] for one in listed if "parent" in one)


def _urn(entry: dict[str, Any], by_name: dict[str, Any]) -> str:
    """As Pulumi makes it of an import file. Source: pulumi/pkg, operations/import.go, parseImportFile."""
    types = [entry["type"]]
    parent = entry.get("parent")
    while parent:
        types.insert(0, by_name[parent]["type"])
        parent = by_name[parent].get("parent")
    return f"urn:pulumi:dev::seawall::{'$'.join(types)}::{entry.get('logicalName', entry['name'])}"


def test_production_is_told_too() -> None:
    """Own keys, a hub, subnets, datastores and locks of production are told; only the hub's range is asked for."""
    plan = stack_plan("prod")
    subscription = json.loads(json.dumps(stack_config("prod")["seawall:subscription"]))
    found = [
        Existing(id=one.id, body=_answered(one))
        for one in plan.managed
        if one.id.startswith(f"/subscriptions/{subscription}")
    ]
    settings = told(Inventory(found), "prod", given={"network": {"hub": {"addressSpace": "10.40.0.0/22"}}}).settings
    assert settings["network"]["mode"] == "hubAndSpoke"
    assert settings["network"]["subnets"]["training"] == "10.40.20.0/22"
    assert settings["security"]["customerManagedKeys"] == {"enabled": True, "hardware": True, "rotationDays": 180}
    assert settings["dataLake"]["zones"] == ["raw", "curated", "features", "predictions"]
    assert settings["dataLake"]["lifecycle"] == {"coolAfterDays": 60, "deleteAfterDays": 3650}
    assert settings["environments"][0]["version"] == "3"
    assert settings["shared"] == {"subscription": "11111111-1111-1111-1111-111111111111"}
    assert {one["name"] for one in settings["compute"]["clusters"]} == {"cpu", "cpu-spot"}


def _answered(resource: Any) -> dict[str, Any]:
    from seawall.azure.bodies import body
    from seawall.azure.fills import filled
    from seawall.azure.types import lookup

    made: dict[str, Any] = filled(
        lookup(resource.type).arm_type, resource.id, body(resource.type, plain(resource.inputs))
    )
    return made


def test_what_differs_is_said_property_by_property(project: ImportProject, dev_bodies: Bodies, tmp_path: Path) -> None:
    """What no setting says is set right by the next deployment, and said before; what is strange is left alone."""
    edited = copy.deepcopy(dev_bodies)
    account = next(id for id in edited if id.endswith(STORAGE))
    edited[account]["properties"]["allowBlobPublicAccess"] = True
    edited[account]["properties"]["minimumTlsVersion"] = "TLS1_0"
    edited[account]["tags"]["madeBy"] = "hand"
    edited[account]["location"] = "West Europe"
    gone = next(id for id in edited if id.endswith("/blobServices/default/containers/raw"))
    del edited[gone]
    group = account.partition("/providers/")[0]
    edited[f"{group}/providers/Microsoft.Storage/storageAccounts/stbyhand"] = {
        "location": "westeurope",
        "kind": "Storage",
    }
    edited[f"{group}/providers/Microsoft.Web/sites/dashboard"] = {"location": "westeurope", "properties": {}}
    arguments = [
        *templates(edited, tmp_path),
        "--subscription",
        DEV,
        "--set",
        "dataLake.zones=[raw, curated, features]",
    ]
    found = project.run("dev", *arguments, "--json").json
    (changed,) = found["changed"]
    assert {one["path"]: (one["is"], one["will"]) for one in changed["changes"]} == {
        "allowBlobPublicAccess": (True, False),
        "minimumTlsVersion": ("TLS1_0", "TLS1_2"),
        "tags.madeBy": ("hand", None),
    }
    assert gone.lower() in {one["id"].lower() for one in found["created"]}
    why = {one["id"].rpartition("/")[2]: one["why"] for one in found["left"]}
    assert why == {
        "stbyhand": "the program makes others of its type, and not this one",
        "dashboard": "no component of this stack makes its type",
    }


def test_real_values_stand_for_simulated_ones(project: ImportProject, dev_bodies: Bodies, tmp_path: Path) -> None:
    """An identity whose object ID isn't the simulated one changes nothing, nor do its role assignments."""
    text = json.dumps(dev_bodies)
    identity = next(id for id in dev_bodies if id.endswith("/userAssignedIdentities/id-larkspur-mlp-dev-weu-compute"))
    simulated = dev_bodies[identity]["properties"]["principalId"]
    real = "12345678-aaaa-bbbb-cccc-1234567890ab"
    edited = {_renamed(id, body): body for id, body in json.loads(text.replace(simulated, real)).items()}
    found = project.run("dev", *templates(edited, tmp_path), "--subscription", DEV, "--json").json
    assert found["changed"] == [] and found["left"] == []
    assert sum(real in json.dumps(body) for body in edited.values()) > 3


def _renamed(id: str, body: dict[str, Any]) -> str:
    """A role assignment under the name that its principal gives it."""
    from components.role_assignment import assignment_name

    said = body.get("properties") or {}
    if "/roleAssignments/" not in id or "principalId" not in said:
        return id
    name = assignment_name(said["scope"], said["principalId"], said["roleDefinitionId"].rpartition("/")[2])
    return f"{id.rpartition('/')[0]}/{name}"


def test_a_list_of_ids_is_asked_for(project: ImportProject, deployed: Path, dev_bodies: Bodies, tmp_path: Path) -> None:
    """With --local, what a list names, what is in it, and what the plan has besides come from the local Azure."""
    (project.root / ".seawall").mkdir()
    for path in deployed.parent.glob("azure.db*"):
        if path.is_file():
            shutil.copy(path, project.root / ".seawall")
    source = tmp_path / "ids.txt"
    source.write_text(ids(dev_bodies))
    found = project.run("dev", str(source), "--local", *BUDGET, "--json").json
    assert found["changed"] == [] and found["created"] == []
    imported = {one["id"] for one in found["unchanged"]}
    assert any("/computes/cpu-dev-" in id for id in imported) and any("/diagnosticSettings/" in id for id in imported)
    assert len(imported) > 130


def test_a_stack_file_is_never_overwritten_unasked(project: ImportProject, exported: list[str]) -> None:
    """With the stack file or the list there, nothing is written; --force overwrites both."""
    path = project.root / "stacks" / "Pulumi.dev.yaml"
    path.write_text("config: {}\n")
    refused = project.run("dev", *exported)
    assert refused.code == 2 and f"{path} exists already" in refused.err
    assert path.read_text() == "config: {}\n" and "import-dev.json" not in project.files()
    assert project.run("dev", *exported, "--force").code == 0
    assert load(path).organisation == "larkspur"
    assert not [name for name in project.files() if "partial" in name]
