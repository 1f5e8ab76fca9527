"""TLS from files: certificate, key and the authority of clients are read again when they change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import grpc
import structlog

SOON = timedelta(days=14)
"""Before the end of a certificate it is told at the start, and whenever files are read again."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the PEM files are: certificate with its chain, its key, and the authority of clients' certificates.

    With ``client_ca`` every connection must show a certificate of that authority.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def state(self) -> tuple[object, ...]:
        """What changes when a file does."""
        seen = []
        for path in (self.certificate, self.key, self.client_ca):
            if path is not None:
                found = path.stat()
                seen.append((found.st_mtime_ns, found.st_size, found.st_ino))
        return tuple(seen)

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Read and check the files.

        Raises:
            OSError: one cannot be read.
            ValueError: one is not PEM of what it should be, or the key is not that of the certificate.
        """
        certificate, key = self.certificate.read_bytes(), self.key.read_bytes()
        authority = None if self.client_ca is None else self.client_ca.read_bytes()
        self._check(certificate, key, authority)
        return grpc.ssl_server_certificate_configuration([(key, certificate)], authority)

    def _check(self, certificate: bytes, key: bytes, authority: bytes | None) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

        def public(of: object) -> bytes:
            return of.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]

        try:
            own = x509.load_pem_x509_certificates(certificate)[0]
        except ValueError as error:
            raise ValueError(f"{self.certificate} holds no certificate in PEM") from error
        try:
            private = load_pem_private_key(key, None)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.key} holds no private key in PEM, or one with a password") from error
        if public(own) != public(private):
            raise ValueError(f"{self.key} is not the key of {self.certificate}")
        if authority is not None:
            try:
                x509.load_pem_x509_certificates(authority)
            except ValueError as error:
                raise ValueError(f"{self.client_ca} holds no certificate in PEM") from error
        ends = own.not_valid_after_utc
        if ends < datetime.now(UTC) + SOON:
            structlog.get_logger("quotary.server").warning("certificate ends soon", ends=ends.isoformat())


class Certificates:
    """The certificates of one server: those in force, until their files change to others that can be used."""

    def __init__(self, files: TlsFiles) -> None:
        """Read the files.

        Raises:
            OSError, ValueError: as ``TlsFiles.read``.
        """
        self._files = files
        self._state = files.state()
        self._first = files.read()
        self._reading = threading.Lock()

    def credentials(self) -> grpc.ServerCredentials:
        """What a port is opened with; files that changed are read before a new connection is taken."""
        require = self._files.client_ca is not None
        # The stubs do not know that None leaves the certificates as they are.
        changed = cast("Callable[[], grpc.ServerCertificateConfiguration]", self._changed)
        return grpc.dynamic_ssl_server_credentials(self._first, changed, require)

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        """The new certificates; None while those in force stay."""
        log = structlog.get_logger("quotary.server")
        with self._reading:
            try:
                state = self._files.state()
                if state == self._state:
                    return None
                self._state = state
                read = self._files.read()
            except (OSError, ValueError) as error:
                # A half-written file, or a key that follows its certificate: the next connection looks again.
                log.error("certificates not read", cause=str(error))
                return None
        log.info("certificates read again")
        return read
