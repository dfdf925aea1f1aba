"""Batch endpoints, their deployments and jobs; schedules; connections, through azure-ai-ml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCORE = """
from pathlib import Path

def init():
    pass

def run(mini_batch):
    return [Path(each).name for each in mini_batch]
"""


@pytest.fixture
def endpoint(ml: Any) -> Iterator[str]:
    """A batch endpoint; its name."""
    from azure.ai.ml.entities import BatchEndpoint

    ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="batch-clients", description="of tests")).result()
    yield "batch-clients"
    ml.batch_endpoints.begin_delete("batch-clients").result()


def test_a_batch_endpoint_scores_a_folder(ml: Any, endpoint: str, tmp_path: Path) -> None:
    """Deployed on a cluster, made the default, invoked with a folder; the job that it starts is read and listed."""
    from azure.ai.ml import Input
    from azure.ai.ml.entities import (
        CodeConfiguration,
        Environment,
        Model,
        ModelBatchDeployment,
        ModelBatchDeploymentSettings,
    )

    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "score.py").write_text(SCORE)
    (tmp_path / "model.txt").write_text("a model")
    (tmp_path / "input").mkdir()
    for number in range(3):
        (tmp_path / "input" / f"{number}.csv").write_text("a\n1\n")
    made = ml.batch_deployments.begin_create_or_update(
        ModelBatchDeployment(
            name="names",
            endpoint_name=endpoint,
            model=Model(name="batch-model", path=str(tmp_path / "model.txt")),
            environment=Environment(image="im:1"),
            code_configuration=CodeConfiguration(code=str(tmp_path / "code"), scoring_script="score.py"),
            compute="cpu-cluster",
            settings=ModelBatchDeploymentSettings(instance_count=1, mini_batch_size=2, output_file_name="names.csv"),
        )
    ).result()
    assert made.name == "names"
    found = ml.batch_endpoints.get(endpoint)
    found.defaults.deployment_name = "names"
    ml.batch_endpoints.begin_create_or_update(found).result()
    assert [each.name for each in ml.batch_deployments.list(endpoint)] == ["names"]
    given = Input(type="uri_folder", path=str(tmp_path / "input"))
    job = ml.batch_endpoints.invoke(endpoint_name=endpoint, input=given)
    assert ml.jobs.get(job.name).status in ("NotStarted", "Queued", "Preparing", "Running", "Completed")
    assert job.name in [each.name for each in ml.batch_endpoints.list_jobs(endpoint)]
    ml.batch_deployments.begin_delete("names", endpoint).result()


def test_jobs_that_do_not_run_here_say_so(ml: Any) -> None:
    """501 with the kind of the job."""
    from azure.ai.ml import command
    from azure.core.exceptions import HttpResponseError

    environment = "azureml://registries/azureml/environments/sklearn-1.5/versions/1"
    job = command(command="echo 1", environment=environment, compute="cpu-cluster")
    with pytest.raises(HttpResponseError, match="doesn't run command jobs"):
        ml.jobs.create_or_update(job)


def test_a_schedule_is_made_turned_off_and_deleted(ml: Any) -> None:
    """With a pipeline to start; it can only be deleted once it is off, as the samples do."""
    from azure.ai.ml import command
    from azure.ai.ml.dsl import pipeline
    from azure.ai.ml.entities import JobSchedule, RecurrencePattern, RecurrenceTrigger

    environment = "azureml://registries/azureml/environments/sklearn-1.5/versions/1"

    @pipeline()
    def nightly() -> None:
        command(name="step_nightly", command="echo 1", environment=environment, compute="cpu-cluster")()

    job = nightly()
    job.settings.default_compute = "cpu-cluster"
    pattern = RecurrencePattern(hours=10, minutes=[0])
    trigger = RecurrenceTrigger(frequency="day", interval=1, schedule=pattern)
    ml.schedules.begin_create_or_update(JobSchedule(name="nightly", trigger=trigger, create_job=job)).result()
    assert ml.schedules.get("nightly").trigger.frequency == "day"
    assert "nightly" in [each.name for each in ml.schedules.list()]
    assert ml.schedules.begin_disable("nightly").result().is_enabled is False
    assert "nightly" not in [each.name for each in ml.schedules.list()]
    ml.schedules.begin_delete("nightly").result()


def test_a_connection_is_made_listed_and_deleted(ml: Any) -> None:
    """Its key isn't given back: the local Azure keeps no secrets."""
    from azure.ai.ml.entities import ApiKeyConfiguration, WorkspaceConnection

    ml.connections.create_or_update(
        WorkspaceConnection(
            name="conn-clients", type="custom", target="https://example.com", credentials=ApiKeyConfiguration(key="k")
        )
    )
    found = ml.connections.get("conn-clients", populate_secrets=True)
    assert (found.target, found.credentials.key) == ("https://example.com", None)
    assert "conn-clients" in [each.name for each in ml.connections.list()]
    ml.connections.delete("conn-clients")
    assert "conn-clients" not in [each.name for each in ml.connections.list()]
