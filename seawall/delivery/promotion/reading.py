"""Reads a promotion policy: the policy, or everything that is wrong with it, each with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seawall.delivery import explain
from seawall.delivery.promotion.facts import REGISTRY
from seawall.delivery.promotion.policy import Policy
from seawall.delivery.source import FileErrors, Place, read, shown

WHAT = "a promotion policy"

__all__ = ["FileErrors", "load"]


def load(path: Path) -> Policy:
    """The policy in a file. Raises `FileErrors` with everything that is wrong, files that it names included."""
    source = read(path, WHAT)
    errors = list(source.errors)
    policy: Policy | None = None
    try:
        policy = Policy.model_validate(source.values)
    except ValidationError as reason:
        schema = explain.schema_of(Policy)
        for error in reason.errors(include_url=False):
            place = tuple(part for part in error["loc"] if part != "[key]")
            errors.append(source.fault(place, explain.got(error), explain.expected(error, place, schema)))
    for place, terms in _terms(source.values):
        checks = (*_order(place, terms, source.values), *_files(place, terms, path), *_training(place, terms))
        errors += [source.fault(*fault) for fault in checks]
    if errors or policy is None:
        raise FileErrors(sorted(dict.fromkeys(errors), key=lambda error: error.line or 0))
    return policy


def _terms(values: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """The terms of every target as they are written, right or wrong."""
    models = values.get("models")
    sections: list[tuple[Place, Any]] = [(("default",), values.get("default"))]
    sections += [(("models", name), section) for name, section in (models if isinstance(models, dict) else {}).items()]
    for place, targets in sections:
        for target, terms in (targets if isinstance(targets, dict) else {}).items():
            if isinstance(terms, dict):
                yield (*place, target), terms


Fault = tuple[Place, str, str]


def _order(place: Place, terms: Mapping[str, Any], values: Any) -> Iterator[Fault]:
    """A target comes after others of its own section; the registry comes first."""
    after = terms.get("after")
    section = values
    for part in place[:-1]:
        section = section[part]
    for index, before in enumerate(after if isinstance(after, list) else []):
        here = (*place, "after", index)
        if place[-1] == REGISTRY:
            yield here, shown(before), f"nothing: {REGISTRY} comes first"
        elif before == place[-1] or (before != REGISTRY and before not in section):
            yield here, shown(before), "another target of the same section"


def _files(place: Place, terms: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    evaluation = terms.get("evaluation")
    if not isinstance(evaluation, dict):
        return
    for key in ("script", "data"):
        name = evaluation.get(key)
        if isinstance(name, str) and name and not (path.parent / name).is_file():
            yield (*place, "evaluation", key), shown(name), f"a file in {path.parent}"


def _training(place: Place, terms: Mapping[str, Any]) -> Iterator[Fault]:
    if place[-1] == REGISTRY and terms.get("retrain") is True:
        yield (*place, "retrain"), "true", f"it in an environment's section: {REGISTRY} has nothing to train with"
