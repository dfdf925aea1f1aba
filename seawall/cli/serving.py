"""What the commands that deal with a server of the local Azure share."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.cli.exits import CloudFault
from seawall.cli.project import STATE, Project

if TYPE_CHECKING:
    from seawall.local.place import Place


def place_of(cwd: Path, store: Path | None) -> Place:
    """Where the local Azure of a project is. Raises `BadInput` where there is no project."""
    from seawall.local.place import Place

    return Place(Project.find(cwd, store).store)


def option(place: Place) -> str:
    """What a command line needs to be about a place: nothing for a project's own.

    >>> from seawall.local.place import Place
    >>> option(Place(Path("/project/.seawall/azure.db"))), option(Place(Path("/elsewhere/azure.db")))
    ('', ' --store /elsewhere/azure.db')
    """
    own = place.store.name == "azure.db" and place.store.parent.name == STATE
    return "" if own else f" --store {shlex.quote(str(place.store))}"


def ask(place: Place, method: str, path: str, body: Any = None) -> Any:
    """Ask the server that runs over a place. Raises `CloudFault`."""
    from seawall.local.https import client

    with told():
        return client.ask(place, method, path, body)


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong with a server becomes a message and an exit code."""
    from seawall.local.errors import LocalError
    from seawall.local.https.running import NotRunning, Running

    try:
        yield
    except NotRunning as error:
        hint = f"Start one with `seawall local start --detach{option(error.place)}`."
        raise CloudFault(str(error), hint=hint) from None
    except Running as error:
        raise CloudFault(str(error), hint=f"`seawall local status{option(error.place)}` says what it serves.") from None
    except LocalError as error:
        raise CloudFault(str(error)) from None
    except OSError as error:
        raise CloudFault(f"{error.filename or 'the local Azure'}: {error.strerror or error}") from None
