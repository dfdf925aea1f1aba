"""How many requests a deployment has under way, and who waits."""

from __future__ import annotations

import asyncio

import pytest

from seawall.local.serving.limits import Limit, TooMany


def test_as_many_wait_as_may_be_under_way() -> None:
    """With two places, two requests are under way, two wait, and the fifth is refused at once."""

    async def scene() -> None:
        limit = Limit(2)
        assert [await limit.take(0), await limit.take(0)] == [0.0, 0.0]
        waiting = [asyncio.ensure_future(limit.take(60)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TooMany):
            await limit.take(60)
        limit.give()
        await waiting[0]
        assert not waiting[1].done() and limit.taken == 2
        limit.give()
        await waiting[1]

    asyncio.run(scene())


def test_who_waits_too_long_is_refused_and_leaves_no_trace() -> None:
    """The place that comes free later goes to the next one."""

    async def scene() -> None:
        limit = Limit(1)
        await limit.take(0)
        with pytest.raises(TooMany) as caught:
            await limit.take(0.01)
        assert caught.value.waited > 0
        limit.give()
        assert await limit.take(0) == 0 and limit.taken == 1

    asyncio.run(scene())


def test_who_goes_away_while_waiting_takes_no_place() -> None:
    """A client that has hung up doesn't keep others out, even when its turn came in the same moment."""

    async def scene() -> None:
        limit = Limit(1)
        await limit.take(0)
        leaving = asyncio.ensure_future(limit.take(60))
        await asyncio.sleep(0)
        limit.give()
        leaving.cancel()
        await asyncio.wait((leaving,))
        assert leaving.cancelled() and limit.taken == 0

    asyncio.run(scene())


def test_more_places_let_those_in_who_wait() -> None:
    """A deployment that gets more instances takes more requests at once; with fewer, those under way end first."""

    async def scene() -> None:
        limit = Limit(1)
        await limit.take(0)
        waiting = asyncio.ensure_future(limit.take(60))
        await asyncio.sleep(0)
        limit.places = 2
        limit.admit()
        await waiting
        limit.places = 1
        limit.give()
        with pytest.raises(TooMany):
            await limit.take(0.01)

    asyncio.run(scene())
