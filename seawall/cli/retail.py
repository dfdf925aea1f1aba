"""Azure's public price list: the Retail Prices API, which needs no account.

Source: Azure docs, rest/api/cost-management/retail-prices/azure-retail-prices.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPException
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

ADDRESS = "https://prices.azure.com/api/retail/prices"

Tier = Literal["dedicated", "lowPriority"]

_SIZES_A_QUERY = 10
"""So many names keep the address short enough for any proxy."""
_TIMEOUT = 30
_ATTEMPTS = 5
_LONGEST_WAIT = 60
_MOST_PAGES = 200
_MOST_BYTES = 32 * 1024 * 1024
_BUSY = (429, 500, 502, 503, 504)


class NoPrices(Exception):
    """The API can't be reached, refuses, or answers with something else than prices. The message is one line."""


class Item(BaseModel):
    """One meter, as far as a virtual machine's price needs it."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    currency_code: str
    retail_price: Decimal
    arm_region_name: str
    arm_sku_name: str
    product_name: str
    sku_name: str
    meter_name: str
    unit_of_measure: str
    type: str
    effective_start_date: str = ""
    tier_minimum_units: Decimal = Decimal(0)
    is_primary_meter_region: bool = True

    @property
    def tier(self) -> Tier | None:
        """What it prices, for an hour of Linux; None for all else that the meters of virtual machines hold."""
        product, meter = self.product_name.casefold(), f"{self.sku_name} {self.meter_name}".casefold()
        if self.type != "Consumption" or self.unit_of_measure != "1 Hour":
            return None
        if self.tier_minimum_units or self.retail_price <= 0:
            return None
        if any(other in product for other in ("windows", "cloudservices", "cloud services", "dedicated host")):
            return None
        if "spot" in meter or "expired" in meter:
            return None
        return "lowPriority" if "low priority" in meter else "dedicated"


class _Page(BaseModel):
    items: tuple[Item, ...] = Field(alias="Items")
    next_page_link: str | None = Field(default=None, alias="NextPageLink")


@dataclass(frozen=True)
class Key:
    """What has a price: a size in a region, on machines of one's own or on what is left over."""

    size: str
    region: str
    tier: Tier = "dedicated"


def prices(keys: Sequence[Key], currency: str, address: str = ADDRESS) -> Mapping[Key, Decimal]:
    """The prices of an hour that the API has; what it doesn't have, or has in two minds, is left out.

    Raises `NoPrices`.
    """
    wanted = {plain(key): key for key in keys}
    found: dict[Key, list[Item]] = {}
    for region in dict.fromkeys(key.region for key in keys):
        sizes = list(dict.fromkeys(key.size for key in keys if key.region == region))
        for first in range(0, len(sizes), _SIZES_A_QUERY):
            for item in _items(region, sizes[first : first + _SIZES_A_QUERY], currency, address):
                key = item.tier and wanted.get(plain(Key(item.arm_sku_name, item.arm_region_name, item.tier)))
                if key:
                    found.setdefault(key, []).append(item)
    chosen = {key: _chosen(items) for key, items in found.items()}
    return {key: price for key, price in chosen.items() if price is not None}


def _chosen(items: Sequence[Item]) -> Decimal | None:
    """The price of the primary meter that holds last; None where two differ all the same."""
    primary = [item for item in items if item.is_primary_meter_region] or items
    last = max(item.effective_start_date for item in primary)
    found = {item.retail_price for item in primary if item.effective_start_date == last}
    return found.pop() if len(found) == 1 else None


def _items(region: str, sizes: Sequence[str], currency: str, address: str) -> Iterator[Item]:
    names = " or ".join(f"armSkuName eq '{size}'" for size in sizes)
    given = {
        "currencyCode": f"'{currency}'",
        "$filter": "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' "
        f"and armRegionName eq '{region}' and ({names})",
    }
    query = urllib.parse.urlencode(given, quote_via=urllib.parse.quote)
    seen: set[str] = set()
    while query:
        if query in seen or len(seen) >= _MOST_PAGES:
            raise NoPrices(f"{address} has no last page")
        seen.add(query)
        page = _page(f"{address}?{query}", address)
        wrong = next((item.currency_code for item in page.items if item.currency_code != currency), None)
        if wrong:
            raise NoPrices(f"{address} answered in {wrong}, not in {currency}")
        yield from page.items
        # Its host is left aside: whatever a page says, only the address that was asked for is called.
        query = urllib.parse.urlsplit(page.next_page_link or "").query


def _page(url: str, address: str) -> _Page:
    try:
        return _Page.model_validate(json.loads(_answer(url, address), parse_float=Decimal))
    except ValidationError as invalid:
        where = ".".join(str(part) for part in invalid.errors()[0]["loc"])
        raise NoPrices(f"{address} answered with something that is no page of prices: {where}") from None
    except ValueError:
        raise NoPrices(f"{address} answered with something that is not JSON") from None


def _answer(url: str, address: str) -> bytes:
    """The body of an answer. Waits as long as a busy API asks for, and no longer than a minute at a time."""
    request = urllib.request.Request(url, headers={"Accept": "application/json", "User-Agent": "seawall"})
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
                body: bytes = response.read(_MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            if error.code not in _BUSY:
                raise NoPrices(f"{address} answered {error.code} {error.reason}") from None
            if attempt < _ATTEMPTS:
                time.sleep(_wait(error.headers.get("Retry-After"), attempt))
                continue
            raise NoPrices(f"{address} is busy: it answered {error.code} {attempt} times") from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise NoPrices(f"{address} can't be reached: {reason or type(error).__name__}") from None
        if len(body) > _MOST_BYTES:
            raise NoPrices(f"{address} answered with more than {_MOST_BYTES // 1024 // 1024} MB")
        return body
    raise AssertionError("every attempt returns or raises")


def _wait(asked: str | None, attempt: int) -> float:
    """Seconds to wait: as many as were asked for, or twice as many with each attempt."""
    return min(int(asked) if asked and asked.strip().isdigit() else 2**attempt, _LONGEST_WAIT)


def plain(key: Key) -> tuple[str, str, str]:
    """The key without regard to how its size and region are written."""
    return key.size.casefold(), key.region.casefold(), key.tier
