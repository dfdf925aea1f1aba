"""From training to production traffic, and back from a bad version, on the local Azure: make demo

Everything runs on this machine, over a store of the demo's own. The first run installs the environment that models are
trained and served in (a minute or two); after that the demo takes less than three minutes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import picture
from rich.table import Table
from steps import HERE, HOME, POLICY, ROOT, STORE, StepFailed, Steps
from traffic import Answer, Traffic
from view import View

sys.path.insert(0, str(HERE))
VERSIONS = ("1", "2", "3")
ENDPOINT = "fraud-online"
MODELS = HOME / "models"
PICTURE = HOME / "traffic.svg"


def main() -> int:
    view = View()
    steps = Steps(view.line)
    traffic: Traffic | None = None
    marks: list[picture.Mark] = []
    try:
        python = _inference(view)
        with view.showing():
            workspace, endpoint = _prepare(view, steps, python)
            with view.stage("Version 1: into the registry, then onto the endpoint"):
                _promote_and_release(steps, "1")
            traffic = view.traffic = _traffic(workspace, endpoint)
            for version, title, expected in (
                ("2", "Version 2 is better: by canary to all traffic", 0),
                ("3", "Version 3 measures best, and fails on live claims: it rolls back by itself", 1),
            ):
                with view.stage(title):
                    steps.seawall(*_promotion(version))
                    marks.append((traffic.now(), f"release of v{version}"))
                    steps.seawall(*_release(version), expected=expected)
            with view.stage("A moment of version 2 alone"):
                marks.append((traffic.now(), "v3 is out"))
                _until(traffic, traffic.now() + 3)
            traffic.stop()
    except StepFailed as failure:
        view.console.print(str(failure), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        view.console.print("Stopped.")
        return 130
    finally:
        steps.end()
        _stop(view)
    _summary(view, traffic, marks)
    return 0


def _inference(view: View) -> Path:
    """The interpreter with scikit-learn, MLflow and Azure's inference server."""
    sys.path.insert(0, str(ROOT))
    from seawall.local.serving import environment

    try:
        return environment.python(view.console.print)
    except environment.Unavailable as error:
        raise StepFailed(str(error)) from None


def _prepare(view: View, steps: Steps, python: Path) -> tuple[str, str]:
    """Train the versions while the platform comes up; the workspace's and the endpoint's IDs."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    with view.stage("Train three versions, bring the platform up"), ThreadPoolExecutor(1) as pool:
        trained = pool.submit(_train, steps, python)
        steps.seawall("up", "dev", "--local", "--yes")
        steps.seawall("local", "start", "--detach")
        trained.result()
    steps.surroundings()
    workspace, endpoint = _ids()
    with view.stage("Register them in the workspace"):
        import register

        client = register.client_of(workspace)
        for version in VERSIONS:
            found = register.register(MODELS / version, version, client)
            view.line(f"{found.name}:{found.version} is registered")
    return workspace, endpoint


def _train(steps: Steps, python: Path) -> None:
    line = [str(python), "-W", "ignore", str(HERE / "train.py"), *VERSIONS, "--out", str(MODELS)]
    steps.run(line, shown=f"python train.py {' '.join(VERSIONS)} --out {MODELS.relative_to(ROOT)}")


def _ids() -> tuple[str, str]:
    """The ARM IDs of dev's workspace and of its endpoint, from the environment's plan."""
    from seawall.cli import targets
    from seawall.cli.project import Project
    from seawall.cli.screen import Screen

    target = targets.target(Project.find(ROOT, STORE), "dev", ENDPOINT, Screen.of_process())
    return target.workspace_id, target.endpoint


def _promotion(version: str) -> list[str]:
    return [
        "model", "promote", f"claims-fraud:{version}", "--from", "dev", "--to", "registry",
        "--policy", str(POLICY), "--local", "--yes",
    ]  # fmt: skip


def _release(version: str) -> list[str]:
    return ["release", "start", str(HERE / "releases" / f"v{version}.yaml"), "--env", "dev", "--local"]


def _promote_and_release(steps: Steps, version: str) -> None:
    steps.seawall(*_promotion(version))
    steps.seawall(*_release(version))


def _traffic(workspace: str, endpoint: str) -> Traffic:
    """Traffic to the endpoint, begun."""
    import register
    from azure.identity import DefaultAzureCredential

    url = register.client_of(workspace).online_endpoints.get(endpoint).scoring_uri
    token = DefaultAzureCredential().get_token("https://ml.azure.com/.default").token
    traffic = Traffic(url, token, MODELS / "1" / "live.csv")
    traffic.start()
    return traffic


def _until(traffic: Traffic, moment: float) -> None:
    import time

    while traffic.now() < moment:
        time.sleep(0.1)


def _stop(view: View) -> None:
    """The server goes; its store, models and logs stay."""
    line = [sys.executable, "-m", "seawall", "local", "stop", "--store", str(STORE), "--cwd", str(ROOT)]
    subprocess.run(line, capture_output=True, check=False)


def _summary(view: View, traffic: Traffic, marks: list[picture.Mark]) -> None:
    answers = traffic.answers
    PICTURE.write_text(picture.svg(answers, marks), encoding="utf-8")
    table = Table("version", "answers", "failed", "throttled", box=None, padding=(0, 2))
    for version in sorted({one.version for one in answers if not one.lost}):
        mine = [one for one in answers if one.version == version]
        failed, throttled = sum(one.failed for one in mine), sum(one.throttled for one in mine)
        table.add_row(version, f"{len(mine):,}", f"{failed:,}", f"{throttled:,}")
    say = partial(view.console.print, soft_wrap=True)
    for title, began, ended in view.stages:
        say(f"{(ended or began) - began:6.1f} s  {title}", markup=False)
    say()
    say(table)
    say(f"{len(answers):,} requests, {sum(one.lost for one in answers)} lost")
    say(_rollback(answers))
    say(f"\nThe traffic as a picture: {PICTURE.relative_to(ROOT)}")
    say("To go on by hand:", style="bold")
    say(f"  export SEAWALL_STORE={STORE.relative_to(ROOT)}")
    say("  .venv/bin/seawall local start --detach", markup=False)
    say('  eval "$(.venv/bin/seawall local env)"', markup=False)
    say("  .venv/bin/seawall model history claims-fraud --local")
    say("  .venv/bin/seawall release history examples/fraud/releases/v3.yaml --env dev --local")


def _rollback(answers: list[Answer]) -> str:
    """How long the bad version answered, as its clients saw it."""
    bad = [one for one in answers if one.version == "v3"]
    failed = [one.ended for one in bad if one.failed]
    if not failed:
        return "Version 3 failed no request."
    lasted = max(one.ended for one in bad) - min(failed)
    most = 100 * len(bad) / max(1, sum(1 for one in answers if bad[0].sent <= one.sent <= bad[-1].sent))
    return (
        f"Version 3 answered {len(bad)} requests ({most:.0f} % of the traffic) and failed {len(failed)} of them. "
        f"From the first failure to its last answer: {lasted:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
