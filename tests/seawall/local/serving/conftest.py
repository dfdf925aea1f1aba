"""What the tests of the serving side share: one site for those that only add endpoints, and fresh ones."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving_site import Site

from seawall.local.serving import environment

TRAINING = """
import sys, mlflow.sklearn, pandas, numpy
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
table = pandas.DataFrame({"amount": [1.0, 2.0, 30.0, 40.0], "age": [20.0, 30.0, 40.0, 50.0]})
model = LogisticRegression().fit(table, [0, 0, 1, 1])
signature = infer_signature(table, model.predict(table))
mlflow.sklearn.save_model(model, sys.argv[1], signature=signature)
"""


@pytest.fixture(scope="session")
def interpreter() -> Path:
    """The inference environment's, which all tests of a machine share and the first one makes."""
    try:
        return environment.python(lambda line: None)
    except environment.Unavailable as error:
        pytest.skip(f"the inference environment can't be made: {error}")


@pytest.fixture(scope="session")
def mlflow_model(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier over the columns `amount` and `age`, with a signature, in MLflow's format."""
    folder = tmp_path_factory.mktemp("mlflow") / "model"

    subprocess.run([interpreter, "-c", TRAINING, folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def site(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests of a module: each has endpoints of its own."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.grounds()
    yield made
    made.close()


@pytest.fixture
def new_site(interpreter: Path, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes sites of a test's own."""
    sites = []

    def new(*, plain: bool = True) -> Site:
        sites.append(Site(tmp_path / str(len(sites)), plain=plain))
        sites[-1].grounds()
        return sites[-1]

    yield new
    for each in sites:
        each.close()
