"""A model's files: their digest, what the training says among them, and how the promotion measures."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from seawall.delivery.promotion import evaluation, files
from seawall.delivery.promotion.policy import Evaluation


def model(folder: Path, **contents: str) -> Path:
    for name, text in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_digest_is_of_names_and_contents_wherever_the_model_lies(tmp_path: Path) -> None:
    """Folders that a download adds around the model don't count; another name or byte does."""
    plain = model(tmp_path / "a", MLmodel="x", data__model="y")
    nested = model(tmp_path / "b" / "claims-fraud" / "3" / "model", MLmodel="x", data__model="y").parents[2]
    assert files.contents(plain) == files.contents(nested)
    assert files.contents(plain).files == 2 and files.contents(plain).size == 2
    renamed = model(tmp_path / "c", MLmodel="x", data__model2="y")
    changed = model(tmp_path / "d", MLmodel="x", data__model="z")
    assert len({files.contents(folder).digest for folder in (plain, renamed, changed)}) == 3


def test_a_model_without_files_has_no_digest(tmp_path: Path) -> None:
    """Nothing can't be promoted."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError):
        files.contents(tmp_path)


def test_logged_metrics_stand_beside_the_model(tmp_path: Path) -> None:
    """evaluation.json is read from the model's own folder; what can't be read says nothing."""
    good = model(tmp_path / "a", **{"m__evaluation.json": json.dumps({"metrics": {"auc": 1}, "data": "d"})})
    found = files.logged(good)
    assert found is not None and found.metrics == {"auc": 1.0} and found.data == "d"
    for number, text in enumerate(["", "[]", '{"metrics": {"auc": "high"}}', '{"metrics": {"auc": NaN}}', '{"a": 1}']):
        assert files.logged(model(tmp_path / f"bad{number}", **{"evaluation.json": text})) is None


SCRIPT = """
import json, os, sys
model, data = sys.argv[1:]
print("a line before")
print(json.dumps({"size": len(open(data).read()), "secrets": sum(k.startswith("AZURE_") for k in os.environ)}))
"""


def measured(folder: Path, script: str, seconds: int = 60):
    model(folder, **{"evaluate.py": script, "data.csv": "12345", "model__MLmodel": "x"})
    asked = Evaluation(script="evaluate.py", data="data.csv", timeout=timedelta(seconds=seconds))
    return evaluation.measure(asked, folder, folder / "model", Path(sys.executable))


def test_a_script_measures_without_our_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line is the answer, and what could sign in as us is kept from the model's code."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not for models")
    found = measured(tmp_path, SCRIPT)
    assert found.metrics == {"size": 5.0, "secrets": 0.0}
    assert found.data == files.file_digest(tmp_path / "data.csv")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit('no model')", "no model"),
        ("print('no json')", "no JSON"),
        ("pass", "prints nothing"),
        ("print('{\"auc\": true}')", "auc"),
        ("import time; time.sleep(60)", "more than 1s"),
    ],
)
def test_a_script_that_gives_no_metrics_has_failed(tmp_path: Path, script: str, said: str) -> None:
    """Why it failed is told in a sentence."""
    with pytest.raises(evaluation.EvaluationFailed, match=said):
        measured(tmp_path, script, seconds=1 if "sleep" in script else 60)
