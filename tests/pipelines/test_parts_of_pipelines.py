"""What a pull request's job may hand over, what guards the platform, and what is left over after a deletion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from seawall.pipelines import guarded, handed_over
from seawall.pipelines.leftovers import AzureBin, BinFailed, of_plan
from seawall.plan.model import Plan, Resource

SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dev"


class TestHandedOver:
    """Plan files and stack files, and nothing that would be anything else."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in ("plans/dev.json", "stacks/Pulumi.dev.yaml"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("{}")
        return tmp_path

    def test_what_is_expected_is_accepted(self, folder: Path) -> None:
        assert handed_over.faults(folder) == []

    @pytest.mark.parametrize(
        "name",
        [
            "comment.md", "plans/dev.yaml", "plans/../x.json", "plans/deep/dev.json", "stacks/__main__.py",
            "stacks/Pulumi.yaml", "plans/DEV.json", "plans/-e.json", "plans/\x1b[31m.json", "seawall/cli/app.py",
        ],
    )  # fmt: skip
    def test_another_name_is_refused(self, folder: Path, name: str) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        (fault,) = handed_over.faults(folder)
        assert "was not to be handed over" in fault
        assert "\x1b" not in fault

    def test_a_link_is_refused_and_not_followed(self, folder: Path) -> None:
        (folder / "plans" / "prod.json").symlink_to("/etc/hostname")
        (folder / "plans" / "more").symlink_to("/etc")
        assert (
            sorted(fault.partition(":")[2] for fault in handed_over.faults(folder))
            == [" is no file, but a link or something else"] * 2
        )

    def test_a_pipe_is_refused(self, folder: Path) -> None:
        os.mkfifo(folder / "plans" / "test.json")
        assert "is no file" in handed_over.faults(folder)[0]

    def test_too_much_is_refused(self, folder: Path) -> None:
        """A file of 33 MB, and a hundred files too many."""
        with (folder / "plans" / "prod.json").open("wb") as file:
            file.truncate(33 * 1024 * 1024)
        assert "more than 32 MB" in handed_over.faults(folder)[0]
        for number in range(200):
            (folder / "plans" / f"e{number}.json").touch()
        assert "there are more than 100 files" in handed_over.faults(folder)

    def test_nothing_is_refused(self, tmp_path: Path) -> None:
        assert "is empty" in handed_over.faults(tmp_path)[0]
        assert "no such folder" in handed_over.faults(tmp_path / "none")[0]

    def test_previews_are_answers_by_environment_or_none_at_all(self, tmp_path: Path) -> None:
        """No plan is taken from their folder, and no link."""
        assert handed_over.faults(tmp_path, handed_over.PREVIEWS) == []
        (tmp_path / "dev.json").write_text("{}")
        assert handed_over.faults(tmp_path, handed_over.PREVIEWS) == []
        (tmp_path / "plans").mkdir()
        (tmp_path / "plans" / "dev.json").write_text("{}")
        (tmp_path / "prod.json").symlink_to("/etc/hostname")
        plan, link = sorted(handed_over.faults(tmp_path, handed_over.PREVIEWS))
        assert "was not to be handed over; ENV.json is" in plan
        assert "is no file, but a link" in link


class TestGuarded:
    """A paragraph about what judges a change, in that change."""

    def test_what_guards_nothing_is_not_named(self) -> None:
        assert (
            guarded.note(["README.md", "stacks/Pulumi.dev.yaml", "docs/policies/x.md", "components/storage.py"]) == ""
        )

    def test_a_change_of_everything_leaves_room_for_the_comment(self) -> None:
        """The comment itself keeps 1,536 characters free."""
        paths = [
            f"{folder}{'deep/' * 40}{n}.py" for paths in guarded.GUARDED.values() for folder in paths for n in range(99)
        ]
        note = guarded.note(paths)
        assert len(note) < 1500
        assert "more" in note


class Asked:
    """Azure's answers by path, and what it was asked."""

    def __init__(self, answers: dict[str, list[dict[str, Any]]]) -> None:
        self.answers = answers
        self.purged: list[tuple[str, str]] = []

    def __call__(self, method: str, path: str) -> tuple[int, Any]:
        if method != "GET":
            self.purged.append((method, path.partition("?")[0]))
            return 202, {}
        kind = path.partition("?")[0].rpartition("/")[2]
        return 200, {"value": self.answers.get(kind, [])}


class TestLeftovers:
    """Deleted vaults and AI services of an environment, and of no other."""

    @pytest.fixture
    def plan(self) -> Plan:
        token = "azure-native:keyvault:Vault"
        vault = Resource(urn="u", type=token, name="vault", id=f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-dev")
        return Plan(stack="dev", project="seawall", resources=(vault,))

    def test_they_are_found_by_id_or_group_and_purged_where_they_may_be(self, plan: Plan) -> None:
        here = f"/subscriptions/{SUBSCRIPTION}/providers"
        place = "locations/westeurope"

        def vault(name: str, group: str, **more: Any) -> dict[str, Any]:
            had = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}"
            properties = {"vaultId": had, "scheduledPurgeDate": "2027-02-19T10:00:00Z", **more}
            return {"id": f"{here}/Microsoft.KeyVault/{place}/deletedVaults/{name}", "properties": properties}

        account = f"{here}/Microsoft.CognitiveServices/{place}/resourceGroups/rg-dev/deletedAccounts/ai-dev"
        asked = Asked(
            {
                "deletedVaults": [vault("kv-dev", "RG-DEV", purgeProtectionEnabled=True), vault("kv-else", "rg-else")],
                "deletedAccounts": [{"id": account}],
            }
        )
        azure = AzureBin(asked)
        found = {one.name: one for one in of_plan(plan, azure)}
        assert set(found) == {"kv-dev", "ai-dev"}
        assert (found["kv-dev"].purgeable, found["kv-dev"].until) == (False, "2027-02-19")
        assert found["ai-dev"].id == f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-dev"
        azure.purge(found["ai-dev"])
        azure.purge(found["kv-dev"])
        vaults = f"{here}/Microsoft.KeyVault/{place}/deletedVaults/kv-dev/purge"
        assert asked.purged == [("DELETE", account), ("POST", vaults)]

    def test_a_refusal_is_one_line(self, plan: Plan) -> None:
        def refusing(method: str, path: str) -> tuple[int, Any]:
            return 403, {"error": {"message": "The client\nmay not."}}

        with pytest.raises(BinFailed, match="it answers 403: The client may not"):
            of_plan(plan, AzureBin(refusing))
