"""A program, or a policy pack, that fails under the engine is told by its exception and its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.engine.program import failure

ROOT = Path("/project")

RAISED = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/project/stacks/__main__.py", line 27, in <module>
    deep()
  File "/project/stacks/composition/data.py", line 26, in deep
    StorageAccount('bad')
    ~~~~~~~~~~~~~~^^^^^^^
  File "/project/.venv/lib/python3.11/site-packages/pulumi_azure_native/storage/storage_account.py", line 712, in _init
    raise TypeError("Missing required property 'kind'")
TypeError: Missing required property 'kind'

"""
SYNTAX = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/opt/pulumi/pulumi-language-python-exec", line 188, in run
    runpy.run_path(args.PROGRAM, run_name="__main__")
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
  File "/project/stacks/__main__.py", line 1
    def (
        ^
SyntaxError: invalid syntax

"""
MODULE = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/project/stacks/__main__.py", line 3, in <module>
    import nosuch
ModuleNotFoundError: No module named 'nosuch'
"""
LINES = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/elsewhere/thing.py", line 3, in check
    raise Wrong(faults)
Wrong: two things:
first
second
"""


@pytest.mark.parametrize(
    ("text", "message", "todo"),
    [
        (
            RAISED,
            "the program failed in stacks/composition/data.py, line 26, in deep: TypeError: Missing required property "
            "'kind'",
            "seawall plan dev",
        ),
        (SYNTAX, "the program failed in stacks/__main__.py, line 1: SyntaxError: invalid syntax", "seawall plan dev"),
        (
            MODULE,
            "the program failed in stacks/__main__.py, line 3: ModuleNotFoundError: No module named 'nosuch'",
            "install what the project needs",
        ),
        (LINES, "the program failed: Wrong: two things: first second", "Mend the program"),
    ],
)
def test_an_exception_is_told_with_its_place_in_the_project(text: str, message: str, todo: str) -> None:
    """The innermost frame of the project's own files counts, not those of packages."""
    found = failure([text, "preview failed\n"], [], ROOT, env="dev")
    assert found is not None
    assert str(found) == message
    assert todo in found.hint


def test_a_program_that_ends_by_itself_is_told_by_what_it_printed() -> None:
    """The engine hands on each line as a message of its own."""
    ended = "an unhandled error occurred: program exited with non-zero exit code: 1\n"
    found = failure([ended], ["two settings are wrong\n\n", "location: got atlantis\n\n"], ROOT, env="dev")
    assert str(found) == "the program ended by itself: two settings are wrong; location: got atlantis"
    assert "it says nothing" in str(failure([ended], [], ROOT, env="dev"))
    raised = failure([ended], [f"{line}\n\n" for line in MODULE.splitlines()[1:]], ROOT, env="dev")
    assert "line 3: ModuleNotFoundError: No module named 'nosuch'" in str(raised)


def test_a_policy_pack_that_does_not_start_is_told_by_its_exception() -> None:
    output = "stderr: error: policy pack not started: could not read policy pack port: io: read/write on closed pipe"
    printed = [
        "error: Program failed with an unhandled exception:\n\n",
        "Traceback (most recent call last):\n\n",
        '  File "/project/policies/__main__.py", line 1, in <module>\n\n',
        "    raise ValueError('limits are wrong')\n\n",
        "ValueError: limits are wrong\n\n",
    ]
    found = failure([], printed, ROOT, env="dev", output=output)
    assert found is not None
    assert str(found) == "the policy pack failed in policies/__main__.py, line 1: ValueError: limits are wrong"
    assert "seawall check dev" in found.hint


def test_other_errors_are_no_failure_of_the_program() -> None:
    """The interrupt that ends a refused program isn't its fault."""
    noise = ["Traceback (most recent call last):\n\n", "KeyboardInterrupt\n\n"]
    assert failure(["preview failed\n"], noise, ROOT, env="dev") is None
