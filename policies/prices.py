"""What a virtual machine costs an hour, by size and region. A price that the list lacks is unknown, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from policies.files import read

PRICE_LIST = Path(__file__).parent / "prices.yaml"

Positive = Annotated[Decimal, Field(gt=0)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Tier = Literal["dedicated", "lowPriority"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Entry):
    """Where figures come from: an address, and the day for which they hold."""

    address: Annotated[str, Field(pattern=r"^https://")]
    date: date
    note: str = ""


class _Figure(_Entry):
    source: str
    """The name of the source that it comes from."""


class Price(_Figure):
    """The price of a size in a region, an hour: Linux, pay as you go."""

    size: str
    region: str
    tier: Tier = "dedicated"
    hourly: Positive


class Rate(_Figure):
    """How much of the list's currency one unit of another currency buys."""

    currency: Currency
    buys: Positive


class PriceFile(_Entry):
    """`prices.yaml`. Each price and each rate names one of the sources."""

    currency: Currency
    sources: dict[str, Source]
    rates: tuple[Rate, ...] = ()
    prices: tuple[Price, ...] = ()

    @model_validator(mode="after")
    def _sourced_once(self) -> PriceFile:
        figures: tuple[_Figure, ...] = (*self.prices, *self.rates)
        unsourced = sorted({figure.source for figure in figures if figure.source not in self.sources})
        faults = [f"{source!r} is not one of the sources" for source in unsourced]
        faults += [f"a second price of {size} in {region}" for size, region, _ in _repeated(self.prices)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


@dataclass(frozen=True)
class Quote:
    """A price an hour, in the currency asked for, and where it comes from."""

    hourly: Decimal
    currency: str
    sources: tuple[Source, ...]


class PriceList:
    """Looks prices up."""

    def __init__(self, file: PriceFile) -> None:
        self.file = file
        self._prices = {_key(price.size, price.region, price.tier): price for price in file.prices}
        self._rates = {rate.currency: rate for rate in file.rates}

    def hourly(self, size: str, region: str, currency: str, tier: Tier = "dedicated") -> Quote | None:
        """The price of one hour of a size in a region. None where the list has no price, or no rate of the currency."""
        price = self._prices.get(_key(size, region, tier))
        if price is None:
            return None
        source = self.file.sources[price.source]
        if currency == self.file.currency:
            return Quote(price.hourly, currency, (source,))
        rate = self._rates.get(currency)
        if rate is None:
            return None
        return Quote(price.hourly / rate.buys, currency, (source, self.file.sources[rate.source]))


def read_prices(path: Path = PRICE_LIST) -> PriceList:
    """The price list in a file. Raises `files.InvalidFile`."""
    return PriceList(read(path, PriceFile))


@cache
def own_prices() -> PriceList:
    """The price list that is part of the policies, read once."""
    return read_prices()


def _key(size: str, region: str, tier: Tier) -> tuple[str, str, str]:
    return size.lower(), region.lower().replace(" ", ""), tier


def _repeated(prices: Sequence[Price]) -> list[tuple[str, str, str]]:
    keys = [_key(price.size, price.region, price.tier) for price in prices]
    return sorted({key for key in keys if keys.count(key) > 1})
