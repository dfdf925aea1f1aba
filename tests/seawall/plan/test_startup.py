"""What makes a program start fast must not change what it makes."""

from __future__ import annotations

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
