"""The example of a model on its way to production: its files are right, its versions do what is said of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.delivery import documents
from seawall.delivery.document import Release
from seawall.delivery.promotion import reading
from seawall.local.serving import environment

FRAUD = Path(__file__).parents[2] / "examples" / "fraud"
VERSIONS = ("1", "2", "3")

PREDICT = """
import json, sys
import mlflow.pyfunc, pandas
model, *requests = sys.argv[1:]
loaded = mlflow.pyfunc.load_model(model)
def answer(request):
    table = json.load(open(request))["input_data"]
    try:
        return loaded.predict(pandas.DataFrame(table["data"], columns=table["columns"])).tolist()
    except ValueError as error:
        return str(error)
print(json.dumps([answer(request) for request in requests]))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """The environment that models are trained and served in."""
    try:
        return environment.python(print)
    except environment.Unavailable as error:
        pytest.skip(f"the inference environment can't be made: {error}")


@pytest.fixture(scope="module")
def trained(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every version, trained."""
    folder = tmp_path_factory.mktemp("fraud")
    _run(python, str(FRAUD / "train.py"), *VERSIONS, "--out", str(folder))
    return folder


def _run(python: Path, *arguments: str) -> str:
    done = subprocess.run([str(python), *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def _release(name: str, *, local: bool = True) -> Release:
    return documents.load(FRAUD / "releases" / f"{name}.yaml", "dev" if local else "prod", local=local)


def test_the_files_are_a_policy_and_releases() -> None:
    """The policy knows the model; each version has a release; the one for production holds on Azure too."""
    assert reading.load(FRAUD / "promotion.yaml").terms("claims-fraud", "prod") is not None
    for version in VERSIONS:
        release = _release(f"v{version}")
        assert (release.model.name, release.model.version) == ("claims-fraud", version)
        assert release.smoke_tests
    assert _release("production", local=False).strategy.shadow is not None


def test_every_version_is_better_than_the_one_before(trained: Path) -> None:
    """By the metric that promotion compares; the evaluation data are those that the policy names."""
    said = [json.loads((trained / version / "model" / "evaluation.json").read_text()) for version in VERSIONS]
    areas = [one["metrics"]["roc_auc"] for one in said]
    assert areas == sorted(areas) and len(set(areas)) == 3
    for version in VERSIONS:
        assert (trained / version / "evaluation.csv").read_text() == (FRAUD / "evaluation.csv").read_text()


def test_evaluation_says_what_training_said(trained: Path, python: Path) -> None:
    """The script that promotion calls comes to the training's own figures."""
    measured = json.loads(
        _run(python, str(FRAUD / "evaluate.py"), str(trained / "2" / "model"), str(FRAUD / "evaluation.csv"))
    )
    logged = json.loads((trained / "2" / "model" / "evaluation.json").read_text())["metrics"]
    assert {name: pytest.approx(measured[name]) for name in logged} == logged


@pytest.mark.parametrize("version", VERSIONS)
def test_smoke_tests_pass_and_only_version_3_fails_on_a_zero(
    trained: Path, python: Path, tmp_path: Path, version: str
) -> None:
    """Neither evaluation nor smoke tests have a zero, so that the fault shows in live traffic alone."""
    tests = _release(f"v{version}").smoke_tests
    files = [FRAUD / "releases" / str(test.file) for test in tests]
    expected = [value.equals for test in tests for value in test.expect.values]
    zero = json.loads(files[0].read_text())
    zero["input_data"]["data"][0][6] = 0.0
    (tmp_path / "zero.json").write_text(json.dumps(zero))
    requests = [*map(str, files), str(tmp_path / "zero.json")]
    *answers, last = json.loads(_run(python, "-c", PREDICT, str(trained / version / "model"), *requests))
    assert [answer[0] for answer in answers] == expected
    assert ("strictly positive" in last) if version == "3" else (last == [0])


def test_a_quarter_of_live_claims_has_a_zero_and_no_evaluation_data(trained: Path) -> None:
    """What live.csv has and evaluation.csv lacks is the whole point of the third version."""

    def zeros(file: Path) -> float:
        rows = [row.split(",")[:-1] for row in file.read_text().splitlines()[1:]]
        return sum(any(float(value) == 0 for value in row) for row in rows) / len(rows)

    assert 0.2 < zeros(trained / "1" / "live.csv") < 0.3
    assert zeros(FRAUD / "evaluation.csv") == 0


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's own modules, as its program imports them."""
    monkeypatch.syspath_prepend(str(FRAUD / "demo"))
    yield
    for name in ("picture", "traffic"):
        sys.modules.pop(name, None)


def test_the_demo_counts_and_draws_what_happened(demo: None) -> None:
    """Shares are of what was answered; a request without an answer is lost, one that a deployment refused isn't."""
    import picture
    import traffic

    answers = [traffic.Answer(n / 10, n / 10 + 0.05, 200, "v1-a" if n % 4 else "v2-b") for n in range(40)]
    answers += [traffic.Answer(4.0, 4.1, 500, "v2-b"), traffic.Answer(4.1, 4.2, 429, "v1-a")]
    answers += [traffic.Answer(4.2, 4.3, 0, ""), traffic.Answer(4.3, 4.4, 503, "")]
    first, second = traffic.shares(answers, 0, 4)
    assert (first.version, first.percent, second.percent) == ("v1", 75, 25)
    assert first.rate == 7.5 and second.failed == 0 and second.p95 == pytest.approx(50)
    assert [one.lost for one in answers[-4:]] == [False, False, True, True]
    assert [one.failed for one in answers[-4:]] == [True, False, False, False]
    drawn = picture.svg(answers, [(1.0, "release of v2 & more")])
    assert drawn.count("<title>") == len({(int(one.ended), picture._fate(one), one.version) for one in answers})
    assert "release of v2 &amp; more" in drawn and "second 4: 1 throttled by v1" in drawn
