"""What a run shows: a line for each step in a pipe, one moving picture on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from seawall.cli.progress import Tally, drawn, line, progress
from seawall.cli.screen import Screen
from seawall.local.errors import AzureError
from seawall.local.events import (
    Event,
    Finished,
    Op,
    Planned,
    StepDone,
    StepFailed,
    StepProgress,
    StepRetrying,
    StepSkipped,
    StepStarted,
    Summary,
    WaitingForStack,
)

VAULT = "urn:pulumi:dev::seawall::seawall:components:KeyVault$azure-native:keyvault:Vault::vault"
PLACE = "urn:pulumi:dev::seawall::azure-native:network:PrivateEndpoint::vault-endpoint"
VAULT_ID = "/subscriptions/s/resourceGroups/rg-security/providers/Microsoft.KeyVault/vaults/kv-1"
REFUSED = AzureError("VaultAlreadyExists", "The name is taken.")

RUN: tuple[Event, ...] = (
    WaitingForStack(stack="dev", holder="process 7 (seawall up dev), since 2026-01-31 09:30:00 UTC"),
    Planned(stack="dev", counts={Op.CREATE: 2}, steps=2, resumed=1),
    StepStarted(urn=VAULT, op=Op.CREATE, id=VAULT_ID),
    StepProgress(urn=VAULT, op=Op.CREATE, state="Creating"),
    StepRetrying(urn=VAULT, op=Op.CREATE, error=AzureError("RetryableError", "Later."), wait=2.0),
    StepDone(urn=VAULT, op=Op.CREATE, id=VAULT_ID, seconds=1.0, note="recovered from its soft-deleted state"),
    StepSkipped(urn=PLACE, op=Op.CREATE, because=VAULT),
    Finished(summary=Summary(stack="dev")),
)


def screen(*, terminal: bool, json: bool = False) -> tuple[Screen, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=100, color_system="standard" if terminal else None)
    return Screen(console, console, json), written


def text_of(tally: Tally) -> str:
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(drawn(tally, 4.2))
    return console.export_text()


def test_a_pipe_gets_a_line_for_each_step_that_ended() -> None:
    """In a pipe each finished, failed, skipped or repeated step is one plain line, and nothing else is written."""
    shown, written = screen(terminal=False)
    with progress(shown, "Deploying dev") as listen:
        for event in RUN:
            listen(event)
    assert written.getvalue().splitlines() == [
        "Deploying dev",
        "  waiting: stack dev is being changed by process 7 (seawall up dev), since 2026-01-31 09:30:00 UTC",
        "  finishing 1 step that an earlier run left open",
        "  .. keyvault:Vault vault: RetryableError: Later.; again in 2.0 s",
        "  +  keyvault:Vault vault (kv-1) created (recovered from its soft-deleted state)",
        "  x  network:PrivateEndpoint vault-endpoint not tried: vault failed",
    ]


def test_json_silences_progress() -> None:
    """With --json, progress writes nothing at all."""
    shown, written = screen(terminal=False, json=True)
    with progress(shown, "Deploying dev") as listen:
        for event in RUN:
            listen(event)
    assert written.getvalue() == ""


def test_a_terminal_keeps_failures_in_sight() -> None:
    """On a terminal the moving display vanishes at the end; what failed stays, and so does the count."""
    shown, written = screen(terminal=True)
    with progress(shown, "Deploying dev", clock=lambda: 0.0) as listen:
        listen(Planned(stack="dev", counts={}, steps=2))
        listen(StepFailed(urn=VAULT, op=Op.CREATE, id=VAULT_ID, error=REFUSED))
        listen(StepDone(urn=PLACE, op=Op.CREATE, id="", seconds=1.0))
    assert "vault (kv-1) failed: VaultAlreadyExists: The name is taken." in written.getvalue()
    assert written.getvalue().rstrip().endswith("1 of 2 steps\x1b[0m")


def test_the_display_names_what_runs_and_counts_by_resource_group() -> None:
    """The display shows the whole, each resource group's share, the running step and what Azure says of it."""
    tally = Tally("Deploying dev", {VAULT: "rg-security", PLACE: "rg-network"})
    for event in RUN[1:4]:
        tally.take(event)
    text = text_of(tally)
    assert "0/2" in text and "4.2 s" in text
    assert "keyvault:Vault vault (kv-1) Creating" in text
    assert "finishing 1 step of an earlier run" in text
    tally.take(RUN[5])
    assert "rg-security" in text_of(tally) and "1 of 1" in text_of(tally)
    assert "kv-1" not in text_of(tally), "a finished step no longer runs"


def test_an_event_without_an_id_counts_for_its_resource_group() -> None:
    """A skipped step, whose event has no ID, counts where the diff placed its resource."""
    tally = Tally("Deploying dev", {PLACE: "rg-network"})
    tally.take(RUN[6])
    assert tally.by_group["rg-network"]["failed"] == 1


def test_many_running_steps_are_counted_and_not_listed() -> None:
    """Of ten running steps the display names six and counts four."""
    tally = Tally("Deploying dev")
    for number in range(10):
        tally.take(StepStarted(urn=f"{VAULT}{number}", op=Op.CREATE, id=""))
    assert "and 4 more" in text_of(tally)


def test_progress_of_an_operation_that_is_over_changes_nothing() -> None:
    """A late word on a finished step neither fails nor brings it back."""
    tally = Tally("Deploying dev")
    tally.take(StepProgress(urn=VAULT, op=Op.CREATE, state="Creating"))
    assert tally.running == {}
    assert line(RUN[3]) is None
