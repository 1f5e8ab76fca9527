"""Refunds in the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.amounts import to_minor_units
from quotary_server.records.order import Order
from quotary_server.store.changes import Write
from quotary_server.store.clock import to_micros
from quotary_server.store.digest import join_trace
from quotary_server.store.orders import standing_row
from quotary_server.store.pages import within_bytes
from quotary_server.store.seals import verified, whole
from quotary_server.store.tables import REFUNDS


def refund_rows(
    order: Order, document: refund_service_pb2.Refund, trace: bytes, now: datetime, tenant: str
) -> list[Write]:
    """The latest refund of an order of a tenant, and where the order stands after it."""
    fact = {
        "order_number": order.number,
        "position": len(order.refunds),
        "customer_id": document.customer_id,
        "currency": document.total.currency_code,
        "amount": to_minor_units(document.total),
        "message": document.SerializeToString(),
        "trace": trace,
        "create_time": to_micros(now),
        "tenant": tenant,
    }
    return [(insert(REFUNDS), fact), standing_row(order, now)]


def find_refund(
    connection: Connection, tenant: str, number: str, position: int, *, trace: bool = False
) -> refund_service_pb2.Refund | None:
    """One refund of a tenant; None when there is none."""
    query = select(*whole(REFUNDS, trace=trace)).where(REFUNDS.c.order_number == number, REFUNDS.c.position == position)
    row = connection.execute(query.where(REFUNDS.c.tenant == tenant)).one_or_none()
    if row is None:
        return None
    fact = verified(REFUNDS, row)
    refund = refund_service_pb2.Refund.FromString(fact["message"])
    if trace:
        join_trace(refund.assessment.answer, fact["trace"])
    return refund


def list_refunds(
    connection: Connection, tenant: str, number: str | None, customer_id: str | None, before: int | None, count: int
) -> tuple[list[refund_service_pb2.Refund], int | None]:
    """Refunds of a tenant, of one order or of all, newest first, and the place at which the next page starts."""
    query = select(REFUNDS.c.sequence).order_by(REFUNDS.c.sequence.desc()).limit(count + 1)
    query = query.where(REFUNDS.c.tenant == tenant)
    if number is not None:
        query = query.where(REFUNDS.c.order_number == number)
    if customer_id is not None:
        query = query.where(REFUNDS.c.customer_id == customer_id)
    if before is not None:
        query = query.where(REFUNDS.c.sequence < before)
    found = connection.execute(query).scalars().all()

    def load(places: Sequence[int]) -> list[refund_service_pb2.Refund]:
        query = select(*whole(REFUNDS)).where(REFUNDS.c.sequence.in_(places)).order_by(REFUNDS.c.sequence.desc())
        facts = [verified(REFUNDS, row) for row in connection.execute(query)]
        return [refund_service_pb2.Refund.FromString(fact["message"]) for fact in facts]

    shown = within_bytes(found[:count], load, lambda refund: refund.ByteSize())
    return shown, found[len(shown) - 1] if len(found) > len(shown) else None
