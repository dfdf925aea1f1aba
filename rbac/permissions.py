"""What each role permits, as Microsoft documents it, and whether that includes an action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rbac.document import Document, Node, meant

FILE = Path(__file__).parent / "role_permissions.yaml"
DOCUMENTATION = "https://learn.microsoft.com/azure/role-based-access-control/"
ESCALATIONS = (
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
)
"""With any of these someone makes himself, or another, more than he is.
Source: Azure RBAC docs, permissions/management-and-governance, Microsoft.Authorization."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LISTS = ("actions", "notActions", "dataActions", "notDataActions")


@dataclass(frozen=True)
class Role:
    """A role with what it permits. `date` is that of the page `source`, an ISO day."""

    name: str
    id: str
    source: str = ""
    date: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    @property
    def escalates(self) -> bool:
        """Whether who has the role can give himself another one."""
        return any(self.permits(action) for action in ESCALATIONS)

    def permits(self, action: str) -> str:
        """The pattern of the role that permits an action of the control or the data plane; empty where none does.

        What a not-list excludes is excluded. Source: Azure RBAC docs, role-definitions, "NotActions".
        """
        for granted, excluded in ((self.actions, self.not_actions), (self.data_actions, self.not_data_actions)):
            if any(matches(pattern, action) for pattern in excluded):
                continue
            for pattern in granted:
                if matches(pattern, action):
                    return pattern
        return ""


@dataclass(frozen=True)
class Permissions:
    """The roles whose permissions are known, by name."""

    roles: Mapping[str, Role]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.roles)


@lru_cache(maxsize=8)
def load_permissions(path: Path = FILE) -> Permissions:
    """The roles in a file. Raises `TableErrors` with every fault, each with its line."""
    document = Document(path)
    top = document.section(document.root, "the file", ("pages", "roles"))
    pages = {
        name: document.section(value, f"page {name!r}", ("path", "date"))
        for name, value in document.mapping(top.get("pages", Node(0, {})), "pages").items()
    }
    roles = {}
    for name, value in document.mapping(top.get("roles", Node(0, {})), "roles").items():
        parts = document.section(value, f"role {name!r}", ("id", "page"), _LISTS)
        page = document.text(parts.get("page"), f"the page of {name!r}")
        if page and page not in pages:
            document.refuse(parts["page"].line, f"page {page!r} is unknown: {meant(page, pages)}")
        id = document.text(parts.get("id"), f"the id of {name!r}")
        if id and not _GUID.fullmatch(id):
            document.refuse(parts["id"].line, f"the id of {name!r} is {id!r}; it has to be a GUID")
        lists = [tuple(text for text, _ in document.texts(parts.get(key), f"{key} of {name!r}")) for key in _LISTS]
        source = pages.get(page, {})
        path_, date = (document.text(source.get(key), f"{key} of {page!r}") for key in ("path", "date"))
        roles[name] = Role(name, id, DOCUMENTATION + path_, date, *lists)
    document.close()
    return Permissions(roles)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE)


def matches(pattern: str, action: str) -> bool:
    """Whether an action is one of a pattern's. `*` stands for any characters, and case doesn't matter.

    >>> matches("*/read", "Microsoft.Storage/storageAccounts/read")
    True
    """
    return _pattern(pattern).fullmatch(action) is not None
