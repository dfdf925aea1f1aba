"""The workflows for GitHub Actions: valid, pinned, with the least permissions, without secrets, without injection."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from workflow_files import GITHUB, ROOT, actions, jobs, scripts, uses, workflows

ACTIONLINT = "v1.7.12"
PERMISSIONS: dict[tuple[str, str], dict[str, str]] = {
    ("pull-request.yml", "plan"): {"contents": "read"},
    ("pull-request.yml", "preview"): {"contents": "read", "id-token": "write"},
    ("review.yml", "judge"): {"contents": "read", "actions": "read"},
    ("review.yml", "publish"): {
        "actions": "read", "contents": "read", "pull-requests": "write", "security-events": "write",
        "statuses": "write",
    },
    ("drift.yml", "report"): {"contents": "read", "issues": "write"},
}  # fmt: skip
READS, ASKS = {"contents": "read"}, {"contents": "read", "id-token": "write"}
"""Of every other job: what only builds, and what goes to Azure."""


@pytest.fixture(scope="session")
def actionlint() -> str:
    """The linter: on PATH, or built from the Go module proxy once for all runs on this machine."""
    if found := shutil.which("actionlint"):
        return found
    kept = Path(tempfile.gettempdir()) / f"actionlint-{ACTIONLINT}-{os.getuid()}"
    if (kept / "actionlint").exists():
        return str(kept / "actionlint")
    if not shutil.which("go"):
        pytest.skip("there is neither actionlint nor Go to build it: the workflows are not linted here")
    line = ["go", "install", f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}"]
    with tempfile.TemporaryDirectory() as fresh:
        done = subprocess.run(line, env={**os.environ, "GOBIN": fresh}, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"actionlint can't be built: {done.stderr.strip().splitlines()[-1]}")
        kept.mkdir(exist_ok=True)
        shutil.copy(Path(fresh) / "actionlint", kept / f"{os.getpid()}.new")
        (kept / f"{os.getpid()}.new").rename(kept / "actionlint")  # whole or not at all, whoever builds it at once
    return str(kept / "actionlint")


def test_actionlint_finds_nothing(actionlint: str) -> None:
    """Shellcheck, where it is there, is asked too; `$SEAWALL_FLAGS` is to be split into words (see below)."""
    line = [actionlint, "-no-color", "-ignore", "SC2086"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_action_is_pinned_to_a_commit_and_its_version_stands_beside_it() -> None:
    """A tag can be moved, and then runs what its owner's attacker likes."""
    used = [(where, action) for where, action in uses() if not action.startswith("./")]
    assert len(used) > 20
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", one[1])] == []
    files = [*GITHUB.glob("*.yml"), *(ROOT / ".github" / "actions").glob("*/action.yml")]
    lines = [line for path in files for line in path.read_text().splitlines() if "uses: " in line and "@" in line]
    assert [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []
    assert len({action.partition("@")[0] for _, action in used}) == len({action for _, action in used})


def test_the_project_s_own_actions_that_are_used_exist() -> None:
    own = {action for _, action in uses() if action.startswith("./")}
    assert {one for one in own if not (ROOT / one).exists()} == set()


def test_every_job_states_its_permissions_and_has_the_least() -> None:
    """Nothing is given to a workflow as a whole; what may write comments has no identity, and the other way round."""
    for file, workflow in workflows().items():
        assert workflow["permissions"] == {}, file
    for file, name, job in jobs():
        expected = PERMISSIONS.get((file, name))
        if expected is None:
            cloud = "uses" in job or any("actions/azure" in step.get("uses", "") for step in job["steps"])
            expected = ASKS if cloud else READS
        assert job["permissions"] == expected, f"{file}, {name}"


def test_every_job_ends_and_every_workflow_runs_once_at_a_time() -> None:
    for file, workflow in workflows().items():
        assert "concurrency" in workflow or list(workflow["on"]) == ["workflow_call"], file
    assert [f"{file}, {name}" for file, name, job in jobs() if "uses" not in job and "timeout-minutes" not in job] == []


def test_no_secret_is_kept() -> None:
    """Logins are OpenID Connect; a job's own token comes as `github.token`."""
    for path in (ROOT / ".github").rglob("*.yml"):
        assert not re.search(r"secrets\s*[.:\[]", path.read_text()), path.name


def test_nothing_untrusted_is_put_into_a_script() -> None:
    """An expression in `run` is text that the shell reads: values come through variables, and those are quoted."""
    every = [(f"{file}, {name}", script) for file, name, job in jobs() for script in scripts(job)]
    every += [
        (name, step["run"]) for name, action in actions().items() for step in action["runs"]["steps"] if "run" in step
    ]
    assert len(every) > 20
    assert [where for where, script in every if "${{" in script] == []
    for where, script in every:
        unquoted = re.sub(r'"(?:[^"\\$]|\$\{[^}]*\}|\$\([^()]*(?:"[^"]*"[^()]*)*\)|\$)*"', "", script)
        assert set(re.findall(r"\$\w+", unquoted)) <= {"$SEAWALL_FLAGS"}, where


def test_what_runs_a_pull_request_s_code_has_no_credential() -> None:
    """Forks get no more than this; the preview is for this repository's branches, by the identity that only reads."""
    workflow = workflows()["pull-request.yml"]
    assert list(workflow["on"]) == ["pull_request"]
    plan, preview = workflow["jobs"]["plan"], workflow["jobs"]["preview"]
    assert "github.token" not in str(plan) and "environment" not in plan
    assert "head.repo.full_name == github.repository" in preview["if"]
    assert preview["environment"] == "preview"
    for path in GITHUB.glob("*.yml"):
        assert "pull_request_target" not in path.read_text(), path.name


def test_what_judges_and_writes_takes_only_the_target_branch_s_code() -> None:
    """No step checks out, installs or runs anything of the pull request; its number is found by the host."""
    workflow = workflows()["review.yml"]
    assert workflow["on"]["workflow_run"] == {"workflows": ["Pull request"], "types": ["completed"]}
    assert workflows()["pull-request.yml"]["name"] == "Pull request"
    for job in workflow["jobs"].values():
        (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"] == {"persist-credentials": False}
    assert "pull_requests[" not in str(workflow)
    names = [step.get("name") for step in workflow["jobs"]["judge"]["steps"]]
    assert names.index("Check what was handed over") < names.index("Judge the change")
    assert "--head" in str(workflow["jobs"]["publish"])


def test_a_fork_s_artifact_is_no_preview_and_a_failed_preview_is_told() -> None:
    """Nobody signs in for a fork; of a branch, what was refused is what a reader wants to see."""
    judge = workflows()["review.yml"]["jobs"]["judge"]["steps"]
    (taken,) = [step for step in judge if step.get("with", {}).get("pattern") == "preview-*"]
    assert taken["if"] == "github.event.workflow_run.head_repository.full_name == github.repository"
    given = workflows()["pull-request.yml"]["jobs"]["preview"]["steps"][-1]
    assert (given["if"], given["with"]["name"]) == ("${{ !cancelled() }}", "preview-${{ matrix.environment }}")


def test_every_checkout_forgets_its_token() -> None:
    steps = [step for _, _, job in jobs() for step in job.get("steps", ())]
    kept = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in kept if step.get("with", {}).get("persist-credentials") is not False] == []


def test_deployments_go_from_one_environment_to_the_next_each_behind_its_approval() -> None:
    """In an environment of its own name; the preview before it is made by an identity that can only read."""
    order = {name: job.get("needs") for name, job in workflows()["deploy.yml"]["jobs"].items()}
    assert order == {"shared": None, "dev": "shared", "test": "dev", "prod": "test"}
    one: dict[str, Any] = workflows()["deploy-environment.yml"]["jobs"]
    assert one["preview"]["environment"] == "preview"
    assert one["up"]["environment"] == "${{ inputs.environment }}"
    assert one["up"]["needs"] == "preview"


def test_code_owners_guard_what_judges() -> None:
    """What the comment points out has owners, who have to approve it."""
    from seawall.pipelines.guarded import GUARDED

    owned = re.findall(r"^/(\S+)", (ROOT / ".github" / "CODEOWNERS").read_text(), re.MULTILINE)
    guarded = [path for paths in GUARDED.values() for path in paths if (ROOT / path).exists()]
    assert [path for path in guarded if path not in owned] == []
