"""Blob storage of the local Azure: `Blobs` for those in Python, `app.app` for clients over HTTPS.

Contents are files by their SHA-256, an SQLite index says which blob has which. The names of metadata come back in lower
case, whatever case they were written in; tokens are checked, but not the roles of who bears them.
"""

from seawall.local.blob.accounts import account_key
from seawall.local.blob.blobs import Blobs, Stored
from seawall.local.blob.errors import BlobError

__all__ = ["BlobError", "Blobs", "Stored", "account_key"]
