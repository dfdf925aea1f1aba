"""A pull request by the workflows' own commands: planned by its code, judged by the target branch's, and told of.

The tests tell one story, in their order: from a fork, from a branch that is previewed as well, mended, forged.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_hosts import TOKEN, GitHubHandler, Kept, running
from machine import Ended, Machine, checkout, git, project
from markdown_it import MarkdownIt
from small_stacks import SMALL

from tests.seawall.engine.projects import CLIS, cli_folder

REPOSITORY, FORK = "larkspur-insurance/ml-platform", "stranger/ml-platform"
PUBLIC = """
    if pulumi.get_stack() == "dev":
        import pulumi_azure_native as azure

        azure.storage.StorageAccount(
            "exports",
            account_name="stlarkspurexports",
            resource_group_name="rg-larkspur-mlp-dev-weu-data",
            location="westeurope",
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name="Standard_LRS"),
            allow_blob_public_access=True,
            public_network_access="Enabled",
            opts=pulumi.ResourceOptions(provider=azure.Provider("own", subscription_id=stack.subscription)),
        )
"""
EXEMPTION = """
exemptions:
  - rule: storage-no-anonymous-blob
    resource: exports
    reason: We would like it to be public, and nobody should ask why.
    owner: stranger@larkspur.example
    approval: https://example.com/1
    expires: "2026-12-24"
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a pull request."""

    plan: Ended
    judge: Ended
    publish: Ended
    kept: Kept
    """What the host held then."""
    artifacts: Path
    commit: str

    @property
    def comment(self) -> str:
        (comment,) = self.kept.comments
        return str(comment["body"])


class Pull:
    """A repository with a host, on which pull requests are opened."""

    def __init__(self, folder: Path, github: Kept) -> None:
        self.github = github
        self.folder = folder
        self.repository = project(folder / "repository", {"dev": SMALL["dev"]})
        self.target = checkout(self.repository, "main", folder / "target")
        self.head = checkout(self.repository, "main", folder / "head")
        self.variables = {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": "",
        }
        known = {
            "github.token": TOKEN,
            "github.repository": REPOSITORY,
            "github.event.workflow_run.id": "1",
            "github.event.workflow_run.head_branch": "feature",
        }
        self.machine = Machine(folder / "runner", self.variables, known)

    @property
    def artifacts(self) -> Path:
        return self.machine.folder / "artifacts"

    def opened(self, changes: dict[str, tuple[str, str]]) -> Outcome:
        """Change files (old text, new text) on a branch of a fork, and let the workflows run."""
        git(self.head, "checkout", "--quiet", "--detach", "main")
        for name, (old, new) in changes.items():
            path = self.head / name
            assert old in path.read_text()
            path.write_text(path.read_text().replace(old, new))
        git(self.head, "commit", "--quiet", "--all", "--message", "A change")
        plan = self.machine.run("pull-request.yml", "plan", self.head)
        return self.reviewed(plan, git(self.head, "rev-parse", "HEAD"), FORK)

    def reviewed(self, plan: Ended, commit: str, repository: str) -> Outcome:
        """What `Review` makes of what the jobs of a commit have handed over."""
        owner = repository.partition("/")[0]
        self.github.pulls = [{"number": 7, "head": {"sha": commit, "label": f"{owner}:feature"}}]
        changed = git(self.head, "diff", "--name-only", "main", commit).splitlines()
        self.github.files = [{"filename": name} for name in changed]
        self.machine.known |= {
            "github.event.workflow_run.head_sha": commit,
            "github.event.workflow_run.head_repository.full_name": repository,
            "github.event.workflow_run.head_repository.owner.login": owner,
        }
        for left in ("base", "review", "handed-over", "previewed"):
            shutil.rmtree(self.target / left, ignore_errors=True)  # each job of GitHub's has a machine of its own
        judge = self.machine.run("review.yml", "judge", self.target)
        shutil.rmtree(self.target / "review", ignore_errors=True)
        publish = self.machine.run("review.yml", "publish", self.target, needs__judge__result=judge.result)
        return Outcome(plan, judge, publish, copy.deepcopy(self.github), self.artifacts, commit)

    def previewed(self, which: str) -> Ended:
        """The preview job of the head, under a Pulumi CLI: one of `CLIS`."""
        folder = self.folder / which
        pulumi = cli_folder(which, folder / "bin")
        variables = {**self.variables, "SEAWALL_STORE": str(folder / "azure.db")}
        known = {"vars.AZURE_CLIENT_ID": "client", "vars.AZURE_TENANT_ID": "tenant"}
        runner = Machine(folder / "runner", variables, known, flags="--local --engine pulumi", pulumi=pulumi)
        ended = runner.run("pull-request.yml", "preview", self.head, matrix__environment="dev")
        shutil.rmtree(self.artifacts / "preview-dev", ignore_errors=True)
        (runner.folder / "artifacts" / "preview-dev").rename(self.artifacts / "preview-dev")
        return ended


@pytest.fixture(scope="module")
def pull(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pull]:
    with running(GitHubHandler) as github:
        yield Pull(tmp_path_factory.mktemp("pull"), github)


@pytest.fixture(scope="module")
def refused(pull: Pull) -> Outcome:
    """It makes a storage account that anybody can read, and exempts it from the rule against that."""
    return pull.opened(
        {
            "stacks/__main__.py": (
                "        pulumi.export(name, value)\n",
                f"        pulumi.export(name, value)\n{PUBLIC}",
            ),
            "policies/exemptions.yaml": ("exemptions: []\n", EXEMPTION),
        }
    )


def rows(comment: str, title: str = "") -> list[list[str]]:
    """The rows of all tables, or of that under a title, as a browser shows them."""
    if title:
        parts = re.split(r"(?:^#### |<summary><b>)(.*?)(?:$|</b></summary>)", comment, flags=re.MULTILINE)
        (comment,) = [text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name.startswith(title)]
    found: list[list[str]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(comment):
        if token.type == "tr_open":
            found.append([])
        elif token.type == "inline" and found and token.level > 2:
            found[-1].append(token.content.replace("<wbr>", ""))
    return found


class TestRefused:
    """A public storage account."""

    def test_it_is_planned_and_then_refused(self, refused: Outcome) -> None:
        """Its own code has no say in the verdict, nor has the exemption that it brings."""
        assert refused.plan.result == "success", refused.plan.printed
        assert refused.judge.result == "failure"
        assert "mandatory violations in dev" in refused.judge.printed
        assert refused.publish.result == "success", refused.publish.printed

    def test_the_commit_gets_a_status_that_a_branch_can_require(self, refused: Outcome) -> None:
        (status,) = refused.kept.statuses
        assert (status["sha"], status["context"], status["state"]) == (refused.commit, "Seawall", "failure")

    def test_the_comment_is_as_expected(self, refused: Outcome) -> None:
        """What is wrong, how to mend it, and that the change reaches for its own judge."""
        comment = refused.comment
        assert "can't be merged" in comment.splitlines()[1]
        assert "Guardrails refuse it in dev." in comment
        assert "also edits what guards the platform" in comment
        assert "`policies/exemptions.yaml`" in comment
        found = rows(comment)
        # The account, and Azure Policy's own exemption in each of five resource groups.
        assert ["dev", "refused", "6 to create", "no change"] in [row[:4] for row in found]
        (public,) = [row for row in found if row[1:2] == ["storage-no-anonymous-blob"]]
        assert public == [
            "mandatory",
            "storage-no-anonymous-blob",
            "StorageAccount exports",
            "allowBlobPublicAccess isn't false",
            "Set allowBlobPublicAccess of the account to false, and publicAccess of the container to None.",
        ]
        assert ["StorageAccount exports"] in found
        assert any(row[0].startswith("PolicyExemption guardrails-data-storage-no-anonymous-blob") for row in found)
        assert f"of {refused.commit[:12]}" in comment

    def test_code_scanning_gets_what_the_comment_says(self, refused: Outcome) -> None:
        """At the pull request that the host found, of the commit that was judged."""
        log: dict[str, Any] = json.loads((refused.artifacts / "review" / "dev.sarif").read_text())
        assert "storage-no-anonymous-blob" in {result["ruleId"] for result in log["runs"][0]["results"]}
        given = refused.publish.outputs
        assert given["github/codeql-action/upload-sarif ref"] == "refs/pull/7/head"
        assert given["github/codeql-action/upload-sarif sha"] == refused.commit


@pytest.fixture(scope="module")
def from_a_branch(pull: Pull, refused: Outcome) -> Outcome:
    """The same change from a branch of the repository, which is previewed."""
    assert pull.previewed("stand-in").result == "failure", "the preview is refused, and handed over all the same"
    return pull.reviewed(refused.plan, refused.commit, REPOSITORY)


@pytest.mark.parametrize("which", CLIS)
def test_the_preview_s_list_of_violations_is_the_offline_one(
    pull: Pull, refused: Outcome, from_a_branch: Outcome, which: str
) -> None:
    """In one comment, row by row: what Pulumi's engine finds under the policy pack, and what the plans come to."""
    outcome = from_a_branch
    if which == "real":
        pull.previewed("real")
        outcome = pull.reviewed(refused.plan, refused.commit, REPOSITORY)
    assert outcome.judge.result == "failure", outcome.judge.printed
    offline, previewed = (rows(outcome.comment, title) for title in ("Guardrails in dev", "Guardrails in the preview"))
    assert len(offline) > 1 and "storage-no-anonymous-blob" in {row[1] for row in offline}
    assert previewed == offline
    assert [row[:2] for row in rows(outcome.comment, "Previews against Azure")[1:]] == [["dev", "refused"]]


class TestPreviewed:
    """What a branch's preview adds to the one comment."""

    def test_a_fork_s_change_has_no_preview(self, refused: Outcome) -> None:
        """Nobody signs in for it; an artifact that it names so isn't even taken."""
        assert "Previews against Azure" not in refused.comment

    def test_it_is_told_in_the_same_comment(self, refused: Outcome, from_a_branch: Outcome) -> None:
        """Edited, not added; its list of violations is folded away where it is that of the plans."""
        assert from_a_branch.publish.result == "success", from_a_branch.publish.printed
        assert "previews by the change's own code" in from_a_branch.comment
        assert "<summary><b>Guardrails in the preview of dev" in from_a_branch.comment
        assert "#### Guardrails in dev" in from_a_branch.comment

    def test_the_job_signs_in_and_has_the_project_s_pulumi(self, pull: Pull, from_a_branch: Outcome) -> None:
        """By the composite actions' own steps, which run here too."""
        kept = json.loads((pull.artifacts / "preview-dev" / "dev.json").read_text())
        assert (kept["exitCode"], kept["engine"]) == (1, "pulumi")

    def test_a_preview_that_says_all_is_well_lets_nothing_pass(self, pull: Pull, from_a_branch: Outcome) -> None:
        """It is the change's own word. Markup in it is text."""
        forged = {"environment": "dev", "exitCode": 0, "policyPack": [], "stacks": [{"stack": "dev", "resources": [
            {"urn": "u", "type": "t:t:Nice", "name": "<b>[x](http://evil.example)", "op": "create"}
        ]}]}  # fmt: skip
        (pull.artifacts / "preview-dev" / "dev.json").write_text(json.dumps(forged))
        outcome = pull.reviewed(from_a_branch.plan, from_a_branch.commit, REPOSITORY)
        assert outcome.judge.result == "failure"
        assert outcome.kept.statuses[-1]["state"] == "failure"
        assert "can't be merged" in outcome.comment
        assert "href" not in MarkdownIt("commonmark", {"html": True}).enable("table").render(outcome.comment)
        told = ["dev", "passed", "1 to create", "1 resource otherwise"]
        assert rows(outcome.comment, "Previews against Azure")[1] == told


def test_a_change_within_the_guardrails_passes_and_its_comment_takes_the_place_of_the_last(
    pull: Pull, refused: Outcome
) -> None:
    """The same comment, edited: the budget that changes, and nothing about guards."""
    before = pull.github.comments[0]["id"]
    outcome = pull.opened({"stacks/Pulumi.dev.yaml": ("amount: 1500", "amount: 1600")})
    assert (outcome.plan.result, outcome.judge.result) == ("success", "success"), outcome.judge.printed
    assert outcome.kept.statuses[-1]["state"] == "success"
    assert outcome.kept.comments[0]["id"] == before
    assert "guardrails let this change pass" in outcome.comment
    assert "also edits" not in outcome.comment
    assert ["Budget budget", "amount", "1500", "1600"] in rows(outcome.comment)


def test_what_the_pull_request_may_not_hand_over_is_not_judged(pull: Pull, refused: Outcome) -> None:
    """A link among its plans: the comment says that nothing could be judged, and the status refuses."""
    (pull.artifacts / "handed-over" / "plans" / "prod.json").symlink_to("/etc/passwd")
    shutil.rmtree(pull.artifacts / "review")
    outcome = pull.reviewed(refused.plan, git(pull.head, "rev-parse", "HEAD"), FORK)
    assert outcome.judge.result == "failure"
    assert "is no file, but a link" in outcome.judge.printed
    assert outcome.publish.result == "success", outcome.publish.printed
    assert "can't be judged" in outcome.comment
    assert outcome.kept.statuses[-1]["state"] == "failure"
