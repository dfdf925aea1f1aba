"""Stack files that can't be used, at the command line: exit 2, every error, and nothing is made."""

from __future__ import annotations

import pytest
from sandbox import Sandbox

from seawall.cli.exits import ExitCode
from tests.stacks.broken import Broken
from tests.stacks.broken_combinations import COMBINATIONS
from tests.stacks.broken_values import VALUES
from tests.stacks.documents import changed, minimal, written

ALL = VALUES | COMBINATIONS
UNREADABLE = {
    "empty": b"",
    "no YAML": b"config: [",
    "a list": b"- config\n",
    "UTF-16": "config: {}\n".encode("utf-16"),
    "Latin-1": "config:\n  seawall:owner: M\u00fcller\n".encode("latin-1"),
    "a key twice": b"config:\n  seawall:owner: a\n  seawall:owner: b\n",
    "nested without end": b"config: " + b"[" * 5000,
    "an alias within itself": b"config: &a {seawall:tags: *a}\n",
}


@pytest.mark.parametrize("broken", ALL.values(), ids=ALL)
def test_up_refuses_a_broken_stack_file(sandbox: Sandbox, broken: Broken) -> None:
    """Each error is a line with its YAML path and what was expected; there is no traceback, and nothing is made."""
    written(sandbox.root / "stacks", changed(minimal(), broken.edits), broken.stack)
    answer = sandbox.run("up", broken.stack, "--local", "--yes")
    assert answer.code == ExitCode.BAD_INPUT
    lines = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == len(broken.errors)
    for place, expected in broken.errors.items():
        assert any(place in line and expected in line for line in lines)
    assert "Traceback" not in answer.out + answer.err
    assert not sandbox.store.exists()


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_up_refuses_what_is_no_stack_file(sandbox: Sandbox, content: bytes) -> None:
    """What can't even be read is told in a line, and nothing is made."""
    (sandbox.root / "stacks" / "Pulumi.dev.yaml").write_bytes(content)
    answer = sandbox.run("up", "dev", "--local", "--yes")
    assert answer.code == ExitCode.BAD_INPUT
    assert "error: Pulumi.dev.yaml" in answer.err
    assert "Traceback" not in answer.out + answer.err
    assert not sandbox.store.exists()
