"""Which of Azure's built-in policies are assigned, and with which effect: decisions, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.builtin_policies import BuiltinPolicy, Effect, builtin_policies
from policies import Level

_SUBSCRIPTION = "it looks at the subscription, and these are assigned to resource groups"

LEFT_OUT: Mapping[str, str] = {
    "4f11b553-d42e-4e3a-89be-32ca364cad4c": _SUBSCRIPTION,
    "a451c1ef-c6ca-483d-87ed-f49761e3ffb5": "it looks at role definitions, which stand in the subscription",
    "b954148f-4c11-4c38-8221-be76711e194a": _SUBSCRIPTION,
    "c5447c04-a4d7-4ba8-a263-c9ee321a6858": _SUBSCRIPTION,
    "c2c0c6d8-007b-4a48-8d9b-3539bddd8e87": _SUBSCRIPTION,
    "640d2586-54d2-465f-877f-9ffc1d2109f4": _SUBSCRIPTION,
    "7926a6d1-b268-4586-8197-e8ae90c877d7": _SUBSCRIPTION,
    "96670d01-0a4d-4649-9c89-2d3abc0a5025": "it looks at resource groups, which stand in the subscription",
    "ee40564d-486e-4f68-a5ca-7a621edae0fb": "it deploys DNS records itself: Pulumi's own would be in its way",
    "78460a36-508a-49a4-b2b2-2f5ec564f4bb": "locks do that, one resource at a time; this would keep Pulumi from "
    "replacing what may be replaced",
    "a08ec900-254a-4555-9bf5-e42af04b5c5c": "Azure makes resources of other types beside ours, such as the network "
    "interfaces of private endpoints",
    "77eeea86-7e81-4a7d-9067-de844d096752": "it changes what computes may install instead of refusing or reporting",
    "5853517a-63de-11ea-bc55-0242ac130003": "it changes what computes may pull instead of refusing or reporting",
    "19539b54-c61e-4196-9a38-67598701be90": "a preview that can only refuse, and knows one registry alone",
    "bf045164-79ba-4215-8f95-f8048dc1780b": "it asks for a second region; the rule is content with three zones",
}
"""The policies that aren't assigned, each with why."""

AUDITED: Mapping[str, str] = {
    "b2982f36-99f2-4db5-8eff-283140c09693": "models are shared from storage that lets the ML registry in by a resource "
    "rule, which needs selected networks: refused, promotion would break",
    "405c5871-3e91-4644-8a63-58e19d68ff5b": "a vault that denies by default is private enough for the rule",
    "6ddb1705-c8cf-450e-aa4b-19ad6703c440": "a project has the managed network of its hub, and says nothing of its own",
    "040732e8-d947-40b8-95d6-854c95024bf8": "a cluster with a list of allowed addresses is private enough for the rule",
    "7bca8353-aa3b-429b-904a-9229c4385837": "the subnets of Azure's own services, such as a bastion's, can't say it",
    "c36a325b-ae04-4863-ad4f-19c6678f8e08": "a data lake's hierarchical namespace takes no versions",
    "98728c90-32c7-4049-8429-847dc0f4fe37": "Azure Machine Learning keeps credentials of its own in the vault, which "
    "don't end: refused, workspaces and connections would break",
    "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0": "a key that encrypts is rotated instead; if it ended, so would what it "
    "encrypts",
    "871b6d14-10aa-478d-b590-94f262ecfa99": "Azure makes resources of its own beside ours without tags, such as the "
    "network interfaces of private endpoints",
    "aafe3651-cb78-4f68-9f81-e7e41509110f": "a model's publisher has another name here and there",
}
"""The policies that only report, though they could refuse and their rule is mandatory, each with why."""

_PREVIEW = "a preview: what it demands may change"


@dataclass(frozen=True)
class Choice:
    """What becomes of a policy: its effect, None where it isn't assigned, and why it is less than it could be."""

    effect: Effect | None
    reason: str = ""


def choice(definition: str, level: Level) -> Choice:
    """What becomes of a policy that matches a rule of this level.

    What refuses in the plan refuses in Azure too, unless that would break the platform or goes beyond the rule.
    """
    policy = builtin_policies().get(definition)
    if policy is None:
        return Choice(None, "its definition isn't known: see components/builtin_policies.yaml")
    if definition in LEFT_OUT:
        return Choice(None, LEFT_OUT[definition])
    if level is Level.OFF:
        return Choice(None, "its rule is off")
    if level is Level.ADVISORY or "Deny" not in policy.effects:
        return Choice("Audit")
    reason = _PREVIEW if policy.preview else AUDITED.get(definition, "")
    return Choice("Audit", reason) if reason else Choice("Deny")


def title(definition: str) -> str:
    """The policy's name, or its GUID where the table doesn't have it."""
    policy: BuiltinPolicy | None = builtin_policies().get(definition)
    return policy.name.replace("[Preview]: ", "") if policy else definition
