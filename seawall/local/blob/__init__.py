"""Blob storage of the local Azure: `Blobs` for those in Python, `app` for clients over HTTPS."""

from seawall.local.blob.accounts import account_key
from seawall.local.blob.blobs import Blobs
from seawall.local.blob.errors import BlobError

__all__ = ["BlobError", "Blobs", "account_key"]
