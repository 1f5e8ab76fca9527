"""The commands by name; each is in the module of its subject."""

from __future__ import annotations

import sys

import grpc
import typer

from quotary.cli import calls, keeping, licences, pricing, rules, serving
from quotary.cli.screen import show_call_error, stop_with
from quotary.messages import RequestFileError

app = typer.Typer(
    name="quotary",
    help="The executable reference for a software vendor's purchasing rules: prices, taxes and licences, with reasons.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
serving.register(app)
pricing.register(app)
calls.register(app)
licences.register(app)
keeping.register(app)
rules.register(app)


def main() -> None:
    """Run the command line; every expected failure is one message that says what to do next."""
    try:
        app()
    except RequestFileError as error:
        stop_with(str(error), 2)
    except FileNotFoundError as error:
        stop_with(f"{error.filename or error}: there is no such file", 2)
    except grpc.RpcError as error:
        show_call_error(error)
        sys.exit(1)
