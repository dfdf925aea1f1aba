"""Release files: what a short one comes to, what environments change, and what is said of bad ones."""

from __future__ import annotations

import doctest
import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.delivery import durations, explain, source, wording
from seawall.delivery.documents import json_schema, load
from seawall.delivery.planning import deployment_name, planned
from seawall.delivery.source import FileErrors
from seawall.delivery.strategy import Stay

MINIMAL = """\
endpoint: fraud-online
model: {name: claims-fraud, version: "7"}
instance: {type: Standard_DS3_v2, count: 3}
"""

FULL = """\
endpoint: fraud-online
model: {name: claims-fraud, version: 7}
environment: {name: scoring, version: "3", from: workspace}
code: {folder: scoring, script: score.py}
instance: {type: Standard_DS3_v2, count: 3}
environmentVariables: {THRESHOLD: "0.7"}
requests: {timeout: 3s, maxConcurrent: 4}
probes:
  readiness: {initialDelay: 30s, failures: 5}
autoscale:
  min: 3
  max: 9
  rules:
    - {metric: cpu, above: 60, below: 20}
    - {metric: latency, above: 200, below: 50, window: 10m}
  schedule:
    - {name: nights, start: "00:00", end: "06:00", timeZone: W. Europe Standard Time, min: 3, max: 3}
dataCollector: true
strategy:
  shadow: {mirror: 20, duration: 10m}
  canary:
    steps: [10, {traffic: 25, pause: true}, {traffic: 50, bake: 20m}]
    soak: 15m
analysis:
  interval: 5m
  warmUp: 1m
  checks:
    requests: {atLeast: 100}
    errorRate: {atMost: 0.5, aboveStable: 0.2}
    latency:
      - {percentile: p95, atMost: 300ms, toStable: 1.2}
      - {percentile: p99, atMost: 800ms}
    throttling: {share: 2, delay: 50ms}
    queries:
      - {name: mean score, kql: "Scores | summarize avg(score)", atLeast: 0.01, atMost: 0.2}
  failureLimit: 1
smokeTests:
  - name: a plain claim
    file: claim.json
    expect:
      values:
        - {path: "predictions[0]", equals: 0}
        - {path: "scores[0]", near: 0.12, within: 0.05}
      latency: 500ms
hooks:
  beforeTraffic:
    - {name: scan, command: {argv: [./scan, --model], timeout: 10m}}
  beforePromotion:
    - name: change board
      webhook:
        url: https://changes.larkspur.example/seawall
        headers: {Authorization: {env: CHANGE_TOKEN}}
    - {name: lead, approval: {approvers: [lead@larkspur.example], timeout: 2d}}
keep: {previous: 4h, failed: 2d}
notifications: {webhook: {url: "https://chat.larkspur.example/hook"}}
environments:
  dev:
    strategy: direct
    instance: {count: 1}
    autoscale: null
"""


def written(folder: Path, text: str) -> Path:
    (folder / "scoring").mkdir(exist_ok=True)
    (folder / "scoring" / "score.py").write_text("def run(data): return data\n")
    (folder / "claim.json").write_text("{}")
    file = folder / "fraud.yaml"
    file.write_text(text)
    return file


def errors(folder: Path, text: str, environment: str = "prod", *, local: bool = False) -> list[str]:
    with pytest.raises(FileErrors) as refused:
        load(written(folder, text), environment, local=local)
    return [str(error) for error in refused.value.errors]


def test_three_lines_make_a_release(tmp_path: Path) -> None:
    """A canary of 10 and 50 percent, five minutes each, checked for errors, latency against stable and throttling."""
    release = load(written(tmp_path, MINIMAL), "prod")
    plan = planned(release, tmp_path)
    five = timedelta(minutes=5)
    assert plan.steps == (Stay(10, five), Stay(50, five))
    assert plan.soak == Stay(100, 2 * five)
    checks = release.analysis.checks
    assert checks.error_rate and checks.latency and checks.throttling and checks.requests.at_least
    assert release.model.version == "7"


def test_everything_that_a_file_may_say_is_read(tmp_path: Path) -> None:
    """The fullest file is right, and its plan has each part of it."""
    plan = planned(load(written(tmp_path, FULL), "prod"), tmp_path)
    assert plan.mirror == Stay(0, timedelta(minutes=10), mirror=20)
    assert [(stay.traffic, stay.waits) for stay in plan.steps] == [(10, False), (25, True), (50, False)]
    assert [gate.approvers for gate in plan.before_promotion] == [None, ("lead@larkspur.example",)]
    assert plan.autoscale and plan.smoke_tests and plan.keep_failed == timedelta(days=2)


def test_an_environment_has_its_own(tmp_path: Path) -> None:
    """Sections are merged, a strategy is replaced whole, and a null takes a section away."""
    file = written(tmp_path, FULL)
    dev, prod = load(file, "dev"), load(file, "prod")
    assert dev.strategy.direct and not dev.strategy.canary and dev.autoscale is None
    assert (dev.instance.type, dev.instance.count) == (prod.instance.type, 1)
    assert planned(dev, tmp_path).steps == ()


BAD = [
    ("", "an empty file"),
    ("- 1", "got a list, expected the keys of a release file"),
    ("endpoint: [", "expected YAML"),
    (MINIMAL.replace('"7"', "latest"), "model.version: got 'latest', expected one version, pinned; labels such as"),
    (MINIMAL.replace('"7"', "1.10"), "labels such as latest move, in quotes"),
    (MINIMAL.replace("fraud-online", "Fraud_Online"), ":1: endpoint: got 'Fraud_Online', expected an endpoint's name"),
    (MINIMAL.replace("count: 3", "count: 51"), ":3: instance.count: got 51, expected a number of at most 50"),
    (MINIMAL.replace("count: 3", 'count: "3"'), "instance.count: got '3', expected a whole number"),
]

ADDED = [
    ("endpoint: again", ":4: endpoint: got the same key twice, expected each key once; line 1 has it too"),
    ("stratgy: direct", ":4: stratgy: got an unknown key, expected 'strategy'?"),
    ("strategy: {canary: {}, direct: {}}", ":4: strategy: got several, expected one of canary, blueGreen"),
    ("strategy: {}", "strategy: got none, expected one of canary"),
    ("strategy: {canary: {steps: [10, 10]}}", "strategy.canary: got 10, 10, expected steps that rise"),
    ("strategy: {canary: {steps: [10, 100]}}", "steps[1].traffic: got 100, expected a number of at most 99"),
    ("strategy: {canary: {steps: [2.5]}}", "steps[0]: got 2.5, expected a whole number of percent, or a mapping"),
    ("strategy: {shadow: {mirror: 60}}", "strategy.shadow.mirror: got 60, expected a number of at most 50"),
    ("analysis: {interval: 30s}", "analysis.interval: got 30s, expected at least 1m, the grain of"),
    ("analysis: {interval: 5}", "analysis.interval: got 5, expected a duration such as 30s, 5m or 1h30m"),
    ("analysis: {checks: {latency: [{percentile: p95}]}}", "expected atMost, toStable, or both"),
    ("analysis: {checks: {latency: [{percentile: p42, atMost: 1s}]}}", "expected one of 'p50', 'p90', 'p95'"),
    ("code: {folder: scoring, script: score.py}", ":4: code: got code without an environment, expected"),
    ("environment: {name: e, version: 1}\ncode: {folder: scoring, script: run.py}", ":5: code.script: got 'run.py'"),
    ("environment: {name: e, version: 1}\ncode: {folder: gone, script: run.py}", "expected a folder in"),
    ("smokeTests: [{name: one}]", "smokeTests[0]: got neither, expected either file or body"),
    ("smokeTests: [{name: one, file: gone.json}]", ":4: smokeTests[0].file: got 'gone.json', expected a file in"),
    ("hooks: {beforeTraffic: [{name: one}]}", "got hook 'one' with none or several, expected one of command"),
    ("autoscale: {min: 4, max: 6}", ":3: instance.count: got 3, expected 4 to 6, as autoscale has it"),
    ("autoscale: {min: 4, max: 2}", ":4: autoscale: got 4 and 2, expected min no higher than max"),
    ("environments: {dev: {instance: {count: 0}}}", ":4: environments.dev.instance.count: got 0, expected a num"),
    ("environments: [dev]", ":4: environments: got a list of 1, expected sections by environment"),
    ("environmentVariables: {A: 1}", "environmentVariables.A: got 1, expected text, in quotes"),
    ("keep: !secret 1h", "keep: got the tag !secret, expected a plain value"),
]
"""What is added to a file that is right, and what is said of it."""


@pytest.mark.parametrize(("text", "expected"), [*BAD, *((f"{MINIMAL}{added}\n", words) for added, words in ADDED)])
def test_a_bad_file_is_told_by_line_and_path(tmp_path: Path, text: str, expected: str) -> None:
    """One sentence for what is wrong: where, what it got, what was expected. Nothing else is said."""
    found = errors(tmp_path, text)
    assert expected in found[0] and found[0].startswith("fraud.yaml")
    assert len(found) == 1 or "tag" in expected


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Wrong values, missing ones, sections that don't fit and files that aren't there: in one go, by line."""
    text = """\
endpoint: f
model: {name: claims-fraud}
instance: {type: Standard_DS3_v2, count: 2}
autoscale: {min: 3, max: 6}
analysis: {interval: 10s}
smokeTests: [{name: one, file: gone.json}]
keep: {previous: soon}
environments:
  dev: {instance: {count: 99}}
"""
    found = errors(tmp_path, text)
    assert [error.split(": ")[:2] for error in found] == [
        ["fraud.yaml:1", "endpoint"],
        ["fraud.yaml:2", "model.version"],
        ["fraud.yaml:3", "instance.count"],
        ["fraud.yaml:5", "analysis.interval"],
        ["fraud.yaml:6", "smokeTests[0].file"],
        ["fraud.yaml:7", "keep.previous"],
        ["fraud.yaml:9", "environments.dev.instance.count"],
    ]


def test_on_the_local_azure_looks_may_be_seconds_apart(tmp_path: Path) -> None:
    """Its metrics answer for the exact time; Azure's have a grain of a minute."""
    file = written(tmp_path, f"{MINIMAL}analysis: {{interval: 2s}}\n")
    assert load(file, "dev", local=True).analysis.interval == timedelta(seconds=2)


def test_a_deployments_name_is_of_what_it_runs_with(tmp_path: Path) -> None:
    """The strategy doesn't change it; the scoring code, the machines and the model do. 32 characters at most."""
    file = written(tmp_path, FULL)
    first = planned(load(file, "prod"), tmp_path)
    other = planned(load(written(tmp_path, FULL.replace("soak: 15m", "soak: 16m")), "prod"), tmp_path)
    assert (first.candidate == other.candidate, first.digest == other.digest) == (True, False)
    (tmp_path / "scoring" / "score.py").write_text("def run(data): return 1\n")
    assert planned(load(file, "prod"), tmp_path).candidate != first.candidate
    written(tmp_path, FULL)
    assert first.candidate.startswith("v7-") and len(first.candidate) == 11
    for change in (('"0.7"', '"0.8"'), ("count: 3", "count: 4"), ("version: 7", "version: 8"), ("max: 9", "max: 10")):
        assert planned(load(written(tmp_path, FULL.replace(*change)), "prod"), tmp_path).candidate != first.candidate


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}", fullmatch=True))
def test_every_version_makes_a_name_that_azure_takes(version: str) -> None:
    """3 to 32 letters, digits and '-', a letter first."""
    from seawall.delivery.document import Asset, Instance, Release

    release = Release.model_construct(
        endpoint="fraud-online",
        model=Asset.model_construct(name="m", version=version),
        instance=Instance(type="Standard_DS3_v2"),
    )
    name = deployment_name(release)
    assert 3 <= len(name) <= 32 and name[0].isalpha() and name.replace("-", "").isalnum() and not name.endswith("-")


def test_the_schema_takes_what_the_reader_takes(tmp_path: Path) -> None:
    """Editors that know the JSON Schema accept the same files, and refuse unknown keys."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    for text in (MINIMAL, FULL):
        values = source.read(written(tmp_path, text), "a release file").values
        assert [error.message for error in judge.iter_errors(json.loads(json.dumps(values)))] == []
    values["stratgy"] = values.pop("strategy")
    assert list(judge.iter_errors(values))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_text_brings_more_than_errors(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A file with anything in place of a part of it loads, or is refused in sentences."""
    lines = FULL.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    junk = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(["null", "[]", "{}", "- 1", "x: [{}]"])
    key = lines[index].split(":")[0]
    lines[index] = data.draw(st.sampled_from([f"{key}: ", ""])) + data.draw(junk)
    file = written(tmp_path_factory.getbasetemp(), "\n".join(lines))
    try:
        load(file, data.draw(st.sampled_from(["dev", "prod"])))
    except FileErrors as refused:
        assert all(error.expected and error.got and "\n" not in str(error) for error in refused.errors)


@given(st.timedeltas(timedelta(0), durations.MOST).map(lambda length: length - length % timedelta(milliseconds=1)))
def test_a_duration_that_is_written_is_read_again(length: timedelta) -> None:
    """To a millisecond."""
    assert durations.parse(durations.written(length)) == length


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5m1h", "5m5m", "1.5h", " 5m", "5 m", "5M", "9999999d", "٣m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Units go from large to small, each once."""
    with pytest.raises(ValueError):
        durations.parse(text)


@pytest.mark.parametrize("module", [durations, explain, source, wording])
def test_examples_in_docstrings_hold(module: object) -> None:
    """What the modules show is what they do."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
