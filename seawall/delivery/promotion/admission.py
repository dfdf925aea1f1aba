"""Whether a release's model was let into the environment that it goes to: by its stamp, and the audit record. Pure.

A stamp is a tag, and whoever may write models can write tags: it counts where it names a line of the environment's own
audit record that says the same. What that proves, and what not: docs/delivery.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seawall.delivery.document import Asset, Release
from seawall.delivery.promotion import stamps
from seawall.delivery.promotion.audit import Event, Record

MADE_IN = "dev"
"""The environment in which models are made: nothing is promoted into it. `seawall model promote` begins there too."""


def asked(release: Release, environment: str) -> str:
    """What must have been promoted there: `model`, `recipe` or `none`."""
    return release.promotion or ("none" if environment == MADE_IN else "model")


def unstamped(release: Release, environment: str, tags: Mapping[str, str]) -> str:
    """What the model version's tags lack, in a sentence; empty where they lack nothing, or aren't asked."""
    if asked(release, environment) != "model":
        return ""
    model = release.model
    if model.source != "registry":
        return (
            f"{model} of the workspace of {environment} was promoted by nobody: "
            "what is promoted there is a version of the registry's"
        )
    if not stamps.record_of(tags, environment):
        others = ", ".join(sorted(stamps.promoted(tags)))
        return f"{model} was not promoted to {environment}" + (f", only to {others}" if others else "")
    return ""


def unrecorded(release: Release, environment: str, tags: Mapping[str, str], records: Sequence[Record]) -> str:
    """What the audit record of the environment lacks; empty where it lacks nothing, or isn't asked."""
    match asked(release, environment):
        case "model":
            return _without_record(release.model, environment, tags, records)
        case "recipe":
            return _without_recipe(release.model, environment, records)
    return ""


def _without_record(model: Asset, environment: str, tags: Mapping[str, str], records: Sequence[Record]) -> str:
    named, digest = stamps.record_of(tags, environment), tags.get(stamps.DIGEST, "")
    said = next((one for one in _promoted(records, environment) if one.digest_of_line == named), None)
    if said is None:
        return f"the tags of {model} name a promotion to {environment} that its audit record doesn't have"
    if (said.model, said.version, said.digest) != (model.name, model.version, digest):
        other = f"{said.model}:{said.version}, SHA-256 {said.digest[:12]}…"
        return f"the promotion that the tags of {model} (SHA-256 {digest[:12]}…) name is of {other}"
    return ""


def _without_recipe(model: Asset, environment: str, records: Sequence[Record]) -> str:
    mine = (one for one in _promoted(records, environment) if one.model == model.name)
    if any("recipe" in one.details for one in mine):
        return ""
    return f"no recipe of {model.name} was promoted to {environment}"


def _promoted(records: Sequence[Record], environment: str) -> list[Record]:
    return [one for one in records if one.event is Event.PROMOTED and one.target == environment]


def remedy(release: Release, environment: str) -> str:
    """What to do about it."""
    model = release.model
    if asked(release, environment) == "recipe":
        command = f"seawall model promote {model.name}:VERSION --from {MADE_IN} --to {environment}"
        return f"`{command}` promotes one, by a policy with `retrain`."
    command = f"`seawall model promote {model.name}:{model.version} --from registry --to {environment}`"
    if model.source == "registry":
        return f"{command} lets it in. A release file that says `promotion: none` asks for no promotion."
    return (
        f"{command} lets in the registry's. A model that {environment} trains by a promoted recipe says "
        "`promotion: recipe` in its release file; one that needs no promotion, `promotion: none`."
    )
