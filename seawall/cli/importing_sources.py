"""What `seawall import` reads: files and stdin, settings on the command line, and Azure where it has to be asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from seawall.cli import cloud
from seawall.cli.exits import BadInput, CloudFault
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.importing.asking import Ask, fetched, with_children
from seawall.importing.existing import Existing, Inventory
from seawall.importing.sources import Found, Unreadable
from seawall.importing.sources import read as read_text

_REFUSED = (401, 403)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What exists, and how that is known."""

    inventory: Inventory
    unread: tuple[str, ...]
    asked: bool
    """Whether Azure was asked, so that it can be asked for more."""


def read(sources: Sequence[str], subscription: str, ask: Ask, screen: Screen) -> Sources:
    """Everything that the sources have. Raises `BadInput` with a line for each that can't be read."""
    found: list[Found] = []
    faults: list[str] = []
    for source in sources:
        group, name = _parts(source)
        try:
            found.append(read_text(_content(name), name, group=group, subscription=subscription))
        except Unreadable as error:
            faults += str(error).splitlines()
    if faults:
        raise BadInput(faults, hint="Nothing was written.")
    resources: list[Existing] = [one for part in found for one in part.resources]
    ids = [id for part in found for id in part.ids]
    if ids:
        with screen.working(f"Asking for {len(ids)} resources"):
            resources += with_children(fetched(ids, ask), ask)
    if not resources:
        raise BadInput(f"none of the {len(ids)} resources exists", hint="Nothing was written.")
    unread = tuple(line for part in found for line in part.unread)
    return Sources(inventory=Inventory(resources), unread=unread, asked=bool(ids))


def _parts(source: str) -> tuple[str, str]:
    """The resource group, if one is named, and the file: `rg-ml=export.json`."""
    group, equals, name = source.partition("=")
    return ("", source) if not equals or Path(source).exists() else (group, name)


def _content(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(f"{name}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{name}: not text") from None


def settings(given: Sequence[str]) -> dict[str, Any]:
    """Settings as `network.mode=managed` says them, nested. Raises `BadInput`."""
    result: dict[str, Any] = {}
    faults = []
    for one in given:
        path, equals, text = one.partition("=")
        parts = path.removeprefix("seawall:").split(".")
        if not equals or not all(parts):
            faults.append(f"--set {one}: expected KEY=VALUE, such as network.mode=managed")
            continue
        inner = result
        for part in parts[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                break
        if isinstance(inner, dict):
            inner[parts[-1]] = _value(text)
        else:
            faults.append(f"--set {one}: {parts[0]} is said as a value and as a section")
    if faults:
        raise BadInput(faults)
    return result


def _value(text: str) -> Any:
    """A value as a stack file reads it; a day or a number in quotes stays text."""
    try:
        value = yaml.load(text, Loader=yaml.BaseLoader) if text[:1] in "'\"" else yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, (bool, int, list, dict)) and not _is_text(text) else text.strip("'\"")


def _is_text(text: str) -> bool:
    return ":" in text and not text.startswith(("{", "["))


@contextmanager
def asker(project: Project, local: bool) -> Iterator[Ask]:
    """How Azure is asked for a body: the local one's store, or Resource Manager with the caller's own login."""
    if local:
        from seawall.cli.runs import local_azure

        with local_azure(project) as azure:
            yield azure.get
        return
    with _Pipeline() as pipeline:
        yield pipeline.ask


class _Pipeline:
    """Resource Manager, opened when it is first asked."""

    def __init__(self) -> None:
        self._client: Any = None

    def __enter__(self) -> _Pipeline:
        return self

    def __exit__(self, *args: object) -> None:
        if self._client is not None:
            self._client.close()

    def ask(self, id: str) -> Mapping[str, Any] | None:
        """The body of a resource, or of a whole collection. Raises `CloudFault` where Azure doesn't say."""
        first = self._get(id, {"api-version": cloud.version_of(id)})
        if first is None or not isinstance(first.get("value"), list):
            return first
        items, following = list(first["value"]), first.get("nextLink")
        while following:
            page = self._get(str(following), {}) or {}
            items, following = [*items, *(page.get("value") or [])], page.get("nextLink")
        return {"value": items}

    def _get(self, url: str, params: Mapping[str, str]) -> dict[str, Any] | None:
        from azure.core.exceptions import AzureError as SdkError
        from azure.core.rest import HttpRequest

        self._client = self._client or cloud.client()
        try:
            answer = self._client.send_request(HttpRequest("GET", url, params=dict(params)))
        except SdkError as error:
            raise CloudFault(f"Azure can't be asked for {url}: {' '.join(str(error).split())[:200]}") from None
        if answer.status_code == 200:
            body: dict[str, Any] = answer.json()
            return body
        if answer.status_code in _REFUSED or answer.status_code >= 500:
            raise CloudFault(f"Azure doesn't say what {url} is: it answers {answer.status_code}")
        return None
