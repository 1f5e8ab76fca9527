"""Targets: how one is named, reached, and started and stopped when the kit does that."""

from __future__ import annotations

import ipaddress
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc

from quotary_conformance.contract import Headers

PORT = "{port}"
_LIMITS = [("grpc.max_receive_message_length", 64 * 1024 * 1024), ("grpc.max_metadata_size", 1024 * 1024)]


class TargetError(ValueError):
    """A target that cannot be named, reached or started so; says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an engine listens and how it is spoken to.

    Attributes:
        address: As gRPC takes it: "127.0.0.1:8080", "unix:/run/engine.sock".
        tls: Whether the connection is encrypted.
        ca, cert, key: Files in PEM form: who signed its certificate, and the client's own certificate and key.
        headers: Sent with each call.
    """

    address: str
    tls: bool = False
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    headers: Headers = ()

    @property
    def is_local(self) -> bool:
        """True for this machine, which no proxy reaches."""
        host = self.address.rpartition(":")[0].strip("[]")
        try:
            return self.address.startswith("unix:") or host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @contextmanager
    def channel(self, wait: float) -> Iterator[grpc.Channel]:
        """An open channel.

        Raises:
            TargetError: nothing answers there within so many seconds, or a file cannot be read.
        """
        options = [*_LIMITS, ("grpc.enable_http_proxy", int(not self.is_local))]
        with self._open(options) as opened:
            try:
                grpc.channel_ready_future(opened).result(timeout=wait)
            except grpc.FutureTimeoutError:
                raise TargetError(f"no server answers at {self.address}") from None
            yield opened

    def _open(self, options: list[tuple[str, int]]) -> grpc.Channel:
        if not self.tls:
            return grpc.insecure_channel(self.address, options)
        try:
            files = [path.read_bytes() if path is not None else None for path in (self.ca, self.key, self.cert)]
        except OSError as error:
            raise TargetError(str(error)) from error
        return grpc.secure_channel(self.address, grpc.ssl_channel_credentials(*files), options)


def named(
    name: str,
    tls: bool = False,
    ca: Path | None = None,
    cert: Path | None = None,
    key: Path | None = None,
    headers: tuple[str, ...] = (),
) -> Target:
    """The target of a name: ``host:port``, ``http://host:port``, ``https://host``, ``unix:/path``.

    Raises:
        TargetError: it is none of these, or a header or the files do not go together.
    """
    if (cert is None) != (key is None):
        raise TargetError("a client certificate needs its key, and a key its certificate")
    sent = []
    for header in headers:
        key_, colon, value = header.partition(":")
        if not colon or not key_.strip():
            raise TargetError(f"a header is written `name: value`, not {header!r}")
        sent.append((key_.strip().lower(), value.strip()))
    address = name
    if "://" in name:
        url = urlsplit(name)
        if url.scheme == "unix":
            address = f"unix:{url.path}"
        elif url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
            raise TargetError(f"{name} is not http://host:port, https://host:port or unix:///path")
        else:
            host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
            address = f"{host}:{url.port or (443 if url.scheme == 'https' else 80)}"
            tls = tls or url.scheme == "https"
    elif not name.startswith("unix:") and not name.rpartition(":")[2].isdigit():
        raise TargetError(f"{name} has no port: a target is host:port, a URL, or unix:/path")
    return Target(address, tls or any((ca, cert)), ca, cert, key, tuple(sent))


@contextmanager
def started(command: str) -> Iterator[str]:
    """Start an engine, give the address on which it is to listen, and stop it at the end.

    ``{port}`` in the command stands for a port of the loopback address that was free.

    Raises:
        TargetError: the command names no port, or cannot be started.
    """
    if PORT not in command:
        raise TargetError(f"the command has no {PORT}, so the engine would not know where to listen")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        engine = subprocess.Popen(
            [part.replace(PORT, str(port)) for part in shlex.split(command)], stdout=subprocess.DEVNULL
        )
    except OSError as error:
        raise TargetError(f"the engine cannot be started: {error}") from error
    try:
        yield f"127.0.0.1:{port}"
    finally:
        engine.send_signal(signal.SIGTERM)
        try:
            engine.wait(timeout=5)
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.wait()
