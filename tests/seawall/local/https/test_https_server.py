"""The server's life: started twice, killed, started again; its surroundings in a real shell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from seawall.local.azure import LocalAzure
from seawall.local.https import running, surroundings
from seawall.local.place import Place
from tests.served import ROOT, Served, command, run, start, until

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-life"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server of the test's own, which it may kill."""
    with LocalAzure.open(tmp_path / "azure.db") as azure:
        azure.put(GROUP, {"location": "westeurope"})
    found = start(tmp_path)
    yield found
    found.stop()


def test_a_second_start_says_who_runs(own: Served) -> None:
    """Detached or not it exits with 3, and names the process that has the place."""
    pid = running.of(own.place).pid
    for arguments in (["local", "start"], ["local", "start", "--detach"]):
        found = run(own.place, arguments)
        assert found.returncode == 3
        assert f"process {pid}" in found.stderr
    assert running.of(own.place).pid == pid


def test_of_many_starts_at_once_one_wins(tmp_path: Path) -> None:
    """Exactly one server runs afterwards, and the others' messages name it."""
    place = Place(tmp_path / "azure.db")
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: run(place, ["local", "start", "--detach"]), range(4)))
        winner = running.of(place).pid
        assert sorted(one.returncode for one in found) == [0, 3, 3, 3]
        assert all("runs over" in one.stderr for one in found if one.returncode)
        assert psutil.pid_exists(winner)
    finally:
        command(place, "local", "stop")


def test_a_killed_server_blocks_nothing(own: Served) -> None:
    """After SIGKILL the next start succeeds, on the same ports, so that shells go on; no process is left behind."""
    before = running.of(own.place)
    children = psutil.Process(before.pid).children(recursive=True)
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: not running.is_locked(own.place))
    assert run(own.place, ["local", "status"]).returncode == 3
    with pytest.raises(running.NotRunning):
        surroundings.of(own.place)
    again = own.start()
    after = running.of(own.place)
    assert after.pid != before.pid
    assert (after.port, after.proxy, after.router) == (before.port, before.proxy, before.router)
    assert again.env == own.env
    until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))


def test_a_taken_port_is_given_up(own: Served) -> None:
    """Where somebody else has a port that the server had, it takes another."""
    before = running.of(own.place)
    own.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", before.port))
        taken.listen()
        own.start()
        assert running.of(own.place).port != before.port


def test_stop_without_a_server_is_no_error(tmp_path: Path) -> None:
    """There is nothing to do, and it says so; status and env exit with 3 and say how to start one."""
    place = Place(tmp_path / "azure.db")
    assert "No server was running" in command(place, "local", "stop")
    for name in ("status", "env"):
        found = run(place, ["local", name])
        assert found.returncode == 3
        assert "seawall local start" in found.stderr


def test_only_the_loopback_interface_is_listened_on(own: Served) -> None:
    """None of the server's processes has a socket that another machine could reach."""
    process = psutil.Process(running.of(own.place).pid)
    listening = [
        connection.laddr.ip
        for one in (process, *process.children(recursive=True))
        for connection in one.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


def test_a_foreground_server_stops_on_ctrl_c(tmp_path: Path) -> None:
    """It shows what it serves, and SIGINT ends it with 0."""
    place = Place(tmp_path / "azure.db")
    line = [sys.executable, "-u", "-m", "seawall", "local", "start", "--store", str(place.store), "--cwd", str(ROOT)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = process.stdout.readline()
        assert "ready" in shown and str(place.store) in shown
        assert running.of(place).pid == process.pid
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "Stopped." in rest
    assert not running.is_locked(place)


def test_a_start_that_fails_shows_why(tmp_path: Path) -> None:
    """A store that isn't one: exit 3 with the reason, where the log is, and no server."""
    place = Place(tmp_path / "azure.db")
    place.store.write_text("not a database" * 100)
    found = run(place, ["local", "start", "--detach"])
    assert found.returncode == 3
    assert str(place.store) in found.stderr and "server.log" in found.stderr
    assert "Traceback" not in found.stderr
    assert not running.is_locked(place)


def test_a_shell_reaches_azure_s_hosts_with_curl(own: Served) -> None:
    """`eval "$(seawall local env)"` is all that curl needs: sign in, read a resource group, page a list."""
    script = f"""
        set -eu
        eval "$({sys.executable} -m seawall local env --store {own.place.store} --cwd {ROOT})"
        token=$(curl -sS --fail "https://login.microsoftonline.com/$AZURE_TENANT_ID/oauth2/v2.0/token" \\
            -d grant_type=client_credentials -d client_id=$AZURE_CLIENT_ID -d client_secret=$AZURE_CLIENT_SECRET \\
            -d scope=https://management.azure.com/.default | {sys.executable} -c \\
            'import json, sys; print(json.load(sys.stdin)["access_token"])')
        curl -sS --fail -H "Authorization: Bearer $token" \\
            "https://management.azure.com{GROUP}?api-version=2024-01-01"
    """
    found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["name"] == "rg-life"


@pytest.mark.parametrize(
    ("shell", "line"),
    [("sh", "export AZUREML_CURRENT_CLOUD='SeawallLocal'"), ("fish", "set -gx AZUREML_CURRENT_CLOUD 'SeawallLocal'"),
     ("powershell", "$Env:AZUREML_CURRENT_CLOUD = 'SeawallLocal'")],
)  # fmt: skip
def test_env_speaks_the_shell_s_words(served: Served, shell: str, line: str) -> None:
    """One line a variable, quoted as the shell wants it; --json has the same variables."""
    lines = command(served.place, "local", "env", "--shell", shell).splitlines()
    assert line in lines
    found = json.loads(command(served.place, "local", "env", "--json"))["env"]
    assert found == served.env and len(lines) == len(found)


def test_status_tells_what_is_served(own: Served) -> None:
    """Ports, store, stacks, endpoints, faults: for people and as JSON."""
    server = running.of(own.place)
    found = json.loads(command(own.place, "local", "status", "--json"))
    assert found["running"] is True and found["pid"] == server.pid
    assert found["ports"] == {"https": server.port, "proxy": server.proxy, "scoring": server.router}
    assert (found["stacks"], found["endpoints"], found["faults"]) == ([], [], 0)
    assert f"Process {server.pid}" in command(own.place, "local", "status")


def test_logs_show_the_server_s_requests(own: Served) -> None:
    """The last lines; a name that isn't a log's is refused with those that are."""
    command(own.place, "local", "status")
    assert "/_seawall/status 200" in command(own.place, "local", "logs", "-n", "5")
    found = run(own.place, ["local", "logs", "nothing"])
    assert found.returncode == 2 and "server" in found.stderr


def test_a_store_that_another_process_fills_is_served_at_once(own: Served) -> None:
    """What is put into the store in another process is there for clients of a running server."""
    from tests.seawall.local.https.test_https_clients import client

    with LocalAzure.open(own.place.store) as azure:
        azure.put(f"{GROUP}-later", {"location": "westeurope"})
    assert client(own, "show(arm().resource_groups.get('rg-life-later').location)") == "westeurope"
