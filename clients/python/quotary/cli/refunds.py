"""Refunds of kept orders; and what a request id changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated

import typer
from rich.markup import escape

from quotary.cli.connection import AsJson, Target
from quotary.cli.screen import amount_with_currency, out, print_json, product_name, show_list, table
from quotary.cli.stored import (
    KEPT,
    Check,
    Customer,
    Limit,
    Number,
    RequestId,
    connect_to_store,
    get_order,
    moment,
    say_if_more,
    state_word,
)
from quotary.messages import from_plain
from quotary.v1 import (
    change_service_pb2,
    common_pb2,
    order_service_pb2,
    refund_service_pb2,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: tuple[Callable[..., None], ...] = (refund, refunds, change)
    for command in commands:
        app.command(rich_help_panel=KEPT)(command)


def refund(
    number: Number,
    line: Annotated[
        list[int] | None,
        typer.Option(
            help="Number of a line as it is printed; by default the whole order.",
            min=1,
            show_default=False,
        ),
    ] = None,
    tax: Annotated[bool, typer.Option("--tax", help="Refund the tax alone.")] = False,
    on: Annotated[
        str | None, typer.Option(help="Day on which it was asked for; by default today.", show_default=False)
    ] = None,
    service_start: Annotated[
        str | None,
        typer.Option(help="First day of paid service of what the lines renew.", show_default=False),
    ] = None,
    first_payment: Annotated[
        str | None,
        typer.Option(help="Day on which what the lines renew was first paid for.", show_default=False),
    ] = None,
    note: Annotated[str | None, typer.Option(help="A word for the record.", show_default=False)] = None,
    request_id: RequestId = None,
    check: Check = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Refund an order, some of its lines, or its tax alone. `quotary check-refund` only looks whether it may be.

    What a monthly line renews is not in its order: say --service-start (and --first-payment in the edition of 2024) for
    the lines that are named, else for every monthly line that is no first purchase.
    """
    with connect_to_store(target) as client:
        placed = get_order(client, number, common_pb2.VIEW_BASIC)
        told = {"service_start_date": service_start, "first_payment_date": first_payment}
        positions = [each - 1 for each in line or ()]
        request = from_plain(
            {
                "parent": f"orders/{number}",
                "refund": {
                    "kind": "tax" if tax else "lines" if line else "whole",
                    "lines": positions,
                    "request_date": on,
                    "note": note,
                    "histories": [{"position": i, **told} for i in positions or _renewed_monthly(placed)]
                    if any(told.values())
                    else [],
                },
                "request_id": request_id or str(uuid.uuid4()),
                "validate_only": check,
            },
            refund_service_pb2.CreateRefundRequest(),
            "refund",
        )
        made = client.refunds.CreateRefund(request)
    if as_json:
        print_json(made)
        return
    out.print(f"{made.name or 'It would be refunded'}: [bold]{amount_with_currency(made.total)}[/bold]")
    products = [each.product for each in placed.paid_order.lines]
    for returned in made.assessment.lines:
        if returned.HasField("amounts"):
            product = escape(product_name(products[returned.position]))
            out.print(
                f"  line {returned.position + 1}, {product}: {amount_with_currency(returned.amounts.net_amount)} net"
            )


def _renewed_monthly(placed: order_service_pb2.Order) -> list[int]:
    """Positions of the monthly lines that are no first purchase."""
    return [
        i
        for i, line in enumerate(placed.paid_order.lines)
        if line.billing_cycle == common_pb2.BILLING_CYCLE_MONTHLY and line.action != common_pb2.LINE_ACTION_NEW
    ]


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
    with connect_to_store(target) as client:
        page = client.refunds.ListRefunds(request)
    if as_json:
        print_json(page)
        return
    made = table("Refund", "What", "Customer", "Amount", "Made", right=("Amount",))
    for each in page.refunds:
        made.add_row(
            each.name.removeprefix("orders/"),
            state_word(refund_service_pb2.RefundKind.Name(each.kind).removeprefix("REFUND_KIND_")),
            escape(each.customer_id),
            amount_with_currency(each.total),
            moment(each.create_time),
        )
    show_list(made)
    say_if_more(page.next_page_token)


def change(
    request_id: Annotated[str, typer.Argument(help="Id of the request.", show_default=False)], target: Target = None
) -> None:
    """Show what the call with a request id changed and answered, as JSON."""
    with connect_to_store(target) as client:
        print_json(client.changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{request_id}")))
