"""The pipelines for Azure: the same commands in the same order as on GitHub, logins without secrets, no injection."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from workflow_files import (
    DEVOPS,
    commands,
    devops_jobs,
    devops_scripts,
    devops_steps,
    loaded,
    pipelines,
    scripts,
    workflows,
)

SAME = {"deploy.yml": "deploy-environment.yml"}
"""By pipeline, the workflow that has its commands where that isn't the one of the same name."""


def every_job() -> list[tuple[str, dict[str, Any]]]:
    return [(file, job) for file, document in pipelines().items() for job in devops_jobs(document)]


@pytest.mark.parametrize("file", sorted(pipelines()))
def test_a_pipeline_runs_the_commands_of_the_workflow_of_its_name(file: str) -> None:
    """Whoever moves from one system to the other finds the same. A pull request is planned, judged and told of."""
    names = [SAME.get(file, file), *(["review.yml"] if file == "pull-request.yml" else [])]
    theirs = sorted(
        {c for n in names for j in workflows()[n]["jobs"].values() for s in scripts(j) for c in commands(s)}
    )
    ours = sorted({c for job in devops_jobs(pipelines()[file]) for s in devops_scripts(job) for c in commands(s)})
    assert ours == theirs
    makes = {
        s.strip() for n in names for j in workflows()[n]["jobs"].values() for s in scripts(j) if "seawall" not in s
    }
    assert makes <= {s.strip() for job in devops_jobs(pipelines()[file]) for s in devops_scripts(job)}


def test_every_workflow_has_a_pipeline() -> None:
    beside = {"review.yml", "deploy-environment.yml"}  # a part of pull-request.yml's and a template there
    assert set(workflows()) - beside == set(pipelines())


def test_jobs_end_and_forget_their_token() -> None:
    found = every_job()
    assert len(found) >= 15
    for file, job in found:
        name = job.get("job") or job["deployment"]
        assert job.get("timeoutInMinutes"), f"{file}, {name}"
        (checkout,) = [step for step in devops_steps(job) if "checkout" in step]
        assert checkout == {**checkout, "checkout": "self", "persistCredentials": False}, f"{file}, {name}"


def test_templates_that_are_used_exist_and_get_the_parameters_that_they_have() -> None:
    def found(value: Any) -> list[dict[str, Any]]:
        if isinstance(value, list):
            return [one for item in value for one in found(item)]
        if isinstance(value, dict):
            return [*([value] if "template" in value else []), *(one for item in value.values() for one in found(item))]
        return []

    for path in (*DEVOPS.glob("*.yml"), *(DEVOPS / "templates").glob("*.yml")):
        for one in found(loaded(path)):
            template = loaded(path.parent / one["template"])
            known = {parameter["name"]: parameter for parameter in template["parameters"]}
            given = {key for key in one.get("parameters", {}) if not key.startswith("${{")}
            inner = [value for key, value in one.get("parameters", {}).items() if key.startswith("${{")]
            given |= {key for value in inner for key in value}
            assert given <= set(known), path.name
            needed = {name for name, parameter in known.items() if "default" not in parameter}
            assert needed <= given, path.name


def test_no_macro_or_expression_is_in_a_script() -> None:
    """Both are put into the text before the shell reads it: values come through variables, and those are quoted."""
    for file, job in every_job():
        for script in devops_scripts(job):
            assert "${{" not in script and not re.search(r"\$\((?!jq |dirname |basename )", script), file
            unquoted = re.sub(r'"(?:[^"\\$]|\$\{[^}]*\}|\$\([^()]*(?:"[^"]*"[^()]*)*\)|\$)*"', "", script)
            assert set(re.findall(r"\$\w+", unquoted)) <= {"$SEAWALL_FLAGS"}, file


def test_no_secret_is_kept() -> None:
    """Service connections federate; the job's own token goes to the one step that writes."""
    for path in DEVOPS.rglob("*.yml"):
        text = path.read_text()
        assert not re.search(r"secret\w*:|variable.?groups?:|\bgroup:|password|clientSecret|servicePrincipalKey", text)
    holders = [
        (file, step["displayName"])
        for file, job in every_job()
        for step in devops_steps(job)
        if "SYSTEM_ACCESSTOKEN" in str(step.get("env", {}))
    ]
    assert sorted({file for file, _ in holders}) == ["drift.yml", "pull-request.yml"]


def test_what_judges_a_pull_request_takes_the_target_branch_before_anything_runs() -> None:
    """And has no login to Azure: what previews have found comes as files, which are checked before they are read."""
    plan, preview, review = pipelines()["pull-request.yml"]["stages"]
    for stage in (plan, preview):
        assert "SYSTEM_ACCESSTOKEN" not in str(stage)
    judge, publish = review["jobs"]
    for job in (judge, publish):
        first = next(step for step in job["steps"] if "checkout" not in step)
        assert "git checkout --force --detach origin/main" in first["bash"]
        assert "git clean -dffx" in first["bash"]
        assert "azure.yml" not in str(job)
    assert "azure.yml" not in str(plan)
    assert "IsFork" in publish["condition"] and "IsFork" in preview["condition"]
    asked = devops_scripts(judge)
    accepted = next(n for n, script in enumerate(asked) if "seawall accept" in script)
    assert "--previews previewed" in asked[accepted]
    assert "seawall review" in asked[-1] and accepted < len(asked) - 1


def test_a_preview_that_fails_keeps_nobody_from_the_verdict() -> None:
    """Nor does one that there isn't, because no Azure is there as yet."""
    *_, review = pipelines()["pull-request.yml"]["stages"]
    assert (review["dependsOn"], review["condition"]) == (["plan", "preview"], "not(canceled())")


def test_previews_are_gathered_as_they_were_published(tmp_path: Path) -> None:
    """By the step's own command: a link among them stays one, and is refused by the next."""
    *_, review = pipelines()["pull-request.yml"]["stages"]
    (script,) = [one for one in devops_scripts(review["jobs"][0]) if "find " in one]
    for name in ("preview-dev/dev.json", "preview-test/test.json", "handed-over/plans.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("{}")
    (tmp_path / "preview-test" / "prod.json").symlink_to("/etc/passwd")
    (tmp_path / "work").mkdir()
    env = {**os.environ, "WORKSPACE": str(tmp_path)}
    subprocess.run(["bash", "-c", script], cwd=tmp_path / "work", env=env, check=True)
    found = sorted((tmp_path / "work" / "previewed").iterdir())
    assert [path.name for path in found] == ["dev.json", "prod.json", "test.json"]
    assert found[1].is_symlink()


def test_deployments_go_from_one_environment_to_the_next_each_behind_its_checks() -> None:
    stages = [stage["parameters"] for stage in pipelines()["deploy.yml"]["stages"]]
    assert [(each["environment"], each.get("after")) for each in stages] == [
        ("shared", None), ("dev", "shared"), ("test", "dev"), ("prod", "test"),
    ]  # fmt: skip
    _, deploy = loaded(DEVOPS / "templates" / "deploy-environment.yml")["stages"]
    assert deploy["jobs"][0]["environment"] == "${{ parameters.environment }}"
