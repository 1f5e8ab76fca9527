"""Where a server is, as people write it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a server.

    Attributes:
        target: As gRPC takes it ("127.0.0.1:50051", "unix:/run/quotary.sock").
        tls: Whether TLS was asked for (https) or declined (http); None where the address says neither.
    """

    target: str
    tls: bool | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        host = self.target.rpartition(":")[0].strip("[]")
        try:
            return self.target.startswith("unix:") or host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def read_address(text: str | None, environment: Mapping[str, str] = os.environ) -> Address:
    """The address of ``host:port``, ``http(s)://host:port`` or ``unix:/path``; of None what QUOTARY_TARGET says.

    Raises:
        ValueError: it is none of these, or there is none.
    """
    text = text or environment.get("QUOTARY_TARGET")
    if not text:
        raise ValueError("no server is named: give its address (host:port), or set QUOTARY_TARGET")
    if text.startswith("unix:"):
        return Address(text)
    if "://" not in text:
        if not text.rpartition(":")[2].isdigit():
            raise ValueError(f"{text} has no port: an address is host:port, a URL, or unix:/path")
        return Address(text)
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
        raise ValueError(f"{text} is not http://host:port, https://host:port or unix:/path")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return Address(f"{host}:{url.port or (443 if url.scheme == 'https' else 80)}", url.scheme == "https")
