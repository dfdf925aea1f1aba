"""Whether this machine has the programs that Seawall uses."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok, skipped, warning
from seawall.engine.command import VERSION
from seawall.engine.errors import EngineMissing

PYTHON = (3, 11)
"""The least. Pulumi runs the program with the packages of the virtual environment that Pulumi.yaml names."""

PLUGINS = {"azure-native": "pulumi-azure-native", "azuread": "pulumi-azuread", "azuredevops": "pulumi-azuredevops"}
"""The packages by plugin; a plugin has its package's version."""

NO_FETCHING = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"


def check(case: Case) -> Iterator[Finding]:
    """Python, Pulumi in the pinned version with its plugins, the program's packages, Git."""
    running = ".".join(map(str, case.machine.python))
    if tuple(case.machine.python[:2]) < PYTHON:
        yield fault(f"Python {running} is too old", "Install 3.11 or later, and make the virtual environment with it.")
    else:
        yield ok(f"Python {running}")
    yield from _engine(case)
    if case.virtualenv and not case.local and not case.machine.exists(case.root / case.virtualenv):
        yield fault(
            f"{case.virtualenv}, with which Pulumi runs the program, isn't there",
            f"`python3 -m venv {case.virtualenv} && {case.virtualenv}/bin/pip install -e .`",
        )
    if case.machine.which("git"):
        yield ok("Git")
    else:
        yield warning("there is no Git: `seawall review` needs it", "Install it: https://git-scm.com/downloads.")


def _engine(case: Case) -> Iterator[Finding]:
    try:
        engine = case.machine.engine()
    except EngineMissing as missing:
        if case.local:
            yield skipped("there is no Pulumi CLI, which --local doesn't need")
        else:
            yield fault(str(missing), missing.hint)
        return
    if engine.version.lstrip("v") != VERSION:
        yield warning(
            f"Pulumi {engine.version} at {engine.path} isn't {VERSION}, which goes with this Seawall",
            "`seawall tools install` installs that one; take the other off PATH.",
        )
    else:
        yield ok(f"Pulumi {VERSION}")
    if not case.local:
        yield from _plugins(case, engine.plugins)


def _plugins(case: Case, have: object) -> Iterator[Finding]:
    needed = {resource.type.partition(":")[0] for plan in case.plans for resource in plan.managed}
    found = have if isinstance(have, dict) else {}
    for name, package in PLUGINS.items():
        wanted = version(package)
        if wanted in found.get(name, ()) or (case.plans and name not in needed):
            continue
        mend = f"`pulumi plugin install resource {name} v{wanted}`"
        if case.machine.environ.get(NO_FETCHING, "").lower() in ("true", "1"):
            yield fault(f"the plugin {name} {wanted} isn't there, and {NO_FETCHING} forbids to fetch it", mend)
        else:
            yield warning(f"the plugin {name} {wanted} isn't there yet: the first run fetches it", mend)
