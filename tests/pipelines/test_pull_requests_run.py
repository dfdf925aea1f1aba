"""A pull request by the workflows' own commands: planned by its code, judged by the target branch's, and told of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_hosts import TOKEN, GitHubHandler, Kept, running
from machine import Ended, Machine, checkout, git, project
from markdown_it import MarkdownIt

HEAD = "stranger:feature"
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
        self.repository = project(folder / "repository", "dev")
        self.target = checkout(self.repository, "main", folder / "target")
        self.head = checkout(self.repository, "main", folder / "head")
        variables = {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "larkspur-insurance/ml-platform",
            "GITHUB_TOKEN": "",
        }
        known = {"github.token": TOKEN, "github.event.workflow_run.id": "1"}
        self.machine = Machine(folder / "runner", variables, known)

    def opened(self, changes: dict[str, tuple[str, str]]) -> Outcome:
        """Change files (old text, new text) on a branch of their own, and let the workflows run."""
        git(self.head, "checkout", "--quiet", "--detach", "main")
        for name, (old, new) in changes.items():
            path = self.head / name
            assert old in path.read_text()
            path.write_text(path.read_text().replace(old, new))
        git(self.head, "commit", "--quiet", "--all", "--message", "A change")
        commit = git(self.head, "rev-parse", "HEAD")
        self.github.pulls = [{"number": 7, "head": {"sha": commit, "label": HEAD}}]
        changed = git(self.head, "diff", "--name-only", "main", "HEAD").splitlines()
        self.github.files = [{"filename": name} for name in changed]
        event = {
            "github.event.workflow_run.head_sha": commit,
            "github.event.workflow_run.head_repository.owner.login": "stranger",
            "github.event.workflow_run.head_branch": "feature",
        }
        self.machine.known |= event
        plan = self.machine.run("pull-request.yml", "plan", self.head)
        judge = self.machine.run("review.yml", "judge", self.target)
        publish = self.machine.run("review.yml", "publish", self.target, needs__judge__result=judge.result)
        return Outcome(plan, judge, publish, self.github, self.machine.folder / "artifacts", commit)


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


def rows(comment: str) -> list[list[str]]:
    """The rows of all tables, as a browser shows them."""
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
    handed_over = pull.machine.folder / "artifacts" / "handed-over"
    (handed_over / "plans" / "prod.json").symlink_to("/etc/passwd")
    (pull.target / "review").rename(pull.target / "review-before")
    (pull.machine.folder / "artifacts" / "review").rename(pull.machine.folder / "artifacts" / "review-before")
    judge = pull.machine.run("review.yml", "judge", pull.target)
    assert judge.result == "failure"
    assert "is no file, but a link" in judge.printed
    publish = pull.machine.run("review.yml", "publish", pull.target, needs__judge__result=judge.result)
    assert publish.result == "success", publish.printed
    assert "can't be judged" in pull.github.comments[0]["body"]
    assert pull.github.statuses[-1]["state"] == "failure"
