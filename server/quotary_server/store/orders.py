"""Orders, their invoices and payments in the tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from quotary.v1 import order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.amounts import to_minor_units
from quotary_server.adapter.enums import ORDER_STATE
from quotary_server.adapter.reading_records import read_stored_order
from quotary_server.adapter.writing_records import fill_order
from quotary_server.records.order import Balance, Order
from quotary_server.store.changes import Write
from quotary_server.store.clock import to_micros
from quotary_server.store.database import StoreTampered
from quotary_server.store.digest import join_trace
from quotary_server.store.pages import within_bytes
from quotary_server.store.seals import verified, whole
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


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with everything that happened to it.

    Attributes:
        order: The order.
        document: The same as callers see it, with its payments.
        quote: The revision that was accepted, as it was made.
        refunds: What was refunded, oldest first, as callers see it.
    """

    order: Order
    document: order_service_pb2.Order
    quote: quote_service_pb2.Quote
    refunds: Sequence[refund_service_pb2.Refund]


def find_order(connection: Connection, tenant: str, number: str, *, trace: bool = False) -> StoredOrder | None:
    """One order of a tenant; None when there is none."""
    if not order_exists(connection, tenant, number):
        return None
    found = next(iter(load_orders(connection, [number], trace=trace)), None)
    if found is not None:
        _check_sums(found)
    return found


def _check_sums(stored: StoredOrder) -> None:
    """A payment or refund that is no longer there is missed by where the order stands.

    Raises:
        StoreTampered: sums and facts differ.
    """
    order = stored.order
    paid = sum(payment.amount for payment in order.payments)
    if (order.balance.paid, order.balance.refunded) != (paid, sum(order.refunded_charges.values())):
        raise StoreTampered(f"order_standings {order.number}")


def order_exists(connection: Connection, tenant: str, number: str) -> bool:
    """Whether a tenant has an order with this number."""
    query = select(ORDERS.c.number).where(ORDERS.c.number == number, ORDERS.c.tenant == tenant)
    return connection.execute(query).first() is not None


def load_orders(connection: Connection, numbers: Collection[str], *, trace: bool = False) -> list[StoredOrder]:
    """Orders of any tenant with everything that happened to them, in no certain order."""
    payments, refunds = _payments(connection, numbers, trace), _refunds(connection, numbers)
    query = (
        select(*whole(ORDERS, trace=trace), *whole(QUOTE_REVISIONS), ORDER_STANDINGS)
        .join(ORDER_STANDINGS, ORDER_STANDINGS.c.number == ORDERS.c.number)
        .join(
            QUOTE_REVISIONS,
            and_(QUOTE_REVISIONS.c.number == ORDERS.c.number, QUOTE_REVISIONS.c.revision == ORDERS.c.revision),
        )
        .where(ORDERS.c.number.in_(numbers))
    )
    orders = []
    for row in connection.execute(query):
        fact, quoted = verified(ORDERS, row), verified(QUOTE_REVISIONS, row)
        document = order_service_pb2.Order.FromString(fact["message"])
        if trace:
            join_trace(document.answer, fact["trace"])
        # The newest assessment of what is available, of the last payment or of the acceptance.
        fulfilment = fact["fulfilment"]
        for payment, after in payments.get(row.number, ()):
            document.payments.append(payment)
            fulfilment = after
        document.fulfilments.extend(order_service_pb2.AssessFulfilmentResponse.FromString(fulfilment).fulfilments)
        document.update_time.FromMicroseconds(row.update_time)
        quote = quote_service_pb2.Quote.FromString(quoted["message"])
        refunded = refunds.get(row.number, ())
        balance = Balance(row.total, row.paid, row.refunded)
        order = read_stored_order(row.number, document, quote, balance, document.payments, refunded)
        fill_order(document, order, quote)
        orders.append(StoredOrder(order, document, quote, refunded))
    return orders


def _payments(
    connection: Connection, numbers: Collection[str], trace: bool
) -> dict[str, list[tuple[order_service_pb2.Payment, bytes]]]:
    query = select(*whole(PAYMENTS, trace=trace)).where(PAYMENTS.c.order_number.in_(numbers))
    found: dict[str, list[tuple[order_service_pb2.Payment, bytes]]] = {}
    for row in connection.execute(query.order_by(PAYMENTS.c.order_number, PAYMENTS.c.position)):
        fact = verified(PAYMENTS, row)
        payment = order_service_pb2.Payment.FromString(fact["message"])
        if trace:
            join_trace(payment.answer, fact["trace"])
        found.setdefault(fact["order_number"], []).append((payment, fact["fulfilment"]))
    return found


def _refunds(connection: Connection, numbers: Collection[str]) -> dict[str, list[refund_service_pb2.Refund]]:
    query = select(*whole(REFUNDS)).where(REFUNDS.c.order_number.in_(numbers))
    found: dict[str, list[refund_service_pb2.Refund]] = {}
    for row in connection.execute(query.order_by(REFUNDS.c.order_number, REFUNDS.c.position)):
        fact = verified(REFUNDS, row)
        found.setdefault(fact["order_number"], []).append(refund_service_pb2.Refund.FromString(fact["message"]))
    return found


def order_rows(
    order: Order,
    document: order_service_pb2.Order,
    trace: bytes,
    fulfilment: bytes,
    invoice: order_service_pb2.Invoice,
    now: datetime,
    tenant: str,
) -> list[Write]:
    """A new order of a tenant, unpaid, with its invoice; its quote stands accepted."""
    made_at = to_micros(now)
    fact = {
        "number": order.number,
        "revision": int(document.quote.partition("@")[2]),
        "customer_id": document.customer_id,
        "currency": order.currency,
        "total": order.balance.total,
        "message": document.SerializeToString(),
        "trace": trace,
        "fulfilment": fulfilment,
        "create_time": made_at,
        "tenant": tenant,
    }
    standing = {
        "number": order.number,
        "customer_id": document.customer_id,
        "state": ORDER_STATE.write(order.balance.state),
        "total": order.balance.total,
        "paid": 0,
        "refunded": 0,
        "update_time": made_at,
        "tenant": tenant,
    }
    accepted = update(QUOTE_STANDINGS).where(QUOTE_STANDINGS.c.number == order.number)
    return [
        (insert(ORDERS), fact),
        (insert(ORDER_STANDINGS), standing),
        invoice_row(order.number, 1, invoice, now),
        (accepted, {"state": quote_service_pb2.Quote.STATE_ACCEPTED}),
    ]


def payment_rows(
    order: Order, document: order_service_pb2.Payment, trace: bytes, fulfilment: bytes, now: datetime
) -> list[Write]:
    """The latest payment of an order, and where the order stands after it."""
    fact = {
        "order_number": order.number,
        "position": len(order.payments),
        "currency": document.amount.currency_code,
        "amount": to_minor_units(document.amount),
        "message": document.SerializeToString(),
        "trace": trace,
        "fulfilment": fulfilment,
        "create_time": to_micros(now),
    }
    return [(insert(PAYMENTS), fact), standing_row(order, now)]


def standing_row(order: Order, now: datetime) -> Write:
    """Where an order stands after a payment or a refund."""
    balance = order.balance
    return update(ORDER_STANDINGS).where(ORDER_STANDINGS.c.number == order.number), {
        "state": ORDER_STATE.write(balance.state),
        "paid": balance.paid,
        "refunded": balance.refunded,
        "update_time": to_micros(now),
    }


def invoice_row(order_number: str, issue: int, invoice: order_service_pb2.Invoice, now: datetime) -> Write:
    """An invoice as it is issued (1), or the final one (2)."""
    return insert(INVOICES), {
        "order_number": order_number,
        "issue": issue,
        "number": invoice.name.rpartition("/")[2],
        "message": invoice.SerializeToString(),
        "create_time": to_micros(now),
    }


def find_invoice(connection: Connection, order_number: str) -> order_service_pb2.Invoice | None:
    """The newest issue of an order's invoice, as it was made; None when there is none."""
    query = select(*whole(INVOICES)).where(INVOICES.c.order_number == order_number)
    row = connection.execute(query.order_by(INVOICES.c.issue.desc()).limit(1)).one_or_none()
    return None if row is None else order_service_pb2.Invoice.FromString(verified(INVOICES, row)["message"])


def list_orders(
    connection: Connection,
    tenant: str,
    states: Collection[int],
    customer_id: str | None,
    before: int | None,
    count: int,
) -> tuple[list[StoredOrder], int | None]:
    """Orders of a tenant in these states (none: in any), newest first, and the place at which the next page starts."""
    standing = ORDER_STANDINGS.c
    query = select(standing.sequence, standing.number).order_by(standing.sequence.desc()).limit(count + 1)
    query = query.where(standing.tenant == tenant)
    if before is not None:
        query = query.where(standing.sequence < before)
    if customer_id is not None:
        query = query.where(standing.customer_id == customer_id)
    # Each state by itself is read in the order of its index; together they are merged.
    queries = [query.where(standing.state == state) for state in states or State.values()[1:]]
    found = sorted(((row.sequence, row.number) for each in queries for row in connection.execute(each)), reverse=True)
    shown = found[:count]
    place = {number: i for i, (_, number) in enumerate(shown)}

    def load(numbers: Sequence[str]) -> list[StoredOrder]:
        return sorted(load_orders(connection, numbers), key=lambda stored: place[stored.order.number])

    orders = within_bytes(list(place), load, lambda stored: stored.document.ByteSize())
    return orders, shown[len(orders) - 1][0] if len(found) > len(orders) else None
