"""The release file: its sections, what they are for, and what they may say. `documents` reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from seawall.delivery.checks import Analysis
from seawall.delivery.hooks_section import Hooks, Notifications
from seawall.delivery.scaling import Autoscale
from seawall.delivery.section import (
    Duration,
    Items,
    Label,
    Length,
    RelativePath,
    Section,
    Share,
    ShortLength,
    Text,
    Timeout,
    Variable,
    duration,
    refused,
)

__all__ = ["Analysis", "Autoscale", "Hooks", "Release"]

_VERSION = Text(
    r"(?!(?i:latest|default|production|staging)$)[A-Za-z0-9][A-Za-z0-9._-]*",
    "one version, pinned; labels such as latest move",
    30,
)


def _version(value: Any) -> str:
    """A version; a whole number may stand without quotes."""
    return _VERSION.read(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


Version = Annotated[
    str,
    BeforeValidator(_version),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "maxLength": 30}),
]
AssetName = Annotated[
    str, Text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "an asset's name of letters, digits, '.', '_', '-'", 255)
]
EndpointName = Annotated[
    str, Text(r"[a-z][a-z0-9-]{2,31}", "an endpoint's name in the stack file: 3 to 32 of a-z, 0-9, '-', a letter first")
]
VmSize = Annotated[str, Text(r"Standard_[A-Z]+[A-Za-z0-9-]*(_[A-Za-z0-9]+)*", "a VM size such as Standard_DS3_v2", 64)]


class Asset(Section):
    """A version of a model or an environment."""

    source: Literal["registry", "workspace"] = Field(
        default="registry", alias="from", description="The registry that all environments share, or the workspace."
    )
    name: AssetName
    version: Version

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"


class Code(Section):
    folder: RelativePath = Field(description="The folder that is uploaded, beside the release file.")
    script: RelativePath = Field(description="The scoring script, within the folder.")


class Instance(Section):
    type: VmSize
    count: int = Field(default=1, ge=1, le=50, description="How many to begin with. Azure takes 50 at most.")


class Requests(Section):
    timeout: ShortLength = duration("5s", "How long the model may take to answer.")
    max_concurrent: int = Field(default=1, ge=1, le=1000, description="Requests at a time for each instance.")
    max_queue_wait: ShortLength = duration("500ms", "How long a request may wait for an instance.")


class Probe(Section):
    """Source: Azure Machine Learning docs, reference-yaml-deployment-managed-online, ProbeSettings."""

    initial_delay: Length = duration("10s", "Before the first probe.")
    period: Timeout = duration("10s", "From probe to probe.")
    timeout: Timeout = duration("2s", "How long a probe may take.")
    successes: int = Field(default=1, ge=1, le=100)
    failures: int = Field(default=30, ge=1, le=1000)


class Probes(Section):
    liveness: Probe | None = None
    readiness: Probe | None = None


class Step(Section):
    """A share of the traffic, and how long it is watched. A bare number is a share."""

    traffic: Share = Field(description="Percent, a whole number.")
    bake: Length | None = Field(default=None, description="How long to stay, at least; one look where not said.")
    pause: bool = Field(default=False, description="Wait for a person (`seawall release resume`) before going on.")

    @model_validator(mode="before")
    @classmethod
    def _share(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"traffic": value}
        if not isinstance(value, dict | Section):
            raise refused("a whole number of percent, or a mapping with traffic, bake and pause")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 99}, handler(core)]}


_SOAK = "How long the new deployment is watched once it has all traffic, before the old one is given up."


class Canary(Section):
    """Some traffic, then more. The last step, all of it, goes without saying."""

    steps: Items[Step] = Field(default=(Step(traffic=10), Step(traffic=50)), min_length=1, max_length=20)
    soak: Length = duration("10m", _SOAK)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        shares = [step.traffic for step in self.steps]
        if sorted(set(shares)) != shares:
            raise refused("steps that rise, each above the one before", ", ".join(map(str, shares)))
        return self


class BlueGreen(Section):
    """All traffic at once, with the old deployment there to return to."""

    soak: Length = duration("10m", _SOAK)


class Shadow(Section):
    """A copy of some requests, whose answers nobody gets. Comes before canary or blueGreen."""

    mirror: int = Field(default=10, ge=1, le=50, description="Percent that is mirrored. Azure takes 50 at most.")
    duration: Length | None = Field(default=None, description="How long, at least; one look where not said.")


class Direct(Section):
    """All traffic at once, and no look at it: for development."""


class Strategy(Section):
    """One of canary, blueGreen and direct. shadow may come before either of the first two, and is blueGreen alone."""

    canary: Canary | None = None
    blue_green: BlueGreen | None = None
    direct: Direct | None = None
    shadow: Shadow | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        """`strategy: canary` is canary with its defaults, and so is `canary:` with nothing behind it."""
        if isinstance(value, str):
            value = {value: None}
        if not isinstance(value, dict):
            return value
        return {key: {} if inner is None else inner for key, inner in value.items()}

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("canary", "blue_green", "direct") if getattr(self, name) is not None]
        if len(given) > 1 or not (given or self.shadow):
            raise refused("one of canary, blueGreen, direct, shadow", "several" if given else "none")
        if self.direct and self.shadow:
            raise refused("shadow with canary or blueGreen, or alone", "shadow with direct")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": ["canary", "blueGreen", "direct", "shadow"]}, handler(core)]}


class Keep(Section):
    previous: Length = duration("1h", "How long the old deployment stays: so long, abort returns to it.")
    failed: Length = duration("24h", "How long one that was rolled back stays, for a look at its logs.")


class Value(Section):
    """A value that the answer of a smoke test has to have."""

    path: Annotated[str, Text(r"\$?(\.?[A-Za-z0-9_-]+|\[\d+\])*", "a path such as predictions[0].score", 200)]
    equals: Any = None
    near: float | None = None
    within: float = Field(default=1e-6, ge=0, description="How far from `near` it may be.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if ("equals" in self.model_fields_set) == (self.near is not None):
            raise refused("either equals or near", "both" if self.near is not None else "neither")
        return self


class Expected(Section):
    status: int = Field(default=200, ge=100, le=599)
    values: Items[Value] = Field(default=(), max_length=100)
    file: RelativePath | None = Field(default=None, description="A file with the whole answer, as JSON.")
    within: float = Field(default=1e-6, ge=0, description="How far numbers may be from the file's.")
    latency: ShortLength | None = Field(default=None, description="The longest that the answer may take.")


class SmokeTest(Section):
    """A request to the new deployment before it has any traffic. Either `file` or `body` is what is sent."""

    name: Label
    file: RelativePath | None = None
    body: Any = None
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.file is None) == (self.body is None):
            raise refused("either file or body", "neither" if self.file is None else "both")
        return self


class Release(Section):
    """A release: one model on one endpoint, and how it gets there."""

    endpoint: EndpointName = Field(description="The endpoint's name in the stack file, such as fraud-online.")
    model: Asset = Field(description="The model, by registry version.")
    environment: Asset | None = Field(default=None, description="What it runs in; none for an MLflow model.")
    code: Code | None = Field(default=None, description="The scoring script; none for an MLflow model.")
    instance: Instance = Field(description="The machines, and how many of them.")
    environment_variables: dict[Variable, str] = Field(default={}, description="Of the scoring script.")
    requests: Requests = Requests()
    probes: Probes = Probes()
    autoscale: Autoscale | None = Field(default=None, description="Made before the deployment gets traffic.")
    data_collector: bool = Field(default=False, description="Keep what goes in and comes out, for model monitoring.")
    strategy: Strategy = Strategy(canary=Canary())
    analysis: Analysis = Analysis()
    smoke_tests: Items[SmokeTest] = Field(default=(), max_length=50)
    hooks: Hooks = Hooks()
    keep: Keep = Keep()
    provision_within: Annotated[timedelta, Duration(timedelta(minutes=1), timedelta(hours=6))] = duration(
        "1h", "How long the new deployment may take to come up."
    )
    promotion: Literal["model", "recipe", "none"] | None = Field(
        default=None,
        description=(
            "What must have been promoted to the environment: the model; its recipe, where the environment trains it "
            "anew; or none. Not said: the model, and none in dev, where models are made."
        ),
    )
    notifications: Notifications | None = None
