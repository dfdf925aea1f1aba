"""Deployments over their lives: what starts, what fails, what is replaced, and that no request is lost by it."""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving_site import ECHO, SOON, WORKSPACE, Site, until

from seawall.local.errors import AzureError
from seawall.local.https import tls
from seawall.local.serving import keys, logs

SURROUNDINGS = """
import os
from pathlib import Path

def init():
    pass

def run(raw_data):
    model = os.environ.get("AZUREML_MODEL_DIR", "")
    files = sorted(str(path.relative_to(model)) for path in Path(model).rglob("*") if path.is_file()) if model else []
    return {"variables": dict(os.environ), "files": files, "folder": os.getcwd()}
"""


class Load:
    """Requests from several threads for as long as it runs."""

    def __init__(self, site: Site, endpoint: str) -> None:
        self.answers: list[tuple[float, float, int, str]] = []
        """Begin, end, status, and the `GREETING` of who answered."""
        self._site = site
        self._endpoint = endpoint
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]

    def _ask(self) -> None:
        headers = {
            "Host": self._site.host_name(self._endpoint),
            "Authorization": f"Bearer {keys.key(self._site.azure.store, self._endpoint, 'primary')}",
        }
        with httpx.Client(timeout=60, headers=headers) as client:
            while not self._over.is_set():
                began = time.monotonic()
                answer = client.post(f"http://127.0.0.1:{self._site.host.port}/score", json={})
                who = answer.json().get("who", "") if answer.status_code == 200 else answer.text
                self.answers.append((began, time.monotonic(), answer.status_code, who))

    def more(self, count: int) -> list[tuple[float, float, int, str]]:
        """The answers to the next requests, all begun from now on."""
        now = time.monotonic()
        until(lambda: sum(one[0] > now for one in list(self.answers)) >= count, f"{count} more answers")
        return [one for one in list(self.answers) if one[0] > now]

    @contextmanager
    def running(self) -> Iterator[Load]:
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()


def whos(answers: list[tuple[float, float, int, str]]) -> Counter[str]:
    return Counter(who for _, _, _, who in answers)


STEP = 1000
"""Requests within each step of the canary."""


def test_ten_thousand_requests_of_a_canary_a_rollback_and_a_canary_to_the_end(site: Site) -> None:
    """No request is lost; each step's split is that of its weights, within five standard deviations; and nobody is
    answered by a deployment that is gone: neither by the one rolled back, nor by the one replaced."""
    endpoint = site.endpoint("steps")
    code = site.code("steps")
    for name in ("blue", "green"):
        site.deployment(endpoint, name, code)
    site.traffic(endpoint, blue=100)
    with Load(site, endpoint).running() as load:
        for green in (0, 10, 25, 50):
            check_step(site, load, endpoint, green)
        site.traffic(endpoint, blue=100)  # the rollback
        site.delete(f"{endpoint}/deployments/green")
        assert set(whos(load.more(STEP))) == {"blue"}
        site.deployment(endpoint, "green", code)
        for green in (10, 25, 50, 100):
            check_step(site, load, endpoint, green)
        site.traffic(endpoint, green=100)
        site.delete(f"{endpoint}/deployments/blue")
        assert set(whos(load.more(STEP))) == {"green"}
    assert len(load.answers) >= 10_000
    assert {status for _, _, status, _ in load.answers} == {200}


def check_step(site: Site, load: Load, endpoint: str, green: int) -> None:
    """Set the weights, and compare the next thousand answers with them."""
    site.traffic(endpoint, blue=100 - green, green=green)
    found = load.more(STEP)
    expected, count = green / 100, len(found)
    allowed = 5 * (count * expected * (1 - expected)) ** 0.5
    assert abs(whos(found)["green"] - count * expected) <= allowed, (green, whos(found))


def test_an_update_replaces_processes_without_losing_a_request(site: Site) -> None:
    """The new ones are ready before the old ones end: every request is answered by either, in that order."""
    endpoint = site.endpoint("rolling")
    code = site.code("rolling")
    id = site.deployment(endpoint, "only", code)
    site.traffic(endpoint, only=100)
    old = site.host.containers[id.lower()]
    with Load(site, endpoint).running() as load:
        load.more(50)
        site.write(id, site.body("only", code, environmentVariables={"GREETING": "new"}))
        assert set(whos(load.more(100))) == {"new"}
        site.write(id, site.body("only", code, instances=2, environmentVariables={"GREETING": "new"}))
        load.more(50)
    assert {status for _, _, status, _ in load.answers} == {200}
    until(lambda: not any(alive(pid) for pid in old), "the end of the old processes")


def test_settings_of_requests_change_without_new_processes(site: Site) -> None:
    """A shorter time-out holds from the next request on."""
    endpoint = site.endpoint("settings")
    code = site.code("settings")
    id = site.deployment(endpoint, "only", code)
    site.traffic(endpoint, only=100)
    before = site.host.containers[id.lower()]
    site.write(id, site.body("only", code, requestSettings={"requestTimeout": "PT1S"}))
    assert site.host.containers[id.lower()] == before
    assert site.ask(endpoint, {"sleep": 2}).status_code == 408


def test_a_request_is_answered_while_its_deployment_is_deleted(site: Site) -> None:
    """The deletion waits for it."""
    endpoint = site.endpoint("drain")
    id = site.deployment(endpoint, "only", site.code("drain"))
    answers: list[httpx.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(site.ask(endpoint, {"sleep": 2}, azureml_model_deployment="only"))
    )
    asking.start()
    time.sleep(0.5)
    site.delete(id)
    asking.join()
    assert answers[0].status_code == 200
    assert site.ask(endpoint, azureml_model_deployment="only").status_code == 404
    site.delete(endpoint)
    assert "There is no online endpoint" in site.ask(endpoint).text


@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("raises", "def init():\n    raise RuntimeError('no luck')\ndef run(data):\n    pass\n", "no luck"),
        ("imports", "import nothing_of_that_name\n", "No module named 'nothing_of_that_name'"),
        ("broken", "def init(:\n", "SyntaxError"),
    ],
)
def test_a_script_that_crashes_fails_the_deployment_with_the_end_of_its_log(
    site: Site, name: str, script: str, reason: str
) -> None:
    """As Azure's operation does; the deployment is there, in state Failed, and its log can be read."""
    endpoint = site.endpoint(name)
    with pytest.raises(AzureError) as caught:
        site.deployment(endpoint, "only", site.code(name, script))
    assert caught.value.code == "ResourceNotReady" and "User container has crashed" in caught.value.message
    assert reason in caught.value.message
    id = f"{endpoint}/deployments/only"
    assert (site.azure.get(id) or {})["properties"]["provisioningState"] == "Failed"
    assert reason in site.host.logs(id)
    site.traffic(endpoint, only=100)
    answer = site.ask(endpoint)
    assert answer.status_code == 503 and answer.headers["ms-azureml-model-error-reason"] == "model_not_ready"


def test_what_failed_is_tried_again_when_it_is_asked_for_again(site: Site) -> None:
    """With the same body too: what was missing may be there now. An update that fails leaves the old processes on."""
    endpoint = site.endpoint("again")
    code = site.code("again", "import os\nopen(os.environ['GREETING'])\n" + ECHO)
    flag = site.place.folder / "flag"
    body = site.body("only", code, environmentVariables={"GREETING": str(flag)})
    id = f"{endpoint}/deployments/only"
    with pytest.raises(AzureError):
        site.write(id, body)
    flag.touch()
    site.write(id, body)
    site.traffic(endpoint, only=100)
    assert site.ask(endpoint).status_code == 200
    with pytest.raises(AzureError):
        site.write(id, site.body("only", code, environmentVariables={"GREETING": f"{flag}-missing"}))
    assert site.ask(endpoint).json()["who"] == str(flag)
    site.write(id, body)
    assert site.ask(endpoint).status_code == 200


@pytest.mark.parametrize("missing", ["code", "script", "model", "all"])
def test_what_is_missing_fails_the_deployment_with_its_name(site: Site, missing: str) -> None:
    """Files that aren't in Blob storage, a script that isn't in the code, a model nobody registered, or all of it."""
    endpoint = site.endpoint(f"missing-{missing}")
    code, properties = site.code(f"missing-{missing}"), {}
    match missing:
        case "code":
            uri = "https://stserving.blob.core.windows.net/azureml/nowhere/src"
            code = site.asset("codes", "nowhere", {"codeUri": uri})
        case "script":
            properties = {"codeConfiguration": {"codeId": code, "scoringScript": "main.py"}}
        case "model":
            properties = {"model": "azureml://registries/none/models/fraud/versions/1"}
        case "all":
            code = ""
    with pytest.raises(AzureError) as caught:
        site.deployment(endpoint, "only", code, **properties)
    named = {"code": "nowhere", "script": "main.py", "model": "registries/none", "all": "neither a scoring script"}
    assert caught.value.code == "BadArgument" and named[missing] in caught.value.message


def test_a_readiness_probe_that_never_succeeds_fails_the_deployment(site: Site) -> None:
    """After as many failures as it allows."""
    endpoint = site.endpoint("unready")
    script = "import time\ntime.sleep(600)\n" + ECHO
    probe = {**SOON, "period": "PT0.1S", "timeout": "PT0.2S", "failureThreshold": 3}
    with pytest.raises(AzureError, match="Readiness probe failed 3 times in a row"):
        site.deployment(endpoint, "only", site.code("unready", script), readinessProbe=probe)


def test_a_liveness_probe_that_fails_restarts_the_container(site: Site) -> None:
    """Its only worker hangs: requests hear 503 while nothing is ready, and are answered again by a new process."""
    endpoint = site.endpoint("hanging")
    probe = {**SOON, "timeout": "PT0.5S", "failureThreshold": 20}
    id = site.deployment(endpoint, "only", site.code("hanging"), livenessProbe=probe,
                         requestSettings={"requestTimeout": "PT1S", "maxConcurrentRequestsPerInstance": 4})  # fmt: skip
    site.traffic(endpoint, only=100)
    before = site.ask(endpoint).json()["pid"]
    assert site.ask(endpoint, {"sleep": 600}).status_code == 408
    seen = set()

    def answered_again() -> bool:
        answer = site.ask(endpoint)
        seen.add(answer.status_code)
        return answer.status_code == 200 and answer.json()["pid"] != before

    until(answered_again, "a new process")
    assert seen <= {200, 408, 424, 503} and 503 in seen
    assert logs.logs(site.place, id).count("starting only") == 2


def test_a_process_that_is_killed_is_started_again(site: Site) -> None:
    """Whoever killed it."""
    endpoint = site.endpoint("killed")
    id = site.deployment(endpoint, "only", site.code("killed"))
    site.traffic(endpoint, only=100)
    (before,) = site.host.containers[id.lower()]
    os.kill(before, 9)
    until(lambda: site.ask(endpoint).status_code == 200 and site.host.containers[id.lower()] != [before], "an answer")


def test_a_container_finds_what_it_finds_in_azure(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its model where AZUREML_MODEL_DIR says, its own variables, and none of those of whoever started the server."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush")
    endpoint = site.endpoint("inside")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"1")
    model = site.model("plain", tmp_path / "model")
    conda = "dependencies:\n- python=3.11\n- pip: [nothing-of-that-name==1.0, pandas==0.1, numpy]\n"
    environment = site.asset("environments", "mine", {"image": "mcr.microsoft.com/x", "condaFile": conda})
    code = site.code("inside", SURROUNDINGS)
    id = site.deployment(endpoint, "only", code, model=model, environmentId=environment)
    site.traffic(endpoint, only=100)
    found: dict[str, Any] = site.ask(endpoint).json()
    variables = found["variables"]
    assert found["files"] == ["model/weights.bin"]
    assert variables["AZUREML_MODEL_DIR"].endswith("azureml-app/azureml-models/plain/1")
    assert variables["GREETING"] == "only" and variables["AML_APP_ROOT"] == found["folder"]
    assert not {"HTTPS_PROXY", "AZURE_CLIENT_SECRET", "PYTHONPATH", "VIRTUAL_ENV"} & variables.keys()
    log = site.host.logs(id, 10_000)
    assert "nothing-of-that-name==1.0: not installed here" in log and "pandas==0.1: " in log
    assert "asks for numpy" not in log and WORKSPACE.rsplit("/", 1)[-1] == variables["WORKSPACE_NAME"]


def test_clients_reach_the_router_over_tls_under_the_endpoints_own_name(new_site: Callable[..., Site]) -> None:
    """Its certificate is the place's own authority's."""
    site = new_site(plain=False)
    endpoint = site.endpoint("secure")
    context = ssl.create_default_context(cafile=str(tls.make_bundle(site.place)))
    host = site.host_name(endpoint)
    with httpx.Client(verify=context) as client:
        request = client.build_request(
            "POST", f"https://127.0.0.1:{site.host.port}/score", headers={"Host": host},
            extensions={"sni_hostname": host},
        )  # fmt: skip
        assert client.send(request).status_code == 401


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
