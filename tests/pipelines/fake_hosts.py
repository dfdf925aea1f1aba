"""GitHub and Azure DevOps on this machine's loopback: the calls that the commands make, and what they keep."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-job-s-own-token"
BOT = "github-actions[bot]"
OWN = "build-service-id"
PAGE = 2
"""Items of a page: small, so that a second one is asked for."""


@dataclass
class Kept:
    """What a host holds, and what it was asked."""

    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failing: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers of the next answers."""
    url: str = ""

    def wrote(self) -> list[str]:
        """The requests that changed something; Azure DevOps' query is a POST that doesn't."""
        return [line for line in self.asked if not line.startswith("GET") and "/wiql" not in line]


class Handler(BaseHTTPRequestHandler):
    """Answers from `Kept`; subclasses route."""

    kept: Kept
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer("GET")

    do_POST = lambda self: self._answer("POST")  # noqa: E731
    do_PATCH = lambda self: self._answer("PATCH")  # noqa: E731

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        parts = urlsplit(self.path)
        self.kept.asked.append(f"{method} {parts.path}")
        if self.kept.failing:
            status, headers = self.kept.failing.pop(0)
            return self._send(status, {"message": "not now"}, headers)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, {"message": "Bad credentials"}, {})
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self._send(*self.route(method, parts.path, query, body))

    def _send(self, status: int, document: Any, headers: dict[str, str]) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def route(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, dict[str, str]]:
        raise NotImplementedError


class GitHubHandler(Handler):
    def route(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, dict[str, str]]:
        kept = self.kept
        match [method, *path.strip("/").split("/")]:
            case ["GET", "user"]:
                return 403, {"message": "Resource not accessible by integration"}, {}
            case ["GET", "repos", _, _, "pulls"]:
                return self._page([p for p in kept.pulls if p["head"]["label"] == query["head"]], query)
            case ["GET", "repos", _, _, "pulls", _, "files"]:
                return self._page(kept.files, query)
            case ["GET", "repos", _, _, "issues", _, "comments"]:
                return self._page(kept.comments, query)
            case ["POST", "repos", _, _, "issues", _, "comments"]:
                return 201, self._add(kept.comments, body["body"]), {}
            case ["PATCH", "repos", _, _, "issues", "comments", id]:
                comment = next(c for c in kept.comments if c["id"] == int(id))
                comment["body"] = body["body"]
                return 200, comment, {}
            case ["POST", "repos", _, _, "statuses", sha]:
                kept.statuses.append({"sha": sha, **body})
                return 201, {}, {}
            case ["GET", "repos", _, _, "issues"]:
                return self._page(
                    [i for i in kept.issues if i["state"] == "open" and query["labels"] in i["labels"]], query
                )
            case ["POST", "repos", _, _, "issues"]:
                number = len(kept.issues) + 1
                url = f"https://github.example/issues/{number}"
                issue = {"number": number, "state": "open", "user": {"login": BOT}, "html_url": url, **body}
                kept.issues.append(issue)
                return 201, issue, {}
            case ["PATCH", "repos", _, _, "issues", number]:
                kept.issues[int(number) - 1].update(body)
                return 200, kept.issues[int(number) - 1], {}
        return 404, {"message": f"no route {method} {path}"}, {}

    @staticmethod
    def _add(comments: list[dict[str, Any]], text: str) -> dict[str, Any]:
        id = 100 + len(comments)
        comment = {"id": id, "body": text, "user": {"login": BOT}, "html_url": f"https://github.example/comments/{id}"}
        comments.append(comment)
        return comment

    def _page(self, items: list[Any], query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        """Two items, and a link to the next page where there is one."""
        page = int(query.get("page", 1))
        rest = "&".join(f"{key}={value}" for key, value in query.items() if key != "page")
        url = f"{self.kept.url}{urlsplit(self.path).path}?{rest}&page={page + 1}"
        link = {"Link": f'<{url}>; rel="next"'} if len(items) > page * PAGE else {}
        return 200, items[(page - 1) * PAGE : page * PAGE], link


class DevOpsHandler(Handler):
    def route(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, dict[str, str]]:
        if not query.get("api-version"):
            return 400, {"message": "api-version is missing"}, {}
        kept, rest = self.kept, re.sub(r"^/larkspur(/ml-platform)?/_apis/", "", path)
        match [method, *rest.split("/")]:
            case ["GET", "connectionData"]:
                return 200, {"authenticatedUser": {"id": OWN}}, {}
            case ["GET", "git", "repositories", _, "pullRequests", _, "threads"]:
                return 200, {"value": kept.comments}, {}
            case ["POST", "git", "repositories", _, "pullRequests", _, "threads"]:
                first = {"id": 1, "author": {"id": OWN}, **body["comments"][0]}
                kept.comments.append({"id": 10 + len(kept.comments), "status": body["status"], "comments": [first]})
                return 200, kept.comments[-1], {}
            case ["PATCH", "git", "repositories", _, "pullRequests", _, "threads", id, "comments", _]:
                thread = next(t for t in kept.comments if t["id"] == int(id))
                thread["comments"][0]["content"] = body["content"]
                return 200, thread["comments"][0], {}
            case ["POST", "git", "repositories", _, "pullRequests", _, "statuses"]:
                kept.statuses.append(body)
                return 200, {}, {}
            case ["GET", "git", "repositories", _, "pullRequests", _, "iterations"]:
                return 200, {"value": [{"id": 1}, {"id": 2}]}, {}
            case ["GET", "git", "repositories", _, "pullRequests", _, "iterations", "2", "changes"]:
                return 200, {"changeEntries": [{"item": {"path": f"/{f['filename']}"}} for f in kept.files]}, {}
            case ["POST", "wit", "wiql"]:
                key = re.search(r"CONTAINS '([\w-]+)'", body["query"])[1]  # type: ignore[index]
                found = [
                    i for i in kept.issues if i["fields"]["System.Tags"] == key and "System.State" not in i["fields"]
                ]
                return 200, {"workItems": [{"id": i["id"]} for i in found]}, {}
            case ["POST", "wit", "workitems", kind] if kind.startswith("$"):
                kept.issues.append({"id": len(kept.issues) + 1, "fields": {}})
                return 200, self._patched(kept.issues[-1], body), {}
            case ["GET", "wit", "workitems", id]:
                return 200, kept.issues[int(id) - 1], {}
            case ["PATCH", "wit", "workitems", id]:
                return 200, self._patched(kept.issues[int(id) - 1], body), {}
        return 404, {"message": f"no route {method} {path}"}, {}

    @staticmethod
    def _patched(item: dict[str, Any], patch: list[dict[str, Any]]) -> dict[str, Any]:
        item["fields"] |= {each["path"].removeprefix("/fields/"): each["value"] for each in patch}
        return item


@contextmanager
def running(handler: type[Handler]) -> Iterator[Kept]:
    """A host on a free port of the loopback, empty."""
    kept = Kept()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (handler,), {"kept": kept}))
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
