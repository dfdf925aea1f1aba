"""Whether a region has the cores for a new deployment beside the one that answers. Pure.

Azure keeps a fifth more than a deployment has, for upgrades: ceil(1.2 x instances) x cores of its VM family.
Source: Azure Machine Learning docs, how-to-manage-quotas, "Virtual machine quota allocation for deployment".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seawall.delivery.bodies import family_key
from seawall.delivery.port import Capacity, Deployment

RESERVE_NUMERATOR, RESERVE_DENOMINATOR = 6, 5
REGIONAL = "totalclusterdedicatedregional"
"""The limit over all families, in the one form of names."""


@dataclass(frozen=True)
class Quota:
    """What a deployment needs and what there is. `enough` is None where Azure doesn't say."""

    enough: bool | None
    words: str
    needed: int = 0
    used: int = 0
    limit: int = 0


def reserved(instances: int) -> int:
    """The instances that Azure counts: a fifth more, rounded up.

    >>> [reserved(instances) for instances in (1, 3, 5, 10)]
    [2, 4, 6, 12]
    """
    return -(-instances * RESERVE_NUMERATOR // RESERVE_DENOMINATOR)


def quota(
    capacity: Capacity, instance_type: str, instances: int, region: str, beside: Sequence[Deployment] = ()
) -> Quota:
    """Whether a new deployment fits. `beside` are those that run on: their cores are among those in use."""
    size = capacity.sizes.get(instance_type.lower())
    if size is None or not size[1]:
        return Quota(None, f"what {instance_type} takes of the quota in {region} can't be told")
    family, cores = size
    count = reserved(instances)
    needed = count * cores
    found = capacity.families.get(family_key(family))
    if found is None:
        return Quota(None, f"{region} tells no quota of {family}; {needed} cores are needed", needed)
    whole = capacity.families.get(REGIONAL)
    limits = [(family, found)] + ([("all families", whole)] if whole else [])
    name, tightest = min(limits, key=lambda limit: limit[1].limit - limit[1].used)
    free = tightest.limit - tightest.used
    what = f"{instances} x {instance_type} and the reserve of 20 percent: {count} x {cores} = {needed} cores"
    there = f"{tightest.used} of {tightest.limit} cores of {name} are in use in {region}"
    others = sum(reserved(one.instances) for one in beside if one.instance_type.lower() == instance_type.lower())
    running = f", {others * cores} of them by the deployments that run on" if others else ""
    words = f"{what}; {there}{running}"
    if needed > free:
        words += f": {needed - free} too few. Ask for more quota of {name}, or take fewer or smaller instances"
    return Quota(needed <= free, words, needed, tightest.used, tightest.limit)
