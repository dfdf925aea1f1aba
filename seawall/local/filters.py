"""`$filter` of lists: what Resource Manager takes for resources, resource groups and role assignments.

Source: Azure docs, Resources - List and Role Assignments - List For Scope, REST references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seawall.azure.guid import guid
from seawall.local.builtin_roles import ROLES
from seawall.local.errors import AzureError
from seawall.local.routes import Route, is_below
from seawall.local.services.authorization import ELIGIBILITY, LOCK, ROLE_ASSIGNMENT
from seawall.local.store import Row, Store

ROLE_DEFINITION = "microsoft.authorization/roledefinitions"
INHERITED = (ROLE_ASSIGNMENT, ELIGIBILITY, LOCK, ROLE_DEFINITION)
"""Types of which a list holds those of the scopes above as well: they apply there."""

_TERM = re.compile(r"\s*([\w./]+)\s+(eq|ne)\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_CALL = re.compile(r"\s*(\w+)\(\s*(?:'([^']*)')?\s*\)\s*")
_AND = re.compile(r"\band\b", re.IGNORECASE)

_READ: Mapping[str, Callable[[Row], list[str]]] = {
    "resourcetype": lambda row: [row.arm_type],
    "name": lambda row: [row.id.rsplit("/", 1)[-1]],
    "location": lambda row: [str(row.body.get("location", ""))],
    "resourcegroup": lambda row: [row.key.split("/")[4]] if row.key.count("/") > 3 else [],
    "tagname": lambda row: list(row.body.get("tags") or {}),
    "tagvalue": lambda row: [str(value) for value in (row.body.get("tags") or {}).values()],
    "principalid": lambda row: [str(_properties(row).get("principalId", ""))],
    "assignedto": lambda row: [str(_properties(row).get("principalId", ""))],
    "rolename": lambda row: [str(_properties(row).get("roleName", ""))],
    "type": lambda row: [str(_properties(row).get("type", ""))],
}
"""The values of a property that a filter can name, in lower case."""


def chosen(rows: Iterable[Row], text: str) -> list[Row]:
    """The rows that a filter lets through. Raises `AzureError` for one that isn't understood."""
    terms = [_term(part) for part in _AND.split(text)] if text.strip() else []
    return [row for row in rows if all(_holds(row, *term) for term in terms) and _tagged(row, terms)]


def applying(store: Store, route: Route, text: str) -> list[Row]:
    """Those of a type at, above and below a scope; with `atScope()` none below. Raises `AzureError`."""
    scope, calls = route.scope, {found[1].lower(): found[2] or "" for found in _CALL.finditer(text)}
    unknown = set(calls) - {"atscope", "atscopeandbelow", "assignedto"}
    if unknown:
        raise _not_understood(text)
    rest = [part for part in _AND.split(text) if part.strip() and not _CALL.fullmatch(part)]
    if "assignedto" in calls:
        rest.append(f"assignedTo eq '{calls['assignedto']}'")
    rows = [*store.of_type(route.arm_type), *(_built_in(scope) if route.arm_type == ROLE_DEFINITION else ())]
    found = []
    for row in rows:
        own = row.id.rpartition("/providers/")[0]
        above = is_below(scope, own) and "atscopeandbelow" not in calls
        below = is_below(own, scope) and "atscope" not in calls
        if above or below or own.lower() == scope.lower():
            found.append(row)
    return chosen(found, " and ".join(rest))


def _term(part: str) -> tuple[str, str, str]:
    found = _TERM.fullmatch(part)
    if not found or found[1].lower() not in _READ:
        raise _not_understood(part)
    return found[1].lower(), found[2].lower(), found[3].replace("''", "'").lower()


def _holds(row: Row, name: str, operator: str, value: str) -> bool:
    return (value in [found.lower() for found in _READ[name](row)]) == (operator == "eq")


def _tagged(row: Row, terms: list[tuple[str, str, str]]) -> bool:
    """`tagName` and `tagValue` speak of the same tag."""
    names = [value for name, _, value in terms if name == "tagname"]
    values = [value for name, _, value in terms if name == "tagvalue"]
    tags = {key.lower(): str(value).lower() for key, value in (row.body.get("tags") or {}).items()}
    return all(tags.get(name) == value for name, value in zip(names, values, strict=False))


def _properties(row: Row) -> dict[str, Any]:
    found = row.body.get("properties")
    return found if isinstance(found, dict) else {}


def _not_understood(text: str) -> AzureError:
    return AzureError("NotImplemented", f"The local Azure doesn't have the filter {text.strip()!r}.", status=501)


def _built_in(scope: str) -> Iterable[Row]:
    """Azure's own roles, as they show at a scope."""
    for name, id in ROLES.items():
        yield _role(f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{id}", name)


def built_in(id: str) -> Row | None:
    """The role of Azure's own that an ID names, if it does."""
    name = next((name for name, role in ROLES.items() if role == id.rsplit("/", 1)[-1].lower()), "")
    return _role(id, name) if name else None


def _role(id: str, name: str) -> Row:
    properties = {
        "roleName": name, "type": "BuiltInRole", "description": "", "assignableScopes": ["/"], "permissions": [],
    }  # fmt: skip
    return Row(id, ROLE_DEFINITION, "Succeeded", "", f'W/"{guid(id)}"', "", None, {"properties": properties})
