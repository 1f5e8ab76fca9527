"""Orders that are kept: shown, listed, paid and invoiced."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.markup import escape

from quotary.cli.connection import AsJson, Explain, Target
from quotary.cli.screen import amount_with_currency, print_json, show_list, table
from quotary.cli.stored import (
    KEPT,
    Check,
    Customer,
    Details,
    Html,
    Limit,
    Number,
    Pdf,
    RequestId,
    connect_to_store,
    get_order,
    moment,
    read_details,
    read_state,
    say_if_more,
    show_kept,
    show_order,
    show_sheet,
    state_word,
    write_sheet,
)
from quotary.messages import from_plain
from quotary.v1 import (
    common_pb2,
    order_service_pb2,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: tuple[Callable[..., None], ...] = (order, orders, pay, invoice)
    for command in commands:
        app.command(rich_help_panel=KEPT)(command)


def order(number: Number, explain: Explain = False, as_json: AsJson = False, target: Target = None) -> None:
    """Show an order: what was paid and returned, and what of it is available."""
    with connect_to_store(target) as client:
        found = get_order(client, number, common_pb2.VIEW_FULL if explain else common_pb2.VIEW_BASIC)
    show_kept(found, as_json, explain)


def orders(
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="Only in this state: awaiting-payment, partly-paid, paid, partly-refunded, refunded.",
            show_default=False,
        ),
    ] = None,
    customer: Customer = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """List orders, newest first."""
    request = order_service_pb2.ListOrdersRequest(
        states=[read_state(each, order_service_pb2.Order.State) for each in state or ()], page_size=limit
    )
    if customer is not None:
        request.customer_id = customer
    with connect_to_store(target) as client:
        page = client.orders.ListOrders(request)
    if as_json:
        print_json(page)
        return
    figures = ("Total", "Paid", "Refunded")
    made = table("Number", "State", "Customer", *figures, "Made", right=figures)
    for each in page.orders:
        made.add_row(
            each.name.removeprefix("orders/"),
            state_word(order_service_pb2.Order.State.Name(each.state)),
            escape(each.customer_id),
            amount_with_currency(each.total),
            amount_with_currency(each.paid_amount),
            amount_with_currency(each.refunded_amount),
            moment(each.create_time),
        )
    show_list(made)
    say_if_more(page.next_page_token)


def pay(
    number: Number,
    amount: Annotated[
        str | None, typer.Argument(help="As in 100.00 USD; by default all that is outstanding.", show_default=False)
    ] = None,
    method: Annotated[str, typer.Option(help="How it was paid.")] = "bank_transfer",
    brand: Annotated[str | None, typer.Option(help="Brand of the card.", show_default=False)] = None,
    on: Annotated[
        str | None, typer.Option(help="Day on which it was processed; by default today.", show_default=False)
    ] = None,
    reference: Annotated[str | None, typer.Option(help="The bank's reference.", show_default=False)] = None,
    request_id: RequestId = None,
    check: Check = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Record money that was received for an order."""
    instrument = {"method": method, **({"card_brand": brand} if brand else {})}
    payment: dict[str, Any] = {"payment_instrument": instrument, "payment_date": on, "reference": reference}
    with connect_to_store(target) as client:
        if amount is not None:
            payment["amount"] = amount
        request = from_plain(
            {
                "name": f"orders/{number}",
                "payment": payment,
                "request_id": request_id or str(uuid.uuid4()),
                "validate_only": check,
            },
            order_service_pb2.RecordPaymentRequest(),
            "payment",
        )
        if amount is None:
            outstanding = get_order(client, number, common_pb2.VIEW_BASIC).outstanding_amount
            request.payment.amount.CopyFrom(outstanding)
        recorded = client.orders.RecordPayment(request)
    if as_json:
        print_json(recorded)
    else:
        show_order(recorded.order)


def invoice(
    number: Number,
    pdf: Pdf = None,
    html: Html = None,
    details: Details = None,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Show the invoice of an order, or write it as a document."""
    with connect_to_store(target) as client:
        placed = get_order(client, number, common_pb2.VIEW_BASIC)
        found = client.orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=placed.invoice))
    if as_json:
        print_json(found)
        return
    from quotary.documents import invoice_sheet

    sheet = invoice_sheet(found, placed, read_details(details))
    if pdf is None and html is None:
        show_sheet(sheet)
    else:
        write_sheet(sheet, pdf, html)
