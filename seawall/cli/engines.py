"""Which engine a command uses: Seawall's own, for the local Azure, or Pulumi's, for Azure and on request."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.cli.exits import BadInput
from seawall.cli.options import EngineName


def is_pulumi(local: bool, engine: EngineName | None) -> bool:
    """Whether the Pulumi CLI does it. Raises `BadInput` where Seawall's own engine is to work on Azure."""
    if local:
        return engine is EngineName.PULUMI
    if engine is EngineName.SEAWALL:
        raise BadInput(
            "--engine seawall works on the local Azure alone: Azure is changed through Pulumi",
            hint="Say --local with it, or leave --engine out.",
        )
    return True


def refuse_with_pulumi(flags: Mapping[str, bool], hint: str) -> None:
    """Raise `BadInput` for each flag that only Seawall's own engine knows: none is silently ignored."""
    given = [name for name, wanted in flags.items() if wanted]
    if given:
        raise BadInput([f"{name} works with --engine seawall alone" for name in given], hint=hint)
