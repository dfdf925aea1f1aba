"""Hooks: a command or a webhook that is asked before a release goes on, and who is told of what happens.

A person's approval is no hook that is run: the release waits for it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seawall.delivery.hooks_section import Command, Hook, Webhook
from seawall.delivery.wording import said

PASSING = (429, 502, 503, 504)
"""Answers of a webhook that are no word of its own: it is asked again."""
TRIES = 4
PREFIX = "SEAWALL_RELEASE_"


class Refused(Exception):
    """A hook doesn't agree, or can't be asked. The text is one sentence."""


def run(hook: Hook, facts: Mapping[str, Any], folder: Path, sleep: Callable[[float], None] = time.sleep) -> str:
    """Run a command or ask a webhook; what it said. Raises `Refused`. `facts` are what it is told of the release."""
    if hook.command:
        return run_command(hook.command, facts, folder)
    if hook.webhook:
        return ask_webhook(hook.webhook, {"hook": hook.name, **facts}, sleep)
    raise Refused(f"{hook.name} is for a person to approve")


def variables(facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts as a command gets them: `SEAWALL_RELEASE_CANDIDATE` and so on, texts all.

    >>> variables({"scoringUri": "https://scoring.example"})
    {'SEAWALL_RELEASE_SCORING_URI': 'https://scoring.example'}
    """
    found = {}
    for key, value in facts.items():
        name = "".join(f"_{letter}" if letter.isupper() else letter for letter in key).upper()
        if isinstance(value, dict):
            value = ",".join(f"{part}={share}" for part, share in value.items())
        found[PREFIX + name] = "" if value is None else str(value)
    return found


def run_command(command: Command, facts: Mapping[str, Any], folder: Path) -> str:
    """Run a program in the release file's folder, without a shell. It agrees by exiting with 0."""
    environment = {**os.environ, **variables(facts)}
    seconds = command.timeout.total_seconds()
    try:
        process = subprocess.Popen(
            command.argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # what it started itself ends with it, when time is up
        )
    except OSError as error:
        raise Refused(f"{command.argv[0]} can't be run: {error.strerror}") from None
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Refused(f"{command.argv[0]} took more than {seconds:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    words = _last_line(output.decode(errors="replace"))
    if process.returncode:
        raise Refused(f"{command.argv[0]} exited with {process.returncode}" + (f": {words}" if words else ""))
    return words


def ask_webhook(webhook: Webhook, body: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep) -> str:
    """POST what a release is about. Any 2xx agrees; no answer and passing faults are tried again within the time."""
    import httpx

    headers = _headers(webhook)
    seconds, problem = webhook.timeout.total_seconds(), ""
    for attempt in range(TRIES):
        if attempt:
            sleep(min(2.0**attempt, seconds / TRIES))
        try:
            answer = httpx.post(webhook.url, json=body, headers=headers, timeout=seconds / TRIES)
        except httpx.HTTPError as error:
            problem = f"{_host(webhook)} gave no answer: {said(str(error), 120)}"
            continue
        problem = f"{_host(webhook)} answered {answer.status_code}: {said(answer.text, 120)}"
        if answer.is_success:
            return said(answer.text, 120)
        if answer.status_code not in PASSING:
            break
    raise Refused(problem)


def _headers(webhook: Webhook) -> dict[str, str]:
    missing = [value.env for value in webhook.headers.values() if value.env not in os.environ]
    if missing:
        raise Refused(f"environment variable {missing[0]}, for a header of {_host(webhook)}, isn't set")
    return {name: os.environ[value.env] for name, value in webhook.headers.items()}


def _host(webhook: Webhook) -> str:
    """What a message may say of an address: its path may hold a secret."""
    return webhook.url.split("/")[2]


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return said(lines[-1], 160) if lines else ""
