"""Requests to deployments that really run: who answers, who is let in, what errors look like."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from serving_site import Site, until

from seawall.azure.guid import TENANT
from seawall.local.https import tokens
from seawall.local.meters import Meters, Request
from seawall.local.serving import keys

RAW = """
from azureml_inference_server_http.api.aml_request import rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    if request.args.get("status"):
        return AMLResponse("told so", int(request.args["status"]), {"x-mine": "1"})
    if request.args.get("parts"):
        from flask import Response
        return Response((b"x" * 50_000 for _ in range(int(request.args["parts"]))), mimetype="text/event-stream")
    return AMLResponse(request.get_data(), 200, {"Content-Type": "application/octet-stream"})
"""


@pytest.fixture(scope="module")
def pair(site: Site) -> str:
    """An endpoint with two deployments, blue and green; blue takes all traffic."""
    endpoint = site.endpoint("pair")
    code = site.code("echo")
    for name in ("blue", "green"):
        site.deployment(endpoint, name, code)
    site.traffic(endpoint, blue=100)
    return endpoint


@pytest.fixture(scope="module")
def raw(site: Site) -> str:
    """An endpoint whose deployment answers what it is told to."""
    endpoint = site.endpoint("raw")
    site.deployment(endpoint, "only", site.code("raw", RAW))
    site.traffic(endpoint, only=100)
    return endpoint


def measured(site: Site, endpoint: str, count: int, **properties: Any) -> list[Request]:
    """The rows of an endpoint with these properties, once there are so many."""
    with Meters.open(site.place.meters) as meters:

        def found() -> list[Request]:
            rows = meters.requests(endpoint, 0, 1e12)
            return [row for row in rows if all(getattr(row, name) == value for name, value in properties.items())]

        until(lambda: len(found()) >= count, f"{count} rows with {properties}")
        return found()


def test_a_scoring_script_answers(site: Site, pair: str) -> None:
    """With the headers that managed endpoints add."""
    answer = site.ask(pair, {"amount": 3}, x_ms_client_request_id="mine", x_request_id="abc")
    assert answer.status_code == 200
    assert answer.json()["who"] == "blue" and answer.json()["asked"] == {"amount": 3}
    assert answer.headers["azureml-model-deployment"] == "blue"
    assert answer.headers["x-request-id"] == "abc" and answer.headers["x-ms-client-request-id"] == "mine"
    assert answer.headers["server"] == "azureml-frontdoor" and "x-ms-run-fn-exec-ms" in answer.headers
    row = measured(site, pair, 1, request_id="mine")[0]
    assert (row.deployment, row.code, row.model_code, row.method, row.path) == ("blue", 200, 200, "POST", "/score")
    assert row.duration_ms > 0 and row.request_bytes == 12 and row.response_bytes == len(answer.content)


def test_other_paths_reach_the_server_as_they_are(site: Site, pair: str) -> None:
    """The server's own Swagger document and its health page among them; what it doesn't have is its 404."""
    assert site.ask(pair, path="/swagger.json", method="GET").json()["swagger"] == "2.0"
    assert site.ask(pair, path="/", method="GET").text == "Healthy"
    missing = site.ask(pair, path="/nothing", method="GET")
    assert missing.status_code == 424 and missing.headers["ms-azureml-model-error-statuscode"] == "404"


def test_a_header_names_the_deployment_whatever_its_weight(site: Site, pair: str) -> None:
    """Names are compared without regard to case; one that isn't there is a 404."""
    assert site.ask(pair, azureml_model_deployment="green").json()["who"] == "green"
    assert site.ask(pair, azureml_model_deployment="GREEN").headers["azureml-model-deployment"] == "green"
    assert site.ask(pair, azureml_model_deployment="red").status_code == 404


def test_only_the_endpoints_keys_are_let_in(site: Site, pair: str) -> None:
    """Either key is; after a regeneration the old one isn't any more. No header, or one that isn't a bearer's: 401."""
    primary, secondary = keys.keys(site.azure.store, pair)
    assert site.ask(pair, key=primary).status_code == site.ask(pair, key=secondary).status_code == 200
    wrong = site.ask(pair, key="wrong")
    assert (wrong.status_code, wrong.text) == (401, "key_auth_access_denied")
    assert site.ask(pair, Authorization="").text == "key_auth_bad_header_forbidden"
    assert site.ask(pair, Authorization=f"Basic {primary}").status_code == 401
    new = keys.regenerate(site.azure.store, pair, "secondary")
    until(lambda: site.ask(pair, key=new).status_code == 200, "the new key")
    assert site.ask(pair, key=secondary).status_code == 401
    assert {row.deployment for row in measured(site, pair, 3, code=401)} == {""}


def test_an_endpoints_own_tokens_are_let_in_where_it_takes_them(site: Site) -> None:
    """And then its keys aren't. Nothing being deployed, whoever is let in hears that there is nothing to ask."""
    endpoint = site.endpoint("tokens", "AMLToken")
    store = site.azure.store
    assert site.ask(endpoint, key=keys.token(store, endpoint, 4e9).access_token).status_code == 404
    expired = keys.token(store, endpoint, 1000).access_token
    assert site.ask(endpoint, key=expired).text == "token_auth_access_denied"
    assert site.ask(endpoint).status_code == 401


def test_entra_tokens_are_let_in_where_the_endpoint_takes_them(site: Site) -> None:
    """They have to be for Azure Machine Learning: a token for Resource Manager isn't enough."""
    endpoint = site.endpoint("entra", "AADToken")
    good = tokens.issue(site.place, "https://ml.azure.com", tenant=TENANT)
    assert site.ask(endpoint, key=good).status_code == 404
    for bad in (tokens.issue(site.place, "https://management.azure.com"), good[:-4], "x"):
        assert site.ask(endpoint, key=bad).status_code == 401


def test_without_a_weight_nobody_answers(site: Site, pair: str) -> None:
    """A deployment is reached by its name all the same."""
    site.traffic(pair, blue=0, green=0)
    answer = site.ask(pair)
    assert answer.status_code == 404 and "positive weight" in answer.text
    assert site.ask(pair, azureml_model_deployment="blue").status_code == 200
    site.traffic(pair, blue=100)


def test_an_unknown_endpoint_is_told(site: Site, pair: str) -> None:
    """By its host name."""
    answer = site.ask(pair.replace("pair", "nobody"), key="x")
    assert answer.status_code == 404 and "nobody.westeurope" in answer.text


def test_what_goes_wrong_in_the_model_is_a_424(site: Site, pair: str, raw: str) -> None:
    """Whatever isn't 200, with the model's own status beside it and its body as it is."""
    answer = site.ask(pair, {"fail": True}, x_ms_client_request_id="failing")
    assert answer.status_code == 424 and "scoring script" in answer.json()["message"]
    assert answer.headers["ms-azureml-model-error-statuscode"] == "500"
    assert answer.headers["ms-azureml-model-error-reason"] == "model_error"
    row = measured(site, pair, 1, request_id="failing")[0]
    assert (row.code, row.model_code) == (424, 500)
    for status in (201, 400, 429, 503):
        told = site.ask(raw, path=f"/score?status={status}")
        assert told.status_code == 424 and told.headers["ms-azureml-model-error-statuscode"] == str(status)
        assert told.text == "told so" and told.headers["x-mine"] == "1"


def test_a_model_that_takes_too_long_is_a_408(site: Site) -> None:
    """The next request is answered: by another worker, or once the first has come to its end."""
    endpoint = site.endpoint("slow")
    requests = {"requestTimeout": "PT2S", "maxConcurrentRequestsPerInstance": 4, "maxQueueWait": "PT30S"}
    site.deployment(endpoint, "only", site.code("slow"), instances=2, requestSettings=requests)
    site.traffic(endpoint, only=100)
    assert site.ask(endpoint, {"sleep": 3}).status_code == 408
    assert measured(site, endpoint, 1, code=408)[0].model_code == 0
    until(lambda: site.ask(endpoint).status_code == 200, "an answer after a time-out")


def test_more_than_a_deployment_takes_is_a_429(site: Site) -> None:
    """One at a time and one that waits: of six at once, two are answered; the one that waited has its delay noted."""
    endpoint = site.endpoint("narrow")
    requests = {"requestTimeout": "PT60S", "maxConcurrentRequestsPerInstance": 1, "maxQueueWait": "PT60S"}
    site.deployment(endpoint, "only", site.code("narrow"), requestSettings=requests)
    site.traffic(endpoint, only=100)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: site.ask(endpoint, {"sleep": 2}), range(6)))
    assert Counter(answer.status_code for answer in answers) == {200: 2, 429: 4}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["ms-azureml-model-error-reason"] == "too_many_pending_request"
    delays = sorted(row.throttling_delay_ms for row in measured(site, endpoint, 2, code=200))
    assert delays[0] == 0 and delays[1] > 1000
    assert len(measured(site, endpoint, 4, code=429)) == 4


def test_who_waits_too_long_for_a_turn_hears_429(site: Site) -> None:
    """`maxQueueWait`, though there was a place to wait in."""
    endpoint = site.endpoint("impatient")
    requests = {"requestTimeout": "PT60S", "maxConcurrentRequestsPerInstance": 1, "maxQueueWait": "PT0.1S"}
    site.deployment(endpoint, "only", site.code("impatient"), requestSettings=requests)
    site.traffic(endpoint, only=100)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: site.ask(endpoint, {"sleep": 2}).status_code, range(2)))
    assert sorted(answers) == [200, 429]
    assert measured(site, endpoint, 1, code=429)[0].throttling_delay_ms >= 100


def test_a_mirrored_deployment_gets_copies_whose_answers_nobody_sees(site: Site, pair: str) -> None:
    """Up to the share that the endpoint says, marked in the traffic log; a failing copy fails nobody."""
    site.traffic(pair, {"green": 50}, blue=100)
    answers = [site.ask(pair, {"number": number}) for number in range(200)]
    assert {answer.json()["who"] for answer in answers} == {"blue"}
    copies = measured(site, pair, 60, mirrored=True)
    assert {row.deployment for row in copies} == {"green"} and {row.code for row in copies} == {200}
    assert len(copies) <= 140
    site.traffic(pair, blue=100)


def test_too_large_a_request_is_a_413(site: Site, raw: str) -> None:
    """Ten megabytes pass, one byte more doesn't: told in advance or found out while it comes."""
    host, key = site.host_name(raw), keys.key(site.azure.store, raw, "primary")
    url, headers = f"http://127.0.0.1:{site.host.port}/score", {"Host": host, "Authorization": f"Bearer {key}"}
    whole = b"x" * (10 * 1024 * 1024)
    answer = site.client.post(url, content=whole, headers=headers)
    assert answer.status_code == 200 and answer.content == whole
    assert site.client.post(url, content=whole + b"x", headers=headers).status_code == 413
    chunks = (b"x" * 65536 for _ in range(161))
    assert site.client.post(url, content=chunks, headers=headers).status_code == 413


def test_an_answer_without_a_length_streams(site: Site, raw: str) -> None:
    """Part by part, complete."""
    answer = site.ask(raw, path="/score?parts=100")
    assert answer.status_code == 200 and len(answer.content) == 5_000_000
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    "sent",
    [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbroken\r\n\r\n", b"POST /score HTTP/1.1\r\ncontent-length: x\r\n\r\n",
     b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_request_is_a_400(site: Site, sent: bytes) -> None:
    """And the connection is closed; the router goes on."""
    with socket.create_connection(("127.0.0.1", site.host.port), 30) as connection:
        connection.sendall(sent)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_requests_one_after_another_on_a_connection_are_answered_in_order(site: Site, pair: str) -> None:
    """Sent all at once, without waiting for answers."""
    key = keys.key(site.azure.store, pair, "primary")
    bodies = [json.dumps({"number": number}).encode() for number in range(5)]
    head = f"POST /score HTTP/1.1\r\nHost: {site.host_name(pair)}\r\nAuthorization: Bearer {key}\r\n".encode()
    sent = b"".join(head + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies)
    sent += head + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_connection(("127.0.0.1", site.host.port), 30) as connection:
        connection.sendall(sent)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert re.findall(rb'"number": (\d)', answer) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_client_that_hangs_up_frees_its_place(site: Site) -> None:
    """With one request at a time, the next one is answered without waiting for the first's sleep to be answered."""
    endpoint = site.endpoint("fickle")
    requests = {"requestTimeout": "PT60S", "maxConcurrentRequestsPerInstance": 1, "maxQueueWait": "PT60S"}
    site.deployment(endpoint, "only", site.code("fickle"), instances=1, requestSettings=requests)
    site.traffic(endpoint, only=100)
    key = keys.key(site.azure.store, endpoint, "primary")
    with socket.create_connection(("127.0.0.1", site.host.port), 30) as connection:
        body = b'{"sleep": 1}'
        head = f"POST /score HTTP/1.1\r\nHost: {site.host_name(endpoint)}\r\nAuthorization: Bearer {key}\r\n"
        connection.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        threading.Event().wait(0.3)
    assert site.ask(endpoint).status_code == 200
    assert measured(site, endpoint, 1, code=499)[0].deployment == "only"


def test_an_mlflow_model_needs_no_script(site: Site, mlflow_model: Path) -> None:
    """It takes Azure's forms of `input_data`; what its signature refuses is a 400 of the model's, with the reason."""
    endpoint = site.endpoint("mlflow")
    model = site.model("classifier", mlflow_model)
    deployment = site.deployment(endpoint, "only", model=model)
    site.traffic(endpoint, only=100)
    table = {"columns": ["amount", "age"], "index": [0, 1], "data": [[1.0, 20.0], [40.0, 50.0]]}
    for data in (table, [[1.0, 20.0], [40.0, 50.0]], [{"amount": 1.0, "age": 20.0}, {"age": 50.0, "amount": 40.0}]):
        answer = site.ask(endpoint, {"input_data": data})
        assert (answer.status_code, answer.json()) == (200, [0, 1]), answer.text
    for wrong, reason in (
        ({"input_data": {"columns": ["amount"], "data": [[1.0]]}}, "age"),
        ({"input_data": {"columns": ["amount", "age"], "data": [["many", 1.0]]}}, "amount"),
        ({"input_data": 3}, "must be a table"),
        ({"input_data": {"columns": ["a"], "data": [[1, 2]]}}, "can't be read"),
        ({"data": []}, "input_data"),
    ):
        answer = site.ask(endpoint, wrong)
        assert answer.status_code == 424 and answer.headers["ms-azureml-model-error-statuscode"] == "400"
        assert reason in answer.json()["message"], answer.text
    log = site.host.logs(deployment)
    assert "ready for serving traffic" in log


def test_usage_of_each_deployment_is_sampled(site: Site, pair: str) -> None:
    """Processor and memory, by deployment."""
    with Meters.open(site.place.meters) as meters:
        until(lambda: {row.deployment for row in meters.usage(pair, 0, 1e12)} == {"blue", "green"}, "samples")
        assert all(0 <= row.cpu_percent <= 100 and 0 < row.memory_percent < 100 for row in meters.usage(pair, 0, 1e12))
