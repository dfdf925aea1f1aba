"""What a command says that Seawall can't do yet: drive Azure itself."""

from __future__ import annotations

from seawall.cli.exits import BadInput

PULUMI = {"preview": "pulumi preview", "up": "pulumi up", "destroy": "pulumi destroy", "refresh": "pulumi refresh"}


def only_local(local: bool, command: str, env: str) -> None:
    """Raise `BadInput` unless the command is meant for the local Azure."""
    if local:
        return
    raise BadInput(
        f"without --local, `seawall {command}` will drive Azure through the Pulumi CLI: that comes in a later release",
        hint=f"Until then: `seawall {command} {env} --local` works on this machine's own Azure, "
        f"and plain `{PULUMI[command]} -s {env}` on the real one.",
    )
