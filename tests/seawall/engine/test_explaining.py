"""Each way in which the engine fails is told in one sentence, with what to do."""

from __future__ import annotations

from socket import gethostname

import pytest
from stand_in import FAILURES

from seawall.engine.events import ESCALATED, NO_RULES, azure_error
from seawall.engine.explaining import CAUSES, Surroundings, explained, remedy

AROUND = Surroundings(
    env="dev", tenant="contoso.example", place="azblob://state", shell="PULUMI_BACKEND_URL=azblob://state "
)
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  azblob://state/.pulumi/locks/organization/seawall/dev/1.json: created by "
)

TOLD = {
    "error: [409] Conflict: Another update is currently in progress.": ("another run is", "Wait for it to end"),
    "\n code: -9\n stdout: Updating (dev)": ("CLI was killed (signal 9)", "tells what was left open"),
    FAILURES["login"]: ("isn't logged in to the backend", "pulumi login URL"),
    FAILURES["expired"]: ("the login to Azure has expired", "az login --tenant contoso.example"),
    'error: read ".pulumi/meta.yaml": blob (code=Unknown): DefaultAzureCredential: failed to acquire a token.\n'
    "Attempted credentials:": ("nobody is logged in there", "az login --tenant contoso.example"),
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
    FAILURES["passphrase"]: ("passphrase is not the one", "PULUMI_CONFIG_PASSPHRASE"),
    "error: getting stack configuration: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or "
    "PULUMI_CONFIG_PASSPHRASE_FILE environment variables": ("secrets is missing", "Azure Key Vault key"),
    "error: unknown secrets provider type 'nosuch' (supported values: default,passphrase,awskms,azurekeyvault)": (
        "there is no secrets provider nosuch",
        "azurekeyvault://VAULT/keys/KEY",
    ),
    "error: secrets (code=PermissionDenied): GET https://kv-state.vault.azure.net/keys/k: 403 Forbidden": (
        "key that protects the stack's secrets can't be used",
        "encrypt and decrypt",
    ),
    FAILURES["plugin"]: ("plugin of Pulumi's is missing: pulumi-resource-azure-native", "pulumi install"),
    "error: no stack named 'dev' found": ("the backend has no stack dev", "seawall up dev"),
    "create is not allowed by the plan: no steps were expected for this resource": (
        "no longer what was previewed",
        "previews anew",
    ),
    "error: failed to load checkpoint: unsupported checkpoint version 99": ("a newer Pulumi", "seawall tools install"),
    "error: failed to load checkpoint: place 1: unexpected end of JSON input": (
        "the stack's state can't be read",
        "dev.json.bak (in azblob://state)",
    ),
    "Error:  snapshot integrity failure; refusing to use it: resource urn:x refers to unknown provider urn:y": (
        "doesn't hold together: resource urn:x refers to unknown provider urn:y",
        "PULUMI_BACKEND_URL=azblob://state pulumi state repair -s dev",
    ),
    'error: unable to open state directory "file:///state": stat /state: no such file or directory': (
        "can't be used: stat /state: no such file or directory",
        "seawall:state",
    ),
    "error: saving checkpoint: write /state/dev.json: no space left on device": (
        "the state can't be written: no space left on device",
        "azblob://state",
    ),
    "dial tcp: lookup stlarkspur.blob.core.windows.net: no such host": (
        "can't be reached: stlarkspur.blob.core.windows.net",
        "own runners",
    ),
}


@pytest.mark.parametrize("text", TOLD)
def test_a_failure_is_told_with_its_remedy(text: str) -> None:
    message, hint = TOLD[text]
    found = explained(f"\n code: 255\n stdout: \n stderr: {text}\n", AROUND)
    assert message in str(found)
    assert hint in found.hint
    assert "\n" not in str(found)


def test_every_cause_has_an_example() -> None:
    """No cause stands there untried."""
    tried = {next(n for n, cause in enumerate(CAUSES) if cause.pattern.search(text)) for text in TOLD}
    assert tried == set(range(len(CAUSES)))


def test_what_is_unheard_of_is_told_in_its_own_words() -> None:
    """The first error line, without the noise around it."""
    found = explained(f"\n code: 255\n stdout: Updating\n stderr: {FAILURES['unheard']}\n", AROUND)
    assert str(found) == "Pulumi failed: the moon is in the wrong phase"


def test_silence_is_told_too() -> None:
    assert "no reason" in str(explained("", AROUND))


def test_what_the_events_tell_comes_before_what_the_cli_printed() -> None:
    """The output repeats it among everything else."""
    found = explained("error: update failed", AROUND, ["storage:StorageAccount lake: name is taken"])
    assert str(found) == "Pulumi failed: storage:StorageAccount lake: name is taken"


def test_a_lock_is_told_with_its_holder_and_how_it_is_taken_off() -> None:
    found = explained(f"{LOCKED}ci@runner-7 (pid 4711) at 2026-11-21T09:30:00Z", AROUND)
    assert str(found) == "the stack's state is locked by ci@runner-7 (process 4711), since 2026-11-21T09:30:00Z"
    assert "Wait for that run to end" in found.hint
    assert "`PULUMI_BACKEND_URL=azblob://state pulumi cancel -s dev --yes`" in found.hint


def test_a_lock_whose_process_was_killed_on_this_machine_is_told_as_such() -> None:
    found = explained(f"{LOCKED}me@{gethostname()} (pid {0x3FFFFFFF}) at 2026-11-21T09:30:00Z", AROUND)
    assert "which was killed" in str(found)
    assert "Wait" not in found.hint


def test_a_step_that_failed_has_a_remedy_where_its_cause_is_known() -> None:
    assert "az login" in remedy("ExpiredAuthenticationToken: The access token expiry UTC time", AROUND)
    assert remedy("StorageAccountAlreadyTaken: taken", AROUND) == ""


@pytest.mark.parametrize(
    ("text", "told", "status"),
    [
        (
            """403: Code='AuthorizationFailed' Message="The client 'ci' may not." """,
            "AuthorizationFailed: The client 'ci' may not.",
            403,
        ),
        ('Status=409 Code="Conflict" Message="Say \\"no\\"."', 'Conflict: Say \\"no\\".', 409),
        (
            "PUT https://management.azure.com/x --- RESPONSE 400: 400 Bad Request ERROR CODE: BadName --- "
            '{ "error": { "code": "BadName", "message": "It is \'too\' long." } }',
            "BadName: It is 'too' long.",
            400,
        ),
        ("error: no luck", "PulumiError: error: no luck", 400),
    ],
)
def test_an_error_of_azure_is_told_whole_with_its_code(text: str, told: str, status: int) -> None:
    """However the provider words it, quotes within the message included."""
    error = azure_error(text)
    assert (str(error), error.status) == (told, status)


def test_the_pack_s_own_policies_are_no_rules() -> None:
    """The engine's words for them are those of the pack."""
    from datetime import date

    from policies import pulumi_pack
    from policies.exemptions import read_exemptions
    from policies.packs import RULES
    from stacks.guardrails import context_of

    assert ESCALATED == pulumi_pack.ESCALATED
    pack = pulumi_pack.Pack(context_of(lambda key: None, "dev"), date(2026, 11, 21), tuple(read_exemptions()), RULES)
    assert {policy.name for policy in pack._of_exemptions()} <= NO_RULES
