"""The rule on secrets that stand where anybody can read them."""

from __future__ import annotations

import re

from policies.reading import ResourceView
from policies.rule import CRITICAL, Finding, Found, rule
from seawall.plan.values import UNKNOWN

_HINTS = (
    "accountkey=", "sharedaccesskey=", "sharedaccesssignature=", "sig=", "password=", "pwd=", "private key-----",
    "eyj", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "akia", "8q~",
)  # fmt: skip
"""What one of `_CREDENTIALS` has in it, in lower case: looked for first, since it costs little."""

_CREDENTIALS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an account key", re.compile(r"(AccountKey|SharedAccessKey)\s*=\s*[A-Za-z0-9+/]{20,}={0,2}", re.IGNORECASE)),
    ("a shared access signature", re.compile(r"(^|[?&;])sig=[A-Za-z0-9%+/]{20,}", re.IGNORECASE)),
    ("a shared access signature", re.compile(r"SharedAccessSignature\s*=\s*\S{20,}", re.IGNORECASE)),
    ("a password", re.compile(r"(^|;)\s*(Password|Pwd)\s*=\s*[^;\s{$<\[][^;]*", re.IGNORECASE)),
    ("a private key", re.compile(r"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----")),
    ("a token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
    ("a token of GitHub", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})")),
    ("a client secret of Entra", re.compile(r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}$")),
    ("an access key of AWS", re.compile(r"\bAKIA[A-Z0-9]{16}\b")),
)
"""What a credential looks like, whatever it stands under."""

_KEPT = re.compile(
    r"(^|[.\]])(secrets|keys|credentials|[a-zA-Z]*(password|secret|connectionstring|sastoken|"
    r"(primary|secondary|account|access|private|api)key))([.\[]|$)",
    re.IGNORECASE,
)
"""Properties that Azure keeps to itself: it never gives back what was put in."""
_SECRET = "keyvault:Secret"
_LOOSE = re.compile(r"(^|\.)(environmentVariables|appSettings|tags|metadata|customKeys|env)([.\[])", re.IGNORECASE)
"""Where programs look for their settings: nothing unknown may end there."""


@rule(
    "*",
    group="data",
    severity=CRITICAL,
    psrule="Azure.Deployment.SecretLeak",
    mcsb="IM-8",
    fix="Put it into a key vault and give the reader an identity, or refer to the secret by its address in the vault.",
)
def no_plaintext_secrets(resource: ResourceView) -> Found:
    """No key, password or token stands where every reader of a resource sees it.

    A tag, an environment variable or a description is shown to whoever may read the resource, and is kept in its
    history. That a program marks the value as a secret doesn't change what Azure shows. Credentials are told by what
    they look like. The catalogue asks that secrets be never plain inputs: whether a program had marked what stands in
    a property that Azure keeps, such as a password, isn't told to a policy pack, so that can't be decided.
    """
    if resource.type == _SECRET:
        return
    text = resource.text
    if any([hint in text for hint in _HINTS]):  # a list: over so few, a generator costs more than it saves
        for path, value in resource.places():
            if isinstance(value, str) and not _KEPT.search(path):
                for what, pattern in _CREDENTIALS:
                    if pattern.search(value):
                        yield f"{path} holds {what} in clear"
                        break
    if resource.has_unknowns:
        for path, value in resource.places():
            if value is UNKNOWN and _LOOSE.search(path):
                yield Finding(f"property {path} can't be known before deployment", unknown=True)
