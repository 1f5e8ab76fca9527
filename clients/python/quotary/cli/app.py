"""The commands by name; each is in the module of its subject."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import grpc
import typer

from quotary import __version__
from quotary.cli import calls, licences, orders, pricing, quotes, refunds, rules, serving, store, tokens
from quotary.cli.screen import out, show_call_error, stop_with
from quotary.source import SourceError

app = typer.Typer(
    name="quotary",
    help="The executable reference for a software vendor's purchasing rules: prices, taxes and licences, with reasons.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(requested: bool) -> None:
    if requested:
        out.print(f"quotary {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


serving.register(app)
pricing.register(app)
calls.register(app)
licences.register(app)
quotes.register(app)
orders.register(app)
refunds.register(app)
store.register(app)
tokens.register(app)
rules.register(app)


def main() -> None:
    """Run the command line; every expected failure is one message that says what to do next."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal cannot show must not hide that something was done: it is written as its code.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except SourceError as error:
        stop_with(str(error), 2)
    except FileNotFoundError as error:
        stop_with(f"{error.filename or error}: there is no such file", 2)
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        os._exit(0)
    except OSError as error:
        stop_with(f"{error.filename or 'output'}: {(error.strerror or str(error)).lower()}", 2)
    except grpc.RpcError as error:
        show_call_error(error)
        sys.exit(1)
