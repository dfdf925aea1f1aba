"""Plans a number of storage accounts and prints milliseconds a resource. `untuned` as second argument: as it comes."""

from __future__ import annotations

import gc

gc.disable()

import sys  # noqa: E402
import time  # noqa: E402

import pulumi_azure_native as azure  # noqa: E402

from seawall.plan import startup  # noqa: E402
from seawall.plan.engine import plan_program  # noqa: E402

CONFIG = {"azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001"}


def accounts(count: int) -> None:
    group = azure.resources.ResourceGroup("rg", resource_group_name="rg-bench", location="westeurope")
    for number in range(count):
        azure.storage.StorageAccount(
            f"account-{number}",
            account_name=f"stbench{number}",
            resource_group_name=group.name,
            location=group.location,
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name="Standard_ZRS"),
            allow_shared_key_access=False,
            public_network_access="Disabled",
            tags={"env": "bench"},
        )


def main() -> None:
    count = int(sys.argv[1])
    config = dict(CONFIG)
    plan_program(lambda: accounts(1), stack="warm", config=config)  # loads the SDK's modules
    if sys.argv[2:] == ["untuned"]:
        config["seawall:keepVersionAliases"] = "true"
        gc.disable = lambda: None
        gc.enable()
        gc.unfreeze()
        startup.resume_collection = lambda: None
    else:
        gc.disable()
    started = time.perf_counter()
    plan = plan_program(lambda: accounts(count), stack="bench", config=config)
    elapsed = time.perf_counter() - started
    if len(plan.managed) != count + 1:
        raise SystemExit(f"planned {len(plan.managed)} resources, not {count + 1}")
    print(f"{elapsed / count * 1000:.2f}")


if __name__ == "__main__":
    main()
