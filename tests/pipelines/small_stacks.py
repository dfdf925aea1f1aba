"""Stack files for the tests of the pipelines: small ones, so that each of many commands is quick."""

from __future__ import annotations

import yaml

from tests.stacks.documents import minimal

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
"""Of `shared`, as in the project's own stack files."""

SHARED = minimal(
    subscription=SUBSCRIPTION,
    network={"addressSpace": "10.40.0.0/22"},
    budget={"amount": 4500, "start": "2026-12-01"},
)
DEV = minimal(
    expiry="2027-06-30",
    shared={"subscription": SUBSCRIPTION},
    endpoints={"online": [{"name": "fraud-online", "description": "Scores a claim for fraud as it is filed."}]},
)

SMALL = {"shared": yaml.safe_dump(SHARED), "dev": yaml.safe_dump(DEV)}
"""By environment, as `seawall` reads them."""

PROGRAM = '''"""A resource group and a budget: what is made of a stack file where what is made doesn't matter."""

from datetime import date

import pulumi
import pulumi_azure_native as azure

from components import Budget, BudgetArgs, ResourceGroup, ResourceGroupArgs
from stacks import settings

stack = settings.from_config(pulumi.Config("seawall").get, pulumi.get_stack())
tags = {"env": stack.environment, "owner": stack.owner, "costCenter": stack.cost_center}
tags |= {"workload": stack.workload, "dataClassification": "internal", "expiry": str(stack.expiry)}
opts = pulumi.ResourceOptions(provider=azure.Provider("own", subscription_id=stack.subscription))
group = ResourceGroup(
    "group",
    ResourceGroupArgs(
        subscription_id=stack.subscription,
        location=stack.location,
        tags=tags,
        resource_name=stack.names.of("resource group", "security"),
    ),
    opts,
)
Budget(
    "budget",
    BudgetArgs(
        scope=group.id,
        resource_name="budget-tests",
        amount=stack.budget.amount,
        start=date(2026, 12, 1),
        emails=[stack.owner],
    ),
    opts,
)
'''
"""A program for `dev` in the place of the project's own: `stacks/__main__.py`."""
