"""`seawall prices refresh`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from seawall.cli.exits import BadInput, CloudFault
from seawall.cli.options import HERE, Cwd, Json
from seawall.cli.project import Project
from seawall.cli.screen import Screen

if TYPE_CHECKING:
    from policies.prices import Price, PriceFile, Rate, Source
    from seawall.cli.retail import Key

LIST = Path("policies") / "prices.yaml"
_NOTE = "Microsoft's retail prices of virtual machines: Linux, pay as you go, an hour."


class Action(StrEnum):
    REFRESH = "refresh"


def command(
    action: Annotated[Action, typer.Argument(metavar="ACTION", help="refresh: renew the price list.")],
    json: Json = False,
    cwd: Cwd = HERE,
    address: Annotated[str, typer.Option("--address", envvar="SEAWALL_PRICES_ADDRESS", hidden=True)] = "",
) -> None:
    """Renew the price list from Azure's public Retail Prices API, which needs no account.

    It asks for each size, region and tier that policies/prices.yaml has or a stack file uses, and for what the list's
    currency costs in the others. A price that the API doesn't have keeps its old source and date; one that was never
    known stays unknown. Where the API can't be reached, the list stays as it is.

    \b
    Example:
      seawall prices refresh
      git diff policies/prices.yaml
    """
    project = Project.find(cwd)
    from policies.files import InvalidFile
    from policies.prices import read_prices
    from seawall.cli import files
    from seawall.cli.retail import ADDRESS, NoPrices

    screen = Screen.of_process(json=json)
    path = project.root / LIST
    try:
        known = read_prices(path).file
    except InvalidFile as invalid:
        raise BadInput(invalid.errors) from None
    try:
        with screen.working("Asking for prices"):
            outcome = refreshed(known, _used(project, screen), datetime.now(UTC).date(), address or ADDRESS)
    except NoPrices as reason:
        told = f"{reason}; {LIST} stays as it was"
        raise CloudFault(told, hint="Try again later; until then the old prices are used.") from None
    files.write(screen, rendered(outcome.file, path.read_text(encoding="utf-8")).encode(), path, "the price list")
    _tell(screen, outcome)


@dataclass(frozen=True)
class Outcome:
    """The renewed list; which of its prices are new or changed, and what the API has no price of."""

    file: PriceFile
    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    kept: tuple[Key, ...]
    """Those that the API doesn't have any more: still in the list, with their old source."""
    unknown: tuple[Key, ...]


def refreshed(known: PriceFile, used: Iterable[Key], today: date, address: str) -> Outcome:
    """A price list with the API's prices of today. Raises `retail.NoPrices`."""
    from policies.prices import Price, PriceFile, Source
    from seawall.cli import retail

    old = {_key(price): price for price in known.prices}
    names = {retail.plain(key): key for key in (*used, *old)}  # what both name is named as the list does
    keys = list(dict.fromkeys((*old, *(names[retail.plain(key)] for key in used))))
    found = retail.prices(keys, known.currency, address)
    if not found:
        raise retail.NoPrices(f"{address} has no price of anything that was asked for")
    name = f"azure-retail-prices-{today}"
    through = "" if address == retail.ADDRESS else f" Read through {address}."
    source = Source(address=retail.ADDRESS, date=today, note=_NOTE + through)
    renewed = {
        key: Price(size=key.size, region=key.region, tier=key.tier, hourly=price, source=name)
        for key, price in found.items()
    }
    held = {**old, **renewed}
    prices = tuple(held[key] for key in keys if key in held)
    rates = tuple(_rate(rate, found, known.currency, name, address) for rate in known.rates)
    sources = {**known.sources, name: source}
    named = {figure.source for figure in (*prices, *rates)}
    return Outcome(
        file=PriceFile(
            currency=known.currency,
            sources={name: source for name, source in sources.items() if name in named},
            rates=rates,
            prices=prices,
        ),
        added=tuple(key for key in renewed if key not in old),
        changed=tuple(key for key in renewed if key in old and old[key].hourly != renewed[key].hourly),
        kept=tuple(key for key in old if key not in renewed),
        unknown=tuple(key for key in keys if key not in renewed and key not in old),
    )


def _rate(rate: Rate, found: Mapping[Key, Decimal], currency: str, source: str, address: str) -> Rate:
    """What a unit of the currency buys, by the API's own prices in both; the rate as it was where it has none.

    Microsoft bills in other currencies at rates of its own, which these prices show.
    """
    from policies.prices import Rate
    from seawall.cli import retail

    region = next(iter(found)).region
    asked = [key for key in found if key.region == region]
    other = retail.prices(asked, rate.currency, address)
    if not other:
        return rate
    ours = sum((found[key] for key in other), Decimal(0))
    buys = (ours / sum(other.values(), Decimal(0))).quantize(Decimal("0.0001"))
    return Rate(currency=rate.currency, buys=buys, source=source)


def rendered(file: PriceFile, before: str) -> str:
    """A price list as its file has it, under the comment that the file begins with."""
    head = before.partition("currency:")[0]
    lines = [f"currency: {file.currency}", "", "sources:"]
    for name, source in file.sources.items():
        lines += _source(name, source)
    lines += ["", "# What one unit of another currency buys in the list's.", "rates:" if file.rates else "rates: []"]
    lines += [f"  - {{currency: {rate.currency}, buys: {rate.buys}, source: {rate.source}}}" for rate in file.rates]
    lines += ["", "prices:" if file.prices else "prices: []", *(_price(price) for price in file.prices)]
    return head + "\n".join(lines) + "\n"


def _source(name: str, source: Source) -> list[str]:
    return [
        f"  {name}:",
        f"    address: {_text(source.address)}",
        f"    date: {source.date}",
        *([f"    note: {_text(source.note)}"] if source.note else []),
    ]


def _text(value: str) -> str:
    """A text as YAML has it, on one line: in quotes where it needs them."""
    written: str = yaml.safe_dump(value, width=10_000, allow_unicode=True)
    return written.partition("\n")[0]


def _price(price: Price) -> str:
    tier = "" if price.tier == "dedicated" else f"tier: {price.tier}, "
    return (
        f"  - {{size: {price.size}, region: {price.region}, {tier}hourly: {price.hourly:f}, source: {price.source}}}"
    )


def _used(project: Project, screen: Screen) -> list[Key]:
    """What the stack files of the project use."""
    from seawall.cli import planning
    from seawall.cli.retail import Key

    used = []
    for env in project.environments:
        settings = planning.settings(project, env)
        used += [Key(one.size, settings.location, one.tier) for one in settings.compute.clusters]
        used += [Key(one.size, settings.location) for one in settings.compute.instances]
    return sorted(set(used), key=lambda key: (key.region, key.size, key.tier))


def _key(price: Price) -> Key:
    from seawall.cli.retail import Key

    return Key(price.size, price.region, price.tier)


def _tell(screen: Screen, outcome: Outcome) -> None:
    renewed = len(outcome.file.prices) - len(outcome.kept)
    screen.say(f"{renewed} prices of today: {len(outcome.changed)} changed, {len(outcome.added)} new.")
    for key in outcome.kept:
        screen.warn(f"{_named(key)} has no price any more; the old one stays, with its date")
    for key in outcome.unknown:
        screen.warn(f"{_named(key)} has no price; it stays unknown")
    screen.result(
        {
            "prices": renewed,
            "changed": [_named(key) for key in outcome.changed],
            "added": [_named(key) for key in outcome.added],
            "kept": [_named(key) for key in outcome.kept],
            "unknown": [_named(key) for key in outcome.unknown],
        }
    )


def _named(key: Key) -> str:
    return f"{key.size} in {key.region}{' at low priority' if key.tier == 'lowPriority' else ''}"
