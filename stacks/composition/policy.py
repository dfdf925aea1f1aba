"""The guardrails as Azure's own policies on a stack's resource groups, for what bypasses Pulumi."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import components
from policies import Classification, Context, Exemption, Tier, read_exemptions
from policies.packs import effective
from policies.rule import ADVISORY, MANDATORY, Level, Rule
from stacks.composition.ground import CONCERNS, Ground
from stacks.composition.policy_effects import choice
from stacks.settings import Settings

Parameters = Mapping[str, Any]

_ASKED: Mapping[str, Callable[[Settings], bool]] = {
    # A managed network has no subnet, and a network of one's own no isolation mode: either satisfies the rules.
    "ml-compute-isolated": lambda settings: not settings.has_managed_network,
    "ml-managed-network": lambda settings: settings.has_managed_network and settings.is_production,
    "cmk-when-confidential": lambda settings: Classification(settings.data_classification).guarded_as_production,
}
"""Rules whose policies fit some stacks only."""


def azure_policies(ground: Ground, exemptions: Sequence[Exemption] | None = None) -> None:
    """Assign the built-in policies that match the guardrails to each resource group, and what is exempted from them.

    `exemptions` are those of policies/exemptions.yaml where not given.
    """
    settings = ground.settings
    if not settings.azure_policy.enabled:
        return
    matching = list(_matching(settings))
    granted = read_exemptions() if exemptions is None else exemptions
    references: dict[str, list[str]] = defaultdict(list)
    for rule, policy in matching:
        references[rule.id].append(policy.reference)
    components.PolicyAssignments(
        "guardrails",
        components.PolicyAssignmentsArgs(
            subscription_id=settings.subscription,
            resource_name=ground.name("policy initiative"),
            title=f"Guardrails of {settings.workload}, {settings.environment}",
            scopes={concern: group.id for concern, group in ground.groups.items()},
            policies=[policy for _, policy in matching],
            waivers=[
                waiver
                for exemption in granted
                for waiver in _waivers(ground, exemption, references[exemption.rule])
            ],
        ),
        ground.opts,
    )


def _matching(settings: Settings) -> Iterator[tuple[Rule, components.AssignedPolicy]]:
    """The policies of the rules that are on, in the packs' order; a policy stands there once for each set of values."""
    parameters = _parameters(settings)
    for rule, level in _levels(settings).items():
        if not _ASKED.get(rule.id, lambda settings: True)(settings):
            continue
        for definition in rule.references.azure_policy:
            effect = choice(definition, level).effect
            if effect is None:
                continue
            for suffix, values in parameters.get(definition, {"": {}}).items():
                yield (
                    rule,
                    components.AssignedPolicy(
                        reference="-".join(filter(None, (rule.id, definition[:8], suffix))),
                        definition=definition,
                        effect=effect,
                        group=rule.group,
                        message=f"{rule.id}: {rule.title} {rule.fix}",
                        parameters=values,
                    ),
                )


def _levels(settings: Settings) -> Mapping[Rule, Level]:
    classification = Classification(settings.data_classification)
    named = {str(level): level for level in (ADVISORY, MANDATORY)}
    own = {rule: named[level] for rule, level in settings.guardrails.levels.items()}
    return effective(Context(tier=Tier(settings.tier), classification=classification, levels=own))


def _parameters(settings: Settings) -> Mapping[str, Mapping[str, Parameters]]:
    """What policies are given beside their effect, by GUID: a set of values for each time that one is assigned."""
    limits, github = settings.guardrails, settings.identities.github
    tags = (*Context().required_tags, *limits.required_tags)
    return {
        "6ddb1705-c8cf-450e-aa4b-19ad6703c440": {"": {"isolationMode": "AllowOnlyApprovedOutbound"}},
        "fe83a0eb-a853-422d-aac2-1bffd182c5d0": {"": {"minimumTlsVersion": "TLS1_2"}},
        "2571b7c3-3056-4a61-b00a-9bc5232234f5": {
            "": {
                "allowFederatedCredentials": True,
                "allowAKS": True,
                "allowGitHub": github is not None,
                # Azure DevOps signs in through Entra.
                "allowedIssuerExceptions": [f"https://login.microsoftonline.com/{settings.tenant}/v2.0"],
            }
        },
        # Without an owner it would allow any.
        "fd1a8e20-2c4f-4a6c-9354-b58d786d9a1f": {"": {"allowedRepoOwners": [github.organisation]}} if github else {},
        "871b6d14-10aa-478d-b590-94f262ecfa99": {tag: {"tagName": tag} for tag in tags},
        "e56962a6-4747-49cd-b67b-bf8b01975c4c": {
            "": {"listOfAllowedLocations": sorted({settings.location, *limits.locations})}
        },
        "12e5dd16-d201-47ff-849b-8454061c293d": {
            "": {
                "allowedPublishers": sorted(limits.publishers),
                "allowedAssetIds": [f"azureml://registries/{name}/" for name in sorted(limits.model_registries)],
            }
        },
        "aafe3651-cb78-4f68-9f81-e7e41509110f": {
            "": {
                "allowedPublishers": sorted(limits.publishers),
                "allowedAssetIds": [f"/models/{name.partition('/')[2]}/" for name in sorted(limits.ai_models)],
            }
        },
        "f3a9c2e0-7b4d-4d8f-9c3a-2e1f6b9a8d4e": {
            name.replace(" ", "-"): {"filterName": name} for name in ("Jailbreak", "Indirect Attack")
        },
        "af253d37-136a-42f8-a1fc-30010c083d41": {
            name.replace(" ", "-"): {"filterName": name}
            for name in ("Protected Material Text", "Protected Material Code")
        },
    }


def _waivers(ground: Ground, exemption: Exemption, references: Sequence[str]) -> Iterator[components.PolicyWaiver]:
    """The exemption of one rule as Azure takes it; none where no policy matches the rule, or it is another stack's.

    Azure exempts a resource that exists, or a whole group: what is yet to be made can be exempted by its group alone.
    A pattern that is an ID tells the group; any other may mean something in each of them. It covers no more than the
    policies of its rule, and our own rules still refuse what the pattern doesn't name.
    """
    if not references or exemption.stack not in ("*", ground.settings.environment):
        return
    yield components.PolicyWaiver(
        resource_name=f"{exemption.rule}-{_short_hash(exemption)}",
        title=f"{exemption.rule} for {exemption.resource}",
        reason=exemption.reason,
        references=references,
        scopes=_concerns(ground, exemption.resource),
        expires=exemption.expires,
        metadata={"owner": exemption.owner, "approval": exemption.approval, "resource": exemption.resource},
    )


def _concerns(ground: Ground, pattern: str) -> list[str]:
    """The resource groups, by their concern, in which a pattern can mean anything."""
    known = re.split(r"[*?]", pattern.casefold(), maxsplit=1)[0]
    if not known.startswith("/subscriptions/"):
        return list(CONCERNS)
    names = ground.settings.names
    groups = {
        concern: f"/subscriptions/{names.subscription}/resourceGroups/{names.of('resource group', concern)}/".casefold()
        for concern in CONCERNS
    }
    return [concern for concern, group in groups.items() if group.startswith(known) or known.startswith(group)]


def _short_hash(exemption: Exemption) -> str:
    """Tells apart the exemptions of one rule."""
    return hashlib.sha256(f"{exemption.stack}/{exemption.resource}".encode()).hexdigest()[:8]
