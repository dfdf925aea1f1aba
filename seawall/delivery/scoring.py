"""Requests to a deployment by its name, whatever its share of the traffic.

The client of azure-ai-ml reads its requests from files, and keeps the header that names the deployment for all later
calls of the process: so requests are sent here.
Source: Azure Machine Learning docs, how-to-authenticate-online-endpoint.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from seawall.delivery.clients import AGENT, Arm, one_line
from seawall.delivery.port import Answer, CloudError, Endpoint

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

DEPLOYMENT_HEADER = "azureml-model-deployment"
KEYS_VERSION = "2024-10-01"
PAUSE = 0.5
"""Seconds before a request whose connection was lost is sent again."""


class Scoring:
    """Sends requests to one endpoint as whoever runs this, with a token or the endpoint's key."""

    def __init__(self, endpoint_id: str, arm: Arm, credential: TokenCredential) -> None:
        self._endpoint_id = endpoint_id
        self._arm = arm
        self._credential = credential
        self._key: tuple[str, float] = ("", 0.0)
        self._client: Any = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def invoke(
        self, endpoint: Endpoint, deployment: str, body: bytes, *, timeout: float, content_type: str
    ) -> Answer:
        """One request. An answer of any status is an answer; raises `CloudError` where there is none."""
        import httpx

        if self._client is None:
            self._client = httpx.Client(headers={"User-Agent": AGENT})
        headers = {
            "Authorization": f"Bearer {self._token(endpoint)}",
            "Content-Type": content_type,
            DEPLOYMENT_HEADER: deployment,
        }
        for last in (False, False, True):
            started = time.perf_counter()
            try:
                answer = self._client.post(endpoint.scoring_uri, content=body, headers=headers, timeout=timeout)
                break
            except httpx.TimeoutException:
                raise CloudError(f"{deployment} gave no answer within {timeout:g} s", code="TimeOut") from None
            except httpx.HTTPError as error:  # a connection that was lost: a request to score may be sent twice
                if last:
                    raise CloudError(f"{deployment}: no answer: {one_line(str(error))}", code="NoAnswer") from None
                self._arm.waiting.sleep(PAUSE)
        return Answer(
            status=answer.status_code,
            body=answer.text,
            seconds=time.perf_counter() - started,
            deployment=answer.headers.get(DEPLOYMENT_HEADER, ""),
        )

    def _token(self, endpoint: Endpoint) -> str:
        mode = endpoint.auth_mode.lower()
        if mode == "aadtoken":
            return self._credential.get_token(f"{self._arm.cloud.ml_audience}/.default").token
        key, until = self._key
        if key and time.time() < until:
            return key
        if mode == "key":
            found = self._arm.write("POST", f"{self._endpoint_id}/listKeys", KEYS_VERSION)
            self._key = (str(found.get("primaryKey", "")), time.time() + 3600)
        else:
            found = self._arm.write("POST", f"{self._endpoint_id}/token", KEYS_VERSION)
            self._key = (str(found.get("accessToken", "")), time.time() + 600)
        return self._key[0]
