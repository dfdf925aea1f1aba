"""Runs a stack's program as Pulumi's language host does: `under_engine.py STACK ADDRESS tuned|untuned`.

Source: pulumi/sdk/python/cmd, pulumi-language-python-exec.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
STACK, ADDRESS, HOW = sys.argv[1:4]

if HOW == "untuned":
    gc.disable = lambda: None  # the program's first two lines turn it off

import asyncio  # noqa: E402
import runpy  # noqa: E402

sys.path[:0] = [str(ROOT / "stacks"), str(ROOT)]

from pulumi.runtime import Settings, configure, run_in_stack, set_all_config  # noqa: E402

from seawall.plan import startup  # noqa: E402
from stacks.settings.configuration import configuration  # noqa: E402

if HOW == "untuned":
    startup.drop_version_aliases = lambda: None

config = configuration(ROOT / "stacks" / f"Pulumi.{STACK}.yaml")
configure(
    Settings(project="seawall", stack=STACK, monitor=ADDRESS, engine=ADDRESS, dry_run=True, organization="organization")
)
set_all_config(dict(config.values), list(config.secrets))
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(run_in_stack(lambda: runpy.run_path(str(ROOT / "stacks"), run_name="__main__")))
sys.stdout.flush()
