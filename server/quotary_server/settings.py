"""What the operator can set: by flag, by environment (``QUOTARY_PORT``), or in a TOML file; the first found wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


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


def load(file: Path | None = None, **flags: Any) -> Settings:
    """The settings from flags that are not None, the environment, and the file.

    Raises:
        pydantic.ValidationError: a value is not allowed; the error names each.
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

    return FromFile(**{name: value for name, value in flags.items() if value is not None})
