"""Requests to GitHub's and Azure DevOps' REST APIs, with what goes wrong as one clear message."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

LOOPBACK = ("127.0.0.1", "::1", "localhost")
AGAIN = (429, 500, 502, 503, 504)
TRIES = 4
LONGEST_WAIT = 30.0
"""Seconds between two tries at most, whatever the server asks for."""


class ApiError(Exception):
    """A request failed for good. `str()` is one clear line, `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Api:
    """One API with its token, which goes nowhere else: not to another host, and never unencrypted."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        *,
        name: str,
        rights: str,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        """`rights` says which permissions the token needs. Raises `ApiError` for an address that isn't HTTPS."""
        parts = urlsplit(base)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ApiError(f"{base}: is no https address, and the token goes to no other")
        self.base, self._name, self._rights, self._sleep = base.rstrip("/"), name, rights, sleep
        self._client = httpx.Client(headers=dict(headers), timeout=30.0, follow_redirects=False)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, *, allow: tuple[int, ...] = (), **request: Any) -> httpx.Response:
        """One request, tried again where the server is busy; a POST only where it was refused. Raises `ApiError`.

        `allow` has error codes that the caller deals with.
        """
        url = path if path.startswith(("http://", "https://")) else f"{self.base}{path}"
        if not url.startswith(f"{self._origin}/"):
            raise ApiError(f"{self._name} points to another host: {url[:100]}")
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._client.request(method, url, **request)
            except httpx.TransportError as error:
                if attempt == TRIES or method == "POST":
                    raise ApiError(f"{self._name} can't be reached: {error}", hint="Run it again.") from None
                self._sleep(2.0**attempt)
                continue
            if not self._once_more(answer, method, attempt):
                break
            self._sleep(_wait(answer, attempt))
        # 203 is Azure DevOps' login page for whom it doesn't know.
        if (answer.is_success and answer.status_code != 203) or answer.status_code in allow:
            return answer
        raise self._error(answer, method, url)

    def pages(self, path: str, **parameters: Any) -> Iterator[Any]:
        """The items of a list of GitHub's, all pages of it."""
        answer = self.ask("GET", path, params={"per_page": 100, **parameters})
        yield from answer.json()
        while "next" in answer.links:
            answer = self.ask("GET", answer.links["next"]["url"])
            yield from answer.json()

    @property
    def _origin(self) -> str:
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    @staticmethod
    def _once_more(answer: httpx.Response, method: str, attempt: int) -> bool:
        busy = answer.status_code == 429 or "retry-after" in answer.headers
        again = answer.status_code in AGAIN or (answer.status_code == 403 and busy)
        return attempt < TRIES and again and (busy or method != "POST")

    def _error(self, answer: httpx.Response, method: str, url: str) -> ApiError:
        told = _message(answer)
        code = answer.status_code
        what = f"{self._name} answers {code} to {method} {urlsplit(url).path}{f': {told}' if told else ''}"
        if code in (401, 203, 302):
            return ApiError(what, hint=f"The token is missing, wrong or has expired. It needs: {self._rights}.")
        if code in (403, 404):
            return ApiError(what, hint=f"The token may not, or there is no such thing. It needs: {self._rights}.")
        return ApiError(what)


def _wait(answer: httpx.Response, attempt: int) -> float:
    try:
        return min(float(answer.headers["retry-after"]), LONGEST_WAIT)
    except (KeyError, ValueError):
        return 2.0**attempt


def _message(answer: httpx.Response) -> str:
    try:
        return " ".join(str(answer.json()["message"]).split())[:200]
    except (ValueError, KeyError, TypeError):
        return ""
