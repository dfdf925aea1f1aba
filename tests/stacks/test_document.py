"""YAML as Pulumi reads it, and files that are none."""

from __future__ import annotations

import doctest

import pytest

from stacks.settings import SettingsErrors, document, explain, load
from stacks.settings.document import read
from tests.stacks.documents import minimal, written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("true", True), ("False", False), ("TRUE", True), ("y", "y"),
        ("22:00", "22:00"), ("1:2:3", "1:2:3"), ("~", None), ("", None), ("NULL", None), ("nil", "nil"),
        ("1", 1), ("-1", -1), ("+1", 1), ("0", 0), ("007", 7), ("0o17", 15), ("0x1F", 31), ("0b11", 3), ("089", 89),
        ("1_000", 1000), ("1.5", 1.5), ("1.10", 1.1), ("2.0", 2), (".5", 0.5), ("1e3", 1000), ("1.", 1), ("1e", "1e"),
        ("10.0.0.0/8", "10.0.0.0/8"), ("1.2.3", "1.2.3"), ("-", "-"), ("'1'", "1"), ('"true"', "true"),
        ("!!str 1", "1"), ("!!int 1", 1), ("2026-12-01", "2026-12-01 00:00:00 +0000 UTC"), ("2026-13-01", "2026-13-01"),
        ("2026-12", "2026-12"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_are_what_pulumi_makes_of_them(tmp_path, text, value):
    """Go's yaml.v3 knows other words and numbers than YAML 1.1, and than YAML 1.2."""
    assert read(written(tmp_path, f"config:\n  key: [{text}]\n" if text else "config:\n  key: [~]\n")).values == {
        "config": {"key": [value]}
    }


def test_merge_keys_work(tmp_path):
    """`<<` brings in what the section doesn't say itself, the first of several mappings first."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {<<: *b}\n"
    found = read(written(tmp_path, text)).values
    assert found["c"] == {"x": 3, "y": 1, "z": 2} and found["d"] == {"y": 2, "z": 2}


def test_lines_are_those_of_the_keys(tmp_path):
    """Each key and each item has the line that it starts on."""
    found = read(written(tmp_path, "a:\n  - b: 1\n    c: 2\n\n  - d\n"))
    assert found.lines == {(): 1, ("a",): 1, ("a", 0): 2, ("a", 0, "b"): 2, ("a", 0, "c"): 3, ("a", 1): 5}


def test_a_byte_order_mark_is_no_matter(tmp_path):
    """Pulumi strips it, so do we."""
    assert read(written(tmp_path, b"\xef\xbb\xbfa: 1\n")).values == {"a": 1}


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

UNREADABLE = {
    "empty": (b"", None, "an empty file", "a mapping with the key config"),
    "only comments": (b"# nothing\n", None, "an empty file", "a mapping"),
    "a list": (b"- config\n", None, "a list", "a mapping with the key config"),
    "a single value": (b"config\n", None, "a single value", "a mapping"),
    "not YAML": (b"config:\n  a: b: c\n", 2, "mapping values are not allowed", "YAML"),
    "an open bracket": (b"config: [\n", 2, "did not find expected node content", "YAML"),
    "a tab": (b"config:\n\ta: 1\n", 2, "cannot start any token", "YAML"),
    "an undefined alias": (b"a: 1\nconfig: *b\n", 2, "undefined alias", "YAML"),
    "two documents": (b"a: 1\n---\nb: 2\n", 2, "another document", "YAML"),
    "a control character": (b"config: \x00\n", None, "control characters", "YAML"),
    "Latin-1": ("config:\n  a: Münster\n".encode("latin-1"), 2, "not UTF-8 (0xfc)", "text in UTF-8"),
    "UTF-16": ("config: {}\n".encode("utf-16"), 1, "not UTF-8 (0xff)", "text in UTF-8"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "not UTF-8 (0x89)", "text in UTF-8"),
    "an alias within itself": (b"config: &a [*a]\n", 1, "an alias within itself", "a value that ends"),
    "a bomb of aliases": (BOMB.encode(), None, "more than 50,000 values", "a stack file"),
    "too deep": (b"config: " + b"[" * 100_000, 1, "nested more than 50 deep", "a stack file"),
    "too large": (b"# " + b"x" * 1_000_000, None, "1,000,002 bytes", "at most 1,000,000"),
}


@pytest.mark.parametrize(("content", "line", "got", "expected"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_not_be_read_is_one_clear_error(tmp_path, content, line, got, expected):
    """A file that is no stack file is one error, with the line where there is one."""
    path = written(tmp_path, content)
    with pytest.raises(SettingsErrors) as caught:
        load(path)
    (error,) = caught.value.errors
    assert got in error.got and expected in error.expected
    assert error.file == path.name and (line is None or error.line == line)


def test_a_folder_and_a_missing_file_are_said(tmp_path):
    """Paths that are no files are one error each."""
    for path, got in ((tmp_path, "a folder"), (tmp_path / "Pulumi.none.yaml", "no such file")):
        with pytest.raises(SettingsErrors) as caught:
            load(path)
        assert [error.got for error in caught.value.errors] == [got]


def test_strange_yaml_is_told_beside_wrong_settings(tmp_path):
    """A key twice, a tag, a number without end and a key that is no text: each is an error, and the rest is checked."""
    text = written(tmp_path, minimal()).read_text()
    text = text.replace("  seawall:owner:", "  seawall:location: northeurope\n  seawall:owner:")
    text = text.replace("amount: 1500", "amount: .inf").replace("CC-4110", "!money 4110")
    path = written(tmp_path, f"{text}  seawall:tags: {{? [a] : b}}\n  seawall:netwrk: 1\n")
    with pytest.raises(SettingsErrors) as caught:
        load(path)
    found = {error.path: error.expected for error in caught.value.errors}
    assert "line 6 has it too" in found["config.seawall:location"]
    assert found["config.seawall:budget.amount"] in ("a number that is finite", "a whole number")
    assert found["config.seawall:tags.?"] == "text as a key"
    assert "config.seawall:costCenter" in found and "config.seawall:netwrk" in found


def test_the_examples_in_docstrings_hold():
    """What docstrings show is what happens."""
    for module in (document, explain):
        results = doctest.testmod(module)
        assert results.attempted and not results.failed
