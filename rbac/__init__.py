"""Who may do what: the personas' tables, what is granted beside them, and the assignments that follow from both.

`personas.yaml` is what an auditor reads; `grants.yaml` holds what its tables don't give, each with its reason. All but
`rbac.access` and what it makes is pure: it needs neither Azure nor Pulumi.
"""

from rbac.assignments import Access, Assignment, Demand, Estate, LeftOut, Place, Principal, compiled, demanded
from rbac.document import TableError, TableErrors
from rbac.grants import Grants, load_grants
from rbac.model import Persona, Tables
from rbac.permissions import Permissions, load_permissions
from rbac.tables import load_tables

__all__ = [
    "Access",
    "Assignment",
    "Demand",
    "Estate",
    "Grants",
    "LeftOut",
    "Permissions",
    "Persona",
    "Place",
    "Principal",
    "TableError",
    "TableErrors",
    "Tables",
    "compiled",
    "demanded",
    "load_grants",
    "load_permissions",
    "load_tables",
]
