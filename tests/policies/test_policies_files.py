"""The data files: exemptions, prices, and the configuration of a stack."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from policies import Classification, Context, InvalidFile, Tier, read_exemptions
from policies.config import Guardrails, InvalidConfig, context_of
from policies.prices import own_prices, read_prices

ENTRY = """
exemptions:
  - rule: ml-compute-no-public-ip
    resource: train-gpu-*
    reason: The licence server takes calls from public addresses only.
    owner: ml-platform@larkspur.example
    approval: https://larkspur.example/approvals/17
    expires: 2027-01-31
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(InvalidFile) as invalid:
        read_exemptions(written(folder, text))
    return [error.removeprefix(f"{invalid.value.path}: ") for error in invalid.value.errors]


def test_exemptions_are_read_with_dates_quoted_or_not(tmp_path: Path) -> None:
    """YAML would make a date of an unquoted day; here both are one."""
    assert read_exemptions(written(tmp_path, ENTRY))[0].expires == date(2027, 1, 31)
    assert read_exemptions(written(tmp_path, ENTRY.replace("2027-01-31", '"2027-01-31"')))[0].expires == date(
        2027, 1, 31
    )


def test_no_exemptions_is_a_good_file(tmp_path: Path) -> None:
    """An empty file, an empty list and nothing after the key are all none."""
    for text in ("", "exemptions: []", "exemptions:\n"):
        assert read_exemptions(written(tmp_path, text)) == ()


def test_every_fault_of_an_exemption_is_told_at_once(tmp_path: Path) -> None:
    """Each line names the entry and the key."""
    bad = ENTRY.replace("train-gpu-*", '"*"').replace("ml-platform@larkspur.example", "me").replace("https:", "ftp:")
    told = faults(tmp_path, bad.replace("2027-01-31", "soon") + "    ticket: 17\n")
    assert [line.partition(":")[0] for line in told] == [
        "exemptions[0].resource", "exemptions[0].owner", "exemptions[0].approval", "exemptions[0].expires",
        "exemptions[0].ticket",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["rule", "resource", "reason", "owner", "approval", "expires"])
def test_an_exemption_lacks_nothing(tmp_path: Path, key: str) -> None:
    """Each part is needed; nobody exempts himself without a reason, an approval and an end."""
    lines = [line for line in ENTRY.splitlines() if not line.strip(" -").startswith(f"{key}:")]
    text = (
        "\n".join(lines)
        if key != "rule"
        else ENTRY.replace("- rule: ml-compute-no-public-ip\n    resource", "- resource")
    )
    assert faults(tmp_path, text) == [f"exemptions[0].{key}: Field required"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exemptions: [", "not YAML"),
        ("- a\n- b", "Input should be a valid dictionary"),
        ("exemptions: 3", "exemptions: Input should be a valid tuple"),
        ("exemption: []", "exemption: Extra inputs are not permitted"),
        (b"\xff\xfe\x00", "can't be read as UTF-8"),
        ("exemptions: &a [*a]", ""),
    ],
)
def test_a_file_that_is_none_is_told_in_one_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    """What isn't YAML, or isn't a list of exemptions, is one clear line and never a traceback."""
    errors = faults(tmp_path, text)
    assert len(errors) == 1 and told in errors[0] and "\n" not in errors[0]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """No file is not the same as no exemptions."""
    with pytest.raises(InvalidFile, match="there is no such file"):
        read_exemptions(tmp_path / "nowhere.yaml")


def test_each_price_has_a_source_with_a_day() -> None:
    """The project's own list: every price and rate names a source, which has an address and a day."""
    file = own_prices().file
    assert len(file.prices) > 50
    assert {figure.source for figure in (*file.prices, *file.rates)} == set(file.sources)
    assert all(
        source.address.startswith("https://") and source.date >= date(2026, 1, 1) for source in file.sources.values()
    )


def test_sizes_of_one_family_cost_in_proportion() -> None:
    """Twice the cores cost twice as much, to a thousandth: a slip of a digit would show."""
    for sizes in (
        ("D2s_v5", "D4s_v5", "D8s_v5"),
        ("E2s_v3", "E4s_v3", "E8s_v3"),
        ("F2s_v2", "F4s_v2", "F8s_v2"),
        ("DS2_v2", "DS3_v2", "DS4_v2"),
    ):
        for region in ("westeurope", "northeurope"):
            quotes = [own_prices().hourly(f"Standard_{size}", region, "USD") for size in sizes]
            costs = [quote.hourly for quote in quotes if quote]
            assert len(costs) == 3
            assert all(abs(2 * less - more) <= Decimal("0.001") for less, more in pairwise(costs))


def test_prices_are_found_in_any_case_and_converted_with_both_sources() -> None:
    """Standard_DS3_v2 in West Europe is 0.272 USD an hour, in euro at the stated rate."""
    dollars, euros = (own_prices().hourly("standard_ds3_v2", "West Europe", currency) for currency in ("USD", "EUR"))
    assert dollars is not None and euros is not None
    assert dollars.hourly == Decimal("0.272")
    assert round(euros.hourly, 4) == Decimal("0.2373")
    assert (len(dollars.sources), len(euros.sources)) == (1, 2)


@pytest.mark.parametrize(
    ("size", "region", "currency"),
    [
        ("Standard_M8", "westeurope", "USD"),
        ("Standard_DS3_v2", "mars", "USD"),
        ("Standard_DS3_v2", "westeurope", "CHF"),
    ],
)
def test_a_price_that_is_not_listed_is_none(size: str, region: str, currency: str) -> None:
    """No size, no region, no rate: no price, and no guess."""
    assert own_prices().hourly(size, region, currency) is None


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        ("[{size: A, region: r, hourly: 1, source: nobody}]", "'nobody' is not one of the sources"),
        (
            "[{size: A, region: r, hourly: 1, source: s}, {size: a, region: R, hourly: 2, source: s}]",
            "a second price of a in r",
        ),
        ("[{size: A, region: r, hourly: 0, source: s}]", "prices[0].hourly: Input should be greater than 0"),
        ("[{size: A, region: r, hourly: 1}]", "prices[0].source: Field required"),
    ],
)
def test_a_price_without_a_source_is_refused(tmp_path: Path, prices: str, told: str) -> None:
    """A list in which a price has no source, comes twice or costs nothing can't be used."""
    text = f"currency: USD\nsources: {{s: {{address: 'https://x.example', date: 2026-01-01}}}}\nprices: {prices}"
    with pytest.raises(InvalidFile) as invalid:
        read_prices(written(tmp_path, text))
    assert told in invalid.value.errors[0]


def test_the_context_of_a_stack_comes_from_its_configuration() -> None:
    """Tier, data, currency and limits are read; structured values arrive as JSON."""
    limits = {"budgetCap": 2500.5, "idleMinutes": 30, "approvedFqdns": ["a.example"], "controlledSubnets": ["/s"]}
    config = {
        "tier": "preproduction", "dataClassification": "restricted", "budget": json.dumps({"currency": "USD"}),
        "guardrails": json.dumps(limits),
    }  # fmt: skip
    context = context_of(config.get, "dev")
    assert (context.tier, context.classification, context.currency) == (
        Tier.PREPRODUCTION,
        Classification.RESTRICTED,
        "USD",
    )
    assert (context.budget_cap, context.idle_cap) == (Decimal("2500.5"), timedelta(minutes=30))
    assert (context.approved_fqdns, context.controlled_subnets) == (frozenset({"a.example"}), frozenset({"/s"}))


def test_only_dev_is_preproduction_without_saying_so() -> None:
    """A stack that says nothing is production; the environment counts, not the stack's name."""
    nothing: dict[str, str] = {}
    assert context_of(nothing.get, "dev").tier is Tier.PREPRODUCTION
    assert context_of(nothing.get, "prod").tier is Tier.PRODUCTION
    assert context_of({"environment": "test"}.get, "dev").tier is Tier.PRODUCTION
    assert context_of({"environment": "dev"}.get, "sandbox").tier is Tier.PREPRODUCTION


def test_every_fault_of_a_configuration_is_told_at_once() -> None:
    """Unknown keys of the guardrails are refused, and so are values that none knows."""
    limits = '{"idle": 3, "idleMinutes": 5}'
    config = {"tier": "prod", "dataClassification": "secret", "guardrails": limits, "budget": "{"}
    with pytest.raises(InvalidConfig) as invalid:
        context_of(config.get, "dev")
    assert sorted(error.partition(": ")[0] for error in invalid.value.errors) == [
        "seawall:budget", "seawall:dataClassification", "seawall:guardrails.idle", "seawall:guardrails.idleMinutes",
        "seawall:tier",
    ]  # fmt: skip


def test_limits_that_are_not_set_keep_their_defaults() -> None:
    """Guardrails without a value change nothing of the context."""
    assert Context(**Guardrails().limits()) == Context()


def test_a_stack_may_refer_to_its_own_shared_and_neighbouring_subscriptions() -> None:
    """In lower case; none where the stack's own isn't told."""
    values = {
        "subscription": "AAA", "shared": json.dumps({"subscription": "BBB", "location": "westeurope"}),
        "guardrails": json.dumps({"subscriptions": ["CCC"]}),
    }  # fmt: skip
    assert context_of(values.get, "prod").subscriptions == frozenset({"aaa", "bbb", "ccc"})
    assert context_of({"subscription": "AAA"}.get, "shared").subscriptions == frozenset({"aaa"})
    assert context_of({}.get, "prod").subscriptions == frozenset()
