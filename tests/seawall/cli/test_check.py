"""`seawall check`: what can be checked, the forms of the answer, and every bad input as one line and exit 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from sandbox import Answer, Sandbox

from seawall.cli.locations import SECTIONS
from seawall.plan import files

STACK = "prod"
WORKSPACE = "azure-native:machinelearningservices:Workspace"


@pytest.fixture(scope="session")
def plan_of_prod(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file that `seawall plan prod` writes."""
    from seawall.cli.app import run

    path = tmp_path_factory.mktemp("plan") / "prod.json"
    assert run(["plan", STACK, "--out", str(path), "--cwd", str(Path(__file__).parents[3])]) == 0
    return path.read_bytes()


@pytest.fixture
def plan_file(sandbox: Sandbox, plan_of_prod: bytes) -> Path:
    path = sandbox.root / "prod.json"
    path.write_bytes(plan_of_prod)
    return path


def opened(path: Path) -> Path:
    """The plan with a workspace that is reached from the Internet."""
    document = json.loads(path.read_text())
    for resource in document["resources"]:
        if resource["type"] == WORKSPACE:
            resource["inputs"]["publicNetworkAccess"] = "Enabled"
    path.write_text(json.dumps(document, indent=2))
    return path


def one_line(answer: Answer) -> str:
    """The one error of an answer with exit 2."""
    assert answer.code == 2 and "Traceback" not in answer.err
    (line,) = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    return line


def test_a_plans_file_has_the_verdict_of_its_environment(sandbox: Sandbox, plan_file: Path) -> None:
    """The same violations from the file as from the environment, guarded by the environment's limits."""
    of_env = sandbox.run("check", STACK, "--format", "json")
    of_file = sandbox.run("check", "--plan", str(plan_file), "--format", "json")
    assert (of_env.code, of_file.code) == (0, 0)
    assert of_env.json["violations"] == of_file.json["violations"]
    assert of_env.json["summary"]["rules"] == of_file.json["summary"]["rules"]


def test_a_mandatory_violation_ends_with_1_in_every_form(sandbox: Sandbox, plan_file: Path) -> None:
    """What is printed is the report and nothing else; the error goes to stderr."""
    opened(plan_file)
    said = {}
    for form in ("text", "json", "sarif", "junit", "markdown"):
        answer = sandbox.run("check", "--plan", str(plan_file), "--format", form)
        assert answer.code == 1 and "ml-workspace-public-off" in answer.out, form
        assert "error: 1 mandatory violation in prod" in answer.err
        said[form] = answer.out
    assert json.loads(said["json"])["summary"]["mandatory"] == 1
    assert Xml.fromstring(said["junit"]).get("failures") == "1"
    assert said["markdown"].startswith("### Guardrails of prod: refused")


def test_a_report_goes_to_a_file(sandbox: Sandbox, plan_file: Path) -> None:
    """Whole, in each form, with a line that says so; text without colours."""
    for form in ("text", "sarif"):
        target = sandbox.root / f"report.{form}"
        answer = sandbox.run("check", "--plan", str(plan_file), "--format", form, "--out", str(target))
        assert answer.code == 0 and "Wrote the report on prod to" in answer.out
        assert "prod" in (text := target.read_text()) and "\x1b" not in text
    answer = sandbox.run("check", "--plan", str(plan_file), "--out", "/no/such/folder/report.txt")
    assert "can't be written" in one_line(answer)


def test_sarif_of_an_environment_points_into_the_stack_file(sandbox: Sandbox) -> None:
    """A violation stands at the item or section that the resource was made from, and names the component."""
    answer = sandbox.run("check", STACK, "--format", "sarif")
    results = json.loads(answer.out)["runs"][0]["results"]
    assert results
    text = sandbox.stack_file(STACK).read_text().splitlines()
    lines = {}
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == f"stacks/Pulumi.{STACK}.yaml"
        lines[result["locations"][0]["logicalLocations"][0]["name"]] = text[place["region"]["startLine"] - 1].strip()
    assert lines["images"] == "seawall:containerRegistry:"
    assert lines["cluster-cpu-spot"] == "- name: cpu-spot"


def test_every_component_of_a_plan_has_a_section(plan_of_prod: bytes) -> None:
    """None of a platform's resources is left to the file as a whole because its component was forgotten."""
    urns = [resource.urn for resource in files.from_json(plan_of_prod, "prod").resources]
    outermost = {urn.split("::")[2].split("$")[0] for urn in urns}
    classes = {type.removeprefix("seawall:components:") for type in outermost if type.startswith("seawall:components:")}
    assert classes - set(SECTIONS) == set()


def test_sarif_of_a_plans_file_points_to_the_resource(sandbox: Sandbox, plan_file: Path) -> None:
    """The line of the resource's URN."""
    opened(plan_file)
    answer = sandbox.run("check", "--plan", str(plan_file), "--format", "sarif")
    (result,) = [
        each for each in json.loads(answer.out)["runs"][0]["results"] if each["ruleId"] == "ml-workspace-public-off"
    ]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "prod.json"
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] in (
        plan_file.read_text().splitlines()[place["region"]["startLine"] - 1]
    )


def test_the_preview_of_fixes_shows_each_property_and_what_is_left(sandbox: Sandbox, plan_file: Path) -> None:
    """Before and after; nothing is changed, and the plan is still refused."""
    before = opened(plan_file).read_bytes()
    answer = sandbox.run("check", "--plan", str(plan_file), "--fix-preview")
    assert answer.code == 1 and plan_file.read_bytes() == before
    assert 'publicNetworkAccess: "Enabled" -> "Disabled"' in answer.out
    assert "violations fall from 1 mandatory to 0 and" in answer.out
    document = sandbox.run("check", "--plan", str(plan_file), "--fix-preview", "--format", "json").json
    (fix,) = [each for each in document["fixes"] if each["rule"] == "ml-workspace-public-off"]
    assert fix["changes"] == [{"path": "publicNetworkAccess", "before": "Enabled", "after": "Disabled"}]


def test_an_exported_stack_is_checked(sandbox: Sandbox, plan_of_prod: bytes) -> None:
    """The resources of a Pulumi state get the verdict that the plan's get: here that of the workspace."""
    state = sandbox.root / "state.json"
    resources = [
        {**resource, "custom": bool(resource["id"]), "inputs": {**resource["inputs"], "publicNetworkAccess": "Enabled"}}
        for resource in json.loads(plan_of_prod)["resources"]
        if resource["type"] == WORKSPACE or not resource["id"]
    ]
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))
    answer = sandbox.run("check", "--state", str(state), "--format", "json")
    assert answer.code == 1 and answer.json["stack"] == STACK and answer.json["summary"]["resources"] == 1
    assert "ml-workspace-public-off" in {each["rule"] for each in answer.json["violations"]}


def test_a_plan_of_no_environment_is_guarded_as_production(sandbox: Sandbox, plan_file: Path, tmp_path: Path) -> None:
    """The strictest limits hold, and a warning says so; with ENV those of that one, outside of a project too."""
    document = json.loads(plan_file.read_text())
    plan_file.write_text(json.dumps({**document, "stack": "elsewhere"}))
    answer = sandbox.run("check", "--plan", str(plan_file), "--format", "json")
    assert "elsewhere is no environment of this project: guarded as production" in answer.err
    assert answer.json["summary"]["guardedAs"] == "production"
    answer = sandbox.run("check", "dev", "--plan", str(plan_file), "--format", "json")
    assert "warning" not in answer.err and answer.json["summary"]["guardedAs"] == "preproduction"
    from seawall.cli.app import run

    assert run(["check", "--plan", str(plan_file), "--cwd", str(tmp_path / "nowhere")]) in (1, 2)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "nothing to check: name an environment, --plan FILE or --state FILE"),
        (("--plan", "a", "--state", "b"), "--plan and --state are two things"),
        (("prod", "--json", "--format", "json"), "--json and --format are two forms"),
        (("nowhere",), "there is no environment 'nowhere'"),
        (("--plan", "missing.json"), "missing.json: can't be read: No such file or directory"),
        (("--plan", "/"), "can't be read: Is a directory"),
    ],
)
def test_contradictions_are_one_line(sandbox: Sandbox, arguments: tuple[str, ...], expected: str) -> None:
    """Arguments that can't be followed say why."""
    assert expected in one_line(sandbox.run("check", *arguments))


def broken(plan: bytes) -> dict[str, bytes]:
    document: dict[str, Any] = json.loads(plan)
    first, second, *rest = document["resources"]
    circle = [{**first, "dependencies": [second["urn"]]}, {**second, "dependencies": [first["urn"]]}, *rest]
    return {
        "not JSON": b"stack: prod\n",
        "empty": b"",
        "truncated": plan[: len(plan) // 2],
        "other version": json.dumps({**document, "version": 2}).encode(),
        "twins": json.dumps({**document, "resources": [first, first, *rest]}).encode(),
        "circle": json.dumps({**document, "resources": circle}).encode(),
        "a list": b"[]",
        "binary": bytes(range(256)),
        "a state": b'{"version": 3, "deployment": {"resources": []}}',
    }


@pytest.mark.parametrize("kind", ["not JSON", "empty", "truncated", "other version", "twins", "circle", "a list",
                                  "binary", "a state"])  # fmt: skip
def test_a_bad_plan_is_one_line_and_exit_2(sandbox: Sandbox, plan_of_prod: bytes, kind: str) -> None:
    """Whatever is wrong with the file, one line says it and names the file; no traceback, no half of a report."""
    path = sandbox.root / "bad.json"
    path.write_bytes(broken(plan_of_prod)[kind])
    answer = sandbox.run("check", "--plan", str(path), "--format", "json")
    line = one_line(answer)
    assert "bad.json: " in line and answer.out == "" and len(line) < 400
    assert ("--state" in answer.err) is (kind == "a state")


def test_200_megabytes_are_refused_without_being_read(sandbox: Sandbox) -> None:
    """The size alone decides: a sparse file of 200 MB takes no time and no memory."""
    path = sandbox.root / "large.json"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    assert "large.json: too large: 200 MB is more than the 190 MB that are read" in one_line(
        sandbox.run("check", "--plan", str(path))
    )


def test_without_an_index_checkov_is_one_line(sandbox: Sandbox, plan_file: Path, monkeypatch: Any) -> None:
    """The first use says what it does, and offline why it can't."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(sandbox.root))
    answer = sandbox.run("check", "--plan", str(plan_file), "--checkov")
    assert "checkov can't be installed: is a package index within reach?" in one_line(answer)
    assert "Installing checkov into" in answer.err
