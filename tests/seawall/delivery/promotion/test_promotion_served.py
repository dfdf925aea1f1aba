"""Promotion with the real azure-ai-ml client, against the local Azure over HTTPS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.delivery.promotion import files
from tests import served as serving
from tests.seawall.delivery.promotion.promotion_clients import Client, Ended
from tests.served import ROOT, Served

POLICY = """\
default:
  registry:
    requiredTags: {git-commit: "[0-9a-f]{40}", owner: null}
    metrics: [{name: auc, atLeast: 0.9}]
  test:
    approvals: {approvers: [11111111-aaaa-0000-0000-000000000001], askerMayApprove: false}
"""
TAGS = {"git-commit": "f" * 40, "owner": "claims-analytics@larkspur.example"}
MARA = "11111111-aaaa-0000-0000-000000000001"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`shared`, `dev` and `test` of the example organisation, served."""
    found = serving.start(tmp_path_factory.mktemp("promotion"), "dev", "test")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def client(platform: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """azure-ai-ml and the command line, in a process of their own."""
    found = Client(platform, tmp_path_factory.mktemp("client") / "log")
    yield found
    found.close()


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "promotion.yaml"
    path.write_text(POLICY)
    return path


def model(folder: Path, auc: float = 0.95) -> Path:
    """A model's files: text, bytes of every value, an empty one, and one in a folder."""
    (folder / "data").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\n")
    (folder / "model.pkl").write_bytes(bytes(range(256)) * 5000)
    (folder / "data" / "empty").write_bytes(b"")
    (folder / "evaluation.json").write_text(json.dumps({"metrics": {"auc": auc}}))
    return folder


def promote(client: Client, version: str, policy: Path, *more: str) -> Ended:
    to = more or ("--to", "registry")
    asked = ("model", "promote", f"claims-fraud:{version}", *to, "--policy", str(policy), "--local", "--yes", "--json")
    return client.seawall(*asked)


def history(client: Client, version: str, target: str = "registry") -> list[str]:
    done = client.seawall("model", "history", f"claims-fraud:{version}", "--to", target, "--local", "--json")
    assert done.document["missing"] == []
    return [record["event"] for record in done.document["records"]]


def test_the_registry_gets_the_same_bytes_and_a_second_run_does_nothing(
    client: Client, policy: Path, tmp_path: Path
) -> None:
    """Every file of the model is in the registry, byte for byte, under the same name and version."""
    source = model(tmp_path / "model")
    client.register(source, "1", TAGS)
    done = promote(client, "1", policy)
    assert done.returncode == 0, done.stderr
    found = done.document
    (tmp_path / "copy").mkdir()
    tags = client.in_registry("1", tmp_path / "copy")
    copy = files.contents(tmp_path / "copy")
    assert copy == files.contents(source) and copy.digest == found["digest"] and copy.files == 4
    assert tags is not None and tags["seawall-digest"] == copy.digest and tags["owner"] == TAGS["owner"]
    again = promote(client, "1", policy)
    assert again.returncode == 0 and again.document["record"] == found["record"]
    assert history(client, "1") == ["allowed", "promoted"]


@pytest.mark.parametrize(
    ("version", "tags", "auc", "gate"),
    [
        ("2", {**TAGS, "git-commit": "main"}, 0.95, "tags"),
        ("3", {"owner": "x"}, 0.95, "tags"),
        ("4", TAGS, 0.8, "metrics"),
    ],
    ids=["wrong tag", "missing tag", "weak model"],
)
def test_a_closed_gate_refuses_with_exit_1_and_copies_nothing(
    client: Client, policy: Path, tmp_path: Path, version: str, tags: dict[str, str], auc: float, gate: str
) -> None:
    """The refusal is on record; the registry has no such version afterwards."""
    client.register(model(tmp_path / "model", auc), version, tags)
    done = promote(client, version, policy)
    assert done.returncode == 1, done.stderr
    closed = {one["gate"] for one in done.document["gates"] if not one["passed"]}
    assert closed == {gate}
    assert client.in_registry(version, tmp_path) is None
    assert history(client, version) == ["refused"]


@pytest.mark.parametrize(
    ("version", "line"), [("5", "Sharing model"), ("6", "Comparing the bytes"), ("7", "  ✓ metrics")]
)
def test_a_kill_is_finished_by_the_same_command(
    platform: Served, client: Client, policy: Path, tmp_path: Path, version: str, line: str
) -> None:
    """SIGKILL where that line is said; afterwards there is one version, promoted once."""
    source = model(tmp_path / "model")
    client.register(source, version, TAGS)
    command = [
        sys.executable, "-m", "seawall", "model", "promote", f"claims-fraud:{version}", "--to", "registry", "--local",
        "--yes", "--policy", str(policy), "--store", str(platform.place.store), "--cwd", str(ROOT),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(said.startswith(line) for said in iter(process.stdout.readline, ""))
        process.kill()
    done = promote(client, version, policy)
    assert done.returncode == 0, done.stderr
    (tmp_path / "copy").mkdir()
    assert client.in_registry(version, tmp_path / "copy")
    assert files.contents(tmp_path / "copy") == files.contents(source)
    assert history(client, version) == ["allowed", "promoted"]


def test_an_environment_goes_into_the_registry_before_its_model(client: Client, policy: Path, tmp_path: Path) -> None:
    """It is made in the workspace and shared; a model whose environment is nowhere is refused."""
    client.register(model(tmp_path / "model"), "8", {**TAGS, "environment": "claims-scoring:1"})
    refused = promote(client, "8", policy)
    assert refused.returncode == 1 and "claims-scoring:1" in refused.stderr
    client.environment("claims-scoring", "1")
    done = promote(client, "8", policy)
    assert done.returncode == 0, done.stderr
    assert client.environment_in_registry("claims-scoring", "1") == "1"


def test_an_environment_takes_what_somebody_else_has_approved(client: Client, policy: Path, tmp_path: Path) -> None:
    """Asked for, approved by another person, and let in: the registry still has the one copy."""
    client.register(model(tmp_path / "model"), "9", TAGS)
    assert promote(client, "9", policy).returncode == 0
    into = ("--from", "registry", "--to", "test")
    waiting = promote(client, "9", policy, *into)
    assert waiting.returncode == 1 and waiting.document["decision"] == "waiting"
    approval = ("model", "approve", "claims-fraud:9", *into, "--policy", str(policy), "--yes")
    own = client.seawall(*approval, "--local")
    assert own.returncode == 1 and "no approver" in own.stderr
    assert planned(client, tmp_path, "9") == (1, ["claims-fraud:9 was not promoted to test, only to registry"])
    given = client.seawall(*approval, oid=MARA)
    assert given.returncode == 0, given.stderr
    done = promote(client, "9", policy, *into)
    assert done.returncode == 0, done.stderr
    assert history(client, "9", "test") == ["asked", "approved", "allowed", "promoted"]
    tags = client.in_registry("9", tmp_path)
    assert tags is not None and {"seawall-promoted-registry", "seawall-promoted-test"} <= tags.keys()
    assert planned(client, tmp_path, "9") == (0, "the model was promoted to test")


def planned(client: Client, folder: Path, version: str) -> tuple[int, object]:
    """What a release of a version to test is told: the errors, or of its promotion."""
    file = folder / "release.yaml"
    model = f"model: {{name: claims-fraud, version: {version}}}"
    file.write_text(f"endpoint: claims-triage-online\n{model}\ninstance: {{type: Standard_DS3_v2, count: 3}}\n"
                    "autoscale: {min: 3, max: 6}\n")
    done = client.seawall("release", "plan", str(file), "--env", "test", "--local", "--json")
    return done.returncode, done.document.get("errors") or done.document["promotion"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("claims-fraud", "--to", "registry"), "no model version"),
        (("claims-fraud:77", "--to", "registry"), "no model claims-fraud:77"),
        (("claims-fraud:1", "--to", "prod"), "lets no claims-fraud into prod"),
        (("claims-fraud:1", "--to", "nowhere"), "no environment 'nowhere'"),
        (("claims-fraud:1", "--from", "test", "--to", "test"), "the same"),
        (("claims-fraud:1", "--to", "registry", "--policy", "none.yaml"), "no such file"),
    ],
)
def test_bad_input_ends_with_exit_2(client: Client, policy: Path, arguments: tuple[str, ...], said: str) -> None:
    """What the command line gets wrong is told in a sentence, and nothing goes on record."""
    named = arguments if "--policy" in arguments else (*arguments, "--policy", str(policy))
    done = client.seawall("model", "promote", *named, "--local", "--yes")
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
