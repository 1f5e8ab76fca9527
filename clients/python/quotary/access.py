"""How a client proves who it is, and whom it trusts: files named in code or in the environment, never the secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from quotary.address import Address


@dataclass(frozen=True, slots=True)
class Access:
    """The files of a client.

    Attributes:
        ca: Authority whose servers are trusted (PEM); None: those that gRPC trusts by itself.
        certificate: Certificate of the client with its chain (PEM).
        key: Its private key (PEM).
        token_file: File that holds a bearer token; read at each call, so that it can be exchanged.
        token: A bearer token of your own instead.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token_file: Path | None = None
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Access:
        """What QUOTARY_CA, QUOTARY_CERT, QUOTARY_KEY and QUOTARY_TOKEN_FILE name."""

        def path(name: str) -> Path | None:
            return Path(environment[name]) if environment.get(name) else None

        return cls(path("QUOTARY_CA"), path("QUOTARY_CERT"), path("QUOTARY_KEY"), path("QUOTARY_TOKEN_FILE"))

    @property
    def speaks_tls(self) -> bool:
        """Whether a file of TLS is named."""
        return self.ca is not None or self.certificate is not None or self.key is not None

    def token_source(self) -> Callable[[], str] | None:
        """What gives the token of a call; None where none is shown.

        Reading it raises OSError when the file is not there.
        """
        if self.token is not None:
            token = self.token
            return lambda: token
        file = self.token_file
        return None if file is None else lambda: file.read_text("ascii").strip()

    def wants_tls(self, address: Address) -> bool:
        """Whether the connection is to be TLS: as the address says; else with a file of TLS, or for a token.

        Raises:
            ValueError: a token would travel in clear text beyond the loopback address, or TLS was declined although a
                file of it is named.
        """
        shows_token = self.token is not None or self.token_file is not None
        if address.tls is False:
            if shows_token and not address.is_loopback:
                raise ValueError("a token is not sent in clear text beyond this machine: write https:// in the address")
            if self.speaks_tls:
                raise ValueError("a certificate is named, and http:// has no TLS: write https:// in the address")
            return False
        return address.tls is True or self.speaks_tls or (shows_token and not address.is_loopback)

    def credentials(self) -> grpc.ChannelCredentials:
        """Credentials for a channel with TLS.

        Raises:
            OSError: a file cannot be read.
        """

        def content(path: Path | None) -> bytes | None:
            return None if path is None else path.read_bytes()

        return grpc.ssl_channel_credentials(content(self.ca), content(self.key), content(self.certificate))
