"""Whom a command asks: a server that is named, or one of its own that lives as long as the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quotary.access import Access
from quotary.cli.screen import stop_with
from quotary.client import Client

if TYPE_CHECKING:
    from quotary_server.settings import Settings

Target = Annotated[
    str | None,
    typer.Option(
        help="Ask this server (host:port). Without it the command answers by itself.",
        envvar="QUOTARY_TARGET",
        show_default=False,
    ),
]
Edition = Annotated[str | None, typer.Option(help="Edition to answer from; by default the newest.", show_default=False)]
Explain = Annotated[bool, typer.Option("--explain", help="Add every rule and row of data that took part.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the response as JSON.")]
RequestFile = Annotated[
    Path, typer.Argument(help="Request file (YAML or JSON); the folder examples/ has some.", show_default=False)
]


@contextmanager
def connect(target: str | None) -> Iterator[Client]:
    """A client of the target, or of a server inside this process on a free loopback port.

    A target is shown the certificate and the token that the environment names (``quotary.access``).
    """
    if target is not None:
        with Client(target) as client:
            yield client
        return
    from quotary_server import app
    from quotary_server.logs import set_up_command_logs

    set_up_command_logs()
    # Nobody but this command asks it: what guards a server for others has no place here.
    open_to_itself = dict.fromkeys(("tls_certificate", "tls_key", "client_ca", "callers", "jwt_keys"))
    settings = read_settings(port=0, host="127.0.0.1", grace_seconds=0).model_copy(
        update={"metrics_port": None, **open_to_itself}
    )
    try:
        running = app.start(settings)
    except ValueError as error:
        stop_with(f"The settings in the environment (QUOTARY_...) have faults: {error}", 2)
    try:
        with Client(running.address, Access()) as client:
            yield client
    finally:
        running.stop()


def read_settings(file: Path | None = None, **flags: Any) -> Settings:
    """The settings of a server here; ends the command with a line a fault."""
    from quotary_server.settings import SettingsError, load

    try:
        return load(file, **flags)
    except SettingsError as error:
        faults = "\n".join(f"  {line}" for line in str(error).splitlines())
        stop_with(f"The settings have faults:\n{faults}", 2)
