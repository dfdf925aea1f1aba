"""Runs a stack's program as Pulumi's language host does: `under_engine.py STACK ADDRESS tuned|untuned`.

Source: pulumi/sdk/python/cmd, pulumi-language-python-exec.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def untune() -> None:
    """Leave garbage collection on and the SDK's aliases to old versions on; to be called before Pulumi is imported."""
    gc.disable = lambda: None  # type: ignore[assignment]  # the program's first two lines turn it off
    from seawall.plan import startup

    startup.drop_version_aliases = lambda: None


def main(stack: str, address: str, how: str) -> None:
    """Run the program against an engine that listens at the address."""
    if how == "untuned":
        untune()
    import asyncio
    import runpy

    sys.path[:0] = [str(ROOT / "stacks"), str(ROOT)]

    from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

    from stacks.settings.configuration import configuration

    config = configuration(ROOT / "stacks" / f"Pulumi.{stack}.yaml")
    given = Settings(
        project="seawall", stack=stack, monitor=address, engine=address, dry_run=True, organization="organization"
    )
    configure(given)
    set_all_config(dict(config.values), list(config.secrets))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(run_in_stack(lambda: runpy.run_path(str(ROOT / "stacks"), run_name="__main__")))
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:4])
