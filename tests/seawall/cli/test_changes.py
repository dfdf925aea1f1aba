"""A diff as people and machines see it."""

from __future__ import annotations

import io
import json
from collections import Counter

from rich.console import Console

from seawall.cli import changes
from seawall.cli.screen import Screen
from seawall.local.changes import ABSENT, Change
from seawall.local.deploy import Diff, ResourceChange
from seawall.local.events import Op
from seawall.plan.model import Plan, Resource
from seawall.plan.values import Secret

STACK = "urn:pulumi:dev::seawall::pulumi:pulumi:Stack::seawall-dev"
GROUP = "/subscriptions/s/resourceGroups/rg-security"
COMPONENT = Resource(
    urn="urn:pulumi:dev::seawall::seawall:components:KeyVault::vault",
    type="seawall:components:KeyVault",
    name="vault",
    parent=STACK,
)
VAULT = Resource(
    urn="urn:pulumi:dev::seawall::seawall:components:KeyVault$azure-native:keyvault:Vault::vault",
    type="azure-native:keyvault:Vault",
    name="vault",
    id=f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-1",
    parent=COMPONENT.urn,
    inputs={"vaultName": "kv-1", "password": Secret("hunter2")},
)
PLAN = Plan(
    stack="dev",
    resources=(Resource(urn=STACK, type="pulumi:pulumi:Stack", name="seawall-dev"), COMPONENT, VAULT),
)


def change(op: Op, resource: Resource = VAULT, **more: object) -> ResourceChange:
    return ResourceChange(
        urn=resource.urn, type=resource.type, name=resource.name, id=resource.id, op=op, **more  # type: ignore[arg-type]
    )


def diff_of(*resources: ResourceChange) -> Diff:
    return Diff(stack="dev", resources=resources, counts=Counter(resource.op for resource in resources))


def shown(diff: Diff, plan: Plan | None = PLAN, *, details: bool = False) -> list[str]:
    written = io.StringIO()
    console = Console(file=written, width=160)
    changes.show(Screen(console, console), diff, plan, details=details)
    return [line for line in written.getvalue().splitlines() if line]


def test_properties_are_shown_under_their_component() -> None:
    """An update says what is added, what goes and what becomes what, under the component in words."""
    update = change(
        Op.UPDATE,
        changes=(
            Change(path="sku.name", before="standard", after="premium"),
            Change(path="tags.owner", before=ABSENT, after="ml"),
            Change(path="enableSoftDelete", before=False, after=ABSENT),
        ),
    )
    assert shown(diff_of(update,)) == [
        "  Key vault vault",
        "    ~  keyvault:Vault vault (kv-1)",
        '         ~ sku.name: "standard" => "premium"',
        '         + tags.owner: "ml"',
        "         - enableSoftDelete: false",
        "  1 to update",
    ]


def test_a_replacement_says_why() -> None:
    """A replacement has Pulumi's symbol and its reasons."""
    replace = change(Op.REPLACE, reasons=("location can't be changed in place",))
    assert "    +- keyvault:Vault vault (kv-1)  (location can't be changed in place)" in shown(
        diff_of(replace,)
    )


def test_what_the_program_no_longer_has_is_told_apart() -> None:
    """A deletion, which the plan doesn't have, stands under its resource group with the reason."""
    gone = ResourceChange(urn="urn:x::y::t::old", type="azure-native:storage:StorageAccount", name="old",
                          id=f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stold", op=Op.DELETE)  # fmt: skip
    assert shown(diff_of(gone,))[:2] == [
        "  rg-security, no longer in the program",
        "    -  storage:StorageAccount old (stold)",
    ]


def test_details_show_what_is_created_without_its_secrets() -> None:
    """With details the properties of a new resource are listed; a secret is masked there and in JSON."""
    diff = diff_of(change(Op.CREATE))
    lines = shown(diff, details=True)
    assert '         + vaultName: "kv-1"' in lines
    assert '         + password: "[secret]"' in lines
    assert not any("vaultName" in line for line in shown(diff)), "only where asked for"
    assert "hunter2" not in json.dumps(changes.document(diff))


def test_what_stays_is_only_counted() -> None:
    """An unchanged stack is one line."""
    assert shown(diff_of(change(Op.SAME))) == ["  1 unchanged"]


def test_json_has_every_change_and_leaves_out_absent_sides() -> None:
    """The document is plain JSON: operation, reasons, and each property with the sides that it has."""
    update = change(Op.UPDATE, changes=(Change(path="tags.owner", before=ABSENT, after="ml"),), renamed_from="urn:old")
    document = json.loads(json.dumps(changes.document(diff_of(update, change(Op.SAME)))))
    assert document["counts"] == {"update": 1, "same": 1}
    [entry] = document["resources"]
    assert entry["op"] == "update" and entry["renamedFrom"] == "urn:old"
    assert entry["changes"] == [{"path": "tags.owner", "after": "ml"}]
