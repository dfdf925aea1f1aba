"""Datastores: those that a workspace has by itself, and the secrets of all.

Source: Azure ML REST reference, Datastores.
"""

from __future__ import annotations

from typing import Any

from seawall.local.actions.call import ActionCall, missing
from seawall.local.mlservices import files
from seawall.local.response import Response
from seawall.local.routes import Kind
from seawall.local.services.machine_learning import WORKSPACE
from seawall.local.services.reading import number, text
from seawall.local.services.service import refuse
from seawall.local.store import Row

DATASTORE = f"{WORKSPACE}/datastores"


def read(call: ActionCall) -> Response:
    """One datastore, or all of a workspace: `isDefault`, `names`, `searchText`, `count` and `$skip` are honoured."""
    if call.route.kind is Kind.RESOURCE:
        return Response(200, _shown(call, call.route.id))
    workspace = _workspace(call, call.route.id.rsplit("/", 1)[0])
    own = {row.id.rsplit("/", 1)[-1].lower() for row in call.store.of_type(DATASTORE, workspace.id)}
    names = sorted(own | set(files.DEFAULTS))
    found = [_shown(call, f"{workspace.id}/datastores/{name}") for name in names]
    wanted = [one for one in found if _matches(one, call)]
    return Response(200, {"value": wanted[_whole(call, "$skip", 0) :][: _whole(call, "count", 30)]})


def _matches(shown: dict[str, Any], call: ActionCall) -> bool:
    default = call.query.get("isDefault", "").lower()
    if default and default != str(bool(shown["properties"].get("isDefault"))).lower():
        return False
    names = [name.lower() for name in call.query.get("names", "").split(",") if name]
    return (not names or shown["name"].lower() in names) and call.query.get("searchText", "") in shown["name"]


def _whole(call: ActionCall, name: str, default: int) -> int:
    given = call.query.get(name, "")
    return int(given) if given.isdecimal() else default


def _shown(call: ActionCall, id: str) -> dict[str, Any]:
    row = call.store.resource(id)
    if row is not None:
        return call.azure.shown(row)
    above, _, name = id.rpartition("/datastores/")
    workspace = _workspace(call, above)
    if name.lower() not in files.DEFAULTS:
        raise missing(id)
    # On Azure the creation of the workspace makes them; here nobody needs them before they are first asked for.
    files.ensure_containers(call.store, workspace)
    body = files.default_datastore(workspace, name)
    if any((row.body.get("properties") or {}).get("isDefault") for row in call.store.of_type(DATASTORE, above)):
        body["properties"]["isDefault"] = False
    return {"id": id, "name": name, "type": "Microsoft.MachineLearningServices/workspaces/datastores", **body}


def _workspace(call: ActionCall, id: str) -> Row:
    row = call.store.resource(id)
    if row is None:
        raise missing(id)
    return row


def list_secrets(call: ActionCall) -> Response:
    """A signature for a container where an expirable secret is asked for, else the account's key."""
    shown = _shown(call, call.scope)["properties"]
    container = text(shown, "containerName") or text(shown, "filesystem")
    kind = text(shown, "credentials", "credentialsType", default="None")
    if kind == "None":
        raise refuse("NoSecrets", "The datastore is used with the identity of whoever asks: it has no secrets.")
    account = text(shown, "accountName").lower()
    if call.body.get("expirableSecret") and container:
        hours = min(max(number(call.body, "expireAfterHours", default=1), 1), 24)
        token = files.signature(call.store, files.Files(account, container), "rwdl", hours=hours)
        return Response(200, {"secretsType": "Sas", "sasToken": token})
    if kind in ("AccountKey", "Sas"):
        return Response(200, {"secretsType": "AccountKey", "key": files.account_key(call.store, account)})
    raise refuse("NoSecrets", f"The local Azure keeps no secrets: those of credentials {kind} aren't here any more.")


ACTIONS = {(DATASTORE, "listsecrets"): list_secrets}
READS = {DATASTORE: read}
