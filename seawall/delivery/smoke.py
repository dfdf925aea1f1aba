"""Smoke tests: requests to the candidate alone, before it has any traffic, and what their answers have to be."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seawall.delivery.document import SmokeTest, Value
from seawall.delivery.port import Answer, CloudError, Port
from seawall.delivery.wording import said

_STEP = re.compile(r"\.?([A-Za-z0-9_-]+)|\[(\d+)\]")
LONGEST = 180.0
"""Seconds after which Azure ends a request. Source: Azure Machine Learning docs, how-to-manage-quotas."""


def run(port: Port, deployment: str, tests: Sequence[SmokeTest], folder: Path) -> list[str]:
    """What is wrong, a sentence for each test that fails. All run, so that all is told at once."""
    return [f"{test.name}: {'; '.join(wrong)}" for test in tests if (wrong := _run(port, deployment, test, folder))]


def _run(port: Port, deployment: str, test: SmokeTest, folder: Path) -> list[str]:
    try:
        body = (folder / test.file).read_bytes() if test.file else json.dumps(test.body).encode()
        answer = port.invoke(deployment, body, timeout=LONGEST)
        whole = json.loads((folder / test.expect.file).read_text(encoding="utf-8")) if test.expect.file else None
    except CloudError as error:
        return [str(error)]
    except (OSError, ValueError) as error:
        return [f"its files can't be read: {error}"]
    return list(wrong(test, answer, deployment, whole))


def wrong(test: SmokeTest, answer: Answer, deployment: str, whole: Any = None) -> Iterator[str]:
    """What is wrong with an answer. `whole` is the answer that is expected, where a file has it."""
    expected = test.expect
    if answer.deployment and answer.deployment.lower() != deployment.lower():
        yield f"{answer.deployment} answered instead"
        return
    if answer.status != expected.status:
        yield f"it answered {answer.status} instead of {expected.status}: {said(answer.body, 160)}"
        return
    if expected.latency is not None and answer.seconds > expected.latency.total_seconds():
        yield f"it took {answer.seconds * 1000:.0f} ms, more than {expected.latency.total_seconds() * 1000:.0f} ms"
    if not expected.values and not expected.file:
        return
    try:
        found = json.loads(answer.body)
    except ValueError:
        yield f"its answer is no JSON: {said(answer.body, 80)}"
        return
    for value in expected.values:
        yield from _wrong_value(value, found)
    if expected.file:
        yield from differences(whole, found, expected.within)


def _wrong_value(value: Value, found: Any) -> Iterator[str]:
    try:
        got = at(found, value.path)
    except LookupError:
        yield f"{value.path or 'the answer'} is missing"
        return
    if value.near is not None:
        if not is_number(got) or not math.isclose(got, value.near, rel_tol=0, abs_tol=value.within):
            yield f"{value.path} is {shown(got)}, not within {value.within:g} of {value.near:g}"
    elif not same(got, value.equals):
        yield f"{value.path} is {shown(got)}, not {shown(value.equals)}"


def at(found: Any, path: str) -> Any:
    """What stands at a path such as `predictions[0].score`. Raises LookupError.

    >>> at({"predictions": [{"score": 0.5}]}, "predictions[0].score")
    0.5
    """
    for key, index in _STEP.findall(path.removeprefix("$")):
        if index:
            found = found[int(index)] if isinstance(found, list) else _missing(path)
        elif isinstance(found, dict):
            found = found[key]
        else:
            _missing(path)
    return found


def _missing(path: str) -> Any:
    raise LookupError(path)


def differences(expected: Any, got: Any, within: float, path: str = "") -> Iterator[str]:
    """Where an answer differs from what was expected, numbers by more than `within`."""
    where = path or "the answer"
    if is_number(expected) and is_number(got):
        if not math.isclose(expected, got, rel_tol=0, abs_tol=within):
            yield f"{where} is {shown(got)}, not within {within:g} of {shown(expected)}"
    elif isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted({*expected, *got}, key=str):
            inner = f"{path}.{key}" if path else str(key)
            if key not in got:
                yield f"{inner} is missing"
            elif key not in expected:
                yield f"{inner} is not expected"
            else:
                yield from differences(expected[key], got[key], within, inner)
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, within, f"{path}[{index}]")
    elif isinstance(expected, list) and isinstance(got, list):
        yield f"{where} has {len(got)} items, not {len(expected)}"
    elif not same(expected, got):
        yield f"{where} is {shown(got)}, not {shown(expected)}"


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    return said(json.dumps(value, ensure_ascii=False), 80)
