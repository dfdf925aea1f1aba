"""The Pulumi program of every stack: reads its settings and makes what they describe.

`pulumi up -s dev` runs it under Pulumi's engine, `seawall up dev --local` under the offline one.
"""

import gc

gc.disable()  # before Pulumi is imported: see seawall.plan.startup

import pulumi  # noqa: E402

from seawall.plan import startup  # noqa: E402

startup.import_in_parts("pulumi_azuread", "pulumi_azuredevops")

from stacks import settings  # noqa: E402
from stacks.composition import compose  # noqa: E402


def main() -> None:
    stack = settings.from_config(pulumi.Config("seawall").get, pulumi.get_stack())
    if not stack.keep_version_aliases:
        startup.drop_version_aliases()
    for name, value in compose(stack).items():
        pulumi.export(name, value)


main()
