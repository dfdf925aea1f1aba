"""Reading a promotion policy: every fault at once, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.delivery.promotion import reading
from seawall.delivery.promotion.policy import Policy

EXAMPLE = Path(__file__).parents[4] / "examples" / "fraud" / "promotion.yaml"


def load(folder: Path, text: str) -> Policy:
    path = folder / "promotion.yaml"
    path.write_text(text)
    return reading.load(path)


def faults(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(reading.FileErrors) as caught:
        load(folder, text)
    return tuple(str(error) for error in caught.value.errors)


def test_the_example_is_a_policy() -> None:
    """A model with a section of its own isn't held to the default, and a target that isn't named is closed."""
    policy = reading.load(EXAMPLE)
    production = policy.terms("claims-fraud", "prod")
    assert production is not None and production.after == ("test",) and production.approvals is not None
    assert policy.terms("other", "registry") is not None
    assert policy.terms("other", "prod") is None


BAD = """\
default:
  registry:
    after: [test]
    requiredTags: {git-commit: "[0-9"}
    metrics:
      - name: auc
      - {name: recall, atLeast: high, atMost: .nan}
      - {name: both, atLeast: 2, atMost: 1}
    metrics: []
    aprovals: {}
  prod:
    after: [staging]
    approvals: {approvers: [a, A], needed: 2}
    comparison: {metrics: [], endpoint: ""}
    retrain: yes
models:
  m:
    test:
      evaluation: {script: missing.py, data: 5, timeout: 0s}
"""


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """Sixteen faults of all kinds, in the order of the file."""
    found = faults(tmp_path, BAD)
    lines = [int(fault.split(":")[1]) for fault in found]
    assert lines == [3, 4, 6, 7, 7, 8, 9, 10, 12, 13, 14, 14, 15, 19, 19, 19]
    assert any("aprovals" in fault and "'approvals'" in fault for fault in found)
    assert any("'missing.py'" in fault and "expected a file" in fault for fault in found)
    assert any("'staging'" in fault and "another target" in fault for fault in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a list",
        "just text",
        "default: [",
        "default: 5",
        "{}",
        "models: {}",
        "models: {m: 3}",
        "default: {registry: {retrain: true}}",
        "default: {prod: {comparison: {endpoint: e, metrics: [{name: m}]}}}",
        "default: &a {registry: *a}",
        "default: {prod: {metrics: [{name: m, atLeast: true}]}}",
        "default: {prod: {approvals: {approvers: []}}}",
        "default: {prod: {approvals: {approvers: [a], needed: 1.5}}}",
        "\x00",
        "? [a, b]\n: 3",
    ],
)
def test_a_bad_policy_is_told_in_sentences(tmp_path: Path, text: str) -> None:
    """Whatever the file says, the answer is lines with what was got and expected."""
    found = faults(tmp_path, text)
    assert found and all("got" in fault and "\n" not in fault for fault in found)


def test_a_policy_that_cant_be_read(tmp_path: Path) -> None:
    """No file, a folder, and bytes that are no text."""
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "binary.yaml"):
        with pytest.raises(reading.FileErrors) as caught:
            reading.load(path)
        assert len(caught.value.errors) == 1


def test_words_are_text_unless_they_are_yamls_own(tmp_path: Path) -> None:
    """`yes` and a version-like tag stay what was written; numbers and `true` are what they look like."""
    policy = load(
        tmp_path,
        "default: {prod: {retrain: true, requiredTags: {a: yes, b: '1.10'}, metrics: [{name: on, atLeast: 1}]}}",
    )
    terms = policy.terms("m", "prod")
    assert terms is not None and terms.retrain
    assert dict(terms.required_tags) == {"a": "yes", "b": "1.10"}
    assert terms.metrics[0].name == "on"
