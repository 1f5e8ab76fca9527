"""What is kept: quotes made, revised and accepted, orders paid and refunded, invoices, and the store's own upkeep."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from google.protobuf.message import Message
from rich.markup import escape
from rich.progress import Progress

from quotary.cli.connection import AsJson, Edition, Explain, RequestFile, Target, connect
from quotary.cli.pricing import show_quote
from quotary.cli.screen import amount_with_currency, day, err, out, print_json, show_trace, stop_with, table
from quotary.messages import from_plain, read_file
from quotary.v1 import (
    change_service_pb2,
    common_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
)

if TYPE_CHECKING:
    from quotary.client import Client
    from quotary.documents import Sheet
    from quotary_server.settings import Settings

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
Config = Annotated[Path | None, typer.Option(help="Settings file (TOML) of the server.", show_default=False)]
StoreUrl = Annotated[
    str | None, typer.Option(help="The store: sqlite:///FILE or postgresql://USER@HOST/DATABASE.", show_default=False)
]

KEPT = "What is kept"
UPKEEP = "The store"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    kept: tuple[Callable[..., None], ...] = (
        *(create, quote, quotes, revise, accept),
        *(order, orders, pay, invoice, give_back, refunds, change),
    )
    for command in kept:
        app.command(rich_help_panel=KEPT)(command)
    for upkeep in (migrate, backup, audit):
        app.command(rich_help_panel=UPKEEP)(upkeep)


# ---- quotes


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
        _show(client.quotes.CreateQuote(request), as_json)


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
    with connect(target) as client:
        found = client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=name, view=view))
    if pdf is None and html is None:
        _show(found, as_json, explain)
        return
    from quotary.documents import quote_sheet

    _write(quote_sheet(found, _details(details)), pdf, html)


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
        states=[_state(each, quote_service_pb2.Quote.State) for each in state or ()], page_size=limit
    )
    if customer is not None:
        request.customer_id = customer
    with connect(target) as client:
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
            _word(quote_service_pb2.Quote.State.Name(each.state)),
            escape(each.customer_id),
            amount_with_currency(each.priced_order.total) if each.priced_order.HasField("total") else "open",
            day(each.valid_through_date) if each.HasField("valid_through_date") else "",
            _moment(each.create_time),
        )
    out.print(made)
    _say_if_more(page.next_page_token)


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
    with connect(target) as client:
        _show(client.quotes.ReviseQuote(request), as_json)


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
    with connect(target) as client:
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
    else:
        _show_order(accepted.order)


# ---- orders


def order(number: Number, explain: Explain = False, as_json: AsJson = False, target: Target = None) -> None:
    """Show an order: what was paid and returned, and what of it is available."""
    with connect(target) as client:
        found = _get_order(client, number, common_pb2.VIEW_FULL if explain else common_pb2.VIEW_BASIC)
    _show(found, as_json, explain)


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
        states=[_state(each, order_service_pb2.Order.State) for each in state or ()], page_size=limit
    )
    if customer is not None:
        request.customer_id = customer
    with connect(target) as client:
        page = client.orders.ListOrders(request)
    if as_json:
        print_json(page)
        return
    figures = ("Total", "Paid", "Refunded")
    made = table("Number", "State", "Customer", *figures, "Made", right=figures)
    for each in page.orders:
        made.add_row(
            each.name.removeprefix("orders/"),
            _word(order_service_pb2.Order.State.Name(each.state)),
            escape(each.customer_id),
            amount_with_currency(each.total),
            amount_with_currency(each.paid_amount),
            amount_with_currency(each.refunded_amount),
            _moment(each.create_time),
        )
    out.print(made)
    _say_if_more(page.next_page_token)


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
    with connect(target) as client:
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
            outstanding = _get_order(client, number, common_pb2.VIEW_BASIC).outstanding_amount
            request.payment.amount.CopyFrom(outstanding)
        recorded = client.orders.RecordPayment(request)
    if as_json:
        print_json(recorded)
    else:
        _show_order(recorded.order)


def invoice(
    number: Number,
    pdf: Pdf = None,
    html: Html = None,
    details: Details = None,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Show the invoice of an order, or write it as a document."""
    with connect(target) as client:
        placed = _get_order(client, number, common_pb2.VIEW_BASIC)
        found = client.orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=placed.invoice))
    if as_json:
        print_json(found)
        return
    from quotary.documents import invoice_sheet

    sheet = invoice_sheet(found, placed, _details(details))
    if pdf is None and html is None:
        _show_sheet(sheet)
    else:
        _write(sheet, pdf, html)


# ---- refunds


def give_back(
    number: Number,
    line: Annotated[
        list[int] | None,
        typer.Option(help="Position of a line, counted from 0; by default the whole order.", show_default=False),
    ] = None,
    tax: Annotated[bool, typer.Option("--tax", help="Give back the tax alone.")] = False,
    on: Annotated[
        str | None, typer.Option(help="Day on which it was asked for; by default today.", show_default=False)
    ] = None,
    note: Annotated[str | None, typer.Option(help="A word for the record.", show_default=False)] = None,
    request_id: RequestId = None,
    check: Check = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Refund an order, some of its lines, or its tax alone. `quotary refund` only looks whether it may be."""
    request = from_plain(
        {
            "parent": f"orders/{number}",
            "refund": {
                "kind": "tax" if tax else "lines" if line else "whole",
                "lines": list(line or ()),
                "request_date": on,
                "note": note,
            },
            "request_id": request_id or str(uuid.uuid4()),
            "validate_only": check,
        },
        refund_service_pb2.CreateRefundRequest(),
        "refund",
    )
    with connect(target) as client:
        made = client.refunds.CreateRefund(request)
    if as_json:
        print_json(made)
    else:
        out.print(f"{made.name or 'It would be refunded'}: [bold]{amount_with_currency(made.total)}[/bold]")


def refunds(
    number: Annotated[
        str | None, typer.Argument(help="Number of an order; by default of all.", show_default=False)
    ] = None,
    customer: Customer = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """List refunds, newest first."""
    request = refund_service_pb2.ListRefundsRequest(parent=f"orders/{number or '-'}", page_size=limit)
    if customer is not None:
        request.customer_id = customer
    with connect(target) as client:
        page = client.refunds.ListRefunds(request)
    if as_json:
        print_json(page)
        return
    made = table("Refund", "What", "Customer", "Amount", "Made", right=("Amount",))
    for each in page.refunds:
        made.add_row(
            each.name.removeprefix("orders/"),
            _word(refund_service_pb2.RefundKind.Name(each.kind).removeprefix("REFUND_KIND_")),
            escape(each.customer_id),
            amount_with_currency(each.total),
            _moment(each.create_time),
        )
    out.print(made)
    _say_if_more(page.next_page_token)


def change(
    request_id: Annotated[str, typer.Argument(help="Id of the request.", show_default=False)], target: Target = None
) -> None:
    """Show what the call with a request id changed and answered, as JSON."""
    with connect(target) as client:
        print_json(client.changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{request_id}")))


# ---- the store


def migrate(store_url: StoreUrl = None, config: Config = None) -> None:
    """Bring the store's tables up to date; `quotary serve` does it by itself when it starts."""
    from quotary_server.store.database import Database, StoreError
    from quotary_server.store.migration import migrate as take_steps
    from quotary_server.store.store import default_address

    address = _settings(config, store_url).store_url or default_address()
    try:
        before, after = take_steps(Database(address, connections=1))
    except StoreError as error:
        stop_with(f"{_without_password(address)}: {error}", 1)
    said = f"is at step {after} already" if before == after else f"went from step {before or 'nothing'} to {after}"
    out.print(f"{_without_password(address)} {said}.", markup=False, soft_wrap=True)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.", show_default=False)],
    store_url: StoreUrl = None,
    config: Config = None,
) -> None:
    """Copy a SQLite store, whole and consistent, while servers use it. (PostgreSQL has pg_dump.)"""
    from quotary_server.store.database import Database, StoreError
    from quotary_server.store.migration import version
    from quotary_server.store.store import default_address

    address = _settings(config, store_url).store_url or default_address()
    if file.exists():
        stop_with(f"{file} is there already; name a new file", 2)
    try:
        database = Database(address, connections=1)
        if not database.is_sqlite:
            stop_with("This store is PostgreSQL: back it up with pg_dump (docs/store.md)", 2)
        if version(database) is None:
            stop_with(f"There is no store at {address}", 1)
        database.copy_to(file)
    except StoreError as error:
        stop_with(f"{address}: {error}", 1)
    out.print(
        f"{address} is copied to {file}. Check it: quotary audit --store-url sqlite:///{file}",
        markup=False,
        soft_wrap=True,
    )


def audit(store_url: StoreUrl = None, config: Config = None) -> None:
    """Price every kept quote again with today's books; report what differs, and which rule moved it.

    Everything else that is kept is checked against the facts it follows from. Prices and rates are those of the
    settings: give the server's settings file, or set its environment.
    """
    from quotary_server.audit import audit as look
    from quotary_server.audit import count
    from quotary_server.ruleset import load_ruleset
    from quotary_server.store.database import StoreError
    from quotary_server.store.store import Store

    settings = _settings(config, store_url)
    seen = differing = 0
    try:
        store = Store(settings)
        ruleset = load_ruleset(settings)
        made = table("Name", "What", "Kept", "Now", "Moved by")
        with Progress(console=err, transient=True) as progress:
            task = progress.add_task("Looking at quotes and orders", total=count(store.database))
            for deviations in look(ruleset, store.database):
                seen += 1
                differing += bool(deviations)
                for each in deviations:
                    made.add_row(*map(escape, (each.name, each.what, each.kept, each.found, ", ".join(each.rule_ids))))
                progress.advance(task)
    except StoreError as error:
        stop_with(str(error), 1)
    if differing:
        out.print(made)
    out.print(f"audited: {seen} differing: {differing}")
    raise typer.Exit(1 if differing else 0)


def _settings(config: Path | None, store_url: str | None) -> Settings:
    from quotary_server.settings import load

    return load(config, store_url=store_url)


def _without_password(address: str) -> str:
    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", address)


# ---- what is shown


def _get_order(client: Client, number: str, view: common_pb2.View.ValueType) -> order_service_pb2.Order:
    return client.orders.GetOrder(order_service_pb2.GetOrderRequest(name=f"orders/{number}", view=view))


def _show(found: Message, as_json: bool, explain: bool = False) -> None:
    if as_json:
        print_json(found)
    elif isinstance(found, quote_service_pb2.Quote):
        _show_kept_quote(found, explain)
    elif isinstance(found, order_service_pb2.Order):
        _show_order(found, explain)


def _show_kept_quote(found: quote_service_pb2.Quote, explain: bool) -> None:
    name = found.name.removeprefix("quotes/") or "This quote would be"
    state = _word(quote_service_pb2.Quote.State.Name(found.state))
    out.print(f"[bold]{name}[/bold] revision {found.revision}: [bold]{state}[/bold]")
    for label, value in (
        ("Customer", found.customer_id),
        ("Purchase order", found.purchase_order_number),
        ("Valid through", day(found.valid_through_date) if found.HasField("valid_through_date") else "as long as open"),
        ("Order", found.accepted_order.removeprefix("orders/")),
        ("Digest", found.digest),
    ):
        if value:
            out.print(f"  {label}: {escape(value)}")
    out.print()
    show_quote(found.priced_order, explain)


def _show_order(found: order_service_pb2.Order, explain: bool = False) -> None:
    name = found.name.removeprefix("orders/") or "This order would be"
    state = _word(order_service_pb2.Order.State.Name(found.state))
    out.print(f"[bold]{name}[/bold]: [bold]{state}[/bold], edition {found.edition}")
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
        paid = table("Payment", "Day", "How", "Amount", right=("Amount",))
        for number, each in enumerate(found.payments, 1):
            how = each.payment_instrument.method.replace("_", " ")
            paid.add_row(str(number), day(each.payment_date), how, amount_with_currency(each.amount))
        out.print(paid)
    if found.fulfilments:
        available = table("Line", "What", "Available", "Where", right=("Line",))
        for line in found.fulfilments:
            when = day(line.available_date) if line.HasField("available_date") else ""
            yes = f"since {when}" if line.available else "not yet" if line.HasField("available") else "open"
            available.add_row(str(line.position), line.kind.replace("_", " "), yes, escape(line.place))
        out.print(available)
    if found.invoice:
        out.print(f"Invoice: {found.invoice.rpartition('/')[2]}")
    if explain:
        show_trace(found.answer)


def _show_sheet(sheet: Sheet) -> None:
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


def _write(sheet: Sheet, pdf: Path | None, html: Path | None) -> None:
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


def _details(file: Path | None) -> list[str]:
    return [] if file is None else file.read_text("utf-8").splitlines()


def _state(word: str, states: Any) -> Any:
    known = {_word(name).replace(" ", "-"): number for name, number in states.items() if number}
    if word not in known:
        stop_with(f"{word} is none of {', '.join(known)}", 2)
    return known[word]


def _word(state: str) -> str:
    return state.removeprefix("STATE_").replace("_", " ").lower()


def _moment(time: Any) -> str:
    return str(time.ToDatetime().isoformat(" ", "minutes"))


def _say_if_more(token: str) -> None:
    if token:
        out.print("There are more: ask for them with --limit.", style="dim")
