"""Tiers, tags and budgets."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.settings.base import OPAQUE
from stacks.settings.checks.base import Fault, check
from stacks.settings.model import Settings

ALWAYS_PRODUCTION = ("shared", "test", "staging", "prod")
"""Environments that are guarded as production whatever a file says: what is promoted comes from them or serves."""

MOST_NOTIFICATIONS = 5
"""Notifications of a budget. Source: Microsoft.Consumption/budgets."""

MOST_TAGS = 40
"""Azure takes 50 tags; the platform's own and Azure's need the rest."""

OWN_TAGS = ("owner", "costCenter", "env", "dataClassification", "expiry")
"""Tags that the platform sets from settings of these names."""

_FORBIDDEN_IN_TAGS = "<>%&\\?/"
_RESERVED_TAGS = ("microsoft", "azure", "windows")


@check("environment", "tier")
def production_stays_production(settings: Settings) -> Iterator[Fault]:
    """Staging and test count as production, and so does what all environments share."""
    if settings.environment in ALWAYS_PRODUCTION and not settings.is_production:
        yield Fault(("tier",), settings.tier, f"production: {settings.environment} is guarded as production")


@check("tags")
def tags_are_azures(settings: Settings) -> Iterator[Fault]:
    """Azure's limits of tags, with storage accounts' shorter keys. Source: tag-resources, "Limitations"."""
    own = {name.lower() for name in OWN_TAGS}
    seen = set[str]()
    for key in settings.tags:
        place = ("tags", key)
        if len(key) > 128 or not key or any(character in _FORBIDDEN_IN_TAGS for character in key):
            yield Fault(place, repr(key), f"a key of 1 to 128 characters without {' '.join(_FORBIDDEN_IN_TAGS)}")
        if key.lower().startswith(_RESERVED_TAGS):
            yield Fault(
                place, repr(key), "a key that doesn't start with microsoft, azure or windows: Azure keeps those"
            )
        if key.lower() in own:
            yield Fault(place, repr(key), "a key that the platform doesn't set itself, from the setting of that name")
        if key.lower() in seen:
            yield Fault(place, repr(key), "each key once: Azure takes no notice of case")
        seen.add(key.lower())
    if len(settings.tags) > MOST_TAGS:
        yield Fault(("tags",), f"{len(settings.tags)} tags", f"at most {MOST_TAGS}")


@check("budget")
def budget_runs_by_months(settings: Settings) -> Iterator[Fault]:
    """A budget starts on the first of a month and ends after it starts. Source: Microsoft.Consumption/budgets."""
    budget = settings.budget
    if budget.start.day != 1:
        first = budget.start.replace(day=1)
        yield Fault(("budget", "start"), str(budget.start), f"the first of a month, such as {first}")
    if budget.end is not None and budget.end <= budget.start:
        yield Fault(("budget", "end"), str(budget.end), f"a day after budget.start, {budget.start}")


@check("budget")
def budget_tells_often_enough(settings: Settings) -> Iterator[Fault]:
    """A budget has at least one notification and at most five, all different."""
    thresholds = settings.budget.thresholds
    count = len(thresholds.actual) + len(thresholds.forecast)
    if not 1 <= count <= MOST_NOTIFICATIONS:
        place = ("budget", "thresholds")
        yield Fault(place, f"{count} thresholds", f"1 to {MOST_NOTIFICATIONS}, actual and forecast together")
    for name, percents in (("actual", thresholds.actual), ("forecast", thresholds.forecast)):
        for index, percent in enumerate(percents):
            if percent in percents[:index]:
                yield Fault(("budget", "thresholds", name, index), f"{percent:g}", "each percentage once")


@check("alertWebhook")
def webhook_is_private(settings: Settings) -> Iterator[Fault]:
    """Alerts say what is broken: they travel encrypted."""
    secret = settings.alert_webhook
    value = secret.get_secret_value() if secret else ""
    if value and not value.startswith(("https://", OPAQUE)):
        yield Fault(("alertWebhook",), "[secret]", "a URL that starts with https://")
