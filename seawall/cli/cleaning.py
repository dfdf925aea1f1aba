"""The clouds whose leftovers `seawall leftovers` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seawall.cli import runs
from seawall.cli.exits import CloudFault
from seawall.cli.project import Project
from seawall.pipelines.leftovers import AzureBin, Bin, BinFailed, LocalBin


@contextmanager
def bin_of(project: Project, *, local: bool) -> Iterator[Bin]:
    """What was deleted and is kept. What fails while it is open becomes a message and an exit code."""
    try:
        if local:
            with runs.local_azure(project) as azure:
                yield LocalBin(azure)
        else:
            from seawall.cli.cloud import client

            with client() as pipeline:
                yield AzureBin(lambda method, path: _asked(pipeline, method, path))
    except BinFailed as failed:
        raise CloudFault(str(failed)) from None


def _asked(pipeline: Any, method: str, path: str) -> tuple[int, Any]:
    """The status and the body of one request to Resource Manager. Raises `BinFailed` where there is no answer."""
    from azure.core.exceptions import AzureError as SdkError
    from azure.core.rest import HttpRequest

    try:
        answer = pipeline.send_request(HttpRequest(method, path))
    except SdkError as error:
        raise BinFailed(f"Azure can't be asked: {' '.join(str(error).split())[:200]}") from None
    try:
        return answer.status_code, answer.json()
    except ValueError:
        return answer.status_code, {}
