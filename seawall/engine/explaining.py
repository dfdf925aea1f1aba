"""The engine's errors in words: what went wrong, and what to do about it.

Sources: pulumi/pulumi, `pkg/backend` (login, locks, pending operations) and `sdk/go/common/workspace` (plugins); Entra
ID's error codes (learn.microsoft.com, reference-error-codes); Azure Resource Manager's and Blob storage's error codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seawall.engine import state_lock
from seawall.engine.errors import EngineError
from seawall.engine.state_lock import StateLock


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
        r"the stack is currently locked by|\[409\] Conflict: Another update is currently in progress",
        "another run is changing the stack",
        "Wait for it to end. If it was killed, take its lock off: `{cancel}`, then run this again.",
    ),
    _cause(
        r"\bcode: -(?P<signal>\d+)",
        "the Pulumi CLI was killed (signal {signal})",
        "Was there enough memory? The same command goes on: it tells what was left open, and finishes it.",
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
        r"DefaultAzureCredential: failed to acquire a token",
        "the backend or the key of the stack's secrets is in Azure, and nobody is logged in there",
        "Log in: `az login --tenant {tenant}`; in a pipeline, let its step for Azure's login come before.",
    ),
    _cause(
        r"(AADSTS\d+|Please run 'az login'|could not (obtain|acquire) (an? )?(access )?"
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
        r"incorrect passphrase",
        "the passphrase is not the one that the stack's secrets were encrypted with",
        "Set PULUMI_CONFIG_PASSPHRASE to that one; `encryptionsalt` in Pulumi.{env}.yaml goes with it.",
    ),
    _cause(
        r"passphrase must be set|unable to find either `?PULUMI_CONFIG_PASSPHRASE",
        "the passphrase that protects the stack's secrets is missing",
        "Set PULUMI_CONFIG_PASSPHRASE, or give the stack an Azure Key Vault key as its secrets provider.",
    ),
    _cause(
        r"unknown secrets provider type '(?P<kind>[^']*)'",
        "there is no secrets provider {kind}",
        "Mend `secretsProvider` in the stack file (`seawall:state`): `passphrase`, or `azurekeyvault://VAULT/keys/KEY`.",
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
        r"resource plan|violates plan|not allowed by the plan|expected resource operations for",
        "what would be done is no longer what was previewed",
        "Something changed in between. Run the same command again: it previews anew.",
    ),
    _cause(
        r"failed to load checkpoint: unsupported checkpoint version",
        "a newer Pulumi has written the stack's state",
        "`seawall tools install` installs the version that goes with this Seawall; or update the CLI on PATH.",
    ),
    _cause(
        r"failed to load checkpoint",
        "the stack's state can't be read: it is cut off, or no JSON",
        "The copy before it lies beside it, as {env}.json.bak (in {place}), older ones under .pulumi/backups: put one "
        "back, then refresh {env}.",
    ),
    _cause(
        r"snapshot integrity failure; refusing to use it: (?P<what>[^\n]+)",
        "the stack's state doesn't hold together: {what}",
        "`{shell}pulumi state repair -s {env}` mends it.",
    ),
    _cause(
        r"unable to open state directory \S+: (?P<why>[^\n]+)",
        "the folder that is to keep the state can't be used: {why}",
        "Name another in the stack file (`seawall:state`, `backend`) or in PULUMI_BACKEND_URL, or make it.",
    ),
    _cause(
        r"(?:write|saving|mkdir|create|rename)[^\n]*: (?P<why>permission denied|read-only file system|no space left on "
        r"device|file too large|disk quota exceeded|not a directory|no such file or directory)",
        "the state can't be written: {why}",
        "It stays as it was before. Make room, or the right to write, in {place}; then run this again.",
    ),
    _cause(
        r"lookup (?P<host>\S+?)(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout)"
        r"|dial tcp (?P<address>\S+?): (?:connect: |i/o )|TLS handshake timeout",
        "a server that the engine needs can't be reached: {host}{address}",
        "Is its name right, and is there a network? Private endpoints answer only from within theirs: run this on the "
        "platform's own runners.",
    ),
)

_ERROR = re.compile(r"(?:^|stderr:)\s*error: (.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the words about a failure need to know of the stack."""

    env: str
    tenant: str = ""
    place: str = ""
    """The backend's URL."""
    shell: str = ""
    """What has to come before `pulumi` at a prompt."""

    def words(self) -> dict[str, str]:
        """For the messages' and the hints' blanks."""
        return {
            "env": self.env,
            "tenant": self.tenant or "TENANT",
            "place": self.place or "the backend",
            "shell": self.shell,
            "cancel": f"{self.shell}pulumi cancel -s {self.env} --yes",
        }


def explained(text: str, around: Surroundings, faults: Sequence[str] = ()) -> EngineError:
    """The first known cause in what a failed command said and the faults that its events told; else the first fault."""
    text, words = "\n".join([*faults, text]), around.words()
    if lock := state_lock.told_in(text):
        return _locked(lock, words)
    if known := _known(text, words):
        return known
    told = _ERROR.search(text)
    first = faults[0] if faults else told.group(1) if told else (text.strip().splitlines() or [""])[-1]
    return EngineError(
        f"Pulumi failed: {' '.join(first.split()) or 'it gave no reason'}",
        hint=f"`{around.shell}pulumi stack -s {around.env}` shows the state.",
    )


def remedy(text: str, around: Surroundings) -> str:
    """What to do about one failure; nothing where its cause isn't known."""
    known = _known(text, around.words())
    return known.hint if known else ""


def _known(text: str, words: Mapping[str, str]) -> EngineError | None:
    """The first cause that a text shows, in words; None where it shows none."""
    for cause in CAUSES:
        if found := cause.pattern.search(text):
            told = {**words, **{key: " ".join(value.split()) for key, value in found.groupdict("").items()}}
            return EngineError(cause.message.format(**told), hint=cause.hint.format(**told))
    return None


def _locked(lock: StateLock, words: Mapping[str, str]) -> EngineError:
    """A lock is explained by whether the run that holds it still lives, where that can be told."""
    off = f"`{words['cancel']}`"
    if lock.is_abandoned:
        return EngineError(
            f"the stack's state is still locked by {lock}, since {lock.at}, which was killed",
            hint=f"Take its lock off: {off}, then run this again: it tells what was left open, and finishes it.",
        )
    return EngineError(
        f"the stack's state is locked by {lock}, since {lock.at}",
        hint=f"Wait for that run to end. If it was killed, take its lock off: {off}, then run this again.",
    )
