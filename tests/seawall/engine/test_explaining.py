"""Each way in which the engine fails is told in one sentence, with what to do."""

from __future__ import annotations

import pytest
from stand_in import FAILURES

from seawall.engine.explaining import CAUSES, explained

TOLD = {
    "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file "
    "with `pulumi cancel`.\n  azblob://state/.pulumi/locks/x.json: created by ci@runner-7 (pid 4711) at "
    "2026-11-21T09:30:00Z": ("ci@runner-7 (process 4711), since 2026-11-21T09:30:00Z", "pulumi cancel -s dev"),
    "error: [409] Conflict: Another update is currently in progress.": ("another run is", "Wait for it to end"),
    FAILURES["login"]: ("isn't logged in to the backend", "pulumi login URL"),
    FAILURES["expired"]: ("the login to Azure has expired", "az login --tenant contoso.example"),
    "error: DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:": (
        "the login to Azure failed",
        "az login --tenant contoso.example",
    ),
    "error: AADSTS7000215: Invalid client secret provided.": ("the login to Azure failed", "ARM_USE_OIDC"),
    FAILURES["permission"]: (
        "ci may not Microsoft.Network/virtualNetworks/write on /subscriptions/1",
        "seawall doctor dev",
    ),
    "Code=AuthorizationFailed": ("refused for want of a permission", "seawall doctor dev"),
    "blob (code=Unknown): RESPONSE 403 AuthorizationPermissionMismatch": (
        "storage account that keeps the state refuses you",
        "Storage Blob Data Contributor",
    ),
    "RESPONSE 404: ContainerNotFound": ("container that is to keep the state doesn't exist", "docs/bootstrap.md"),
    FAILURES["passphrase"]: ("passphrase that protects", "PULUMI_CONFIG_PASSPHRASE"),
    "error: secrets (code=PermissionDenied): GET https://kv-state.vault.azure.net/keys/k: 403 Forbidden": (
        "key that protects the stack's secrets can't be used",
        "encrypt and decrypt",
    ),
    FAILURES["plugin"]: ("plugin of Pulumi's is missing: pulumi-resource-azure-native", "pulumi install"),
    "error: no stack named 'dev' found": ("the backend has no stack dev", "seawall up dev"),
    "error: resource urn:x violates plan: properties changed": ("no longer what was previewed", "previews anew"),
    "dial tcp: lookup stlarkspur.blob.core.windows.net: no such host": ("can't be reached", "own runners"),
}


@pytest.mark.parametrize("text", TOLD)
def test_a_failure_is_told_with_its_remedy(text: str) -> None:
    message, hint = TOLD[text]
    found = explained(f"\n code: 255\n stdout: \n stderr: {text}\n", env="dev", tenant="contoso.example")
    assert message in str(found)
    assert hint in found.hint
    assert "\n" not in str(found)


def test_every_cause_has_an_example() -> None:
    """No cause stands there untried."""
    tried = {next(n for n, cause in enumerate(CAUSES) if cause.pattern.search(text)) for text in TOLD}
    assert tried == set(range(len(CAUSES)))


def test_what_is_unheard_of_is_told_in_its_own_words() -> None:
    """The first error line, without the noise around it."""
    found = explained(f"\n code: 255\n stdout: Updating\n stderr: {FAILURES['unheard']}\n", env="dev")
    assert str(found) == "Pulumi failed: the moon is in the wrong phase"


def test_silence_is_told_too() -> None:
    assert "no reason" in str(explained("", env="dev"))
