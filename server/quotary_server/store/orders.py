"""Orders, their invoices and payments in the tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from quotary.v1 import order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.store.amounts import to_minor_units
from quotary_server.store.clock import to_micros
from quotary_server.store.digest import join_trace
from quotary_server.store.paid import fill_paid_order
from quotary_server.store.tables import (
    INVOICES,
    ORDER_STANDINGS,
    ORDERS,
    PAYMENTS,
    QUOTE_REVISIONS,
    QUOTE_STANDINGS,
    REFUNDS,
)

State = order_service_pb2.Order.State


def state_of(total: int, paid: int, refunded: int) -> order_service_pb2.Order.State.ValueType:
    """Where an order stands, as it follows from what is owed, received and returned."""
    if paid < total:
        return State.STATE_PARTLY_PAID if paid else State.STATE_AWAITING_PAYMENT
    if refunded:
        return State.STATE_REFUNDED if refunded == paid else State.STATE_PARTLY_REFUNDED
    return State.STATE_PAID


@dataclass(frozen=True, slots=True)
class Standing:
    """Amounts of an order in minor units: owed, received, returned."""

    total: int
    paid: int
    refunded: int

    @property
    def outstanding(self) -> int:
        """What is still owed."""
        return self.total - self.paid

    @property
    def state(self) -> order_service_pb2.Order.State.ValueType:
        """As the contract names it."""
        return state_of(self.total, self.paid, self.refunded)


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order with everything that happened to it.

    Attributes:
        number: Its number, which is that of its quote.
        standing: What is owed, received and returned.
        quote: The revision that was accepted, as it was made.
        refunds: What was returned, oldest first.
        message: The order as it stands, with its payments.
    """

    number: str
    standing: Standing
    quote: quote_service_pb2.Quote
    refunds: Sequence[refund_service_pb2.Refund]
    message: order_service_pb2.Order


def fill_order(
    order: order_service_pb2.Order,
    standing: Standing,
    quote: quote_service_pb2.Quote,
    refunds: Sequence[refund_service_pb2.Refund],
) -> None:
    """Fill in where an order stands: state, amounts, and what was received and returned by line and component."""
    write = MoneyWriter(order.total.currency_code)
    order.state = standing.state
    write(order.paid_amount, standing.paid)
    write(order.outstanding_amount, standing.outstanding)
    write(order.refunded_amount, standing.refunded)
    order.ClearField("paid_order")
    fill_paid_order(order.paid_order, order.deal, quote, standing.paid, order.payments, refunds)


def find_order(connection: Connection, number: str, *, trace: bool = False) -> KeptOrder | None:
    """One order; None when there is none."""
    return next(iter(load_orders(connection, [number], trace=trace)), None)


def order_exists(connection: Connection, number: str) -> bool:
    """Whether there is an order with this number."""
    return connection.execute(select(ORDERS.c.number).where(ORDERS.c.number == number)).first() is not None


def load_orders(connection: Connection, numbers: Collection[str], *, trace: bool = False) -> list[KeptOrder]:
    """Orders with everything that happened to them, in no certain order."""
    payments, refunds = _payments(connection, numbers, trace), _refunds(connection, numbers)
    query = (
        select(ORDERS, ORDER_STANDINGS, QUOTE_REVISIONS.c.message.label("quote"))
        .join(ORDER_STANDINGS, ORDER_STANDINGS.c.number == ORDERS.c.number)
        .join(
            QUOTE_REVISIONS,
            and_(QUOTE_REVISIONS.c.number == ORDERS.c.number, QUOTE_REVISIONS.c.revision == ORDERS.c.revision),
        )
        .where(ORDERS.c.number.in_(numbers))
    )
    orders = []
    for row in connection.execute(query):
        order = order_service_pb2.Order.FromString(row.message)
        if trace:
            join_trace(order.answer, row.trace)
        # The newest assessment of what is available, of the last payment or of the acceptance.
        fulfilment = row.fulfilment
        for payment, after in payments.get(row.number, ()):
            order.payments.append(payment)
            fulfilment = after
        order.fulfilments.extend(order_service_pb2.AssessFulfilmentResponse.FromString(fulfilment).fulfilments)
        order.update_time.FromMicroseconds(row.update_time)
        standing = Standing(row.total, row.paid, row.refunded)
        quote = quote_service_pb2.Quote.FromString(row.quote)
        fill_order(order, standing, quote, refunds.get(row.number, ()))
        orders.append(KeptOrder(row.number, standing, quote, refunds.get(row.number, ()), order))
    return orders


def _payments(
    connection: Connection, numbers: Collection[str], trace: bool
) -> dict[str, list[tuple[order_service_pb2.Payment, bytes]]]:
    query = select(PAYMENTS).where(PAYMENTS.c.order_number.in_(numbers))
    found: dict[str, list[tuple[order_service_pb2.Payment, bytes]]] = {}
    for row in connection.execute(query.order_by(PAYMENTS.c.order_number, PAYMENTS.c.position)):
        payment = order_service_pb2.Payment.FromString(row.message)
        if trace:
            join_trace(payment.answer, row.trace)
        found.setdefault(row.order_number, []).append((payment, row.fulfilment))
    return found


def _refunds(connection: Connection, numbers: Collection[str]) -> dict[str, list[refund_service_pb2.Refund]]:
    query = select(REFUNDS.c.order_number, REFUNDS.c.message).where(REFUNDS.c.order_number.in_(numbers))
    found: dict[str, list[refund_service_pb2.Refund]] = {}
    for number, message in connection.execute(query.order_by(REFUNDS.c.order_number, REFUNDS.c.position)):
        found.setdefault(number, []).append(refund_service_pb2.Refund.FromString(message))
    return found


def add_order(
    connection: Connection,
    order: order_service_pb2.Order,
    trace: bytes,
    fulfilment: bytes,
    invoice: order_service_pb2.Invoice,
    now: datetime,
) -> None:
    """Keep a new order, unpaid, with its invoice, and let its quote stand accepted."""
    number = order.name.removeprefix("orders/")
    made_at = to_micros(now)
    total = to_minor_units(order.total)
    connection.execute(
        insert(ORDERS),
        {
            "number": number,
            "revision": int(order.quote.partition("@")[2]),
            "customer_id": order.customer_id,
            "currency": order.total.currency_code,
            "total": total,
            "message": order.SerializeToString(),
            "trace": trace,
            "fulfilment": fulfilment,
            "create_time": made_at,
        },
    )
    connection.execute(
        insert(ORDER_STANDINGS),
        {
            "number": number,
            "customer_id": order.customer_id,
            "state": state_of(total, 0, 0),
            "total": total,
            "paid": 0,
            "refunded": 0,
            "update_time": made_at,
        },
    )
    add_invoice(connection, number, 1, invoice, now)
    connection.execute(
        update(QUOTE_STANDINGS).where(QUOTE_STANDINGS.c.number == number),
        {"state": quote_service_pb2.Quote.STATE_ACCEPTED},
    )


def add_payment(
    connection: Connection,
    number: str,
    payment: order_service_pb2.Payment,
    trace: bytes,
    fulfilment: bytes,
    standing: Standing,
    now: datetime,
) -> None:
    """Keep a payment, complete with its name; ``standing`` is that of the order after it."""
    connection.execute(
        insert(PAYMENTS),
        {
            "order_number": number,
            "position": int(payment.name.rpartition("/")[2]),
            "currency": payment.amount.currency_code,
            "amount": to_minor_units(payment.amount),
            "message": payment.SerializeToString(),
            "trace": trace,
            "fulfilment": fulfilment,
            "create_time": to_micros(now),
        },
    )
    note_standing(connection, number, standing, now)


def note_standing(connection: Connection, number: str, standing: Standing, now: datetime) -> None:
    """Note where an order stands after a payment or a refund."""
    connection.execute(
        update(ORDER_STANDINGS).where(ORDER_STANDINGS.c.number == number),
        {
            "state": standing.state,
            "paid": standing.paid,
            "refunded": standing.refunded,
            "update_time": to_micros(now),
        },
    )


def add_invoice(
    connection: Connection, order_number: str, issue: int, invoice: order_service_pb2.Invoice, now: datetime
) -> None:
    """Keep an invoice as it is made (issue 1), or the final one (issue 2)."""
    connection.execute(
        insert(INVOICES),
        {
            "order_number": order_number,
            "issue": issue,
            "number": invoice.name.rpartition("/")[2],
            "message": invoice.SerializeToString(),
            "create_time": to_micros(now),
        },
    )


def find_invoice(connection: Connection, order_number: str) -> order_service_pb2.Invoice | None:
    """The newest issue of an order's invoice, as it was made; None when there is none."""
    query = select(INVOICES.c.message).where(INVOICES.c.order_number == order_number)
    message = connection.execute(query.order_by(INVOICES.c.issue.desc()).limit(1)).scalar_one_or_none()
    return None if message is None else order_service_pb2.Invoice.FromString(message)


def list_orders(
    connection: Connection, states: Collection[int], customer_id: str | None, before: int | None, count: int
) -> tuple[list[KeptOrder], int | None]:
    """Orders in these states (none: in any), newest first, and the place at which the next page starts."""
    standing = ORDER_STANDINGS.c
    query = select(standing.sequence, standing.number).order_by(standing.sequence.desc()).limit(count + 1)
    if before is not None:
        query = query.where(standing.sequence < before)
    if customer_id is not None:
        query = query.where(standing.customer_id == customer_id)
    # Each state by itself is read in the order of its index; together they are merged.
    wanted = states or (State.values()[1:] if customer_id is not None else ())
    queries = [query.where(standing.state == state) for state in wanted] or [query]
    found = sorted(((row.sequence, row.number) for each in queries for row in connection.execute(each)), reverse=True)
    shown = found[:count]
    place = {number: i for i, (_, number) in enumerate(shown)}
    orders = sorted(load_orders(connection, list(place)), key=lambda order: place[order.number])
    return orders, shown[-1][0] if len(found) > count else None
