"""What makes a program start fast must not change what it makes."""

from __future__ import annotations

import subprocess
import sys

import pulumi
import pytest

from seawall.plan.startup import without_version_aliases


def args(*aliases, type_="azure-native:storage:StorageAccount"):
    return pulumi.ResourceTransformationArgs(
        resource=None, type_=type_, name="one", props={}, opts=pulumi.ResourceOptions(aliases=list(aliases))
    )


VERSION = pulumi.Alias(type_="azure-native:storage/v20230101:StorageAccount")


@pytest.mark.parametrize(
    "own",
    [
        pulumi.Alias(name="before"),
        pulumi.Alias(type_="azure-native:storage:Account", name="before"),
        pulumi.Alias(type_="azure-native:storage:Account", parent=None),
        pulumi.Alias(type_="other:storage:Account"),
        "urn:pulumi:dev::seawall::azure-native:storage:StorageAccount::before",
    ],
)
def test_only_aliases_of_version_alone_are_dropped(own):
    """An alias that says more than an azure-native type, or another type, stays."""
    assert without_version_aliases(args(VERSION, own)).opts.aliases == [own]


def test_other_packages_and_unaliased_resources_are_left_alone():
    """A resource that has no such alias is not touched."""
    assert without_version_aliases(args()) is None
    assert without_version_aliases(args(VERSION, type_="random:index:Pet")) is None
    assert without_version_aliases(args(pulumi.Alias(name="before"))) is None


IN_PARTS = """
import sys
from seawall.plan.startup import import_in_parts
import_in_parts("pulumi_azuread", "pulumi_azuredevops", "no_such_package")
import pulumi_azuread as azuread, pulumi_azuredevops as devops
assert azuread.Group.__module__ == "pulumi_azuread.group"
assert devops.ServiceEndpointAzureRM.__name__ == "ServiceEndpointAzureRM"
loaded = [name for name in sys.modules if name.startswith("pulumi_azuread.")]
assert "pulumi_azuread.user" not in loaded, loaded
assert azuread.get_user.__name__ == "get_user"
assert azuread.GroupArgs is sys.modules["pulumi_azuread.group"].GroupArgs
assert not hasattr(azuread, "NoSuchResource")
print(len(loaded))
"""


def test_a_package_imported_in_parts_still_has_everything():
    """What is used loads its own module alone; whatever else the package has can be had, and what it lacks can't."""
    done = subprocess.run([sys.executable, "-c", IN_PARTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 12
