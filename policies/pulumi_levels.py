"""What `--policy-pack-config` may say to the pack: rules by name, at their level or a stricter one, and nothing else.

Pulumi's engine checks none of it: unknown names pass in silence, and any level is taken. A rule that could be switched
off from a command line would guard nothing; only an exemption makes one more lenient.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import grpc  # type: ignore[import-untyped]  # its stubs follow an older protobuf
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy import policy as engine

STRICTNESS = (
    EnforcementLevel.DISABLED,
    EnforcementLevel.ADVISORY,
    EnforcementLevel.MANDATORY,
    EnforcementLevel.REMEDIATE,
)
"""From the most lenient to the strictest; at `remediate`, what a remedy leaves broken is refused."""


def faults(asked: Any, policies: Sequence[Policy]) -> list[str]:
    """What is wrong with a configuration as the engine hands it to the pack, one line for each fault.

    `asked` maps the names of policies to messages with `enforcementLevel` and `properties`.
    """
    own = {policy.name: policy.enforcement_level or EnforcementLevel.ADVISORY for policy in policies}
    found = []
    for name in sorted(asked):
        if name not in own:
            near = difflib.get_close_matches(name, own, n=1)
            found.append(f"{name}: there is no such rule" + (f"; did you mean {near[0]}?" if near else ""))
            continue
        level = EnforcementLevel(analyzer_pb2.EnforcementLevel.Name(asked[name].enforcementLevel).lower())
        if STRICTNESS.index(level) < STRICTNESS.index(own[name]):
            found.append(f"{name}: {level.value} is less than {own[name].value}; only an exemption makes it lenient")
        found.extend(
            f"{name}.{key}: the rules take no settings here; limits stand in the stack file, under guardrails"
            for key in sorted(json_format.MessageToDict(asked[name].properties))
        )
    return found


def refuse_lenient(policies: Sequence[Policy]) -> None:
    """Let the pack of this process refuse a configuration that has faults, before anything is checked with it."""

    class Strict(engine._PolicyAnalyzerServicer):
        def Configure(self, request: Any, context: Any) -> Any:
            if found := faults(request.policyConfig, policies):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "\n".join(found))
            return super().Configure(request, context)

    engine._PolicyAnalyzerServicer = Strict  # type: ignore[misc]  # PolicyPack makes its servicer by this name
