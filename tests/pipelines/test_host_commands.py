"""`seawall comment` and `seawall issue` on GitHub and Azure DevOps: one comment, one issue, whoever else writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_hosts import BOT, OWN, TOKEN, Kept

from seawall.cli.app import run
from seawall.pipelines import rest
from seawall.review.comment import MARKER

SHA = "0123456789abcdef0123456789abcdef01234567"
HEAD = "stranger:feature/a b"
ENVIRONMENT = "dev"


@pytest.fixture
def review(tmp_path: Path) -> Path:
    path = tmp_path / "comment.md"
    path.write_text(f"{MARKER}\n### Seawall: nothing changes\n\nAll stays.\n\n| A |\n| --- |\n| 1 |\n")
    return path


@pytest.fixture
def in_github(github: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kept:
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "larkspur-insurance/ml-platform")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    github.pulls = [
        {"number": number, "head": {"sha": sha, "label": HEAD}}
        for number, sha in ((5, "f" * 40), (6, "e" * 40), (7, SHA))
    ]
    return github


@pytest.fixture
def in_devops(devops: Kept, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setenv("TF_BUILD", "True")
    monkeypatch.setenv("SYSTEM_COLLECTIONURI", f"{devops.url}/larkspur/")
    monkeypatch.setenv("SYSTEM_TEAMPROJECT", "ml-platform")
    monkeypatch.setenv("BUILD_REPOSITORY_ID", "repository-id")
    monkeypatch.setenv("SYSTEM_PULLREQUEST_PULLREQUESTID", "7")
    monkeypatch.setenv("SYSTEM_ACCESSTOKEN", TOKEN)
    return devops


def seawall(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run a command; its exit code, its answer and what it said on stderr."""
    capsys.readouterr()
    code = run([*arguments, "--json"])
    printed = capsys.readouterr()
    return code, json.loads(printed.out), printed.err


def drift(folder: Path, *names: str) -> Path:
    path = folder / "drift.json"
    token = "azure-native:storage:StorageAccount"
    changes = [{"path": "publicNetworkAccess", "before": "Disabled", "after": "Enabled"}]
    drifts = [{"type": token, "name": name, "deleted": False, "changes": changes} for name in names]
    path.write_text(json.dumps({"environment": ENVIRONMENT, "drifts": drifts}))
    return path


class TestComment:
    """One comment, found again, and ours."""

    def test_the_second_run_edits_what_the_first_one_made(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = ("comment", str(review), "--pull-request", "7")
        assert seawall(capsys, *given)[1]["comment"] == "created"
        assert seawall(capsys, *given)[1]["comment"] == "unchanged"
        review.write_text(review.read_text().replace("All stays", "Something changes"))
        assert seawall(capsys, *given)[1]["comment"] == "updated"
        (comment,) = in_github.comments
        assert "Something changes" in comment["body"]
        assert len(in_github.wrote()) == 2

    def test_a_comment_that_somebody_else_began_with_the_mark_is_left_alone(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Editing it would put the verdict where a stranger may edit it."""
        forged = {"id": 1, "body": f"{MARKER}\nAll is fine", "user": {"login": "stranger"}, "html_url": ""}
        others = [{**forged, "id": number, "body": "hello", "user": {"login": BOT}} for number in (2, 3)]
        in_github.comments = [forged, *others]
        assert seawall(capsys, "comment", str(review), "--pull-request", "7")[1]["comment"] == "created"
        assert forged["body"].endswith("All is fine")
        assert len(in_github.comments) == 4

    def test_the_pull_request_is_the_one_whose_newest_commit_was_judged(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """By the host's own list, on its second page; no file of the pull request's says which it is."""
        given = ("comment", str(review), "--head", HEAD, "--commit", SHA, "--verdict", "failure")
        code, answer, _ = seawall(capsys, *given)
        assert (code, answer["pullRequest"]) == (0, 7)
        assert (tmp_path / "outputs").read_text() == "pull-request=7\n"
        (status,) = in_github.statuses
        assert (status["sha"], status["context"], status["state"]) == (SHA, "Seawall", "failure")

    def test_a_commit_that_is_no_longer_the_newest_gets_no_comment(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, answer, _ = seawall(capsys, "comment", str(review), "--head", HEAD, "--commit", "a" * 40)
        assert code == 3
        assert "no open pull request has" in answer["errors"][0]
        assert in_github.wrote() == []

    @pytest.mark.parametrize("verdict", ["success", "Succeeded"])
    def test_a_verdict_passes_in_the_words_of_both_systems(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str], verdict: str
    ) -> None:
        seawall(capsys, "comment", str(review), "--pull-request", "7", "--commit", SHA, "--verdict", verdict)
        assert in_github.statuses[0]["state"] == "success"

    @pytest.mark.parametrize("verdict", ["failure", "cancelled", "skipped", "Failed", "x"])
    def test_every_other_verdict_refuses(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str], verdict: str
    ) -> None:
        seawall(capsys, "comment", str(review), "--pull-request", "7", "--commit", SHA, "--verdict", verdict)
        assert in_github.statuses[0]["state"] == "failure"

    def test_without_a_review_the_comment_says_that_nothing_could_be_judged(
        self, in_github: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Else the last one would stay, and may have been a good one."""
        seawall(capsys, "comment", str(tmp_path / "none.md"), "--pull-request", "7")
        assert "can't be judged" in in_github.comments[0]["body"]
        assert in_github.comments[0]["body"].startswith(MARKER)

    def test_edits_of_what_guards_the_platform_are_named(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As the host tells them, moved files by their old names too; a name is text and never markup."""
        in_github.files = [
            {"filename": "README.md"},
            {"filename": "old.yaml", "previous_filename": "policies/exemptions.yaml"},
            {"filename": "rbac/`](http://evil.example)@everyone.yaml"},
            {"filename": ".github/workflows/ci.yml"},
        ]
        assert seawall(capsys, "comment", str(review), "--pull-request", "7")[1]["guardsTouched"]
        body = in_github.comments[0]["body"]
        assert body.index("also edits what guards") < body.index("| A |")
        assert "`policies/exemptions.yaml`" in body
        assert "`.github/workflows/ci.yml`" in body
        assert "@everyone" not in body and "](http" not in body
        assert "README" not in body

    def test_azure_devops_gets_one_thread_and_a_status(
        self, in_devops: Kept, review: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        in_devops.files = [{"filename": "azure-pipelines/deploy.yml"}]
        forged = {"id": 1, "comments": [{"id": 1, "author": {"id": "stranger"}, "content": f"{MARKER}\nfine"}]}
        in_devops.comments = [forged]
        given = ("comment", str(review), "--commit", SHA, "--verdict", "Failed")
        assert [seawall(capsys, *given)[1]["comment"] for _ in range(2)] == ["created", "unchanged"]
        thread = in_devops.comments[1]
        assert thread["comments"][0]["author"]["id"] == OWN
        assert "azure-pipelines/deploy.yml" in thread["comments"][0]["content"]
        assert [status["state"] for status in in_devops.statuses] == ["failed", "failed"]
        review.write_text(f"{MARKER}\nanother\n")
        assert seawall(capsys, *given)[1]["comment"] == "updated"


class TestFaults:
    """One clear message each."""

    def test_a_dry_run_asks_nobody(self, review: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, answer, _ = seawall(capsys, "comment", str(review), "--dry-run")
        assert (code, answer["text"]) == (0, review.read_text())

    def test_all_that_is_missing_is_told_at_once(self, review: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, answer, _ = seawall(capsys, "comment", str(review), "--pull-request", "7")
        assert code == 2
        assert len(answer["errors"]) == 2
        assert "GITHUB_TOKEN" in " ".join(answer["errors"])

    def test_a_file_that_is_no_review_is_not_posted(
        self, in_github: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "other.md").write_text("buy this")
        code, answer, _ = seawall(capsys, "comment", str(tmp_path / "other.md"), "--pull-request", "7")
        assert code == 2
        assert "is no review" in answer["errors"][0]
        assert in_github.asked == []

    def test_a_wrong_token_says_which_rights_are_needed(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_TOKEN", "another")
        code, answer, _ = seawall(capsys, "comment", str(review), "--pull-request", "7")
        assert code == 3
        assert "401" in answer["errors"][0]
        assert "pull-requests: write" in answer["hint"]

    def test_a_busy_server_is_asked_again(
        self, in_github: Kept, review: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As long as it asks for, within reason."""
        waited: list[float] = []
        monkeypatch.setattr(rest.Api.__init__, "__kwdefaults__", {"sleep": waited.append})
        in_github.failing = [(429, {"Retry-After": "7"}), (503, {"Retry-After": "900"})]
        assert seawall(capsys, "comment", str(review), "--pull-request", "7")[0] == 0
        assert waited == [7.0, 30.0]

    def test_the_token_goes_to_no_unencrypted_address(
        self, review: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        given = ("--repository", "a/b", "--pull-request", "7", "--url", "http://github.example")
        code, answer, _ = seawall(capsys, "comment", str(review), *given)
        assert code == 3
        assert "https" in answer["errors"][0]


class TestIssue:
    """One issue for what drifts in an environment."""

    @pytest.mark.parametrize("system", ["in_github", "in_devops"])
    def test_it_is_opened_kept_up_to_date_and_closed(
        self, request: pytest.FixtureRequest, system: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kept: Kept = request.getfixturevalue(system)

        def told(*names: str) -> str:
            return seawall(capsys, "issue", ENVIRONMENT, str(drift(tmp_path, *names)))[1]["issue"]

        assert told() == "nothing"
        assert told("lake") == "created"
        assert told("lake") == "unchanged"
        assert told("lake", "vault") == "updated"
        assert len(kept.issues) == 1
        text = json.dumps(kept.issues[0])
        assert "2 resources" in text and "StorageAccount vault" in text and "publicNetworkAccess" in text
        assert told() == "closed"
        assert told() == "nothing"
        assert told("lake") == "created"
        assert len(kept.issues) == 2

    def test_a_refresh_that_failed_closes_nothing(
        self, in_github: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What it leaves is an answer without drift, and says nothing about the environment."""
        (tmp_path / "failed.json").write_text('{"exitCode": 3, "errors": ["the login to Azure has expired"]}')
        code, answer, _ = seawall(capsys, "issue", ENVIRONMENT, str(tmp_path / "failed.json"))
        assert code == 2
        assert "doesn't say what has drifted" in answer["errors"][0]
        assert in_github.asked == []

    def test_of_another_environment_it_is_refused(
        self, in_github: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert seawall(capsys, "issue", "prod", str(drift(tmp_path)))[0] == 2
        assert in_github.asked == []
