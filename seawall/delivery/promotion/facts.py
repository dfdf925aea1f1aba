"""What the gates judge by: a model version, what is measured of it, and what people and environments say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

REGISTRY = "registry"
"""The target that is no environment: the registry that all environments share."""

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class ModelName:
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"


@dataclass(frozen=True)
class Measurement:
    """What came out of an evaluation, of which data."""

    metrics: Metrics
    data: str = ""
    """SHA-256 of the evaluation data; empty where the model's own record doesn't say."""


@dataclass(frozen=True)
class Rival:
    """The version that answers in production now, measured on the same data as the candidate."""

    version: str
    metrics: Metrics


@dataclass(frozen=True)
class Approval:
    """One person's yes to exactly these bytes."""

    by: str
    names: frozenset[str]
    """Every name that Entra has for them, in lower case: user name, object ID, client ID."""
    digest: str
    at: str = ""


@dataclass(frozen=True)
class Facts:
    """All that a verdict rests on; whoever has the same facts comes to the same verdict."""

    model: ModelName
    target: str
    digest: str
    """SHA-256 over the names and contents of the model's files."""
    tags: Mapping[str, str] = field(default_factory=dict)
    logged: Measurement | None = None
    """What the training says: `evaluation.json` among the model's files."""
    measured: Measurement | None = None
    """What the promotion measured itself."""
    unmeasured: str = ""
    """Why it measured nothing, where it should have."""
    rival: Rival | None = None
    approvals: tuple[Approval, ...] = ()
    askers: frozenset[str] = frozenset()
    """Every name of everybody who asked for this promotion, in lower case."""
    promoted: Mapping[str, str] = field(default_factory=dict)
    """Digest of what has been promoted under this name and version, by target."""
    standing: str | None = None
    """Digest of what the target has under this name and version already."""
    environment: str = ""
    """The environment that the model runs in, NAME:VERSION; empty for a model that names none."""
    environment_found: bool = True
    """Whether that environment stands in the registry, or where it can be shared from."""
    recipe_data_found: bool = True
    """Whether the training data that the model names exist in the target; of interest where models are trained anew."""
