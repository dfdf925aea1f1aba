"""The choice of a deployment: by weight, and never one that isn't there."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from seawall.local.serving.table import Backend, Deployment, Endpoint, Table, backends, choose, lowered, mirrored, named

NAMES = ("blue", "green", "red", "shadow")


def endpoint(traffic: dict[str, int], mirror: dict[str, int] | None = None, there: tuple[str, ...] = NAMES) -> Endpoint:
    deployments = {name: Deployment(name, Backend(f"{name}-1", 1)) for name in there}
    return Endpoint("/e", "e.westeurope.inference.ml.azure.com", "Key", deployments=deployments, traffic=traffic,
                    mirror=mirror or {})  # fmt: skip


weights = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 100), max_size=4)
draws = st.floats(0, 1, exclude_max=True)


@given(weights, draws, st.sets(st.sampled_from(NAMES)))
def test_only_a_deployment_that_is_there_and_has_a_weight_is_chosen(
    traffic: dict[str, int], draw: float, there: set[str]
) -> None:
    """Where there is none, nothing is chosen; where there is one, something always is."""
    chosen = choose(endpoint(traffic, there=tuple(there)), draw)
    possible = {name for name, weight in traffic.items() if weight and name in there}
    assert (chosen.name if chosen else None) in (possible or {None})


@given(weights, st.integers(0, 2**32))
def test_shares_follow_the_weights(traffic: dict[str, int], seed: int) -> None:
    """Of 2,000 requests each deployment gets its weight's share, within five standard deviations."""
    total, count = sum(traffic.values()), 2000
    if not total:
        return
    draw = random.Random(seed)
    found = Counter(choose(endpoint(traffic), draw.random()).name for _ in range(count))  # type: ignore[union-attr]
    for name, weight in traffic.items():
        share = weight / total
        assert abs(found[name] - count * share) <= 5 * (count * share * (1 - share)) ** 0.5 + 1e-6


@given(weights)
def test_equal_steps_of_the_draw_give_exact_shares(traffic: dict[str, int]) -> None:
    """A draw that walks evenly over [0, 1) meets each deployment exactly as often as its weight says."""
    total = sum(traffic.values())
    found = Counter(
        chosen.name for step in range(total) if (chosen := choose(endpoint(traffic), (step + 0.5) / total)) is not None
    )
    assert found == Counter({name: weight for name, weight in traffic.items() if weight})


@given(st.integers(0, 50), draws)
def test_as_many_of_a_hundred_are_mirrored_as_the_endpoint_says(percent: int, draw: float) -> None:
    """0 mirrors nothing, and a deployment that isn't there gets nothing."""
    copied = mirrored(endpoint({"blue": 100}, {"shadow": percent}), draw)
    assert (copied is not None) == (draw * 100 < percent)
    assert mirrored(endpoint({"blue": 100}, {"shadow": 50}, there=("blue",)), draw) is None


def test_names_are_compared_without_regard_to_case() -> None:
    """As Azure compares the names of resources."""
    assert lowered({"Blue": 10, "GREEN": 90}) == {"blue": 10, "green": 90}
    found = named(endpoint({}), "BLUE")
    assert found is not None and found.name == "blue"
    assert named(endpoint({}), "other") is None


def test_the_servers_of_a_table_are_those_that_are_ready() -> None:
    """A deployment without a server has none to drain."""
    one = endpoint({"blue": 100}, there=("blue",))
    waiting = Endpoint("/f", "f", "Key", deployments={"red": Deployment("red", None)})
    assert backends(Table(1, {"e": one, "f": waiting})) == {"blue-1"}
