"""The rule on secrets in clear."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import PREPRODUCTION, datastore, deployment
from guarded_services import account, secret

from policies.rules.plaintext import no_plaintext_secrets
from seawall.plan.values import UNKNOWN, Secret

KEY = "c2VhYmlyZHMgb24gdGhlIHNlYSB3YWxsIGF0IG5vb24gYXJlIGxvdWQ="
CREDENTIALS = [
    ("an account key", f"DefaultEndpointsProtocol=https;AccountName=stml;AccountKey={KEY};EndpointSuffix=core"),
    ("an account key", f"Endpoint=sb://e.example/;SharedAccessKeyName=send;SharedAccessKey={KEY}"),
    ("a shared access signature", f"https://stml.blob.core.windows.net/raw?sv=2024-11-04&sp=r&sig={KEY}"),
    ("a password", "Server=tcp:sql.example;User ID=app;Password=corr3ct-horse;Encrypt=true"),
    ("a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIB"),
    ("a token", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJsYXJrc3B1ciJ9.c2lnbmF0dXJl"),
    ("a token of GitHub", "ghp_" + "a1B2" * 9),
    ("a client secret of Entra", "Abc8Q~" + "a1B2c3D4" * 4),
]  # fmt: skip


@pytest.mark.parametrize(("what", "value"), CREDENTIALS, ids=[what for what, _ in CREDENTIALS])
def test_no_plaintext_secrets_refuses_each_kind_of_credential(what: str, value: str) -> None:
    """In an environment variable, in every tier; and the message never shows it."""
    leaking = deployment(properties__environmentVariables={"FEED": value})
    found = ask(no_plaintext_secrets, leaking, context=PREPRODUCTION)
    assert found == [f"violation mandatory blue: properties.environmentVariables.FEED holds {what} in clear"]


def test_no_plaintext_secrets_refuses_tags_and_descriptions() -> None:
    """Whatever it stands in, each place is told."""
    url = CREDENTIALS[2][1]
    leaking = account(tags={"source": url}, networkRuleSet__ipRules=[{"action": url}])
    assert ask(no_plaintext_secrets, leaking) == [
        "violation mandatory stml: networkRuleSet.ipRules[0].action holds a shared access signature in clear",
        "violation mandatory stml: tags.source holds a shared access signature in clear",
    ]


def test_no_plaintext_secrets_refuses_what_a_program_calls_secret() -> None:
    """Azure shows an environment variable, whatever Pulumi was told."""
    marked = deployment(properties__environmentVariables={"FEED": Secret(CREDENTIALS[0][1])})
    assert ask(no_plaintext_secrets, marked) == [
        "violation mandatory blue: properties.environmentVariables.FEED holds an account key in clear"
    ]


def test_no_plaintext_secrets_accepts_where_azure_keeps_them() -> None:
    """A vault's secret, a data store's credentials, and what only looks a little like a credential."""
    stored = datastore(
        properties__credentials={
            "credentialsType": "Sas",
            "secrets": {"sasToken": f"sv=1&sig={KEY}", "secretsType": "Sas"},
        }
    )
    assert ask(no_plaintext_secrets, secret(properties__value=CREDENTIALS[0][1]), stored) == []
    harmless = {
        "PASSWORD_FILE": "Password={{vault}}", "DESIGN": "https://wiki.example/?design=1&sig=short",
        "VAULT": "@Microsoft.KeyVault(SecretUri=https://kvml.vault.azure.net/secrets/feed)", "KEYJ": "eyJhbGciOiJS",
    }  # fmt: skip
    assert ask(no_plaintext_secrets, deployment(properties__environmentVariables=harmless)) == []


def test_no_plaintext_secrets_cannot_tell_of_unknown_settings() -> None:
    """What ends in an environment variable or a tag has to be known; elsewhere an unknown value is no concern."""
    coming = deployment(properties__environmentVariables={"FEED": UNKNOWN}, properties__model=UNKNOWN)
    assert ask(no_plaintext_secrets, coming) == [
        "unknown mandatory blue: unknown: property properties.environmentVariables.FEED can't be known before "
        "deployment"
    ]
