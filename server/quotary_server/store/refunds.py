"""Refunds in the tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from quotary.v1 import refund_service_pb2
from quotary_server.store.amounts import to_minor_units
from quotary_server.store.clock import to_micros
from quotary_server.store.digest import join_trace
from quotary_server.store.orders import Standing, note_standing
from quotary_server.store.tables import REFUNDS


def add_refund(
    connection: Connection,
    number: str,
    refund: refund_service_pb2.Refund,
    trace: bytes,
    standing: Standing,
    now: datetime,
) -> None:
    """Keep a refund, complete with its name; ``standing`` is that of the order after it."""
    connection.execute(
        insert(REFUNDS),
        {
            "order_number": number,
            "position": int(refund.name.rpartition("/")[2]),
            "customer_id": refund.customer_id,
            "currency": refund.total.currency_code,
            "amount": to_minor_units(refund.total),
            "message": refund.SerializeToString(),
            "trace": trace,
            "create_time": to_micros(now),
        },
    )
    note_standing(connection, number, standing, now)


def find_refund(
    connection: Connection, number: str, position: int, *, trace: bool = False
) -> refund_service_pb2.Refund | None:
    """One refund; None when there is none."""
    columns = [REFUNDS.c.message, *([REFUNDS.c.trace] if trace else [])]
    query = select(*columns).where(REFUNDS.c.order_number == number, REFUNDS.c.position == position)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    refund = refund_service_pb2.Refund.FromString(row.message)
    if trace:
        join_trace(refund.assessment.answer, row.trace)
    return refund


def list_refunds(
    connection: Connection, number: str | None, customer_id: str | None, before: int | None, count: int
) -> tuple[list[refund_service_pb2.Refund], int | None]:
    """Refunds of one order or of all, newest first, and the place at which the next page starts."""
    query = select(REFUNDS.c.sequence, REFUNDS.c.message).order_by(REFUNDS.c.sequence.desc()).limit(count + 1)
    if number is not None:
        query = query.where(REFUNDS.c.order_number == number)
    if customer_id is not None:
        query = query.where(REFUNDS.c.customer_id == customer_id)
    if before is not None:
        query = query.where(REFUNDS.c.sequence < before)
    rows = connection.execute(query).all()
    shown = [refund_service_pb2.Refund.FromString(row.message) for row in rows[:count]]
    return shown, rows[count - 1].sequence if len(rows) > count else None
