"""The policy pack that `pulumi up --policy-pack policies` starts: serves the rules to the engine until it is ended."""

import os
import sys
from datetime import UTC, datetime

import pulumi
from pulumi_policy import PolicyPack

from policies.config import InvalidConfig
from policies.files import InvalidFile
from policies.pulumi_levels import refuse_lenient
from policies.pulumi_pack import pulumi_policies
from stacks.guardrails import context_of
from stacks.settings import SettingsErrors


def main() -> None:
    stack = os.environ.get("PULUMI_STACK", "")
    try:
        context = context_of(pulumi.Config("seawall").get, stack)
        policies = pulumi_policies(context, datetime.now(UTC).date())
    except (InvalidConfig, InvalidFile) as invalid:
        sys.exit("\n".join(invalid.errors))
    except SettingsErrors as errors:
        sys.exit("\n".join(str(error) for error in errors.errors))
    refuse_lenient(policies)
    PolicyPack("seawall", policies=policies)


if __name__ == "__main__":
    main()
