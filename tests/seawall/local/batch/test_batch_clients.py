"""Batch endpoints as azure-ai-ml drives them: endpoint, deployment, invocation, jobs, output and cancellation."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.local.azure import LocalAzure
from seawall.local.serving import environment
from tests import served
from tests.served import DEADLINE, Served

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-batch"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stbatch"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-batch"

TRAINING = """
import sys, mlflow.sklearn, pandas
from pathlib import Path
from sklearn.linear_model import LogisticRegression
folder = Path(sys.argv[1])
table = pandas.DataFrame({"amount": [1.0, 2.0, 30.0, 40.0], "age": [20.0, 30.0, 40.0, 50.0]})
mlflow.sklearn.save_model(LogisticRegression().fit(table, [0, 0, 1, 1]), folder / "model")
(folder / "tables" / "below").mkdir(parents=True)
table.to_csv(folder / "tables" / "a.csv", index=False)
table[:2].to_parquet(folder / "tables" / "b.parquet")
table.to_csv(folder / "tables" / "below" / "c.csv", index=False)
"""

SCRIPT = """
import os, time
def init():
    global model
    model = open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "factor.txt")).read()
def run(mini_batch):
    time.sleep(float(os.environ.get("SLEEP", "0")))
    with open(os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"], "seen.txt"), "a") as file:
        file.write("x" * len(mini_batch))
    rows = []
    for path in mini_batch:
        text = open(path).read()
        if "bad" in text:
            raise ValueError("a bad file")
        rows.append((os.path.basename(path), int(text) * int(model)))
    return rows
"""

PRELUDE = f"""
import json, os, sys, time
from pathlib import Path
from azure.ai.ml import Input, MLClient
from azure.ai.ml.constants import AssetTypes, BatchDeploymentOutputAction
from azure.ai.ml.entities import *
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
credential = DefaultAzureCredential()
ml = MLClient(credential, {SUBSCRIPTION!r}, "rg-batch", "mlw-batch")
FOLDER = Path(sys.argv[1])

def show(value):
    print("SHOWN " + json.dumps(value, default=str))

def endpoint(name):
    return ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name=name)).result()

def deployment(endpoint, name="one", **changes):
    settings = dict(mini_batch_size=2, instance_count=1, max_concurrency_per_instance=2,
                    output_action=BatchDeploymentOutputAction.APPEND_ROW, output_file_name="out.csv",
                    retry_settings=BatchRetrySettings(max_retries=1, timeout=60), logging_level="info")
    fields = dict(
        model=Model(name="factor", path=str(FOLDER / "factor.txt"), type=AssetTypes.CUSTOM_MODEL),
        code_configuration=CodeConfiguration(code=str(FOLDER / "code"), scoring_script="score.py"),
        environment=Environment(name="plain", image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04"),
    )
    more = (*settings, "error_threshold", "environment_variables")
    own = {{key: changes.pop(key) for key in list(changes) if key in more}}
    made = ModelBatchDeployment(name=name, endpoint_name=endpoint, compute="cpu",
        settings=ModelBatchDeploymentSettings(**(settings | own)), **(fields | changes))
    ml.batch_deployments.begin_create_or_update(made).result()
    one = ml.batch_endpoints.get(endpoint)
    one.defaults.deployment_name = name
    ml.batch_endpoints.begin_create_or_update(one).result()

def ended(name):
    end = time.monotonic() + 240
    while True:
        job = ml.jobs.get(name)
        if job.status in ("Completed", "Failed", "Canceled"):
            return job
        assert time.monotonic() < end, job.status
        time.sleep(0.2)

def output(job):
    store = ml.datastores.get("workspaceblobstore")
    account = f"https://{{store.account_name}}.blob.core.windows.net"
    container = ContainerClient(account, store.container_name, credential)
    prefix = f"azureml/{{job}}/score/"
    return {{blob.name.removeprefix(prefix): container.download_blob(blob.name).readall().decode()
            for blob in container.list_blobs(name_starts_with=prefix)}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """A server with a workspace that has a compute, and a folder with a script, a model and data."""
    folder = tmp_path_factory.mktemp("batch")
    try:
        interpreter = environment.python(lambda line: None)
    except environment.Unavailable as error:
        pytest.skip(f"the inference environment can't be made: {error}")
    files = folder / "files"
    for name in ("code", "data/more", "bad"):
        (files / name).mkdir(parents=True)
    (files / "code" / "score.py").write_text(SCRIPT)
    (files / "factor.txt").write_text("10")
    for number in range(5):
        (files / "data" / f"{number}.txt").write_text(str(number))
    (files / "data" / "more" / "5.txt").write_text("5")
    (files / "bad" / "bad.txt").write_text("bad")
    subprocess.run([interpreter, "-c", TRAINING, files], check=True, capture_output=True)
    with LocalAzure.open(folder / "azure.db") as azure:
        azure.put(GROUP, {"location": "westeurope"})
        azure.put(STORAGE, {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
        azure.put(WORKSPACE, {"location": "westeurope", "properties": {"storageAccount": STORAGE}})
        compute = {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2"}}
        azure.put(f"{WORKSPACE}/computes/cpu", {"location": "westeurope", "properties": compute})
    found = served.start(folder)
    try:
        yield found, files
    finally:
        found.stop()


def client(site: tuple[Served, Path], program: str) -> Any:
    """Run a client's program; what it showed. Any error of the client's fails the test."""
    text = PRELUDE + textwrap.dedent(program)
    server, files = site
    found = subprocess.run(
        [sys.executable, "-c", text, str(files)],
        env=server.process_env, capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-4000:]
    return json.loads(found.stdout.rpartition("SHOWN ")[2])


def test_a_folder_is_scored_into_a_file(site: tuple[Served, Path]) -> None:
    """A local folder is uploaded, scored in mini-batches by the default deployment, and its rows are in one file."""
    found = client(
        site,
        """
        endpoint("fraud-batch")
        deployment("fraud-batch")
        job = ml.batch_endpoints.invoke("fraud-batch", input=Input(type="uri_folder", path=str(FOLDER / "data")))
        done = ended(job.name)
        listed = [(one.name, one.status) for one in ml.batch_endpoints.list_jobs("fraud-batch")]
        all_jobs = [one.name for one in ml.jobs.list()]
        show([job.status, done.status, listed == [(job.name, "Completed")], job.name in all_jobs, output(job.name)])
        """,
    )
    assert found[:4] == ["Queued", "Completed", True, True]
    assert found[4] == {
        "out.csv": "".join(f"{number}.txt,{number * 10}\n" for number in range(6)),
        "seen.txt": "xxxxxx",
    }


def test_an_mlflow_model_scores_tables(site: tuple[Served, Path]) -> None:
    """An MLflow model needs no script: each row of each CSV and Parquet file gives row, prediction and file name."""
    found = client(
        site,
        """
        endpoint("fraud-mlflow")
        deployment("fraud-mlflow", code_configuration=None, environment=None,
                   model=Model(name="fraud", path=str(FOLDER / "model"), type=AssetTypes.MLFLOW_MODEL))
        folder = ml.batch_endpoints.invoke("fraud-mlflow", deployment_name="one",
                                           input=Input(type="uri_folder", path=str(FOLDER / "tables")))
        file = ml.batch_endpoints.invoke("fraud-mlflow",
            inputs={"data": Input(type="uri_file", path=str(FOLDER / "tables" / "a.csv"))})
        done = [ended(job.name) for job in (folder, file)]
        show([(job.status, job.properties.get("azureml.error")) for job in done] + [output(job.name) for job in done])
        """,
    )
    assert found[:2] == [["Completed", None], ["Completed", None]]
    rows = "0,0,{0}\n1,0,{0}\n2,1,{0}\n3,1,{0}\n"
    assert found[2] == {"out.csv": rows.format("a.csv") + "0,0,b.parquet\n1,0,b.parquet\n"}
    assert found[3] == {"out.csv": rows.format("a.csv")}


def test_failures_have_a_reason(site: tuple[Served, Path]) -> None:
    """A job whose files fail beyond the threshold, or whose input isn't there, is Failed and says why."""
    found = client(
        site,
        """
        endpoint("fraud-bad")
        deployment("fraud-bad", error_threshold=0)
        inputs = [str(FOLDER / "bad"), "azureml://datastores/workspaceblobstore/paths/nowhere/"]
        names = [ml.batch_endpoints.invoke("fraud-bad", input=Input(type="uri_folder", path=path)).name
                 for path in inputs]
        show([(job.status, job.properties["azureml.error"]) for job in map(ended, names)])
        """,
    )
    assert [status for status, _ in found] == ["Failed", "Failed"]
    assert "1 files failed, 0 may. Mini-batch 0: ValueError: a bad file" in found[0][1]
    assert "nowhere" in found[1][1]


def test_a_job_is_cancelled(site: tuple[Served, Path]) -> None:
    """A cancelled job is Canceled and has no output; one that has ended stays as it is."""
    found = client(
        site,
        """
        endpoint("fraud-slow")
        deployment("fraud-slow", environment_variables={"SLEEP": "100"})
        job = ml.batch_endpoints.invoke("fraud-slow", input=Input(type="uri_folder", path=str(FOLDER / "data")))
        while ml.jobs.get(job.name).status != "Running":
            time.sleep(0.1)
        ml.jobs.begin_cancel(job.name).result()
        done = ended(job.name)
        ml.jobs.begin_cancel(job.name).result()
        show([done.status, ml.jobs.get(job.name).status, output(job.name)])
        """,
    )
    assert found == ["Canceled", "Canceled", {}]


def test_no_job_runs_for_ever(site: tuple[Served, Path]) -> None:
    """A job that was under way when the server was killed is Failed, with that reason, once a server is there again."""
    import os
    import signal

    from seawall.local.https import running

    name = client(
        site,
        """
        endpoint("fraud-killed")
        deployment("fraud-killed", environment_variables={"SLEEP": "100"})
        job = ml.batch_endpoints.invoke("fraud-killed", input=Input(type="uri_folder", path=str(FOLDER / "data")))
        while ml.jobs.get(job.name).status != "Running":
            time.sleep(0.1)
        show(job.name)
        """,
    )
    server, _ = site
    pid = running.of(server.place).pid
    os.kill(pid, signal.SIGKILL)
    served.until(lambda: not Path(f"/proc/{pid}/fd/0").exists() or None)
    server.start()
    status, reason = client(
        site,
        f"""
        job = ml.jobs.get({name!r})
        show([job.status, job.properties.get("azureml.error", "")])
        """,
    )
    assert status == "Failed" and "ended while the job was under way" in reason
