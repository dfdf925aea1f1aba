"""The engine's errors in words: what went wrong, and what to do about it.

Sources: pulumi/pulumi, `pkg/backend` (login, locks, pending operations) and `sdk/go/common/workspace` (plugins); Entra
ID's error codes (learn.microsoft.com, reference-error-codes); Azure Resource Manager's and Blob storage's error codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seawall.engine.errors import EngineError


@dataclass(frozen=True)
class Cause:
    """A kind of failure, by what it says."""

    pattern: re.Pattern[str]
    message: str
    """With the pattern's groups by name."""
    hint: str


def _cause(pattern: str, message: str, hint: str) -> Cause:
    return Cause(re.compile(pattern, re.IGNORECASE | re.DOTALL), message, hint)


CAUSES = (
    _cause(
        r"the stack is currently locked by \d+ lock.*?created by (?P<who>\S+) \(pid (?P<pid>\d+)\) at (?P<at>\S+)",
        "the stack's state is locked by {who} (process {pid}), since {at}",
        "Wait for that run to end. If it was killed, take its lock off: `pulumi cancel -s {env}`, then run this again.",
    ),
    _cause(
        r"the stack is currently locked by|\[409\] Conflict: Another update is currently in progress",
        "another run is changing the stack",
        "Wait for it to end. If it was killed, take its lock off: `pulumi cancel -s {env}`, then run this again.",
    ),
    _cause(
        r"PULUMI_ACCESS_TOKEN must be set|not logged in|Unauthorized: No credentials provided",
        "Pulumi isn't logged in to the backend that keeps the state",
        "Name the backend in the stack file (`seawall:state`, `backend`) or log in: `pulumi login URL`.",
    ),
    _cause(
        r"(AADSTS70043|AADSTS700082|AADSTS50173|AADSTS50078|token has expired|ExpiredAuthenticationToken"
        r"|ExpiredToken)",
        "the login to Azure has expired",
        "Log in again: `az login --tenant {tenant}`; in a pipeline, let the job ask for a new OIDC token.",
    ),
    _cause(
        r"(AADSTS\d+|DefaultAzureCredential: failed|Please run 'az login'|could not (obtain|acquire) (an? )?(access )?"
        r"token|InvalidAuthenticationToken|building auth(orizer)? config|no credential)",
        "the login to Azure failed",
        "Log in: `az login --tenant {tenant}`; in a pipeline, set ARM_USE_OIDC, ARM_CLIENT_ID and ARM_TENANT_ID.",
    ),
    _cause(
        r"client '?(?P<client>[^' ]*)'? .{0,80}does not have authorization to perform action '(?P<action>[^']+)' over "
        r"scope '(?P<scope>[^']+)'",
        "{client} may not {action} on {scope}",
        "`seawall doctor {env}` compares the permissions that the plan needs with those you have.",
    ),
    _cause(
        r"AuthorizationFailed|does not have authorization to perform action",
        "Azure refused for want of a permission",
        "`seawall doctor {env}` compares the permissions that the plan needs with those you have.",
    ),
    _cause(
        r"(AuthorizationPermissionMismatch|AuthorizationFailure|This request is not authorized)",
        "the storage account that keeps the state refuses you",
        "Storage Blob Data Contributor on its container is needed, and a network from which it can be reached.",
    ),
    _cause(
        r"(ContainerNotFound|no such bucket|The specified container does not exist)",
        "the container that is to keep the state doesn't exist",
        "docs/bootstrap.md says how state storage is made.",
    ),
    _cause(
        r"incorrect passphrase|passphrase must be set|unable to find either `?PULUMI_CONFIG_PASSPHRASE",
        "the passphrase that protects the stack's secrets is missing or wrong",
        "Set PULUMI_CONFIG_PASSPHRASE, or give the stack an Azure Key Vault key as its secrets provider.",
    ),
    _cause(
        r"(azurekeyvault|vault\.azure\.net).{0,400}(Forbidden|403|not authorized)",
        "the key that protects the stack's secrets can't be used",
        "The right to encrypt and decrypt with it is needed (docs/bootstrap.md), and a network that reaches the vault.",
    ),
    _cause(
        r"(no resource plugin '(?P<plugin>[^']+)'|could not load plugin for (?P<other>\S+) provider"
        r"|plugin (?P<third>\S+) .{0,80}not found)",
        "a plugin of Pulumi's is missing: {plugin}{other}{third}",
        "`pulumi install` fetches what Pulumi.yaml needs; where the internet is closed, set PULUMI_PLUGIN_PATHS or a "
        "plugin download mirror.",
    ),
    _cause(
        r"no stack named '(?P<stack>[^']+)' found",
        "the backend has no stack {stack}",
        "Check the backend in the stack file (`seawall:state`); `seawall up {env}` makes a new stack there.",
    ),
    _cause(
        r"resource plan|violates plan|expected resource operations for",
        "what would be done is no longer what was previewed",
        "Something changed in between. Run the same command again: it previews anew.",
    ),
    _cause(
        r"(could not resolve host|no such host|connection refused|network is unreachable|TLS handshake timeout)",
        "a server that the engine needs can't be reached",
        "Private endpoints answer only from within the network: run this on the platform's own runners.",
    ),
)

_ERROR = re.compile(r"(?:^|stderr:)\s*error: (.+)$", re.MULTILINE)


def explained(text: str, *, env: str, tenant: str = "") -> EngineError:
    """The first cause that a failed command's output shows; else its own first error line."""
    for cause in CAUSES:
        found = cause.pattern.search(text)
        if found:
            words = {key: value or "" for key, value in found.groupdict().items()}
            words |= {"env": env, "tenant": tenant or "TENANT"}
            return EngineError(cause.message.format(**words), hint=cause.hint.format(**words))
    told = _ERROR.search(text)
    first = " ".join((told.group(1) if told else text.strip().splitlines()[-1] if text.strip() else "").split())
    return EngineError(
        f"Pulumi failed: {first or 'it gave no reason'}", hint=f"`pulumi stack -s {env}` shows the state."
    )
