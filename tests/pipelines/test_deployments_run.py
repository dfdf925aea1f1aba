"""Deployments, drift, leftovers and models by the workflows' own commands, on a local Azure of two environments.

The tests tell one story, in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_hosts import TOKEN, GitHubHandler, Kept, running
from machine import Ended, Machine, checkout, project
from small_stacks import SMALL

from seawall.local import deploy
from seawall.local.azure import LocalAzure
from seawall.local.place import Place
from tests import served as serving
from tests.seawall.delivery.control.serving import register, release_file
from tests.seawall.engine.projects import put_stand_in
from tests.served import Served

GROUP = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-larkspur-mlp-shared-weu-security"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-larkspur-old"
VAULT_BODY = {
    "location": "westeurope",
    "properties": {"sku": {"family": "A", "name": "standard"}, "tenantId": "99999999-9999-9999-9999-999999999999"},
}


@dataclass(frozen=True)
class Platform:
    """A checkout of `main`, a machine, its local Azure, and a host with its issues."""

    tree: Path
    machine: Machine
    store: Path
    github: Kept

    def run(self, file: str, job: str, **known: str) -> Ended:
        return self.machine.run(file, job, self.tree, **known)

    def preview(self, environment: str) -> Ended:
        return self.run("deploy-environment.yml", "preview", inputs__environment=environment)

    def up(self, environment: str) -> Ended:
        return self.run("deploy-environment.yml", "up", inputs__environment=environment)

    def owned(self) -> dict[str, int]:
        with LocalAzure.open(self.store) as azure:
            return {info.stack: len(info.ids) for info in deploy.stacks(azure) if info.ids}

    def budget(self) -> float:
        with LocalAzure.open(self.store) as azure:
            (row,) = azure.store.of_type("microsoft.consumption/budgets")
            return float(row.body["properties"]["amount"])

    def spend(self, amount: float) -> None:
        """Change the budget by hand, behind the stack's back."""
        with LocalAzure.open(self.store) as azure:
            (row,) = azure.store.of_type("microsoft.consumption/budgets")
            azure.put(row.id, {**row.body, "properties": {**row.body["properties"], "amount": amount}})

    def change(self, old: str, new: str) -> None:
        """Change the stack file of `shared`."""
        path = self.tree / "stacks" / "Pulumi.shared.yaml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("deployments")
    store = folder / "azure.db"
    tree = checkout(project(folder / "repository", SMALL), "main", folder / "tree")
    with running(GitHubHandler) as github:
        stand_in = put_stand_in(folder / "pulumi")
        variables = {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "larkspur-insurance/ml-platform",
            "SEAWALL_STORE": str(store),
        }
        known = {"github.token": TOKEN, "vars.AZURE_CLIENT_ID": "client", "vars.AZURE_TENANT_ID": "tenant"}
        yield Platform(tree, Machine(folder / "runner", variables, known, pulumi=stand_in), store, github)


def test_a_preview_changes_nothing_and_the_deployment_does_what_it_showed(platform: Platform) -> None:
    """An approver sees it in the job's summary."""
    first = platform.preview("shared")
    assert (first.result, first.outputs["changed"]) == ("success", "true"), first.printed
    assert platform.owned() == {}
    assert "### Preview of shared on the local Azure" in first.summary
    assert "What an approval lets happen" in first.summary
    done = platform.up("shared")
    assert done.result == "success", done.printed
    assert set(platform.owned()) == {"shared"}


def test_only_what_was_approved_is_done(platform: Platform) -> None:
    """Where the program, or the world, has changed since: refused, with what differs, and left as it was."""
    platform.change("amount: 4500", "amount: 4600")
    previewed = platform.preview("shared")
    assert previewed.outputs["changed"] == "true"
    assert "| Budget budget | amount | 4500 | 4600 |" in previewed.summary
    platform.change("amount: 4600", "amount: 4900")
    refused = platform.up("shared")
    assert refused.result == "failure"
    told = " ".join(refused.printed.split())
    assert "budget would be changed otherwise than approved: amount (4500 to 4600), amount (4500 to 4900)" in told
    assert platform.budget() == 4500
    platform.change("amount: 4900", "amount: 4600")
    assert platform.up("shared").result == "success"
    assert platform.budget() == 4600
    assert platform.up("shared").result == "success", "run again, it finds everything done"


def test_drift_is_one_issue_until_it_is_gone(platform: Platform) -> None:
    """Opened for what somebody changed by hand; closed by the night after it was put back."""

    def night() -> list[str]:
        looked = platform.run("drift.yml", "refresh", matrix__environment="shared")
        assert looked.result == "success", looked.printed
        signed_in = {"ARM_USE_OIDC": "true", "ARM_CLIENT_ID": "client", "ARM_TENANT_ID": "tenant"}
        assert signed_in.items() <= looked.env.items()
        told = platform.run("drift.yml", "report", matrix__environment="shared")
        assert told.result == "success", told.printed
        return [issue["state"] for issue in platform.github.issues]

    platform.spend(9999)
    assert night() == ["open"]
    assert "Budget" in platform.github.issues[0]["body"] and "9999" in platform.github.issues[0]["body"]
    platform.spend(4600)
    assert night() == ["closed"]


def test_leftovers_are_listed_and_given_up_only_when_asked(platform: Platform) -> None:
    with LocalAzure.open(platform.store) as azure:
        azure.put(VAULT, VAULT_BODY)
        azure.delete(VAULT)
    listed = platform.run("leftovers.yml", "list", matrix__environment="shared")
    assert listed.result == "success"
    assert "kv-larkspur-old" in listed.printed and "1 leftover, 0 purged" in listed.printed
    purged = platform.run("leftovers.yml", "purge", inputs__purge="shared")
    assert "1 leftover, 1 purged" in purged.printed
    with LocalAzure.open(platform.store) as azure:
        assert not azure.is_soft_deleted(VAULT)


@pytest.fixture(scope="module")
def served(platform: Platform) -> Iterator[Served]:
    """`dev`, brought up after `shared` with nothing to do about that, and served."""
    previewed = platform.preview("dev")
    assert "| shared | no change |" in previewed.summary
    assert platform.up("dev").result == "success"
    place = Place(platform.store)
    found = serving.Served(place, {}).start()
    yield found
    found.stop()


def test_a_model_is_released_and_promoted(platform: Platform, served: Served, tmp_path: Path) -> None:
    """To the endpoint's traffic, and the same bytes into the registry that all environments share."""
    register(served, tmp_path)
    file = release_file(platform.tree, "1", strategy="direct", smokeTests=[])
    asked = {"inputs__environment": "dev", "inputs__release": file.name}
    planned = platform.run("release-model.yml", "plan", **asked)
    assert planned.result == "success", planned.printed
    released = platform.run("release-model.yml", "release", **asked)
    assert released.result == "success", released.printed
    (platform.tree / "promotion.yaml").write_text(json.dumps({"default": {"registry": {"requiredTags": {}}}}))
    given = {"inputs__model": "claims-fraud:1", "inputs__from": "dev", "inputs__to": "registry"}
    promoted = platform.run("promote-model.yml", "promote", **given)
    assert promoted.result == "success", promoted.printed
    with LocalAzure.open(platform.store) as azure:
        kept = azure.store.of_type("microsoft.machinelearningservices/registries/models/versions")
        assert [row.id.rsplit("/", 3)[-3:] for row in kept] == [["claims-fraud", "versions", "1"]]
