"""How a client proves who it is, and whom it trusts: files named in code or in the environment, never the secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import grpc


@dataclass(frozen=True, slots=True)
class Access:
    """The files of a client.

    Attributes:
        ca: Authority whose servers are trusted (PEM); None: those that gRPC trusts by itself.
        certificate: Certificate of the client with its chain (PEM).
        key: Its private key (PEM).
        token_file: File that holds a bearer token; read at each call, so that it can be exchanged.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token_file: Path | None = None

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

    def credentials(self) -> grpc.ChannelCredentials:
        """Credentials for a channel with TLS.

        Raises:
            OSError: a file cannot be read.
        """

        def content(path: Path | None) -> bytes | None:
            return None if path is None else path.read_bytes()

        return grpc.ssl_channel_credentials(content(self.ca), content(self.key), content(self.certificate))


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: Any
    compression: Any


class WithToken(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Shows the token of a file with every call."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _call(self, continuation: Any, details: Any, request: Any) -> Any:
        token = self._file.read_text("ascii").strip()
        metadata = (*(details.metadata or ()), ("authorization", f"Bearer {token}"))
        shown = _Details(
            details.method,
            details.timeout,
            metadata,
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )
        return continuation(shown, request)

    intercept_unary_unary: Any = _call
    intercept_unary_stream: Any = _call
    intercept_stream_unary: Any = _call
    intercept_stream_stream: Any = _call
