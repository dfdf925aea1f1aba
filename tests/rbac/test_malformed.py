"""Files that can't be used: each is told by its line, all faults at once, and the command line ends with 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from rbac import TableErrors, load_grants, load_tables
from rbac.grants import FILE as GRANTS
from rbac.tables import FILE
from seawall.cli.app import run

DATA_SCIENTIST = "    Data scientist:\n      Container Registry: [Reader]\n"
OWNER_PROD = "    Project/product owner:\n      Azure Monitor: [Monitoring Reader]\n"

BROKEN: dict[str, tuple[str, str, str]] = {
    "mistyped role": (DATA_SCIENTIST, DATA_SCIENTIST.replace("Reader", "Raeder"), "did you mean Reader?"),
    "abbreviated role": ("Azure Monitor: [Monitoring Reader]", "Azure Monitor: [MR]", "role 'MR' is unknown"),
    "mistyped persona": (OWNER_PROD, OWNER_PROD.replace("product", "produkt"), "did you mean Project/product owner?"),
    "mistyped resource": (DATA_SCIENTIST, DATA_SCIENTIST.replace("Registry", "Registri"), "Container Registry?"),
    "mistyped resource in the list": (
        "  Container Registry: {}\n",
        "  Container Registrys: {}\n",
        "Container Registry?",
    ),
    "mistyped tier": ("  preproduction:\n", "  preprod:\n", "did you mean preproduction?"),
    "missing persona": (OWNER_PROD, "", "no row for 'Project/product owner'"),
    "persona twice": (OWNER_PROD, OWNER_PROD * 2, "stands here a second time"),
    "resource twice": (DATA_SCIENTIST, DATA_SCIENTIST + "      Container Registry: [Owner]\n", "a second time"),
    "role twice": ("Azure Key Vault: [Reader, Key Vault Reader]", "Azure Key Vault: [Reader, Reader]", "twice"),
    "empty cell": ("Container Registry: [Reader]", "Container Registry: []", "at least one entry"),
    "cell without brackets": ("Container Registry: [Reader]", "Container Registry: Reader", "has to be a list"),
    "cell that is a mapping": ("Container Registry: [Reader]", "Container Registry: {Reader: yes}", "has to be a list"),
    "unknown kind": ("kind: person or process", "kind: robot", "'robot' is unknown"),
    "unknown access": ("access: just-in-time", "access: sometimes", "'sometimes' is unknown"),
    "not true or false": (
        "projectSpecific: false\n    access: just",
        "projectSpecific: no\n    access: just",
        "'no' is",
    ),
    "unknown key": ("    does: Uses the model.", "    dose: Uses the model.", "did you mean does?"),
    "missing key": ("    does: Uses the model.\n", "", "lacks the key 'does'"),
    "process just in time": (
        "access: standing\n    does: Monitor",
        "access: just-in-time\n    does: Monitor",
        "nobody is there to activate",
    ),
    "Azure role in DevOps": ("Azure DevOps: [Reader]", "Azure DevOps: [Key Vault Reader]", "doesn't know the role"),
    "DevOps role in Azure": (
        "Azure Key Vault: [Reader]",
        "Azure Key Vault: [DevOps Project Administrators]",
        "is a role of",
    ),
    "unknown abbreviated role": ("  R: Reader", "  R: Lector", "role 'Lector' is unknown"),
    "second abbreviation": ("  R: Reader", "  R: Owner", "a second abbreviation"),
    "no YAML": ("roles:\n", "roles: [\n", "is not YAML"),
    "unknown section": ("tables:\n", "tabels:\n", "did you mean tables?"),
}


def broken(folder: Path, name: str) -> Path:
    old, new, _ = BROKEN[name]
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "rbac" / "personas.yaml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_names_the_line_and_the_right_word(tmp_path, name):
    """Each fault has its line, and the nearest right word where there is one."""
    with pytest.raises(TableErrors) as caught:
        load_tables(broken(tmp_path, name))
    said = BROKEN[name][2]
    assert any(said in error.message and error.line > 0 for error in caught.value.errors), str(caught.value)


@pytest.mark.parametrize("name", BROKEN)
def test_the_command_line_ends_with_2(tmp_path, capsys, name):
    """`seawall access` answers a broken file with a message for each fault and exit code 2, never a traceback."""
    broken(tmp_path, name)
    (tmp_path / "Pulumi.yaml").write_text("name: seawall\n")
    assert run(["access", "prod", "--cwd", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "error: rbac/personas.yaml:" in told and BROKEN[name][2].split("'")[0].strip() in told.replace("\n", " ")
    assert "Traceback" not in told


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"- a list\n", b"just text\n", b"{}\n"])
def test_a_file_that_is_something_else_is_told(tmp_path, content):
    """Nothing, no text, or another shape of YAML is an error, too."""
    path = tmp_path / "personas.yaml"
    path.write_bytes(content)
    with pytest.raises(TableErrors):
        load_tables(path)


def test_all_faults_are_told_at_once(tmp_path):
    """Two mistakes are two errors of one run, in the order of their lines."""
    text = FILE.read_text(encoding="utf-8")
    path = tmp_path / "personas.yaml"
    path.write_text(text.replace("[Log Analytics Reader]", "[Log Analytic Reader]"), encoding="utf-8")
    with pytest.raises(TableErrors) as caught:
        load_tables(path)
    lines = [error.line for error in caught.value.errors]
    assert len(lines) == text.count("[Log Analytics Reader]") and lines == sorted(lines)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("to: Data analyst", "to: Data analist", "did you mean Data analyst?"),
        ("on: Data lake", "on: Data like", "did you mean Data lake?"),
        ("roles: [AcrPull]", "roles: [AcrPul]", "did you mean AcrPull?"),
        ("    where: accountKeysOff", "    where: always", "'always' is unknown"),
        ("in: [shared]", "in: [share]", "did you mean shared?"),
        ("    reason: Jobs read and write data.\n", "", "lacks the key 'reason'"),
        ("onlineEndpoints/score/action]", "onlineEndpoints/*]", "a role of our own names each action"),
    ],
)
def test_a_broken_grant_is_told(tmp_path, old, new, said):
    """grants.yaml is read as strictly: no grant without a reason, no wildcard in a role of our own."""
    text = GRANTS.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "grants.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableErrors) as caught:
        load_grants(path)
    assert said in str(caught.value)
