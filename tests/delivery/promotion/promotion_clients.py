"""What the tests of promotion do as other processes: register models, read files back, act as somebody else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.served import DEADLINE, ROOT, Served

GROUP = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-larkspur-mlp-dev-weu-ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-larkspur-mlp-dev-weu"
REGISTRY = "mlr-larkspur-mlp-shared-weu"

_CLIENTS = f"""
import json, sys
from pathlib import Path
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Environment, Model
from azure.identity import DefaultAzureCredential
credential = DefaultAzureCredential()
_, _, subscription, _, group, *_, name = {WORKSPACE!r}.split("/")
dev = MLClient(credential, subscription, group, name, show_progress=False)
registry = lambda: MLClient(credential, registry_name={REGISTRY!r})
given = json.loads(sys.argv[1])
"""


def client(served: Served, code: str, **given: Any) -> Any:
    """Run code of an azure-ai-ml client in a process of its own; what it assigns to `answer`."""
    whole = f"{_CLIENTS}\n{dedent(code)}\nprint(json.dumps(answer))"
    return json.loads(_python(served, whole, json.dumps(given)).splitlines()[-1])


def register(served: Served, folder: Path, version: str, tags: dict[str, str]) -> None:
    """A model of a folder's files, in dev."""
    code = """
        model = Model(name="claims-fraud", version=given["version"], path=given["folder"], tags=given["tags"])
        answer = dev.models.create_or_update(model).version
    """
    assert client(served, code, folder=str(folder), version=version, tags=tags) == version


def in_registry(served: Served, version: str, folder: Path) -> dict[str, str] | None:
    """The tags of the registry's model, and its files below a folder; nothing where there is none."""
    code = """
        from azure.core.exceptions import ResourceNotFoundError
        try:
            found = registry().models.get("claims-fraud", given["version"])
            registry().models.download("claims-fraud", given["version"], given["folder"])
            answer = found.tags
        except ResourceNotFoundError:
            answer = None
    """
    return client(served, code, folder=str(folder), version=version)


def seawall_as(served: Served, oid: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of Seawall's, signed in as somebody else: with tokens that the same local Azure issues."""
    code = f"""
    import sys, time
    from pathlib import Path
    from azure.core.credentials import AccessToken
    from seawall.cli import main
    from seawall.delivery import clients
    from seawall.local.https import tokens
    from seawall.local.place import Place

    class Credential:
        def get_token(self, *scopes, **_):
            audience = scopes[0].removesuffix("/.default")
            token = tokens.issue(Place(Path({str(served.place.store)!r})), audience, oid={oid!r}, client={oid!r})
            return AccessToken(token, int(time.time()) + 3600)

    clients.credential = Credential
    sys.argv = ["seawall", *sys.argv[1:], "--store", {str(served.place.store)!r}, "--cwd", {str(ROOT)!r}]
    main()
    """
    line = [sys.executable, "-c", dedent(code), *arguments]
    return subprocess.run(
        line, capture_output=True, text=True, timeout=DEADLINE, env=served.process_env, cwd=ROOT, check=False
    )


def _python(served: Served, code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env=served.process_env,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
