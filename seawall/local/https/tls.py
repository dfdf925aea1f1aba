"""Certificates for Azure's host names, from an authority of this place's own that its clients are told to trust."""

from __future__ import annotations

import functools
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from seawall.local.https import secret_files
from seawall.local.place import Place

if TYPE_CHECKING:
    import trustme

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST_HOSTS = 1000
"""Certificates kept in memory; beyond, the one used the longest time ago is issued anew when it is asked for."""


def authority_file(place: Place) -> Path:
    """The authority's certificate, and its key: for the owner only."""
    return place.tls / "authority.pem"


def bundle_file(place: Place) -> Path:
    """The certificates that clients trust: those they trusted before, and this place's authority."""
    return place.tls / "bundle.pem"


def make_bundle(place: Place, before: Path | None = None) -> Path:
    """Write the bundle: the certificates of `before` (certifi's, where not given) and the authority's.

    Raises `OSError`.
    """
    import certifi

    base = before if before and before.is_file() else Path(certifi.where())
    own = _authority(place).cert_pem.bytes()
    secret_files.replace(bundle_file(place), base.read_bytes().rstrip() + b"\n" + own)
    return bundle_file(place)


def server_context(place: Place) -> ssl.SSLContext:
    """A server's TLS, which shows the certificate of whichever host the client asks for. Raises `OSError`."""
    authority, lock = _authority(place), threading.Lock()

    @functools.lru_cache(maxsize=MOST_HOSTS)
    def issued(*hosts: str) -> ssl.SSLContext:
        context = _context()
        authority.issue_cert(*hosts).configure_cert(context)
        return context

    def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> int | None:
        if not host:
            return None
        try:
            with lock:
                connection.context = issued(host)
        except ValueError:  # no name that a certificate can bear
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    first = issued(*LOOPBACK)
    first.sni_callback = choose  # type: ignore[assignment]
    return first


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


@functools.lru_cache(maxsize=8)
def _authority_of(pem: bytes) -> trustme.CA:
    import trustme

    return trustme.CA.from_pem(cert_bytes=pem, private_key_bytes=pem)


def _authority(place: Place) -> trustme.CA:
    return _authority_of(secret_files.kept(authority_file(place), _made))


def _made() -> bytes:
    import trustme

    authority = trustme.CA(organization_name="Seawall", organization_unit_name="Local Azure")
    return authority.private_key_pem.bytes() + authority.cert_pem.bytes()
