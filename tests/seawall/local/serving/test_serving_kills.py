"""What is killed comes back, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
from serving_site import Site, until

from seawall.local.errors import AzureError
from seawall.local.serving import keys, leftovers, logs
from seawall.local.serving.leftovers import Register

SERVER = """
import sys, time
from pathlib import Path
from seawall.local.place import Place
from seawall.local.serving.deployments import Host
host = Host(Place(Path(sys.argv[1])), plain=True)
host.start()
print(host.port, flush=True)
time.sleep(3600)
"""


def test_a_killed_router_is_started_again_on_the_same_port(new_site: Callable[..., Site]) -> None:
    """With the table that was in force. Who connects meanwhile waits, and is answered."""
    site = new_site()
    endpoint = site.endpoint("fraud")
    site.deployment(endpoint, "blue", site.code("router"))
    site.traffic(endpoint, blue=100)
    assert site.ask(endpoint).status_code == 200
    port, routers = site.host.port, [site.host.router]
    for _ in range(3):
        os.kill(routers[-1], signal.SIGKILL)
        until(lambda: not psutil.pid_exists(routers[-1]), "the end of the router")
        assert asked(port, site, endpoint).is_success
        routers.append(site.host.router)
    assert site.host.port == port and len({*routers, 0}) == 5
    site.traffic(endpoint, blue=0)
    assert site.ask(endpoint).status_code == 404


def asked(port: int, site: Site, endpoint: str) -> httpx.Response:
    """The answer to a request on a connection of its own, with the endpoint's key."""
    key = keys.key(site.azure.store, endpoint, "primary")
    headers = {"Host": site.host_name(endpoint), "Authorization": f"Bearer {key}"}
    return httpx.post(f"http://127.0.0.1:{port}/score", json={}, headers=headers, timeout=60)


def _served(place: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(place)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("stopped", [False, True], ids=["as they are", "while its processes can't end by themselves"])
def test_a_killed_server_leaves_no_process_and_the_next_one_answers_again(
    new_site: Callable[..., Site], stopped: bool
) -> None:
    """Deployments and router end by themselves; what can't is found and ended when a server starts again."""
    site = new_site()
    endpoint = site.endpoint("fraud")
    site.deployment(endpoint, "blue", site.code("killed"))
    site.traffic(endpoint, blue=100)
    site.host.stop()
    server, port = _served(site.place.store)

    def answered() -> bool:
        return asked(port, site, endpoint).is_success

    until(answered, "an answer of the server's")
    processes = psutil.Process(server.pid).children(recursive=True)
    leaders = [pid for pid, _ in json.loads((site.place.folder / "processes.json").read_text())]
    assert len(leaders) == 2 and len(processes) >= 3
    if stopped:
        for process in processes:
            process.suspend()
    server.kill()
    server.wait()
    if stopped:
        assert any(process.is_running() for process in processes)
    else:
        until(lambda: not any(running(process) for process in processes), "the end of all processes")
    site.host = site.started()
    site.azure.gate = site.host
    until(lambda: not any(running(process) for process in processes), "the end of what was left")
    assert site.ask(endpoint).status_code == 200, "a server that has started answers as the one before"
    assert ("Ended 2 processes that an earlier server has left" in site.said) == stopped


def running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_stopping_ends_everything(new_site: Callable[..., Site]) -> None:
    """Processes and port."""
    site = new_site()
    endpoint = site.endpoint("fraud")
    site.deployment(endpoint, "blue", site.code("stopping"))
    mine = psutil.Process().children(recursive=True)
    known = {site.host.router, *(pid for found in site.host.containers.values() for pid in found)}
    assert known <= {process.pid for process in mine}
    port = site.host.port
    site.host.stop()
    assert not any(running(process) for process in mine if process.pid in known)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/")
    site.host = site.started(port)
    assert site.host.port == port


def test_what_had_failed_is_left_alone_by_the_next_server_until_it_is_asked_for(new_site: Callable[..., Site]) -> None:
    """It isn't started again, answers as one that isn't ready, and may be asked for again, or be deleted."""
    site = new_site()
    endpoint, model = site.endpoint("fraud"), "azureml://registries/none/models/fraud/versions/1"
    id, body = f"{endpoint}/deployments/green", site.body("green", site.code("failing"), model=model)
    with pytest.raises(AzureError):
        site.write(id, body)
    tries = logs.folder(site.place, id)
    assert len(list(tries.glob("*.log"))) == 1
    site.host.stop()
    site.host = site.started()
    site.azure.gate = site.host
    site.traffic(endpoint, green=100)
    assert site.ask(endpoint).headers["ms-azureml-model-error-reason"] == "model_not_ready"
    assert len(list(tries.glob("*.log"))) == 1
    with pytest.raises(AzureError):
        site.write(id, body)
    assert len(list(tries.glob("*.log"))) == 2, "asked for again, it is tried again"


def test_only_processes_that_were_noted_are_ended(tmp_path: Path) -> None:
    """A process ID that meanwhile belongs to another process is left alone; a damaged file ends nobody."""
    path = tmp_path / "processes.json"
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        started = psutil.Process(sleeper.pid).create_time()
        for text in (json.dumps([[sleeper.pid, started - 100]]), "[", "{}", "[[1]]", '[["a", 2]]'):
            path.write_text(text)
            assert leftovers.ended(path) == [] and sleeper.poll() is None
        register = Register(path)
        register.add(sleeper.pid)
        assert leftovers.ended(path) == [sleeper.pid]
        assert sleeper.wait(60) == -signal.SIGKILL
        register.remove(sleeper.pid)
        assert leftovers.ended(path) == []
    finally:
        sleeper.kill()
        sleeper.wait()
