"""Whom a command asks: a server that is named, or one of its own that lives as long as the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from quotary.cli.screen import stop_with
from quotary.client import Client

Target = Annotated[
    str | None,
    typer.Option(help="Ask this server (host:port). Without it the command answers by itself.", show_default=False),
]
Edition = Annotated[str | None, typer.Option(help="Edition to answer from; by default the newest.", show_default=False)]
Explain = Annotated[bool, typer.Option("--explain", help="Add every rule and row of data that took part.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the response as JSON.")]
RequestFile = Annotated[
    Path, typer.Argument(help="Request file (YAML or JSON); the folder examples/ has some.", show_default=False)
]


@contextmanager
def connect(target: str | None) -> Iterator[Client]:
    """A client of the target, or of a server inside this process on a free loopback port."""
    if target is not None:
        with Client(target) as client:
            yield client
        return
    from quotary_server import app
    from quotary_server.logs import set_up_command_logs
    from quotary_server.settings import load

    set_up_command_logs()
    try:
        running = app.start(load(port=0, host="127.0.0.1", grace_seconds=0, metrics_port=None))
    except ValueError as error:
        stop_with(f"The settings in the environment (QUOTARY_...) have faults: {error}", 2)
    try:
        with Client(running.address) as client:
            yield client
    finally:
        running.stop()
