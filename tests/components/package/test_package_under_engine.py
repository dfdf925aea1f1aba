"""The real Pulumi CLI takes the package: it starts it, finds no fault in its schema, and makes SDKs of it.

Without a `pulumi` on PATH these tests skip; the pipelines install one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.package.provider import Package
from seawall.engine.command import VERSION
from tests.stack_plans import ROOT

LANGUAGES = ("nodejs", "python", "go", "dotnet", "java")

pytestmark = pytest.mark.skipif(
    shutil.which("pulumi") is None,
    reason=f"there is no `pulumi` on PATH: whether it takes the package is not checked here (`seawall tools install` "
    f"installs version {VERSION})",
)


def said_by(*line: str, home: Path) -> str:
    """What the CLI says; it has to succeed."""
    env = os.environ | {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = subprocess.run(["pulumi", *line, "--non-interactive"], env=env, capture_output=True, text=True, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def without_empties(value: Any) -> Any:
    """A schema without what says nothing: the CLI leaves it out, or adds it."""
    if isinstance(value, dict):
        made = {key: without_empties(one) for key, one in value.items()}
        return {key: one for key, one in made.items() if one not in ({}, [], None, "")}
    return [without_empties(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(str(Package().schema))
    return made


@pytest.fixture
def file(schema: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    return path


def test_the_engine_gets_the_schema(schema: dict[str, Any], tmp_path: Path) -> None:
    """The CLI starts the plugin and reads from it, whole, the schema that the other tests check.

    It is started as a program of this environment: of a folder the CLI would first make an environment.
    """
    plugin = tmp_path / "pulumi-resource-seawall"
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "components"}" "$@"\n')
    plugin.chmod(0o755)
    got = json.loads(said_by("package", "get-schema", str(plugin), home=tmp_path))
    assert without_empties(got) == without_empties(schema)


def test_the_schema_has_no_fault(file: Path, tmp_path: Path) -> None:
    """Pulumi's own check passes without a warning."""
    assert said_by("schema", "check", str(file), home=tmp_path) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sdk_can_be_made(language: str, file: Path, tmp_path: Path) -> None:
    """Every component is in the SDK of every language whose host is there."""
    if shutil.which(f"pulumi-language-{language}") is None:
        pytest.skip(f"there is no `pulumi-language-{language}` on PATH")
    said_by("package", "gen-sdk", str(file), "--language", language, "--out", str(tmp_path / "sdk"), home=tmp_path)
    text = " ".join(path.read_text() for path in (tmp_path / "sdk").rglob("*") if path.is_file())
    assert all(f"seawall:index:{name}" in text for name in ("Workspace", "StorageAccount", "OnlineEndpoint"))
