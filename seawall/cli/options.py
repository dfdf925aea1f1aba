"""The arguments and options that several commands share, so that one name means the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EngineName(StrEnum):
    """Who compares a plan with the cloud, and changes that."""

    SEAWALL = "seawall"
    PULUMI = "pulumi"


def environment_names(incomplete: str) -> list[str]:
    """For the shell's completion."""
    return [path.name.split(".")[1] for path in Path("stacks").glob(f"Pulumi.{incomplete}*.yaml")]


Env = Annotated[
    str,
    typer.Argument(
        metavar="ENV", help="The environment: the ENV of stacks/Pulumi.ENV.yaml.", autocompletion=environment_names
    ),
]
Cwd = Annotated[
    Path, typer.Option("--cwd", "-C", metavar="DIR", help="The project: the folder of Pulumi.yaml, or one below it.")
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="FILE",
        envvar="SEAWALL_STORE",
        help="What the local Azure keeps its state in. Default: .seawall/azure.db in the project.",
    ),
]
Local = Annotated[
    bool, typer.Option("--local", help="Against the Azure that runs on this machine: no account, no cost.")
]
Engine = Annotated[
    EngineName | None,
    typer.Option(
        "--engine",
        help="Who compares and deploys: `seawall` itself (the default with --local), or `pulumi`, the Pulumi CLI.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, with nothing else on stdout.")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there; else, or with -, to stdout.")
]

HERE = Path()
