"""How long the assignments of many projects take to work out.

    python bench/access.py

500 projects of 12 personas, each with resources of its own, over as many subscriptions as the limit of 4,000 role
assignments asks for. The files are read within the time.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from rbac import Estate, Place, Principal, compiled, load_grants, load_tables
from rbac.limits import MOST_ASSIGNMENTS, counted, subscriptions_needed
from rbac.model import BEYOND, RESOURCES
from rbac.roles import arm_id, slug

PROJECTS = 500


def estate(project: int, tier: str) -> Estate:
    """A project's own resources, and a principal for each persona."""
    tables = load_tables()
    group = f"/subscriptions/{project:08d}-0000-0000-0000-000000000000/resourceGroups/rg-{project}"
    places = tuple(
        Place(
            name, arm_id(group, "Microsoft.Example/things", slug(name)), slug(name), keys_off=True, organisation=group
        )
        for name in (*RESOURCES, *BEYOND)
    )
    principals = {
        persona.name: (Principal(persona.name, "Group", "", f"{project:08d}-0000-0000-0000-{index:012d}"),)
        for index, persona in enumerate(tables.personas)
    }
    principals |= {
        use: (Principal(use, "ServicePrincipal", "", f"{project:08d}-0000-0000-0001-{index:012d}"),)
        for index, use in enumerate(("workspace", "compute", "endpoints"))
    }
    return Estate(tier, tier, f"p{project}", f"{project:08d}-0000-0000-0000-000000000000", places, principals)


def main() -> None:
    for tier in ("production", "preproduction"):
        start = time.perf_counter()
        tables, grants = load_tables(), load_grants()
        found = [compiled(tables, grants, estate(project, tier)) for project in range(PROJECTS)]
        names = {one.name for access in found for one in access.assignments}
        sizes = [sum(counted(access.assignments).values()) for access in found]
        needed = subscriptions_needed(sizes)
        seconds = time.perf_counter() - start
        print(
            f"{tier}: {PROJECTS} projects x {len(tables.personas)} personas: {sum(sizes):,} role assignments under "
            f"{len(names):,} names, in {needed} subscriptions of {MOST_ASSIGNMENTS:,}: {seconds:.2f} s (at most 2 s)"
        )


if __name__ == "__main__":
    main()
