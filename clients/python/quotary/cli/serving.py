"""``quotary serve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quotary.cli.connection import read_settings
from quotary.cli.screen import out, stop_with

if TYPE_CHECKING:
    from quotary_server.app import Running


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one [50051].")] = None,
    price_book: Annotated[
        Path | None, typer.Option(help="Price book (TOML) [the demonstration book].", show_default=False)
    ] = None,
    tax_rates: Annotated[
        Path | None, typer.Option(help="Tax rates of your own (TOML); they outrank all others.", show_default=False)
    ] = None,
    store_url: Annotated[
        str | None,
        typer.Option(
            help="Where quotes and orders are kept: sqlite:///FILE or postgresql://USER@HOST/DATABASE "
            "[a file in your data folder].",
            show_default=False,
        ),
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="Certificate of the server with its chain (PEM) [no TLS].", show_default=False)
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).", show_default=False)] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(help="Authority of clients' certificates (PEM): each must show one.", show_default=False),
    ] = None,
    allow_clear_text: Annotated[
        bool | None,
        typer.Option(
            "--allow-clear-text", help="Serve other machines without TLS: whoever is on the way reads everything."
        ),
    ] = None,
    web: Annotated[
        int | None,
        typer.Option(help="Port for JSON over HTTP; 0 takes a free one [none].", show_default=False),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings file (TOML); docs/configuration.md lists the settings.")
    ] = None,
    test_faults: Annotated[
        bool, typer.Option("--test-faults", help="For tests of clients, on loopback alone: callers may ask for faults.")
    ] = False,
) -> None:
    """Serve the contract over gRPC until interrupted.

    Every setting can also stand in the environment as QUOTARY_<NAME>, or in the settings file.
    """
    import structlog

    from quotary_server import app as server_app
    from quotary_server.logs import set_up_logs
    from quotary_server.settings import unknown_variables
    from quotary_server.store.database import StoreError

    settings = read_settings(
        config,
        host=host,
        port=port,
        price_book=price_book,
        tax_rates=tax_rates,
        store_url=store_url,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        client_ca=client_ca,
        web_port=web,
        allow_clear_text=allow_clear_text,
    )
    set_up_logs(settings.log_level)
    for name, near in unknown_variables().items():
        structlog.get_logger("quotary.server").warning("no such setting", variable=name, nearest=near or None)
    try:
        server_app.serve(settings, _say_where, test_faults=test_faults)
    except OSError as error:
        stop_with(str(error), 1)
    except StoreError as error:
        stop_with(f"The store cannot be opened: {error}", 1)
    except ValueError as error:
        stop_with(str(error), 2)


def _say_where(running: Running) -> None:
    if running.door is not None:
        out.print(f"JSON over HTTP is at [bold]{running.door.address}[/bold] (/openapi.json lists the calls).")
    out.print(f"Quotary listens on [bold]{running.address}[/bold]. Stop it with Ctrl-C. Ask it, for example:\n")
    if running.settings.tls_certificate is not None:
        out.print(
            f"QUOTARY_CA=ca.pem quotary price examples/turkey.yaml --target {running.address}",
            soft_wrap=True,
            markup=False,
        )
        return
    body = (
        '{"order": {"deal": {"order_date": {"year": 2026, "month": 3, "day": 1}, "billing_party": '
        '{"address": {"region_code": "TR"}}}, "lines": [{"product": {"id": "jira", "platform": '
        '"PLATFORM_DATA_CENTER"}, "price": {"unit_price": "200"}, "discount": {"rate": "0.10"}}]}}'
    )
    out.print(
        f"buf curl --protocol grpc --http2-prior-knowledge -d '{body}' "
        f"http://{running.address}/quotary.v1.QuoteService/PriceQuote",
        soft_wrap=True,
        markup=False,
    )
    out.print("\n(buf comes with the environment: .venv/bin/buf)", style="dim")
