"""What the commands on stored quotes, orders and refunds share: their options, and how they show what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from google.protobuf.message import Message
from rich.markup import escape

from quotary.cli.connection import connect, read_settings
from quotary.cli.pricing import show_quote
from quotary.cli.screen import (
    amount_with_currency,
    day,
    out,
    print_json,
    product_name,
    show_reasons,
    show_trace,
    stop_with,
    table,
)
from quotary.v1 import (
    common_pb2,
    order_service_pb2,
    quote_service_pb2,
)

if TYPE_CHECKING:
    from quotary.client import Client
    from quotary.documents import Sheet

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="As it is printed: AT-1234567.", show_default=False)]
Customer = Annotated[str | None, typer.Option(help="Your own id of the customer.", show_default=False)]
RequestId = Annotated[
    str | None,
    typer.Option(
        help="Id of the request (a UUID): repeated with it, the call has no second effect.", show_default=False
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Run every check, and keep nothing.")]
Pdf = Annotated[Path | None, typer.Option(help="Write it as PDF to this file.", show_default=False)]
Html = Annotated[Path | None, typer.Option(help="Write it as HTML to this file.", show_default=False)]
Details = Annotated[
    Path | None,
    typer.Option(help="Text file with your bank details, printed on the document.", show_default=False),
]
PurchaseOrder = Annotated[str | None, typer.Option("--po", help="Purchase order number.", show_default=False)]
Limit = Annotated[int, typer.Option(help="Most entries shown.", min=1)]
KEPT = "What is kept"


def get_order(client: Client, number: str, view: common_pb2.View.ValueType) -> order_service_pb2.Order:
    """An order, by its printed number."""
    return client.orders.GetOrder(order_service_pb2.GetOrderRequest(name=f"orders/{number}", view=view))


def show_kept(found: Message, as_json: bool, explain: bool = False) -> None:
    """Show a quote or an order, or print it as JSON."""
    if as_json:
        print_json(found)
    elif isinstance(found, quote_service_pb2.Quote):
        show_kept_quote(found, explain)
    elif isinstance(found, order_service_pb2.Order):
        show_order(found, explain)


def show_kept_quote(found: quote_service_pb2.Quote, explain: bool) -> None:
    """Show a quote with its prices."""
    name = found.name.removeprefix("quotes/") or "This quote would be"
    state = state_word(quote_service_pb2.Quote.State.Name(found.state))
    out.print(f"[bold]{name}[/bold] revision {found.revision}: [bold]{state}[/bold]")
    for label, value in (
        ("Customer", found.customer_id),
        ("Purchase order", found.purchase_order_number),
        ("Valid through", day(found.valid_through_date) if found.HasField("valid_through_date") else "as long as open"),
        ("Order", found.accepted_order.removeprefix("orders/")),
        ("Digest", found.digest),
        ("Made by", found.created_by),
        ("Changed by", found.updated_by),
    ):
        if value:
            out.print(f"  {label}: {escape(value)}")
    out.print()
    show_quote(found.priced_order, explain)


def show_order(found: order_service_pb2.Order, explain: bool = False) -> None:
    """Show an order: its amounts, payments and what of it is available."""
    name = found.name.removeprefix("orders/") or "This order would be"
    state = state_word(order_service_pb2.Order.State.Name(found.state))
    who = f", accepted by {escape(found.created_by)}" if found.created_by else ""
    out.print(f"[bold]{name}[/bold]: [bold]{state}[/bold], edition {found.edition}{who}")
    made = table("Amount", "", right=("",))
    for label, value in (
        ("Total", found.total),
        ("Paid", found.paid_amount),
        ("Outstanding", found.outstanding_amount),
        ("Refunded", found.refunded_amount),
    ):
        made.add_row(label, amount_with_currency(value))
    out.print(made)
    if found.payments:
        names = ("Recorded by",) if any(each.created_by for each in found.payments) else ()
        paid = table("Payment", "Day", "How", "Amount", *names, right=("Amount",))
        for number, each in enumerate(found.payments, 1):
            how = each.payment_instrument.method.replace("_", " ")
            by = [escape(each.created_by)] if names else []
            paid.add_row(str(number), day(each.payment_date), how, amount_with_currency(each.amount), *by)
        out.print(paid)
    if found.fulfilments:
        products = [line.product for line in found.paid_order.lines]
        available = table("Line", "Product", "What", "Available", "Where", right=("Line",))
        for line in found.fulfilments:
            when = day(line.available_date) if line.HasField("available_date") else ""
            yes = f"since {when}" if line.available else "not yet" if line.HasField("available") else "open"
            product = escape(product_name(products[line.position])) if line.position < len(products) else ""
            available.add_row(str(line.position + 1), product, line.kind.replace("_", " "), yes, escape(line.place))
        out.print(available)
    if found.invoice:
        out.print(f"Invoice: {found.invoice.rpartition('/')[2]}")
    if found.answer.reasons or found.answer.missing:
        out.print()
        show_reasons(found.answer)
    if explain:
        show_trace(found.answer)


def show_sheet(sheet: Sheet) -> None:
    """Show a document as text."""
    from quotary.documents.sheet import LINE_COLUMNS

    out.print(f"[bold]{escape(sheet.title)}[/bold]: [bold]{sheet.status}[/bold]")
    for label, value in sheet.facts:
        out.print(f"  {label}: {escape(value)}")
    for label, lines in sheet.parties:
        out.print(f"  {label}: {escape(', '.join(lines))}")
    made = table(*LINE_COLUMNS, right=("#", "Quantity", "Unit price", "List", "Discount", "Net"))
    for line in sheet.lines:
        made.add_row(*map(escape, line))
    out.print(made)
    totals = table("Amount", "", " ", right=(" ",))
    for total in sheet.totals:
        totals.add_row(*map(escape, total))
    out.print(totals)
    for heading, lines in sheet.notes:
        out.print(f"[bold]{escape(heading)}[/bold]")
        for each in lines:
            out.print(f"  {escape(each)}")


def write_sheet(sheet: Sheet, pdf: Path | None, html: Path | None) -> None:
    """Write a document as PDF, as HTML, or both."""
    from quotary.documents import FontMissing, to_html, to_pdf

    if pdf is not None:
        try:
            pdf.write_bytes(to_pdf(sheet))
        except FontMissing as error:
            stop_with(str(error), 1)
        out.print(f"{sheet.title} is in {pdf}", markup=False)
    if html is not None:
        html.write_text(to_html(sheet), "utf-8")
        out.print(f"{sheet.title} is in {html}", markup=False)


def read_details(file: Path | None) -> list[str]:
    """The lines of a file of bank details."""
    return [] if file is None else file.read_text("utf-8").splitlines()


def read_state(word: str, states: Any) -> Any:
    """The state that a word stands for."""
    known = {state_word(name).replace(" ", "-"): number for name, number in states.items() if number}
    if word not in known:
        stop_with(f"{word} is none of {', '.join(known)}", 2)
    return known[word]


def state_word(state: str) -> str:
    """A state as a word."""
    return state.removeprefix("STATE_").replace("_", " ").lower()


def moment(time: Any) -> str:
    """A moment, to the minute."""
    return str(time.ToDatetime().isoformat(" ", "minutes"))


def _require_store(target: str | None) -> None:
    """End when nothing was ever kept here: a command that reads makes no store."""
    if target is not None:
        return
    from quotary_server.store.store import default_address, is_missing

    address = read_settings().store_url or default_address()
    if is_missing(address):
        stop_with(f"There is no store at {address}: nothing was kept there yet (quotary create keeps a quote).", 2)


@contextmanager
def connect_to_store(target: str | None) -> Iterator[Client]:
    """A client for a command on what is kept; without a target there must be a store here already."""
    _require_store(target)
    with connect(target) as client:
        yield client


def say_if_more(token: str) -> None:
    """Say that a list goes on."""
    if token:
        out.print("There are more: ask for them with --limit.", style="dim")
