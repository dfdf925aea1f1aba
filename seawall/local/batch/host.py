"""The host of batch jobs in the server: starts, cancels and ends them, and leaves none running for ever."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from seawall.local.azure import LocalAzure
from seawall.local.batch import jobs, preparing
from seawall.local.batch.runner import Runner, Work
from seawall.local.batch.settings import Invocation, Settings, settings
from seawall.local.blob import BlobError, Blobs
from seawall.local.errors import AzureError, StoreError
from seawall.local.place import Place
from seawall.local.serving.assets import Location, Unreachable, located
from seawall.local.store import Row

AT_ONCE = 2
"""Jobs that run at the same time; the others wait, as for nodes of a cluster."""
_GONE = "The server of the local Azure ended while the job was under way."

Interpreter = Callable[[Callable[[str], None]], Path]


def inference_python(say: Callable[[str], None]) -> Path:
    """The interpreter of the environment that deployments run in. Raises `Unavailable`."""
    from seawall.local.serving import environment

    return environment.python(say)


class JobHost:
    """Runs the batch jobs of one place. Methods may be called from any thread."""

    def __init__(self, place: Place, azure: LocalAzure, interpreter: Interpreter = inference_python) -> None:
        """Jobs that an earlier server left under way are ended as failed."""
        self.place = place
        self.azure = azure
        self._interpreter = interpreter
        self._room = threading.Semaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._runners: dict[str, Runner | None] = {}
        self._cancelled: set[str] = set()
        self._threads: list[threading.Thread] = []
        for row in jobs.under_way(azure.store):
            jobs.move(azure.store, row.id, "Failed", _GONE)

    # What clients ask ------------------------------------------------------------------------------------------------

    def submit(self, endpoint: Row, deployment: Row, wanted: Invocation) -> Row:
        """Start a job. Raises `AzureError` for settings that can't be, or a name that is taken."""
        chosen = settings(deployment.body.get("properties") or {}, wanted.overrides or {})
        name = wanted.name or f"batchjob-{uuid.uuid4()}"
        row = jobs.create(
            self.azure.store,
            endpoint,
            deployment.id.rsplit("/", 1)[1],
            name,
            experiment=wanted.experiment,
            inputs={
                "job_data_path": {
                    "jobInputType": "uri_folder" if wanted.folder else "uri_file",
                    "uri": wanted.uri,
                    "mode": "ReadOnlyMount",
                }
            },
            output=wanted.output_uri or preparing.default_output(name),
        )
        thread = threading.Thread(target=self._run, args=(row, deployment, wanted, chosen), daemon=True)
        with self._lock:
            self._runners[row.key] = None
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()
        return row

    def cancel(self, job_id: str) -> None:
        """Cancel a job; one that has ended stays as it is. Raises `AzureError` where there is none."""
        row = self.azure.store.resource(job_id)
        if row is None or row.arm_type != jobs.JOB:
            raise AzureError("ResourceNotFound", f"The Resource {job_id!r} was not found.", status=404)
        with self._lock:
            here = row.key in self._runners
            self._cancelled.add(row.key)
            runner = self._runners.get(row.key)
        if runner is not None:
            runner.cancel()
        jobs.move(self.azure.store, row.id, "CancelRequested" if here else "Canceled")

    def close(self) -> None:
        """End all jobs that are under way, as failed, and their processes."""
        with self._lock:
            running, threads = dict(self._runners), list(self._threads)
        for key, runner in running.items():
            jobs.move(self.azure.store, key, "Failed", _GONE)
            with self._lock:
                self._cancelled.add(key)
            if runner is not None:
                runner.cancel()
        for thread in threads:
            thread.join(10)

    # One job ---------------------------------------------------------------------------------------------------------

    def _run(self, row: Row, deployment: Row, wanted: Invocation, chosen: Settings) -> None:
        home = self.place.folder / "batch" / row.id.rsplit("/", 1)[1]
        log = _Log(self.place.logs / "batch" / f"{row.id.rsplit('/', 1)[1]}.txt")
        status, reason = "Failed", "The job ended without a word."
        try:
            with self._room:
                status, reason = self._worked(row, deployment, wanted, chosen, home, log)
        except (Unreachable, AzureError, BlobError, StoreError, OSError) as error:
            reason = f"The job can't be run: {error}"
        except Exception as error:  # whatever it is, the job must not stay running for ever
            reason = f"The job can't go on: {type(error).__name__}: {error}"
        log.say(f"{status}. {reason}" if reason else status)
        self._end(row, status, reason, home)

    def _worked(
        self, row: Row, deployment: Row, wanted: Invocation, chosen: Settings, home: Path, log: _Log
    ) -> tuple[str, str]:
        """Prepare, run, and bring the output where it belongs. Returns how it ended, and why."""
        if self._is_cancelled(row):
            return "Canceled", ""
        jobs.move(self.azure.store, row.id, "Preparing")
        workspace = row.id.rsplit("/", 2)[0]
        with Blobs.open(self.place) as blobs:
            output = preparing.output_location(self.azure.store, workspace, row.id.rsplit("/", 1)[1], wanted)
            work = self._prepared(blobs, workspace, deployment, wanted, home, log)
            runner = Runner(work, chosen, log.say)
            with self._lock:
                self._runners[row.key] = runner
                if row.key in self._cancelled:
                    runner.cancel()
            jobs.move(self.azure.store, row.id, "Running")
            succeeded = runner.run()
            if runner.cancelled:
                return "Canceled", ""
            if succeeded:
                jobs.move(self.azure.store, row.id, "Finalizing")
                _uploaded(blobs, output, home, chosen, work)
            _uploaded_logs(blobs, self.azure, workspace, row, work, log, runner)
            if not succeeded:
                return "Failed", runner.reason + _tail(work.logs)
            return "Completed", ""

    def _prepared(
        self, blobs: Blobs, workspace: str, deployment: Row, wanted: Invocation, home: Path, log: _Log
    ) -> Work:
        """Bring input, code and model into the job's folder. Raises `Unreachable`, `Unavailable`."""
        store = self.azure.store
        shutil.rmtree(home, ignore_errors=True)
        for name in ("results", "logs", "output", "home", "code"):
            (home / name).mkdir(parents=True)
        model = preparing.model_row(store, deployment)
        by_mlflow = preparing.is_mlflow(model)
        script = preparing.script(store, blobs, deployment, home / "code", mlflow=by_mlflow)
        generated = not (deployment.body.get("properties") or {}).get("codeConfiguration")
        files = preparing.input_files(store, blobs, workspace, wanted, home / "input", flat=generated)
        interpreter = self._interpreter(log.say)
        variables, sealed = preparing.variables(deployment, home / "home", interpreter)
        for name in sealed:
            log.say(f"Environment variable {name}: the local Azure keeps no secrets, so it isn't set here.")
        if model is not None:
            folder = preparing.fetched_model(store, blobs, deployment, model, home / "models")
            variables["AZUREML_MODEL_DIR"] = str(folder)
        variables["AZUREML_BI_OUTPUT_PATH"] = str(home / "output")
        return Work(interpreter, script, variables, files, home / "results", home / "logs")

    def _is_cancelled(self, row: Row) -> bool:
        with self._lock:
            return row.key in self._cancelled

    def _end(self, row: Row, status: str, reason: str, home: Path) -> None:
        shutil.rmtree(home, ignore_errors=True)
        with self._lock:
            self._runners.pop(row.key, None)
            self._cancelled.discard(row.key)
        try:
            jobs.move(self.azure.store, row.id, status, reason)
        except StoreError:
            # The store is closed or full: the next server ends the job.
            return


class _Log:
    """A job's log file, a line at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def say(self, line: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")


def _uploaded(blobs: Blobs, output: Location, home: Path, chosen: Settings, work: Work) -> None:
    """Rows of all mini-batches in their order, as one file; and whatever the script has written itself."""
    if chosen.appends:
        whole = home / "output" / chosen.output_file
        with whole.open("ab") as target:
            for part in sorted(work.results.glob("*.csv")):
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target)
    for path in sorted((home / "output").rglob("*")):
        if path.is_file():
            name = str(path.relative_to(home / "output"))
            blobs.put(output.account, output.container, f"{output.path}/{name}".lstrip("/"), path)


def _uploaded_logs(
    blobs: Blobs, azure: LocalAzure, workspace: str, row: Row, work: Work, log: _Log, runner: Runner
) -> None:
    """The job's logs, beside its run's artifacts. Source: Azure ML docs, how-to-use-batch-model-deployments."""
    job = row.id.rsplit("/", 1)[1]
    uri = f"azureml://datastores/workspaceblobstore/paths/ExperimentRun/dcid.{job}/"
    home = located(azure.store, workspace, uri)
    files = {f"logs/user/{path.name}": path for path in sorted(work.logs.glob("*.txt"))}
    for name, path in {**files, "logs/job_progress_overview.txt": log.path}.items():
        blobs.put(home.account, home.container, f"{home.path}/{name}", path)
    errors = json.dumps(runner.tally.errors, indent=1).encode()
    if runner.tally.errors:
        blobs.put(home.account, home.container, f"{home.path}/logs/job_error.json", errors)


def _tail(folder: Path) -> str:
    """The end of what the first process wrote, for people who look for the reason."""
    for path in sorted(folder.glob("*.txt")):
        lines = path.read_text(errors="replace").splitlines()[-5:]
        if lines:
            return " Log: " + " | ".join(lines)
    return ""
