"""Quotes that are kept: made, shown, listed, revised and accepted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from quotary.cli.connection import AsJson, Edition, Explain, RequestFile, Target, connect
from quotary.cli.screen import amount_with_currency, day, err, place, print_json, show_list, table
from quotary.cli.stored import (
    KEPT,
    Check,
    Customer,
    Details,
    Html,
    Limit,
    Number,
    Pdf,
    PurchaseOrder,
    RequestId,
    connect_to_store,
    moment,
    read_details,
    read_state,
    say_if_more,
    show_kept,
    show_order,
    state_word,
    write_sheet,
)
from quotary.messages import read_file
from quotary.v1 import (
    common_pb2,
    quote_service_pb2,
)

CHARGED_AT_ONCE = ("credit_card", "paypal")
"""Ways of paying that are charged with the order, where the rules let it be paid so."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: tuple[Callable[..., None], ...] = (create, quote, quotes, revise, accept)
    for command in commands:
        app.command(rich_help_panel=KEPT)(command)


def create(
    order_file: RequestFile,
    customer: Customer = None,
    edition: Edition = None,
    po: PurchaseOrder = None,
    request_id: RequestId = None,
    check: Check = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Price an order and keep it as a quote. The file is that of `quotary price`."""
    request = quote_service_pb2.CreateQuoteRequest(request_id=request_id or str(uuid.uuid4()), validate_only=check)
    read_file(order_file, request.quote.order)
    if customer is not None:
        request.quote.customer_id = customer
    if edition is not None:
        request.quote.edition = edition
    if po is not None:
        request.quote.order.deal.purchase_order_number = po
    with connect(target) as client:
        show_kept(client.quotes.CreateQuote(request), as_json)


def quote(
    number: Number,
    revision: Annotated[int | None, typer.Option(help="Another revision than the newest.", show_default=False)] = None,
    pdf: Pdf = None,
    html: Html = None,
    details: Details = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Show a quote, or write it as a document."""
    name = f"quotes/{number}" if revision is None else f"quotes/{number}@{revision}"
    view = common_pb2.VIEW_FULL if explain else common_pb2.VIEW_BASIC
    with connect_to_store(target) as client:
        found = client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=name, view=view))
    if pdf is None and html is None:
        show_kept(found, as_json, explain)
        return
    from quotary.documents import quote_sheet

    write_sheet(quote_sheet(found, read_details(details)), pdf, html)


def quotes(
    state: Annotated[
        list[str] | None, typer.Option(help="Only in this state: open, accepted, expired.", show_default=False)
    ] = None,
    customer: Customer = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """List quotes, newest first."""
    request = quote_service_pb2.ListQuotesRequest(
        states=[read_state(each, quote_service_pb2.Quote.State) for each in state or ()], page_size=limit
    )
    if customer is not None:
        request.customer_id = customer
    with connect_to_store(target) as client:
        page = client.quotes.ListQuotes(request)
    if as_json:
        print_json(page)
        return
    made = table(
        "Number", "Revision", "State", "Customer", "Total", "Valid through", "Made", right=("Revision", "Total")
    )
    for each in page.quotes:
        made.add_row(
            each.name.removeprefix("quotes/"),
            str(each.revision),
            state_word(quote_service_pb2.Quote.State.Name(each.state)),
            escape(each.customer_id),
            amount_with_currency(each.priced_order.total) if each.priced_order.HasField("total") else "open",
            day(each.valid_through_date) if each.HasField("valid_through_date") else "",
            moment(each.create_time),
        )
    show_list(made)
    say_if_more(page.next_page_token)


def revise(
    number: Number,
    order_file: Annotated[
        Path | None, typer.Argument(help="The order as it shall be; without one only the PO number is set.")
    ] = None,
    po: PurchaseOrder = None,
    request_id: RequestId = None,
    check: Check = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Replace the order of a quote by a new revision, or set its purchase order number."""
    request = quote_service_pb2.ReviseQuoteRequest(
        name=f"quotes/{number}", request_id=request_id or str(uuid.uuid4()), validate_only=check
    )
    if order_file is not None:
        read_file(order_file, request.order)
    if po is not None:
        request.purchase_order_number = po
    with connect_to_store(target) as client:
        show_kept(client.quotes.ReviseQuote(request), as_json)


def accept(
    number: Number,
    digest: Annotated[
        str, typer.Option(help="Digest of the revision that the customer saw, or its first eight characters or more.")
    ],
    method: Annotated[
        str | None, typer.Option(help="How it will be paid; a card or PayPal is charged at once.", show_default=False)
    ] = None,
    po: PurchaseOrder = None,
    request_id: RequestId = None,
    check: Check = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Turn a quote into an order, at the prices that the customer saw."""
    with connect_to_store(target) as client:
        newest = client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=f"quotes/{number}"))
        request = quote_service_pb2.AcceptQuoteRequest(
            name=newest.name,
            revision=newest.revision,
            digest=newest.digest if len(digest) >= 8 and newest.digest.startswith(digest) else digest,
            request_id=request_id or str(uuid.uuid4()),
            validate_only=check,
        )
        if po is not None:
            request.purchase_order_number = po
        if method is not None:
            request.payment_instrument.method = method
        accepted = client.quotes.AcceptQuote(request)
    if as_json:
        print_json(accepted)
        return
    show_order(accepted.order)
    if method in CHARGED_AT_ONCE and not accepted.order.payments and not check:
        missing = ", ".join(map(place, accepted.order.answer.missing))
        err.print(
            f"[bold yellow]Nothing was charged by {method.replace('_', ' ')}:[/bold yellow] whether it is charged with "
            f"the order is {f'open while this is missing: {missing}' if missing else 'told above'}. "
            f"Record what is paid with: quotary pay {number}",
            soft_wrap=True,
        )
