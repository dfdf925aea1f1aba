"""A process that acts as a client of a local Azure, one request a line: importing azure-ai-ml takes seconds, once.

It is started with the surroundings that `seawall local env` prints, as any client is.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import Environment, Model
from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential

from seawall.cli import planning
from seawall.cli.app import run
from seawall.delivery import clients
from seawall.local.https import tokens
from seawall.local.place import Place

GROUP = ("22222222-2222-2222-2222-222222222222", "rg-larkspur-mlp-dev-weu-ml")
WORKSPACE = "mlw-larkspur-mlp-dev-weu"
REGISTRY = "mlr-larkspur-mlp-shared-weu"


class Somebody:
    """A credential of a person: tokens that the same local Azure issues."""

    def __init__(self, store: str, oid: str) -> None:
        self.place, self.oid = Place(Path(store)), oid

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        token = tokens.issue(self.place, scopes[0].removesuffix("/.default"), oid=self.oid, client=self.oid)
        return AccessToken(token, int(time.time()) + 3600)


def workspace() -> MLClient:
    return MLClient(DefaultAzureCredential(), *GROUP, WORKSPACE, show_progress=False)


def registry() -> MLClient:
    return MLClient(DefaultAzureCredential(), registry_name=REGISTRY)


def register(folder: str, version: str, tags: dict[str, str]) -> str:
    """A model of a folder's files, in dev."""
    model = Model(name="claims-fraud", version=version, path=folder, tags=tags)
    return str(workspace().models.create_or_update(model).version)


def in_registry(version: str, folder: str) -> dict[str, str] | None:
    """The tags of the registry's model, its files below a folder; nothing where there is none."""
    models = registry().models
    try:
        found = models.get("claims-fraud", version)
    except ResourceNotFoundError:
        return None
    models.download("claims-fraud", version, folder)
    return dict(found.tags)


def environment(name: str, version: str) -> str:
    """An environment in dev."""
    asked = Environment(name=name, version=version, image=f"larkspur.azurecr.io/{name}:{version}")
    return str(workspace().environments.create_or_update(asked).version)


def environment_in_registry(name: str, version: str) -> str:
    return str(registry().environments.get(name, version).version)


def seawall(arguments: list[str], store: str, oid: str = "") -> dict[str, Any]:
    """A command of Seawall's, signed in as somebody else where an object ID is given."""
    usual = clients.credential
    out, err = io.StringIO(), io.StringIO()
    try:
        if oid:
            clients.credential = lambda: Somebody(store, oid)  # type: ignore[assignment,return-value]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*arguments, "--store", store])
    finally:
        clients.credential = usual
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


CALLS = {
    one.__name__: one for one in (register, in_registry, environment, environment_in_registry, seawall)
}


def plan_once() -> None:
    """Stack files don't change meanwhile: each environment is planned once, not by each command."""
    planned, plans = planning.plan, {}  # type: ignore[var-annotated]

    def plan(project: Any, env: str, screen: Any) -> Any:
        if env not in plans:
            plans[env] = planned(project, env, screen)
        return plans[env]

    planning.plan = plan


def main() -> None:
    plan_once()
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"answer": CALLS[asked["call"]](**asked["given"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
