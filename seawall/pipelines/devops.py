"""Pull requests and work items on Azure DevOps. Source: Azure DevOps REST API reference, version 7.1."""

from __future__ import annotations

import base64
import re
from functools import cached_property
from typing import Any
from urllib.parse import quote

from seawall.pipelines.host import Done, Verdict
from seawall.pipelines.rest import Api, ApiError

VERSION = {"api-version": "7.1"}
MOST_CHARACTERS = 150_000
RIGHTS = "Contribute to pull requests on the repository; to write issues, Edit work items in the area path"
PATCH = {"Content-Type": "application/json-patch+json"}
CLOSED = ("Closed", "Done", "Resolved", "Removed")
"""States in which a work item of one of the processes is over: Agile and CMMI, Basic and Scrum."""


def api(base: str, token: str) -> Api:
    """Azure DevOps' REST API. A job's token is a bearer token; a person's own has 52 or 84 characters and isn't."""
    personal = len(token) in (52, 84)
    basic = base64.b64encode(f":{token}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}" if personal else f"Bearer {token}", "Accept": "application/json"}
    return Api(base, headers, name="Azure DevOps", rights=RIGHTS)


class DevOps:
    """One repository of a project. See `Host`."""

    def __init__(self, api: Api, repository: str, *, kind: str = "Issue", closed: str = "Done") -> None:
        """`kind` and `closed` are the work item's type and the state that closes it, by the project's process."""
        self._api, self._kind, self._closed = api, kind, closed
        self._here = f"/_apis/git/repositories/{quote(repository, safe='')}"

    def pull_request(self, head: str, commit: str) -> int:
        branch = f"refs/heads/{head.removeprefix('refs/heads/')}"
        given = {"searchCriteria.status": "active", "searchCriteria.sourceRefName": branch, **VERSION}
        pulls = self._api.ask("GET", f"{self._here}/pullrequests", params=given).json()["value"]
        found = [pull for pull in pulls if pull["lastMergeSourceCommit"]["commitId"] == commit]
        if len(found) != 1:
            raise ApiError(f"no one active pull request has {head} at {commit[:12]}")
        return int(found[0]["pullRequestId"])

    def touched(self, number: int) -> list[str]:
        pull = f"{self._here}/pullRequests/{number}/iterations"
        last = self._api.ask("GET", pull, params=VERSION).json()["value"][-1]["id"]
        found, skip = [], 0
        while True:
            given = {"$top": 1000, "$skip": skip, "$compareTo": 0, **VERSION}
            page = self._api.ask("GET", f"{pull}/{last}/changes", params=given).json()
            found += page["changeEntries"]
            skip = int(page.get("nextSkip") or 0)
            if not skip:
                break
        paths = [path for entry in found for path in (entry["item"].get("path"), entry.get("originalPath")) if path]
        return [path.removeprefix("/") for path in paths]

    def put_comment(self, number: int, marker: str, text: str) -> Done:
        """See `Host`. The thread of a refused change stays open, so that a policy on comments holds it as well."""
        if len(text) > MOST_CHARACTERS:
            raise ApiError(f"the text has {len(text):,} characters; Azure DevOps takes {MOST_CHARACTERS:,}")
        threads = f"{self._here}/pullRequests/{number}/threads"
        for thread in self._api.ask("GET", threads, params=VERSION).json()["value"]:
            first = next(iter(thread.get("comments") or ()), None)
            if first is None or thread.get("isDeleted") or first["author"]["id"] != self._own:
                continue
            if (first.get("content") or "").lstrip().startswith(marker):
                if first["content"].strip() == text.strip():
                    return Done("unchanged")
                url = f"{threads}/{thread['id']}/comments/{first['id']}"
                self._api.ask("PATCH", url, params=VERSION, json={"content": text})
                return Done("updated")
        comment = {"parentCommentId": 0, "content": text, "commentType": "text"}
        self._api.ask("POST", threads, params=VERSION, json={"comments": [comment], "status": "closed"})
        return Done("created")

    def put_verdict(self, number: int, commit: str, verdict: Verdict) -> None:
        status = {
            "context": {"name": verdict.name, "genre": "seawall"},
            "state": "succeeded" if verdict.passed else "failed",
            "description": verdict.told,
            "targetUrl": verdict.url or None,
        }
        self._api.ask("POST", f"{self._here}/pullRequests/{number}/statuses", params=VERSION, json=status)

    def put_issue(self, key: str, title: str, text: str) -> Done:
        found = self._issue(key)
        fields = {"System.Title": title, "System.Description": text}
        if found is None:
            patch = _patch({**fields, "System.Tags": key})
            url = f"/_apis/wit/workitems/${quote(self._kind)}"
            made = self._api.ask("POST", url, params=VERSION, json=patch, headers=PATCH).json()
            return Done("created", _url(made))
        if all(found["fields"].get(name) == value for name, value in fields.items()):
            return Done("unchanged", _url(found))
        self._change(found, fields)
        return Done("updated", _url(found))

    def close_issue(self, key: str, text: str) -> Done:
        found = self._issue(key)
        if found is None:
            return Done("nothing")
        self._change(found, {"System.State": self._closed, "System.History": text})
        return Done("closed", _url(found))

    def _change(self, item: dict[str, Any], fields: dict[str, Any]) -> None:
        url = f"/_apis/wit/workitems/{item['id']}"
        self._api.ask("PATCH", url, params=VERSION, json=_patch(fields), headers=PATCH)

    def _issue(self, key: str) -> dict[str, Any] | None:
        if not re.fullmatch(r"[a-z0-9-]+", key):
            raise ApiError(f"{key!r} is no tag: small letters, digits and hyphens are")
        over = ", ".join(f"'{state}'" for state in {*CLOSED, self._closed.replace("'", "")})
        query = (
            "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project "
            f"AND [System.Tags] CONTAINS '{key}' AND [System.State] NOT IN ({over}) ORDER BY [System.Id]"
        )
        found = self._api.ask("POST", "/_apis/wit/wiql", params=VERSION, json={"query": query}).json()["workItems"]
        if not found:
            return None
        return dict(self._api.ask("GET", f"/_apis/wit/workitems/{found[0]['id']}", params=VERSION).json())

    @cached_property
    def _own(self) -> str:
        """The identity that the token speaks as. Source: Azure DevOps, connectionData, which is of the organisation."""
        base = self._api.base.rsplit("/", 1)[0]
        answer = self._api.ask("GET", f"{base}/_apis/connectionData", params={"api-version": "7.1-preview"})
        return str(answer.json()["authenticatedUser"]["id"])


def _patch(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"op": "add", "path": f"/fields/{name}", "value": value} for name, value in fields.items()]


def _url(item: dict[str, Any]) -> str:
    return str(item.get("_links", {}).get("html", {}).get("href", ""))
