"""Pull requests, commit statuses and issues on GitHub. Source: GitHub docs, REST API, version 2022-11-28."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any
from urllib.parse import quote

from seawall.pipelines.host import Done, Verdict
from seawall.pipelines.rest import Api, ApiError

ACTIONS = "github-actions[bot]"
"""Whom the token of a workflow speaks as; it may not ask who it is."""
MOST_CHARACTERS = 65_536
MOST_TOLD = 140
RIGHTS = "pull-requests: write, statuses: write, issues: write; for what this command does with each"


def api(base: str, token: str) -> Api:
    """GitHub's REST API."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "seawall",
    }
    return Api(base, headers, name="GitHub", rights=RIGHTS)


class GitHub:
    """One repository. See `Host`."""

    def __init__(self, api: Api, repository: str) -> None:
        """Raises `ApiError` where the repository isn't OWNER/NAME."""
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise ApiError(f"{repository!r} is no repository: OWNER/NAME is")
        self._api, self._here = api, f"/repos/{repository}"

    def pull_request(self, head: str, commit: str) -> int:
        """See `Host`. By branch: a commit of a fork isn't known to this repository by itself."""
        if ":" not in head or not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise ApiError(f"{head!r} at {commit!r} is no OWNER:BRANCH with a commit of 40 hexadecimal digits")
        found = [
            pull["number"]
            for pull in self._api.pages(f"{self._here}/pulls", state="open", head=head)
            if pull["head"]["sha"] == commit
        ]
        if len(found) != 1:
            told = "more than one open pull request has" if found else "no open pull request has"
            hint = "It may have been pushed to since; the new run reports."
            raise ApiError(f"{told} {head} at {commit[:12]}", hint=hint)
        return int(found[0])

    def touched(self, number: int) -> list[str]:
        found = list(self._api.pages(f"{self._here}/pulls/{number}/files"))
        return [path for file in found for path in (file["filename"], file.get("previous_filename")) if path]

    def put_comment(self, number: int, marker: str, text: str) -> Done:
        """See `Host`. A comment of somebody else's is never taken for ours, whatever it begins with."""
        text = _short(text)
        for comment in self._api.pages(f"{self._here}/issues/{number}/comments"):
            if self._is_own(comment) and _begins(comment["body"], marker):
                if _same(comment["body"], text):
                    return Done("unchanged", comment["html_url"])
                self._api.ask("PATCH", f"{self._here}/issues/comments/{comment['id']}", json={"body": text})
                return Done("updated", comment["html_url"])
        made = self._api.ask("POST", f"{self._here}/issues/{number}/comments", json={"body": text})
        return Done("created", made.json()["html_url"])

    def put_verdict(self, number: int, commit: str, verdict: Verdict) -> None:
        status = {
            "context": verdict.name,
            "state": "success" if verdict.passed else "failure",
            "description": verdict.told[:MOST_TOLD],
            "target_url": verdict.url or None,
        }
        self._api.ask("POST", f"{self._here}/statuses/{quote(commit, safe='')}", json=status)

    def put_issue(self, key: str, title: str, text: str) -> Done:
        text, found = _short(text), self._issue(key)
        if found is None:
            given = {"title": title, "body": text, "labels": [key]}
            made = self._api.ask("POST", f"{self._here}/issues", json=given)
            return Done("created", made.json()["html_url"])
        if _same(found["body"] or "", text) and found["title"] == title:
            return Done("unchanged", found["html_url"])
        self._api.ask("PATCH", f"{self._here}/issues/{found['number']}", json={"title": title, "body": text})
        return Done("updated", found["html_url"])

    def close_issue(self, key: str, text: str) -> Done:
        found = self._issue(key)
        if found is None:
            return Done("nothing")
        here = f"{self._here}/issues/{found['number']}"
        self._api.ask("POST", f"{here}/comments", json={"body": text})
        self._api.ask("PATCH", here, json={"state": "closed", "state_reason": "completed"})
        return Done("closed", found["html_url"])

    def _issue(self, key: str) -> dict[str, Any] | None:
        """The open issue that has the label; only who may write can give one."""
        found = self._api.pages(f"{self._here}/issues", state="open", labels=key)
        return next((issue for issue in found if "pull_request" not in issue and self._is_own(issue)), None)

    def _is_own(self, item: dict[str, Any]) -> bool:
        return bool(item["user"] and item["user"]["login"] == self._own)

    @cached_property
    def _own(self) -> str:
        answer = self._api.ask("GET", "/user", allow=(401, 403, 404))
        return str(answer.json()["login"]) if answer.is_success else ACTIONS


def _begins(body: str | None, marker: str) -> bool:
    return (body or "").lstrip().startswith(marker)


def _same(body: str, text: str) -> bool:
    """GitHub gives lines with the ends that it got them with, or with its own."""
    return body.replace("\r\n", "\n").strip() == text.strip()


def _short(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise ApiError(f"the text has {len(text):,} characters; GitHub takes {MOST_CHARACTERS:,}")
    return text
