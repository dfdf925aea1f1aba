"""Secrets on their way from inputs to outputs: what a provider answers hides what it was told in confidence."""

from __future__ import annotations

from typing import Any

from seawall.plan.values import UNKNOWN, Secret, plain


def resealed(outputs: Any, inputs: Any) -> Any:
    """The outputs with every value sealed that is, or contains, a secret among the inputs."""
    secrets = tuple(_secret_leaves(inputs))
    return _sealed(outputs, secrets) if secrets else outputs


def _secret_leaves(value: Any) -> list[Any]:
    if isinstance(value, Secret):
        return _leaves(plain(value.value))
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _secret_leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _secret_leaves(part)]
    return []


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [] if value is None or value is UNKNOWN or isinstance(value, bool) else [value]


def _sealed(value: Any, secrets: tuple[Any, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _sealed(part, secrets) for key, part in value.items()}
    if isinstance(value, list):
        return [_sealed(part, secrets) for part in value]
    return Secret(value) if any(_reveals(value, secret) for secret in secrets) else value


def _reveals(value: Any, secret: Any) -> bool:
    if isinstance(value, str) and isinstance(secret, str):
        return bool(secret) and secret in value
    return type(value) is type(secret) and value == secret
