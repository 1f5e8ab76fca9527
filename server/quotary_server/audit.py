"""The audit: every kept quote is priced again with today's books, and everything that follows from facts is checked.

Nothing is changed. What differs is told with the rules and rows of data that moved it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Row, and_, func, select

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.amounts import to_minor_units
from quotary_server.adapter.comparing import moving_rules, stored_differences
from quotary_server.adapter.enums import ORDER_STATE
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_order
from quotary_server.calls.price_quote import fill_quote
from quotary_server.records.order import Balance
from quotary_server.ruleset import Ruleset
from quotary_server.store.database import Database
from quotary_server.store.digest import canonical_bytes, join_trace, quote_digest
from quotary_server.store.orders import StoredOrder, load_orders
from quotary_server.store.quotes import ACCEPTED
from quotary_server.store.seals import holds, name_of
from quotary_server.store.tables import FACTS, ORDER_STANDINGS, ORDERS, QUOTE_REVISIONS, QUOTE_STANDINGS
from quotary_spec.rulebook import BOOK

PAGE = 200


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that is not as it should be.

    Attributes:
        name: The quote's revision, or the order.
        what: The figure, or what else differs.
        kept: What the store has.
        found: What it should be.
        rule_ids: Rules and rows of data that moved it.
    """

    name: str
    what: str
    stored: str
    found: str
    rule_ids: tuple[str, ...] = ()


def count(database: Database) -> int:
    """How many revisions and orders there are to look at."""
    with database.read() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (QUOTE_REVISIONS, ORDERS)
        )


def audit(ruleset: Ruleset, database: Database) -> Iterator[list[Deviation]]:
    """What deviates: rows whose seal is broken, then each revision and each order; an empty list where nothing does.

    An order with a broken row is not looked at further.

    Raises:
        StoreError: the store cannot be read.
    """
    torn: set[str] = set()
    for name, table in _broken_seals(database):
        torn.add(name.split()[1])
        yield [Deviation(name, "seal", "of what was kept", f"another row of {table}")]
    number, revision = "", 0
    while True:
        key = QUOTE_REVISIONS.c
        after = (key.number > number) | and_(key.number == number, key.revision > revision)
        query = (
            select(QUOTE_REVISIONS, QUOTE_STANDINGS.c.revision.label("newest"), QUOTE_STANDINGS.c.state)
            .join(QUOTE_STANDINGS, QUOTE_STANDINGS.c.number == key.number, isouter=True)
            .where(after)
            .order_by(key.number, key.revision)
            .limit(PAGE)
        )
        with database.read() as connection:
            rows = connection.execute(query).all()
            accepted = _accepted(connection, {row.number for row in rows})
        for row in rows:
            yield list(_look_at_revision(ruleset, row, row.number in accepted))
            number, revision = row.number, row.revision
        if len(rows) < PAGE:
            break
    number = ""
    while True:
        with database.read() as connection:
            page = select(ORDERS.c.number).where(ORDERS.c.number > number).order_by(ORDERS.c.number).limit(PAGE)
            numbers = connection.execute(page).scalars().all()
            standings = {
                row.number: row
                for row in connection.execute(select(ORDER_STANDINGS).where(ORDER_STANDINGS.c.number.in_(numbers)))
            }
            orders = load_orders(connection, [number for number in numbers if number not in torn])
        for stored in orders:
            yield list(_look_at_order(stored, standings[stored.order.number].state))
        if len(numbers) < PAGE:
            return
        number = numbers[-1]


def _broken_seals(database: Database) -> Iterator[tuple[str, str]]:
    """Every row of facts that is not as it was kept: its name, and its table."""
    for table in FACTS:
        with database.read() as connection:
            for row in connection.execution_options(yield_per=PAGE).execute(select(table)):
                if not holds(table, row._mapping):
                    yield name_of(table, row._mapping), table.name


def _accepted(connection: Connection, numbers: set[str]) -> set[str]:
    return set(connection.execute(select(ORDERS.c.number).where(ORDERS.c.number.in_(numbers))).scalars())


def _look_at_revision(ruleset: Ruleset, row: Row[*tuple[object, ...]], accepted: bool) -> Iterator[Deviation]:
    quote = quote_service_pb2.Quote.FromString(row.message)
    name = f"{quote.name}@{quote.revision}"
    if quote_digest(quote) != row.digest or quote.digest != row.digest:
        yield Deviation(name, "digest", row.digest, quote_digest(quote))
    total = to_minor_units(quote.priced_order.total) if quote.priced_order.HasField("total") else None
    if total != row.total:
        yield Deviation(name, "total in the table", str(row.total), str(total))
    if row.state is None:
        yield Deviation(name, "standing", "none", "one")
    elif (row.state == ACCEPTED) != accepted:
        yield Deviation(name, "standing", str(row.state), "accepted" if accepted else "not accepted")
    if row.newest is not None and row.newest < row.revision:
        yield Deviation(name, "newest revision", str(row.newest), str(row.revision))
    join_trace(quote.priced_order.answer, row.trace)
    yield from _price_again(ruleset, name, quote)


def _price_again(ruleset: Ruleset, name: str, quote: quote_service_pb2.Quote) -> Iterator[Deviation]:
    faults = Faults()
    order = read_order(faults, "order", quote.order)
    if faults.found:
        yield Deviation(name, "order", "well-formed", f"{faults.found[0].field}: {faults.found[0].reason}")
        return
    again = quote_service_pb2.PriceQuoteResponse()
    fill_quote(ruleset, again, BOOK[quote.edition], order, common_pb2.VIEW_FULL)
    stored = quote.priced_order
    for each in (stored, again):
        # Other books are no deviation as long as they say the same of this order.
        each.answer.ClearField("digests")
    if canonical_bytes(stored) == canonical_bytes(again):
        return
    found = list(stored_differences(stored, again))
    for path, before, after in found:
        yield Deviation(name, path, before, after, tuple(moving_rules(stored.answer, again.answer, path)))
    if not found:
        yield Deviation(
            name, "explanation", "as it was answered", "another", tuple(moving_rules(stored.answer, again.answer))
        )


def _look_at_order(stored: StoredOrder, noted: int) -> Iterator[Deviation]:
    order, name = stored.order, f"orders/{stored.order.number}"
    paid = sum(payment.amount for payment in order.payments)
    back = order.refunded_charges
    follows = Balance(order.balance.total, paid, sum(back.values()))
    for what, is_, should in (
        ("digest of the quote", stored.document.quote_digest, stored.quote.digest),
        ("total", order.balance.total, to_minor_units(stored.quote.priced_order.total)),
        ("total", order.balance.total, to_minor_units(stored.document.total)),
        ("amount paid", order.balance.paid, paid),
        ("amount refunded", order.balance.refunded, follows.refunded),
        ("amount refunded", order.balance.refunded, sum(to_minor_units(refund.total) for refund in stored.refunds)),
        ("state", noted, ORDER_STATE.write(follows.state)),
    ):
        if is_ != should:
            yield Deviation(name, what, str(is_), str(should))
    charges = order.charges
    if sum(charges.values()) != order.balance.total:
        yield Deviation(name, "sum of all components", str(sum(charges.values())), str(order.balance.total))
    for key, amount in back.items():
        if amount > charges.get(key, 0):
            yield Deviation(name, f"refunded of {key}", str(amount), f"at most {charges.get(key, 0)}")
