"""What planning reports when it can't make a plan: every fault it found, each in one line or a few."""

from __future__ import annotations

from collections.abc import Iterable


class PlanErrors(Exception):
    """The faults for which there is no plan, all of them at once.

    `errors` holds one message for each, in an order that doesn't change from run to run.
    """

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))
