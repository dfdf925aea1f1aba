"""How the house is built: who may import whom, that what is generated is fresh, that nothing names a machine."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
OURS = ("stacks", "components", "rbac", "policies", "seawall")
SKIPPED = {".git", ".venv", ".seawall", "__pycache__", ".hypothesis", "build", "dist"}

MAY_IMPORT = {
    "components": (),
    "rbac": ("components",),
    # The settings' program is run by Pulumi too, for which `startup` makes the SDK fast.
    # The rules say which of Azure's own policies hold a stack's resource groups to the same.
    "stacks": ("components", "rbac", "policies", "seawall.plan.startup"),
    "policies": ("seawall.plan.model", "seawall.plan.values", "seawall.azure.resource_id", "seawall.azure.types"),
    "seawall/azure": (),
    "seawall/plan": ("seawall.azure",),
    "seawall/local": ("seawall.azure", "seawall.plan", "seawall.environments"),
    "seawall/checkov": ("policies", "seawall.plan", "seawall.azure", "seawall.environments"),
    # What is done to a resource has one vocabulary (events, differences), whoever does it.
    "seawall/engine": ("seawall.azure", "seawall.plan", "seawall.local"),
    "seawall/review": ("policies", "seawall.plan", "seawall.local"),
    "seawall/delivery": ("seawall.azure", "seawall.plan.model", "seawall.plan.values", "seawall.environments"),
    "seawall/importing": ("stacks", "components", "rbac", "seawall.azure", "seawall.plan", "seawall.local"),
    "seawall/pipelines": ("policies", "seawall.plan", "seawall.local", "seawall.review"),
    "seawall/doctor": ("seawall.azure", "seawall.plan", "seawall.local", "seawall.engine", "seawall.delivery"),
    "seawall/cli": ("stacks", "components", "rbac", "policies", "seawall"),
}
"""What each folder may import of ours, besides itself."""

PROGRAMS = {"policies/__main__.py": ("stacks.guardrails", "stacks.settings")}
"""What a folder's program may import besides: it puts the pieces together for Pulumi, and nothing imports it."""


def python_files(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / folder).rglob("*.py") if not SKIPPED & set(path.relative_to(ROOT).parts))


def tree() -> Iterator[tuple[Path, str]]:
    """Every text file of the project."""
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part in SKIPPED or part.endswith((".egg-info", "_cache")) for part in parts)
        if not hidden and path.is_file():
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file; `from a import b` counts as `a.b` as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    """The import arrows of the design hold: content relies on machinery, and nothing on what stands above it."""
    own = folder.replace("/", ".")
    allowed = (own, *MAY_IMPORT[folder])
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in python_files(folder)
        for module in imports(path)
        if module.partition(".")[0] in OURS
        and not any(
            module == one or module.startswith(f"{one}.")
            for one in (*allowed, *PROGRAMS.get(str(path.relative_to(ROOT)), ()))
        )
    ]
    assert wrong == []


def test_only_the_entry_point_imports_the_command_line() -> None:
    """Nothing but `python -m seawall` relies on the CLI."""
    wrong = [
        str(path.relative_to(ROOT))
        for folder in OURS
        for path in python_files(folder)
        if "cli" not in path.relative_to(ROOT).parts
        and any(module.startswith("seawall.cli") for module in imports(path))
    ]
    assert wrong == ["seawall/__main__.py"]


def test_only_one_module_calls_the_policy_pack() -> None:
    """Pulumi's PolicyPack serves and never returns from its constructor: only the pack's own program calls it."""
    calling = [
        str(path.relative_to(ROOT))
        for folder in OURS
        for path in python_files(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "PolicyPack"
    ]
    assert set(calling) <= {"policies/__main__.py"}


def test_generated_tables_and_pictures_are_fresh() -> None:
    """README.md and docs/ say what the code says; `make docs` brings them up to date."""
    from seawall.cli import docs

    assert [str(path.relative_to(ROOT)) for path in docs.stale(ROOT)] == []


def test_every_rule_has_a_title_a_why_and_a_test() -> None:
    """No rule of a pack is without words, or without a test that names it."""
    from policies.packs import RULES

    tested = "\n".join(path.read_text(encoding="utf-8") for path in python_files("tests/policies"))
    for rule in RULES:
        assert rule.title and rule.why and rule.fix, rule.id
        assert rule.function.__name__ in tested or rule.id in tested, f"{rule.id} has no test"


def test_the_readme_names_every_make_target_it_relies_on() -> None:
    """The quick start's commands are targets of the Makefile, and continuous integration runs its test command."""
    makefile = (ROOT / "Makefile").read_text()
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert {"up", "test", "check", "fix", "docs"} <= targets
    assert set(re.findall(r"^make ([a-z]+)", readme, re.MULTILINE)) <= targets
    assert "make up" in readme and "make test" in readme
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()


def test_no_file_names_a_machine_or_a_download_address() -> None:
    """Paths of one machine and hosts of package registries are in no file: both differ from place to place."""
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("files", "pythonhosted", "org"), ("npmjs", "org"))]
    folders = re.compile(r"(?<![\w./-])/(?:work|root|home|Users)/\w")
    wrong = [
        str(path)
        for path, text in tree()
        if folders.search(text) or any(host in text for host in hosts)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["runtime", "dev", "checkov", "inference"])
def test_requirements_are_pinned_with_hashes(name: str) -> None:
    """Every requirement has one exact version and at least one hash, and there is no other line."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = text.replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; [^-]+?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+", entry), entry


@pytest.mark.parametrize(("name", "extras"), [("runtime", ()), ("dev", ("dev",))])
def test_pins_satisfy_what_the_project_asks_for(name: str, extras: tuple[str, ...]) -> None:
    """What pyproject.toml asks for, to build too, is pinned at a version that it allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    asked += [one for extra in extras for one in project["project"]["optional-dependencies"][extra]]
    pins = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
    for text in asked:
        requirement = Requirement(text)
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin, f"{requirement.name} is not pinned in requirements/{name}.txt: run `make requirements`"
        assert requirement.specifier.contains(pin), f"{requirement.name} {pin} is not {requirement.specifier}"
