"""Places for the files of assets that are to come, and signatures for those that are there.

Source: Azure ML REST reference, Code Versions - Create Or Get Start Pending Upload, and Registry Data References.
"""

from __future__ import annotations

import uuid

from seawall.local.actions.call import ActionCall
from seawall.local.mlservices import files
from seawall.local.response import Response
from seawall.local.services.machine_learning import REGISTRY, WORKSPACE
from seawall.local.services.reading import text
from seawall.local.services.service import refuse
from seawall.local.store import Row

_KINDS = ("codes", "models", "data", "environments", "components")


def in_workspace(call: ActionCall) -> Response:
    """A new container in the workspace's storage account: code is kept apart from data."""
    account = files.workspace_files(call.parent(WORKSPACE)).account
    return Response(200, pending(files.new_upload(call.store, account), account))


def in_registry(call: ActionCall) -> Response:
    """A new container in the registry's storage account, for a version that isn't there yet."""
    registry = call.parent(REGISTRY)
    if call.store.exists(call.scope):
        raise refuse("Conflict", f"{call.scope} exists already: its files can't be changed.", status=409)
    account = files.registry_files(registry)
    return Response(200, pending(files.new_upload(call.store, account), account))


def pending(upload: files.Upload, account: str) -> dict[str, object]:
    """A `PendingUploadResponseDto`."""
    return {
        "pendingUploadId": str(uuid.uuid4()),
        "pendingUploadType": "TemporaryBlobReference",
        "blobReferenceForConsumption": {
            "blobUri": upload.files.url(),
            "storageAccountArmId": account,
            "credential": {"credentialType": "SAS", "sasUri": upload.uri},
        },
    }


def data_reference(call: ActionCall) -> Response:
    """A signature to read what a registry's asset consists of, by its address."""
    return Response(200, reference(call, call.parent(REGISTRY)))


def reference(call: ActionCall, registry: Row) -> dict[str, object]:
    """A `GetBlobReferenceSASResponseDto`. Raises AzureError where the files aren't the registry's."""
    uri = text(call.body, "blobUri")
    found = files.locate(call.store, uri)
    if found.account != files.registry_files(registry):
        raise refuse("BadRequest", f"{uri} isn't in the storage of {registry.id}.")
    whole = files.Files(found.account, found.container)
    signed = f"{whole.url()}?{files.signature(call.store, whole)}"
    return {
        "blobReferenceForConsumption": {
            "blobUri": uri,
            "storageAccountArmId": found.account,
            "credential": {"credentialType": "SAS", "sasUri": signed},
        }
    }


ACTIONS = {
    **{(f"{WORKSPACE}/{kind}/versions", "startpendingupload"): in_workspace for kind in _KINDS},
    **{(f"{REGISTRY}/{kind}/versions", "startpendingupload"): in_registry for kind in _KINDS},
    (f"{REGISTRY}/datareferences/versions", ""): data_reference,
    (f"{REGISTRY}/datarefs/versions", ""): data_reference,
}
