"""What the operator can set: by flag, by environment (``QUOTARY_PORT``), or in a TOML file; the first found wins."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

OTHER_VARIABLES = frozenset(
    {"QUOTARY_TARGET", "QUOTARY_CA", "QUOTARY_CERT", "QUOTARY_KEY", "QUOTARY_TOKEN_FILE", "QUOTARY_TEST_POSTGRES_URL"}
)
"""Variables of the same family that are no settings of the server: those of clients, and of tests."""


class SettingsError(ValueError):
    """The settings have faults; the text is one line a fault."""


class Settings(BaseSettings):
    """Every setting of the server, with its default."""

    model_config = SettingsConfigDict(env_prefix="QUOTARY_", frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(50051, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(8, ge=1, le=256, description="Calls answered at the same time; further ones wait.")
    concurrent_calls: int = Field(
        256, ge=1, le=100_000, description="Calls accepted at the same time; further ones fail with RESOURCE_EXHAUSTED."
    )
    streams: int = Field(
        32, ge=1, le=10_000, description="Streams of requests open at the same time; further ones are turned away."
    )
    stream_idle_seconds: float = Field(
        60, gt=0, le=3_600, description="Time after which a stream without a message is ended."
    )
    stream_seconds: float = Field(3_600, gt=0, le=86_400, description="Time after which a stream is ended in any case.")
    message_bytes: int = Field(
        16 * 1024 * 1024, ge=64 * 1024, le=1024**3, description="Largest request or response, in bytes."
    )
    grace_seconds: int = Field(10, ge=0, le=600, description="Time that calls in flight have to finish at a stop.")
    lame_duck_seconds: float = Field(
        0.5,
        ge=0,
        le=600,
        description="Time at a stop in which health says NOT_SERVING and calls are still taken; at most the grace.",
    )
    tls_certificate: Path | None = Field(
        None, description="Certificate of the server with its chain (PEM); none: no TLS. Read again when it changes."
    )
    tls_key: Path | None = Field(None, description="Private key of the certificate (PEM, without a password).")
    client_ca: Path | None = Field(
        None, description="Authority of clients' certificates (PEM); with it every client must show one."
    )
    callers: Path | None = Field(
        None,
        description="File of callers, by token or certificate (TOML; quotary token makes it); none: nobody is asked.",
    )
    jwt_keys: Path | None = Field(
        None,
        description="Public keys (JWKS) of the system that signs callers' tokens (JWT); read again when they change.",
    )
    jwt_issuer: str | None = Field(None, description="What iss of a signed token must be.")
    jwt_audience: str | None = Field(None, description="What must stand in aud of a signed token.")
    jwt_tenant_claim: str = Field("tenant", description="Claim of a signed token that names the tenant.")
    jwt_roles_claim: str = Field("roles", description="Claim of a signed token with the roles.")
    allow_anyone: bool = Field(
        False, description="Serve beyond the loopback address without asking who calls: everybody may do everything."
    )
    allow_clear_text: bool = Field(
        False, description="Serve beyond the loopback address without TLS: whoever is on the way reads everything."
    )
    web_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Port for JSON over HTTP, plain and by Connect; 0 takes a free one; none: no such door.",
    )
    web_host: str = Field("127.0.0.1", description="Address to listen on for JSON over HTTP.")
    web_origins: list[str] = Field(
        [], description='Origins whose pages may call (CORS), as ["https://shop.example"]; "*" for all; none: no other.'
    )
    reflection: bool = Field(True, description="Whether the server describes its own contract to hand tools.")
    price_book: Path | None = Field(None, description="Price book (TOML); none: the demonstration book.")
    tax_rates: Path | None = Field(None, description="The operator's own tax rates (TOML), which outrank all others.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Port for Prometheus on the loopback address; none: no metrics."
    )
    store_url: str | None = Field(
        None,
        description="Where quotes and orders are kept: sqlite:///FILE or postgresql://USER@HOST/DATABASE; "
        "none: quotary/quotary.db in the user's data folder.",
    )
    quote_validity_days: int = Field(
        30,
        ge=0,
        le=3660,
        description="Days for which a quote can be accepted where the edition prints none; 0: not determined, no end.",
    )
    time_zone: str = Field("UTC", description="Time zone (IANA) of the server's civil days.")
    test_clock: Path | None = Field(
        None, description="For tests: file with the moment (ISO 8601) that the server takes for now, read at each call."
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Settings:
        """Say every way in which single settings contradict each other, or open more than was meant."""
        faults = "; ".join(self._contradictions())
        if faults:
            raise ValueError(faults)
        return self

    def _contradictions(self) -> Iterator[str]:
        if (self.tls_certificate is None) != (self.tls_key is None):
            yield "tls_certificate and tls_key are given together or not at all"
        if self.client_ca is not None and self.tls_certificate is None:
            yield "client_ca asks for certificates of clients: that needs tls_certificate and tls_key"
        if self.jwt_keys is not None and not (self.jwt_issuer and self.jwt_audience):
            yield "jwt_keys needs jwt_issuer and jwt_audience"
        reached = self._reached_from_elsewhere()
        if reached is None:
            return
        if self.tls_certificate is None and not self.allow_clear_text:
            yield (
                f"other machines reach {reached}, and without TLS whoever is on the way reads and changes what is "
                "sent: give tls_certificate and tls_key, or set allow_clear_text if something in front does TLS"
            )
        if not (self.callers or self.jwt_keys or self.client_ca) and not self.allow_anyone:
            yield (
                f"other machines reach {reached}, and nobody is asked who calls: give callers (quotary token add), "
                "jwt_keys or client_ca, or set allow_anyone if everybody may do everything"
            )
        if self.test_clock is not None:
            yield f"a test clock is for the loopback address alone, and other machines reach {reached}"

    def _reached_from_elsewhere(self) -> str | None:
        """The address that other machines reach, if there is one."""
        if not self.is_loopback:
            return self.host
        return None if self.web_port is None or self.is_web_loopback else self.web_host

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone reaches the address."""
        return _is_loopback(self.host)

    @property
    def is_web_loopback(self) -> bool:
        """Whether this machine alone reaches the address of JSON over HTTP."""
        return _is_loopback(self.web_host)

    def address(self, port: int) -> str:
        """Host and port as they are written together."""
        return _address(self.host, port)

    def web_address(self, port: int) -> str:
        """Where JSON over HTTP is, as a URL."""
        scheme = "http" if self.tls_certificate is None else "https"
        return f"{scheme}://{_address(self.web_host, port)}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def load(file: Path | None = None, **flags: Any) -> Settings:
    """The settings from flags that are not None, the environment, and the file.

    Raises:
        SettingsError: a value is not allowed; the error names each.
        FileNotFoundError: the file is not there.
    """
    if file is not None and not file.is_file():
        raise FileNotFoundError(f"no settings file at {file}")

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            chosen = (named["init_settings"], named["env_settings"])
            return (*chosen, TomlConfigSettingsSource(settings_cls, file)) if file is not None else chosen

    try:
        return FromFile(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("\n".join(map(_sentence, error.errors()))) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error


def _sentence(fault: Any) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(name, Settings.model_fields, 1)
        return f"{name}: there is no such setting{f'; did you mean {near[0]}?' if near else ''}"
    text = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name}: {text}" if name else text


def unknown_variables() -> dict[str, str]:
    """The variables of the environment that look like settings and are none, each with the name that is nearest."""
    known = {f"QUOTARY_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    unknown = (name for name in os.environ if name.startswith("QUOTARY_") and name not in known)
    return {name: next(iter(get_close_matches(name, known, 1)), "") for name in sorted(unknown)}
