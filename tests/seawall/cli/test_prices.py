"""`seawall prices refresh` against a server on this machine that answers in the shape of Azure's Retail Prices API."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from conftest import ROOT
from sandbox import Answer, Sandbox

from policies.prices import read_prices
from seawall.cli import retail
from seawall.cli.prices import refreshed, rendered

LIST = ROOT / "policies" / "prices.yaml"
SMALL = """# A list of two.
currency: USD

sources:
  before:
    address: https://example.com/prices
    date: 2026-01-31

# What one unit of another currency buys in the list's.
rates:
  - {currency: EUR, buys: 1.1, source: before}

prices:
  - {size: Standard_DS3_v2, region: westeurope, hourly: 0.2, source: before}
  - {size: Standard_Gone, region: westeurope, hourly: 9.5, source: before}
"""


def meter(size: str, region: str, price: float, **more: Any) -> dict[str, Any]:
    """A meter as the API has it."""
    name = size.removeprefix("Standard_").replace("_", " ")
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": price,
        "unitPrice": price,
        "armRegionName": region,
        "location": "EU West",
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        "meterId": "000a794b-bdb0-58be-a0cd-0c3a0f222923",
        "meterName": name,
        "productId": "DZH318Z0BQPS",
        "skuId": "DZH318Z0BQPS/00TG",
        "productName": "Virtual Machines DSv2 Series",
        "skuName": name,
        "serviceName": "Virtual Machines",
        "serviceId": "DZH313Z7MMC8",
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": size,
        **more,
    }


def page(*items: dict[str, Any], following: str | None = None, currency: str = "USD") -> bytes:
    return json.dumps(
        {
            "BillingCurrency": currency,
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": [{**item, "currencyCode": currency} for item in items],
            "NextPageLink": following,
            "Count": len(items),
        }
    ).encode()


class Api:
    """A server that gives each query the next of its answers, and remembers what it was asked."""

    def __init__(self) -> None:
        self.queries: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, str]], tuple[int, dict[str, str], bytes]] = lambda query: (200, {}, page())
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                api.queries.append(query)
                status, headers, body = api.answer(query)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/api/retail/prices"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    api = Api()
    thread = threading.Thread(target=api.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield api
    api.server.shutdown()
    api.server.server_close()
    thread.join()


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    waits: list[float] = []
    monkeypatch.setattr(retail.time, "sleep", waits.append)
    return waits


@pytest.fixture
def project(sandbox: Sandbox) -> Sandbox:
    (sandbox.root / "policies").mkdir()
    shutil.copy(LIST, sandbox.root / "policies")
    return sandbox


def small(project: Sandbox) -> Path:
    """The project's price list, made small, and no stack file but that of `test`, with one cluster."""
    path = project.root / "policies" / "prices.yaml"
    path.write_text(SMALL)
    for file in (project.root / "stacks").glob("Pulumi.*.yaml"):
        if file.name != "Pulumi.test.yaml":
            file.unlink()
    return path


def refresh(project: Sandbox, api: Api, *more: str) -> Answer:
    return project.run("prices", "refresh", "--address", api.address, *more)


def test_prices_are_renewed_with_source_and_date(project, api, monkeypatch):
    """Each price names the API and the day; what it lacks keeps its old source, and the rate follows its own prices."""
    path = small(project)
    monkeypatch.setattr("seawall.cli.prices._used", lambda project, screen: [retail.Key("Standard_New", "westeurope")])

    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        euro = query["currencyCode"] == "'EUR'"
        factor = 0.5 if euro else 1
        known, new = (meter(f"Standard_{size}", "westeurope", factor) for size in ("DS3_v2", "New"))
        items = [{**known, "retailPrice": 0.3 * factor}, {**new, "retailPrice": 1.5 * factor}]
        return 200, {}, page(*items, currency="EUR" if euro else "USD")

    api.answer = answer
    done = refresh(project, api, "--json")
    assert done.code == 0, done.err
    assert done.json["changed"] == ["Standard_DS3_v2 in westeurope"]
    assert done.json["added"] == ["Standard_New in westeurope"]
    assert done.json["kept"] == ["Standard_Gone in westeurope"] and done.json["unknown"] == []
    file = read_prices(path).file
    told = {price.size: (str(price.hourly), file.sources[price.source]) for price in file.prices}
    assert {size: price for size, (price, _) in told.items()} == {
        "Standard_DS3_v2": "0.3",
        "Standard_Gone": "9.5",
        "Standard_New": "1.5",
    }
    renewed, gone = told["Standard_DS3_v2"][1], told["Standard_Gone"][1]
    assert renewed.address == retail.ADDRESS and renewed.date >= date(2026, 1, 1) and api.address in renewed.note
    assert (gone.address, gone.date) == ("https://example.com/prices", date(2026, 1, 31))
    assert str(file.rates[0].buys) == "2.0000" and file.sources[file.rates[0].source] == renewed
    assert path.read_text().startswith("# A list of two.\ncurrency: USD\n")
    assert [entry.name for entry in path.parent.iterdir()] == ["prices.yaml"]


def test_only_linux_by_the_hour_counts(project, api):
    """Windows, spot, cloud services, expired and other units are left aside; low priority is a price of its own."""
    path = small(project)
    size, region = "Standard_DS3_v2", "westeurope"
    api.answer = lambda query: (
        200,
        {},
        page(
            meter(size, region, 0.31),
            meter(size, region, 0.91, productName="Virtual Machines DSv2 Series Windows"),
            meter(size, region, 0.05, skuName="DS3 v2 Spot", meterName="DS3 v2 Spot"),
            meter(size, region, 0.06, skuName="DS3 v2 Low Priority", meterName="DS3 v2 Low Priority"),
            meter(size, region, 0.32, productName="DSv2 Series CloudServices"),
            meter(size, region, 0.33, meterName="DS3 v2 Expired"),
            meter(size, region, 200, unitOfMeasure="1 Month"),
            meter(size, region, 100, type="Reservation"),
            meter(size, region, 0.3, effectiveStartDate="2020-01-01T00:00:00Z"),
            meter(size, region, 0.29, isPrimaryMeterRegion=False),
            meter(size, "northeurope", 0.28),
            currency=query["currencyCode"].strip("'"),
        ),
    )
    key = retail.Key(size, region)
    low = retail.Key(size, region, "lowPriority")
    known = read_prices(path).file
    outcome = refreshed(known, [low], date(2026, 12, 1), api.address)
    found = {(price.size, price.tier): str(price.hourly) for price in outcome.file.prices if price.size == size}
    assert found == {(size, "dedicated"): "0.31", (size, "lowPriority"): "0.06"}
    assert outcome.changed == (key,) and outcome.added == (low,)
    again = path.with_name("again.yaml")
    again.write_text(rendered(outcome.file, SMALL))
    assert read_prices(again).file == outcome.file
    assert str(read_prices(again).hourly(size, region, "USD", "lowPriority").hourly) == "0.06"


def test_two_prices_of_one_size_are_none(project, api):
    """Where the API is of two minds, nothing is guessed: the price is as unknown as it was."""
    small(project)
    api.answer = lambda query: (
        200,
        {},
        page(
            meter("Standard_DS3_v2", "westeurope", 0.3, currencyCode="USD"),
            meter("Standard_DS3_v2", "westeurope", 0.4),
            meter("Standard_Gone", "westeurope", 9.6),
            currency=query["currencyCode"].strip("'"),
        ),
    )
    done = refresh(project, api, "--json")
    assert done.code == 0 and done.json["kept"] == ["Standard_DS3_v2 in westeurope"]


def test_pages_are_read_to_the_last_and_from_one_address(project, api):
    """The next page's query is followed, whatever host its link names; the filter has service, region and sizes."""
    path = small(project)

    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        currency = query["currencyCode"].strip("'")
        if "$skip" in query:
            return 200, {}, page(meter("Standard_Gone", "westeurope", 8.5), currency=currency)
        link = f"https://prices.azure.com:443/api/retail/prices?currencyCode='{currency}'&$filter=x&$skip=100"
        return 200, {}, page(meter("Standard_DS3_v2", "westeurope", 0.3), following=link, currency=currency)

    api.answer = answer
    done = refresh(project, api)
    assert done.code == 0, done.err
    assert [str(price.hourly) for price in read_prices(path).file.prices][:2] == ["0.3", "8.5"]
    asked = api.queries[0]["$filter"]
    assert "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq 'westeurope'" in asked
    assert "armSkuName eq 'Standard_DS3_v2' or armSkuName eq 'Standard_Gone'" in asked
    assert api.queries[1]["$skip"] == "100" and {query["currencyCode"] for query in api.queries} == {"'USD'", "'EUR'"}


def test_a_busy_api_is_given_the_time_it_asks_for(project, api, waited):
    """429 with Retry-After is waited for, at most a minute at a time, and asked again."""
    small(project)
    refusals = iter(["7", "3600", None])

    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        for after in refusals:
            return 429, {"Retry-After": after} if after else {}, b""
        return 200, {}, page(meter("Standard_Gone", "westeurope", 8.5), currency=query["currencyCode"].strip("'"))

    api.answer = answer
    assert refresh(project, api).code == 0
    assert waited == [7, 60, 8]


FAULTS = {
    "busy for good": ((429, {"Retry-After": "1"}, b""), "is busy: it answered 429 5 times"),
    "refused": ((403, {}, b"no"), "answered 403 Forbidden"),
    "broken": ((200, {}, page(meter("Standard_DS3_v2", "westeurope", 0.3))[:-40]), "something that is not JSON"),
    "another shape": ((200, {}, b'{"Items": [{"retailPrice": "?"}]}'), "no page of prices: Items.0"),
    "a list": ((200, {}, b"[]"), "no page of prices"),
    "another currency": ((200, {}, page(meter("x", "y", 1), currency="JPY")), "answered in JPY, not in USD"),
    "nothing": ((200, {}, page()), "has no price of anything"),
    "no last page": ((200, {}, page(following="https://x.example/?$skip=1")), "has no last page"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_list_untouched(project, api, waited, fault):
    """One clear line, exit 3, no traceback, and the file as it was to the byte."""
    path = project.root / "policies" / "prices.yaml"
    before = path.read_bytes()
    given, expected = FAULTS[fault]
    api.answer = lambda query: given
    done = refresh(project, api)
    assert done.code == 3 and "Traceback" not in done.err
    first, *rest = done.err.splitlines()
    assert first.startswith("error: ") and expected in first and "policies/prices.yaml stays as it was" in first
    assert rest == ["Try again later; until then the old prices are used."]
    assert path.read_bytes() == before and [entry.name for entry in path.parent.iterdir()] == ["prices.yaml"]


def test_offline_the_list_stays(project, api):
    """Where nobody listens, the command says so and changes nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    path = project.root / "policies" / "prices.yaml"
    before = path.read_bytes()
    done = project.run("prices", "refresh", "--address", address)
    assert done.code == 3 and "can't be reached" in done.err and len(done.err.splitlines()) == 2
    assert path.read_bytes() == before


def test_every_size_in_use_is_asked_for(project, api):
    """The list's sizes and those of the stack files, low priority too, are asked for by region."""
    api.answer = lambda query: (
        200,
        {},
        page(meter("Standard_DS3_v2", "westeurope", 0.3), currency=query["currencyCode"].strip("'")),
    )
    done = refresh(project, api, "--json")
    assert done.code == 0, done.err
    asked = " ".join(query["$filter"] for query in api.queries)
    document = yaml.safe_load(project.stack_file("prod").read_text())["config"]
    for cluster in document["seawall:compute"]["clusters"]:
        assert f"armSkuName eq '{cluster['size']}'" in asked
    assert "Standard_DS3_v2 in westeurope at low priority" in done.json["unknown"]
    assert "armRegionName eq 'northeurope'" in asked


def test_a_list_is_written_as_it_was_read():
    """The project's own list is in the form that a refresh writes, so that a refresh changes nothing but prices."""
    assert rendered(read_prices(LIST).file, LIST.read_text()) == LIST.read_text()


def test_a_broken_list_is_bad_input(project):
    """A price list that can't be read is told as such, before anything is asked for."""
    (project.root / "policies" / "prices.yaml").write_text("currency: yen\n")
    done = project.run("prices", "refresh")
    assert done.code == 2 and "currency" in done.err
