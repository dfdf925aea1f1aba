"""Signing in to the local Azure: a command then works on it in the very words in which it works on Azure."""

from __future__ import annotations

import os

from seawall.cli.exits import CloudFault
from seawall.cli.project import Project


def sign_in_locally(project: Project) -> None:
    """Make this process a client of the local Azure, as `seawall local env` makes a shell one.

    To be called before any Azure SDK is imported. Raises `CloudFault` where no server runs.
    """
    from seawall.local.https import running, surroundings
    from seawall.local.place import Place

    try:
        os.environ.update(surroundings.of(Place(project.store)))
    except running.NotRunning as error:
        raise CloudFault(str(error), hint="Start one: seawall local start --detach") from None
