"""Quotes in the tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, true, update

from quotary.v1 import order_service_pb2, quote_service_pb2
from quotary_server.adapter.amounts import to_minor_units
from quotary_server.adapter.reading_records import read_quoted_order
from quotary_server.store.changes import Write
from quotary_server.store.clock import to_micros
from quotary_server.store.database import Database, StoreError
from quotary_server.store.digest import join_trace
from quotary_server.store.pages import within_bytes
from quotary_server.store.seals import verified, whole
from quotary_server.store.tables import ORDERS, PURCHASE_ORDER_NUMBERS, QUOTE_REVISIONS, QUOTE_STANDINGS
from quotary_spec.model.order import Order

OPEN = quote_service_pb2.Quote.STATE_OPEN
ACCEPTED = quote_service_pb2.Quote.STATE_ACCEPTED
EXPIRED = quote_service_pb2.Quote.STATE_EXPIRED

_INSERT_REVISION = insert(QUOTE_REVISIONS)
# Nobody asks for the sequence that the database gives.
_INSERT_STANDING = insert(QUOTE_STANDINGS).inline()


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """One revision of a quote, and where the quote stands.

    Attributes:
        number: As it is printed.
        newest: The newest revision.
        document: The revision as it was made, with what changed since: state, purchase order number, acceptance.
    """

    number: str
    newest: int
    document: quote_service_pb2.Quote

    @property
    def order(self) -> Order:
        """The order that it prices."""
        return read_quoted_order(self.document)


def revision_rows(quote: quote_service_pb2.Quote, trace: bytes, now: datetime, tenant: str) -> list[Write]:
    """A tenant's revision, complete with its name and digest; the quote stands open at it."""
    number = quote.name.removeprefix("quotes/")
    expire_time = quote.expire_time.ToMicroseconds() if quote.HasField("expire_time") else None
    priced = quote.priced_order
    fact = {
        "number": number,
        "revision": quote.revision,
        "digest": quote.digest,
        "currency": priced.currency_code,
        "total": to_minor_units(priced.total) if priced.HasField("total") else None,
        "expire_time": expire_time,
        "message": quote.SerializeToString(),
        "trace": trace,
        "create_time": to_micros(now),
        "tenant": tenant,
    }
    standing = {"revision": quote.revision, "state": OPEN, "expire_time": expire_time}
    if quote.revision == 1:
        standings: Write = (
            _INSERT_STANDING,
            {
                "number": number,
                "customer_id": quote.customer_id,
                "tenant": tenant,
                **standing,
            },
        )
    else:
        standings = update(QUOTE_STANDINGS).where(QUOTE_STANDINGS.c.number == number), standing
    return [(_INSERT_REVISION, fact), standings]


def purchase_order_row(connection: Connection, number: str, value: str, now: datetime, created_by: str) -> Write:
    """Another purchase order number of a quote."""
    taken = select(func.count()).where(PURCHASE_ORDER_NUMBERS.c.quote == number)
    position = connection.execute(taken).scalar_one() + 1
    row = {
        "quote": number,
        "position": position,
        "value": value,
        "create_time": to_micros(now),
        "created_by": created_by,
    }
    return insert(PURCHASE_ORDER_NUMBERS), row


def find_quote(
    connection: Connection, tenant: str, number: str, revision: int | None, now: datetime, *, trace: bool = False
) -> StoredQuote | None:
    """A quote of a tenant in its newest revision, or in the one that is named; None when there is none."""
    query = select(QUOTE_STANDINGS, *whole(QUOTE_REVISIONS, trace=trace)).join(
        QUOTE_REVISIONS,
        and_(
            QUOTE_REVISIONS.c.number == QUOTE_STANDINGS.c.number,
            QUOTE_REVISIONS.c.revision == (QUOTE_STANDINGS.c.revision if revision is None else revision),
        ),
    )
    row = connection.execute(
        query.where(QUOTE_STANDINGS.c.number == number, QUOTE_STANDINGS.c.tenant == tenant)
    ).one_or_none()
    if row is None:
        return None
    stored = _stored(row, now)
    _bring_up_to_date(connection, [stored])
    return stored


def _stored(row: Row[Any], now: datetime) -> StoredQuote:
    fact = verified(QUOTE_REVISIONS, row)
    message = quote_service_pb2.Quote.FromString(fact["message"])
    message.state = state_of(row.state, row.expire_time, now)
    if "trace" in fact:
        join_trace(message.priced_order.answer, fact["trace"])
    return StoredQuote(row.number, row.revision, message)


def state_of(noted: int, expire_time: int | None, now: datetime) -> quote_service_pb2.Quote.State.ValueType:
    """Where a quote stands at a moment, whether its expiry was noted or not."""
    if noted == ACCEPTED:
        return ACCEPTED
    return EXPIRED if expire_time is not None and expire_time <= to_micros(now) else OPEN


def _bring_up_to_date(connection: Connection, quotes: Sequence[StoredQuote]) -> None:
    """What changed since a revision was made: its purchase order number, and its acceptance."""
    messages = {stored.number: stored.document for stored in quotes}
    numbers = PURCHASE_ORDER_NUMBERS.c
    query = select(*whole(PURCHASE_ORDER_NUMBERS)).where(numbers.quote.in_(messages))
    for row in connection.execute(query.order_by(numbers.quote, numbers.position)):
        fact = verified(PURCHASE_ORDER_NUMBERS, row)
        messages[fact["quote"]].purchase_order_number = fact["value"]
        _later(messages[fact["quote"]], fact["create_time"], fact["created_by"])
    accepted = [number for number, message in messages.items() if message.state == ACCEPTED]
    if accepted:
        for row in connection.execute(select(*whole(ORDERS)).where(ORDERS.c.number.in_(accepted))):
            fact = verified(ORDERS, row)
            number, accept_time, order = fact["number"], fact["create_time"], fact["message"]
            messages[number].accepted_order = f"orders/{number}"
            messages[number].accept_time.FromMicroseconds(accept_time)
            _later(messages[number], accept_time, order_service_pb2.Order.FromString(order).created_by)


def _later(quote: quote_service_pb2.Quote, micros: int, who: str) -> None:
    """Note a change of a quote unless a later one is noted."""
    if micros > quote.update_time.ToMicroseconds():
        quote.update_time.FromMicroseconds(micros)
        quote.updated_by = who


def list_quotes(
    connection: Connection,
    tenant: str,
    states: Collection[int],
    customer_id: str | None,
    before: int | None,
    count: int,
    now: datetime,
) -> tuple[list[StoredQuote], int | None]:
    """Quotes of a tenant in these states (none: in any), newest first, and the place at which the next page starts."""
    standing = QUOTE_STANDINGS.c
    micros = to_micros(now)
    running = or_(standing.expire_time.is_(None), standing.expire_time > micros)
    due = and_(standing.state == OPEN, standing.expire_time <= micros)
    chosen: list[tuple[int, ColumnElement[bool]]] = [
        (noted, true()) for noted in (ACCEPTED, EXPIRED) if not states or noted in states
    ]
    if not states or {OPEN, EXPIRED} <= set(states):
        chosen.append((OPEN, true()))
    elif OPEN in states:
        chosen.append((OPEN, running))
    elif EXPIRED in states and connection.execute(select(standing.sequence).where(due).limit(1)).first():
        # Some expiry is not noted yet; otherwise there is no need to pass over all open quotes.
        chosen.append((OPEN, standing.expire_time <= micros))
    query = select(standing.sequence, standing.number, standing.revision).order_by(standing.sequence.desc())
    query = query.where(standing.tenant == tenant)
    if customer_id is not None:
        query = query.where(standing.customer_id == customer_id)
    if before is not None:
        query = query.where(standing.sequence < before)
    queries = [query.where(standing.state == state, condition) for state, condition in chosen]
    # One more than is shown tells whether a page follows.
    found = sorted(
        (row.sequence for query in queries for row in connection.execute(query.limit(count + 1))), reverse=True
    )
    shown = found[:count]
    quotes = within_bytes(shown, lambda places: _load(connection, places, now), lambda each: each.document.ByteSize())
    return quotes, shown[len(quotes) - 1] if len(found) > len(quotes) else None


def _load(connection: Connection, places: Collection[int], now: datetime) -> list[StoredQuote]:
    """The quotes at these places of the list, newest first."""
    query = select(QUOTE_STANDINGS, *whole(QUOTE_REVISIONS)).join(
        QUOTE_REVISIONS,
        and_(
            QUOTE_REVISIONS.c.number == QUOTE_STANDINGS.c.number,
            QUOTE_REVISIONS.c.revision == QUOTE_STANDINGS.c.revision,
        ),
    )
    place = QUOTE_STANDINGS.c.sequence
    rows = connection.execute(query.where(place.in_(places)).order_by(place.desc()))
    quotes = [_stored(row, now) for row in rows]
    _bring_up_to_date(connection, quotes)
    return quotes


MOST_NOTED = 1_000


def note_expiry(database: Database, now: datetime) -> None:
    """Note which open quotes have expired, some at a time, so that lists of open ones need not pass over them.

    Nothing depends on it but the time that a list takes: a store that cannot be written is left as it is.
    """
    standing = QUOTE_STANDINGS.c
    due = (
        select(standing.sequence)
        .where(standing.state == OPEN, standing.expire_time <= to_micros(now))
        .order_by(standing.expire_time)
        .limit(MOST_NOTED)
    )
    with database.read() as connection:
        if connection.execute(due.limit(1)).first() is None:
            return
    with suppress(StoreError):
        database.change(
            lambda connection: connection.execute(
                update(QUOTE_STANDINGS).where(standing.sequence.in_(due)), {"state": EXPIRED}
            ),
            repeatable=True,
        )
