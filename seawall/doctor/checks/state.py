"""Whether the backend that keeps the stack's state, and what encrypts its secrets, can be reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok
from seawall.doctor.machine import Machine

PULUMI_CLOUD = "https://api.pulumi.com"
NAME_IT = (
    "Name one in the stack file (`seawall:state`, `backend: azblob://CONTAINER?storage_account=NAME`), set "
    "PULUMI_BACKEND_URL, or log in: `pulumi login URL`."
)


def check(case: Case) -> Iterator[Finding]:
    """Sources: Pulumi docs, concepts/state-and-backends (URLs, PULUMI_BACKEND_URL, ~/.pulumi/credentials.json) and
    concepts/secrets (PULUMI_CONFIG_PASSPHRASE, azurekeyvault://).
    """
    if case.local:
        folder = (case.store or case.root / ".seawall" / "azure.db").parent
        if case.machine.writable(folder):
            yield ok("the local Azure keeps the state")
        else:
            yield fault(f"{folder} can't be written to", "Get the right to write there, or name another --store FILE.")
        return
    url = case.machine.environ.get("PULUMI_BACKEND_URL") or case.backend or _logged_in(case.machine)
    found = [*_backend(case.machine, url), *_secrets(case)]
    yield from found
    if not found:
        yield ok(f"{url.partition('?')[0]} can be reached")


def _backend(machine: Machine, url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    match parts.scheme:
        case "":
            yield fault("there is no backend for the state: none is named, and Pulumi isn't logged in", NAME_IT)
        case "file":
            folder = Path(parts.netloc + parts.path).expanduser()
            if not machine.writable(folder):
                yield fault(f"the state's folder {folder} can't be written to", "Make it, or name another backend.")
        case "azblob":
            account = parse_qs(parts.query).get("storage_account", [machine.environ.get("AZURE_STORAGE_ACCOUNT", "")])
            if not account[0]:
                yield fault(f"{url} doesn't say in which storage account", "Add ?storage_account=NAME to it.")
            else:
                yield from _host(machine, f"{account[0]}.blob.core.windows.net", "the state")
        case "https" | "http":
            yield from _host(machine, parts.netloc, "the state", parts.port or 443)
            token = machine.environ.get("PULUMI_ACCESS_TOKEN") or _logged_in(machine)
            if not token:
                yield fault(f"Pulumi isn't logged in to {url}", f"`pulumi login {url}`, or set PULUMI_ACCESS_TOKEN.")


def _host(machine: Machine, host: str, what: str, port: int = 443) -> Iterator[Finding]:
    if machine.environ.get("HTTPS_PROXY") or machine.environ.get("https_proxy"):
        return  # what a proxy lets through shows only when it is used
    try:
        machine.connect(host.partition(":")[0], port)
    except OSError as error:
        reason = error.strerror or str(error) or "no answer"
        yield fault(
            f"{host}, which keeps {what}, can't be reached: {reason}",
            "Check its name; where it has a private endpoint only, run this from within the network.",
        )


def _secrets(case: Case) -> Iterator[Finding]:
    parts = urlsplit(case.secrets_provider)
    environ = case.machine.environ
    if parts.scheme == "azurekeyvault":
        yield from _host(case.machine, parts.netloc, "the key of secrets")
    elif case.secrets_provider == "passphrase" and not (
        "PULUMI_CONFIG_PASSPHRASE" in environ or environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    ):
        yield fault(
            "there is no passphrase for the stack's secrets",
            "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE; better, a key of Azure Key Vault: "
            "`seawall:state`, `secretsProvider: azurekeyvault://VAULT.vault.azure.net/keys/KEY`.",
        )


def _logged_in(machine: Machine) -> str:
    """The URL that the CLI is logged in to, if any."""
    if machine.environ.get("PULUMI_ACCESS_TOKEN"):
        return PULUMI_CLOUD
    home = Path(machine.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        return str(json.loads(machine.text(home / "credentials.json") or "{}").get("current") or "")
    except (ValueError, AttributeError):
        return ""
