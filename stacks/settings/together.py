"""What the stacks of one platform must have in common, and what they may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from stacks.settings.errors import SettingsError, SettingsErrors
from stacks.settings.guardrails import defender_owner
from stacks.settings.model import Settings


def check_together(stacks: Sequence[Settings]) -> None:
    """Checks stacks against each other. Raises SettingsErrors; each error names the file that it stands in.

    Address spaces may not overlap: networks that overlap can't be peered, now or later. Spokes know the hub that
    `shared` builds. Stacks of one platform have one tenant, and one of them owns a subscription's Defender plans.
    """
    shared = [stack for stack in stacks if stack.is_shared]
    errors = [*_apart(stacks), *_one_of_each(stacks), *_one_defender(stacks)]
    for stack in stacks:
        for one in shared:
            errors += _agree(stack, one)
    if errors:
        raise SettingsErrors(errors)


def _error(stack: Settings, path: str, got: object, expected: str) -> SettingsError:
    return SettingsError(f"config.seawall:{path}", str(got), expected, file=f"Pulumi.{stack.environment}.yaml")


def _apart(stacks: Sequence[Settings]) -> Iterator[SettingsError]:
    for one, other in combinations(stacks, 2):
        if one.network.address_space.overlaps(other.network.address_space):
            expected = f"a range apart from {one.environment}'s, {one.network.address_space}"
            yield _error(other, "network.addressSpace", other.network.address_space, expected)


def _one_of_each(stacks: Sequence[Settings]) -> Iterator[SettingsError]:
    for one, other in combinations(stacks, 2):
        if one.environment == other.environment:
            yield _error(other, "environment", other.environment, "an environment that no other stack has")
        if one.tenant != other.tenant:
            yield _error(other, "tenant", other.tenant, f"{one.tenant}, as in {one.environment}")


def _one_defender(stacks: Sequence[Settings]) -> Iterator[SettingsError]:
    """A subscription's Defender plans have one owner: they can't be made twice, nor taken away."""
    owners: dict[str, str] = {}
    for stack in stacks:
        if stack.is_production and defender_owner(stack) == stack.environment:
            owner = owners.setdefault(stack.subscription, stack.environment)
            if owner != stack.environment:
                expected = f"{owner}, which owns the plans of the same subscription"
                yield _error(stack, "guardrails.defenderOwner", stack.guardrails.defender_owner or "nothing", expected)


def _agree(stack: Settings, shared: Settings) -> Iterator[SettingsError]:
    """What an environment says of `shared` is what `shared` is."""
    if stack.is_shared:
        return
    said, built = stack.shared_names, shared.names
    for name in ("organisation", "workload"):
        if getattr(said, name) != getattr(built, name):
            yield _error(stack, name, getattr(said, name), f"{getattr(built, name)}, as in shared")
    if said.subscription != built.subscription:
        yield _error(stack, "shared.subscription", said.subscription, f"{built.subscription}, shared's subscription")
    if said.region != built.region:
        yield _error(stack, "shared.location", said.region, f"{built.region}, shared's location")
    if said == built and stack.shared_registry_name != shared.shared_registry_name:
        expected = f"{shared.shared_registry_name}, shared's registry.name"
        yield _error(stack, "shared.registryName", stack.shared_registry_name, expected)
    if stack.is_spoke:
        yield from _same_hub(stack, shared)


def _same_hub(spoke: Settings, shared: Settings) -> Iterator[SettingsError]:
    if not shared.is_hub:
        expected = f"another mode: shared's is {shared.network.mode}, so there is no hub"
        yield _error(spoke, "network.mode", "hubAndSpoke", expected)
        return
    if spoke.hub.address_space != shared.network.address_space:
        expected = f"{shared.network.address_space}, shared's network.addressSpace"
        yield _error(spoke, "network.hub.addressSpace", spoke.hub.address_space, expected)
    elif spoke.egress != shared.egress:
        yield _error(spoke, "network.hub.egress", spoke.egress, f"{shared.egress}, as in shared")
    elif spoke.firewall_ip != shared.firewall_ip:
        expected = f"{shared.subnets.firewall}, shared's network.subnets.firewall"
        yield _error(spoke, "network.hub.firewallSubnet", spoke.hub.firewall_subnet or "nothing", expected)
