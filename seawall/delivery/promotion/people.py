"""Who acts: the names that Entra has for whoever the process is signed in as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seawall.delivery import clients

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CLAIMS = ("upn", "preferred_username", "unique_name", "appid", "azp", "oid")
"""Claims that name someone, the most telling first. Source: Entra docs, access-token-claims-reference."""


@dataclass(frozen=True)
class Person:
    """A person or an application. Nobody can choose it: it is what the access token says."""

    by: str
    names: frozenset[str]
    """All of its names, in lower case."""


def person(claims: Mapping[str, Any]) -> Person:
    """Whom an access token's claims name.

    >>> person({"oid": "O-1", "upn": "Mara@larkspur.example"}).by
    'Mara@larkspur.example'
    """
    names = [str(claims[claim]) for claim in CLAIMS if claims.get(claim)]
    return Person(names[0] if names else "unknown", frozenset(name.casefold() for name in names))


def signed_in(credential: TokenCredential, resource_manager: str) -> Person:
    """Who a credential is. Raises `CloudError` where it is nobody."""
    with clients.told("signing in"):
        token = credential.get_token(f"{resource_manager}/.default").token
    return person(clients.claims(token))
