"""The tags that keep a release's state: written, read again, and refused where somebody wrote something else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.delivery.commands import Ask, Command, command
from seawall.delivery.durations import to_millisecond
from seawall.delivery.state import Outcome, Paused, Phase, State, StateError, decode, encode
from seawall.delivery.wording import said

names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{2,31}", fullmatch=True)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(to_millisecond)
words = st.text(max_size=300).map(lambda text: said(text, 120)).filter(bool)
whom = words.filter(lambda text: ": " not in text and not text.endswith(":")).map(lambda text: said(text, 60))




unsettled = st.builds(
    State,
    candidate=names,
    stable=st.none() | names,
    model=words,
    digest=st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    by=words,
    begun=moments,
    phase=st.sampled_from([phase for phase in Phase if phase not in (Phase.KEEP, Phase.DONE)]),
    step=st.integers(0, 21),
    since=moments,
    hooks=st.integers(0, 10),
    looked=st.none() | moments,
    failures=st.integers(0, 1000),
    consecutive=st.integers(0, 1000),
    inconclusive=st.integers(0, 1000),
    paused=st.none() | st.builds(Paused, moments, whom, words),
    cleared=st.booleans(),
    approval=st.just("") | words,
    leftovers=st.lists(names, max_size=2).map(tuple),
)
settled = st.builds(
    State,
    candidate=names,
    stable=st.none() | names,
    model=words,
    digest=st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    by=words,
    begun=moments,
    phase=st.sampled_from([Phase.KEEP, Phase.DONE]),
    since=moments,
    outcome=st.sampled_from(Outcome),
    reason=words,
)


@given(unsettled | settled)
def test_what_is_written_is_what_is_read(state: State) -> None:
    """In at most 15 tags of at most 256 characters, whatever people are called and say."""
    tags = encode(state)
    assert decode({**tags, "owner": "ml-platform@larkspur.example"}) == state
    assert len(tags) <= 15 and all(0 < len(value) <= 256 for value in tags.values())
    assert tags["seawall-release-step"].isdigit()


@given(st.sampled_from(Ask), whom, moments, st.just("") | words)
def test_a_command_reaches_another_process(ask: Ask, by: str, at: datetime, why: str) -> None:
    """As one tag, which says who asked, when and why."""
    asked = Command(ask, by, at, why)
    assert command(str(asked)) == asked and len(str(asked)) <= 256


@given(st.text(max_size=300), st.text(max_size=600))
def test_a_command_of_any_words_fits_a_tag(by: str, why: str) -> None:
    """Too long ones are cut, and what is left is still a command."""
    text = str(Command(Ask.PAUSE, by, datetime(2026, 12, 1, tzinfo=UTC), why))
    assert len(text) <= 256 and command(text).ask is Ask.PAUSE


@pytest.mark.parametrize("text", ["", "pause", "stop 2026-12-01T10:00:00Z by me", "pause noon by me"])
def test_a_tag_that_asks_for_nothing_known_is_refused(text: str) -> None:
    """In a sentence that says what would have been understood."""
    with pytest.raises(ValueError, match="expected one of pause, resume, promote, abort, approve"):
        command(text)


STATE = State(
    candidate="v7-11111111",
    stable="v6-00000000",
    model="claims-fraud:7",
    digest="0123456789abcdef",
    by="tester@larkspur.example",
    begun=datetime(2026, 12, 1, 10, tzinfo=UTC),
    phase=Phase.STEP,
    step=2,
)


def test_an_endpoint_without_a_release_has_no_state() -> None:
    """Other people's tags, and a command that nobody has answered, say nothing of a release."""
    assert decode({}) is None
    assert decode({"owner": "me", "seawall-release-ask": "pause 2026-12-01T10:00:00Z by me"}) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seawall-release-phase": "lunch"}, "tag seawall-release-phase: got 'lunch', expected one of tidy, "),
        ({"seawall-release-step": "two"}, "tag seawall-release-step: got 'two', expected a whole number"),
        ({"seawall-release-since": "noon"}, "tag seawall-release-since: got 'noon', expected a time in UTC"),
        ({"seawall-release-since": "2026-12-01T10:00:00+01:00"}, "expected a time in UTC"),
        ({"seawall-release-since": "2026-12-01T10:00:00"}, "expected a time in UTC"),
        ({"seawall-release-lunch": "1"}, "tag seawall-release-lunch: got a key that no release writes"),
        ({"seawall-release": ""}, "tag seawall-release: got '', expected a deployment's name and when its"),
        ({"seawall-release-stable": "x"}, "tag seawall-release-stable: got 'x', expected a deployment's name"),
        ({"seawall-release-looks": "3"}, "tag seawall-release-looks: got '3', expected counts as in"),
        ({"seawall-release-pause": "paused"}, "tag seawall-release-pause: got 'paused', expected `paused`, a time"),
        ({"seawall-release-outcome": "lost"}, "tag seawall-release-outcome: got 'lost', expected one of released"),
        ({"seawall-release-outcome": "released: by me"}, "got released: by me, expected none at the phase step"),
        ({"seawall-release-phase": "keep"}, "tag seawall-release-outcome: got nothing, expected one at the phase keep"),
    ],
)  # fmt: skip
def test_tags_that_somebody_changed_are_refused(change: dict[str, str], sentence: str) -> None:
    """With the tag, what it has, and what it should have: a person can mend it."""
    with pytest.raises(StateError) as refused:
        decode({**encode(STATE), **change})
    assert len(refused.value.errors) == 1 and sentence in refused.value.errors[0]


def test_every_tag_that_is_missing_is_told() -> None:
    """All at once."""
    with pytest.raises(StateError) as refused:
        decode({"seawall-release-step": "1"})
    assert len(refused.value.errors) == 6
    assert "tag seawall-release-phase: got nothing, expected one of tidy" in refused.value.errors[1]
