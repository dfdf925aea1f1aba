"""Exported stacks as plans: what stands in the cloud, with secrets that stay closed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.plan import state
from seawall.plan.errors import PlanErrors
from seawall.plan.values import OPAQUE, SECRET_SIGNATURE, SIGNATURE, Secret

PREFIX = "urn:pulumi:prod::seawall::"
STACK = f"{PREFIX}pulumi:pulumi:Stack::seawall-prod"
PROVIDER = f"{PREFIX}pulumi:providers:azure-native::azure"
COMPONENT = f"{PREFIX}seawall:components:StorageAccount::lake"
ACCOUNT = f"{PREFIX}seawall:components:StorageAccount$azure-native:storage:StorageAccount::lake"
GROUP = f"{PREFIX}azure-native:resources:ResourceGroup::data"
ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/stlake"


def secret(**fields: str) -> dict[str, str]:
    return {SIGNATURE: SECRET_SIGNATURE, **fields}


def entry(urn: str, **fields: Any) -> dict[str, Any]:
    type = urn.split("::")[2].rpartition("$")[2]
    return {"urn": urn, "custom": True, "type": type, "id": "/subscriptions/s/resourceGroups/g", **fields}


def exported(*resources: dict[str, Any], version: int = 3) -> bytes:
    deployment = {"manifest": {"time": "2026-11-21T09:00:00Z", "magic": "", "version": "v3"}, "resources": resources}
    return json.dumps({"version": version, "deployment": deployment}).encode()


ACCOUNT_ENTRY = entry(
    ACCOUNT,
    id=ID,
    parent=COMPONENT,
    provider=f"{PROVIDER}::0f3a",
    protect=True,
    inputs={
        "accountName": "stlake", "tags": {"key": secret(ciphertext="v1:abc"), "seen": secret(plaintext='{"a": 2.0}')},
        "count": 3.0, "group": {SIGNATURE: state.RESOURCE_SIGNATURE, "urn": GROUP, "id": "/subscriptions/s"},
    },
    outputs={"name": "stlake", "__inputs": secret(ciphertext="v1:def")},
    dependencies=[GROUP, COMPONENT],
    propertyDependencies={"accountName": [], "resourceGroupName": [GROUP], "location": None},
)  # fmt: skip
WHOLE = exported(
    entry(STACK, custom=False, outputs={"one": "two"}),
    entry(PROVIDER, id="0f3a"),
    entry(COMPONENT, custom=False),
    ACCOUNT_ENTRY,
    entry(GROUP),
    entry(f"{PREFIX}azure-native:resources:ResourceGroup::read", external=True),
    entry(GROUP, delete=True),
)


def test_only_what_stands_in_the_cloud_is_in_the_plan() -> None:
    """No stack, provider, component or resource that was read; of a replaced one the new version alone."""
    plan = state.from_json(WHOLE, "state.json")
    assert (plan.stack, plan.project, plan.outputs) == ("prod", "seawall", {"one": "two"})
    assert [resource.urn for resource in plan.resources] == [GROUP, ACCOUNT]
    account = plan.by_urn[ACCOUNT]
    assert (account.name, account.id, account.parent, account.dependencies) == ("lake", ID, "", (GROUP,))
    assert account.property_dependencies == {"accountName": (), "resourceGroupName": (GROUP,), "location": ()}
    assert account.options.protect and account.options.provider == PROVIDER


def test_secrets_stay_closed_and_values_are_those_of_a_plan() -> None:
    """Ciphertext is opaque; with --show-secrets the value is known, and marked; numbers are whole, references IDs."""
    inputs = state.from_json(WHOLE, "state.json").by_urn[ACCOUNT].inputs
    assert inputs["tags"] == {"key": OPAQUE, "seen": Secret({"a": 2})}
    assert inputs["count"] == 3 and isinstance(inputs["count"], int)
    assert inputs["group"] == "/subscriptions/s"
    assert "__inputs" not in state.from_json(WHOLE, "state.json").by_urn[ACCOUNT].outputs


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not JSON, or cut off"),
        (WHOLE[:500], "not JSON, or cut off"),
        (b"[]", "not an exported stack"),
        (b'{"version": 1, "stack": "dev", "resources": []}', "not an exported stack"),
        (exported(ACCOUNT_ENTRY, version=2), "a deployment of version 2; this Seawall reads version 3 or 4"),
        (exported(), "an exported stack without resources"),
        (exported(entry(GROUP), entry(GROUP)), f"two resources have the URN {GROUP}"),
        (
            exported(entry(GROUP, dependencies=[ACCOUNT]), entry(ACCOUNT, dependencies=[GROUP])),
            "resources depend on each other in a circle",
        ),
        (exported(entry(GROUP, inputs=[])), "not an exported stack: Expected `object | null`, got `array`"),
    ],
)
def test_a_broken_export_is_one_clear_line(tmp_path: Path, content: bytes, expected: str) -> None:
    """Whatever is wrong with an export, one line says it, and names the file."""
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(PlanErrors) as caught:
        state.read(path)
    (error,) = caught.value.errors
    assert "state.json: " in error and expected in error and "\n" not in error


def test_version_4_is_read_as_well() -> None:
    """It is what a stack with newer features exports."""
    assert len(state.from_json(exported(ACCOUNT_ENTRY, version=4), "state.json").resources) == 1
