"""How many requests a deployment has under way, and how many wait for their turn.

As many wait as may be under way, so that at any time twice `maxConcurrentRequestsPerInstance` times the instances are
there; the rest is refused. Source: Azure ML docs, how-to-troubleshoot-online-endpoints (status 429).
"""

from __future__ import annotations

import asyncio
from collections import deque


class TooMany(Exception):
    """A request finds no place, or waited too long for its turn."""

    def __init__(self, waited: float) -> None:
        super().__init__("too many pending requests")
        self.waited = waited
        """Seconds."""


class Limit:
    """The places of one deployment. Belongs to one event loop."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self, longest: float) -> float:
        """Take a place, waiting for at most `longest` seconds. Returns the seconds waited. Raises `TooMany`."""
        if self.taken < self.places and not self._waiting:
            self.taken += 1
            return 0.0
        if len(self._waiting) >= self.places:
            raise TooMany(0.0)
        loop = asyncio.get_running_loop()
        began, turn = loop.time(), loop.create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(longest):
                await turn
        except TimeoutError:
            self._give_up(turn)
            raise TooMany(loop.time() - began) from None
        except BaseException:
            self._give_up(turn)
            raise
        return loop.time() - began

    def give(self) -> None:
        """Give a place back; the one who has waited longest gets it."""
        self.taken -= 1
        self.admit()

    def admit(self) -> None:
        """Let those in for whom there is a place, after `places` has changed."""
        while self._waiting and self.taken < self.places:
            turn = self._waiting.popleft()
            if not turn.done():
                self.taken += 1
                turn.set_result(None)

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif turn.done() and not turn.cancelled():
            self.give()  # its turn came in the same moment
