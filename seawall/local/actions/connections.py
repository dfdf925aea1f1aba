"""Actions on connections and on storage accounts.

Sources: REST references, Workspace Connections and Storage Accounts.
"""

from __future__ import annotations

from typing import Any

from seawall.local.actions.call import ActionCall
from seawall.local.mlservices.files import account_key
from seawall.local.response import Response
from seawall.local.services.machine_learning import WORKSPACE
from seawall.local.services.service import refuse

_CONNECTION = f"{WORKSPACE}/connections"
_ACCOUNT = "microsoft.storage/storageaccounts"

_FIELDS = {
    "ApiKey": ("key",),
    "PAT": ("pat",),
    "SAS": ("sas",),
    "AccountKey": ("key",),
    "UsernamePassword": ("username", "password"),
    "ServicePrincipal": ("clientId", "clientSecret", "tenantId"),
    "AccessKey": ("accessKeyId", "secretAccessKey"),
    "ManagedIdentity": ("clientId", "resourceId"),
    "CustomKeys": ("keys",),
}
"""What the credentials of each way to authenticate consist of."""


def list_secrets(call: ActionCall) -> Response:
    """A connection with the fields of its credentials, all empty: the local Azure keeps no secrets."""
    row = call.target()
    shown: dict[str, Any] = call.azure.shown(row)
    fields = _FIELDS.get(str(shown["properties"].get("authType", "")), ())
    shown["properties"] = {**shown["properties"], "credentials": dict.fromkeys(fields)}
    return Response(200, shown)


def account_keys(call: ActionCall) -> Response:
    """The two keys of a storage account. An account that refuses shared keys still gives them out, for nothing."""
    row = call.target()
    name = row.id.rsplit("/", 1)[-1]
    keys = [(f"key{number}", account_key(call.store, name, number)) for number in (1, 2)]
    return Response(200, {"keys": [{"keyName": key, "value": value, "permissions": "FULL"} for key, value in keys]})


def regenerate_account_key(call: ActionCall) -> Response:
    raise refuse("NotImplemented", f"The keys of {call.scope} can't be regenerated here.", status=501)


ACTIONS = {
    (_CONNECTION, "listsecrets"): list_secrets,
    (_ACCOUNT, "listkeys"): account_keys,
    (_ACCOUNT, "regeneratekey"): regenerate_account_key,
}
