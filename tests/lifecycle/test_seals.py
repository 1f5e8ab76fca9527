"""Facts are trusted because they are looked at: a row that is not as it was kept is refused, and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import Connection, LargeBinary, String, Table, Text, delete, select, text, update

from lifecycle.world import (
    World,
    accept,
    cloud,
    create,
    order,
    pay,
    reason_of,
    refund,
    request_id,
    world,
)
from quotary.v1 import change_service_pb2, common_pb2, order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.audit import audit
from quotary_server.ruleset import load_ruleset
from quotary_server.settings import Settings
from quotary_server.store.database import Database
from quotary_server.store.migration import migrate
from quotary_server.store.tables import (
    CHANGES,
    FACTS,
    INVOICES,
    ORDERS,
    PAYMENTS,
    PURCHASE_ORDER_NUMBERS,
    QUOTE_REVISIONS,
    REFUNDS,
)

READS = {
    CHANGES: ("GetChange",),
    QUOTE_REVISIONS: ("GetQuote", "ListQuotes", "GetOrder"),
    PURCHASE_ORDER_NUMBERS: ("GetQuote", "ListQuotes"),
    ORDERS: ("GetOrder", "ListOrders", "GetQuote"),
    INVOICES: ("GetInvoice",),
    PAYMENTS: ("GetOrder", "ListOrders", "GetInvoice"),
    REFUNDS: ("GetOrder", "GetRefund", "ListRefunds"),
}
"""The calls that read each table of facts, as far as they are tried."""


TRACED = {QUOTE_REVISIONS: "GetQuote", ORDERS: "GetOrder", PAYMENTS: "GetOrder", REFUNDS: "GetRefund"}
"""The call that reads the trace of each that has one."""

LINKS = {"number", "order_number", "position", "quote", "revision", "tenant"}
"""Columns by which a row is found."""


class Kept:
    """One order with everything: revised, numbered, accepted, paid and partly refunded."""

    def __init__(self, made: World) -> None:
        self.client = client = made.clients[0]
        self.database = made.running[0].store.database
        self.id = request_id()
        quote = create(client, order(cloud(), cloud("50.00")), request_id=self.id)
        numbered = quote_service_pb2.ReviseQuoteRequest(name=quote.name, purchase_order_number="PO-1")
        quote = client.quotes.ReviseQuote(numbered)
        self.order = pay(client, accept(client, quote).order).order
        self.refund = refund(client, self.order, [0])

    def read(self, call: str, view: common_pb2.View.ValueType = common_pb2.VIEW_BASIC) -> Any:
        client, name = self.client, self.order.name
        quote = name.replace("orders", "quotes")
        match call:
            case "GetChange":
                return client.changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{self.id}"))
            case "GetQuote":
                return client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=quote, view=view))
            case "ListQuotes":
                return client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest())
            case "GetOrder":
                return client.orders.GetOrder(order_service_pb2.GetOrderRequest(name=name, view=view))
            case "ListOrders":
                return client.orders.ListOrders(order_service_pb2.ListOrdersRequest())
            case "GetInvoice":
                return client.orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=self.order.invoice))
            case "GetRefund":
                return client.refunds.GetRefund(refund_service_pb2.GetRefundRequest(name=self.refund.name, view=view))
            case _:
                return client.refunds.ListRefunds(refund_service_pb2.ListRefundsRequest(parent=name))

    def refuses(self, call: str) -> bool:
        try:
            self.read(call, common_pb2.VIEW_FULL)
        except grpc.RpcError as error:
            told = reason_of(error), error.code()
        else:
            return False
        return told == ("STORE_TAMPERED", grpc.StatusCode.DATA_LOSS)

    def found(self) -> list[str]:
        names = [each.name for some in audit(load_ruleset(Settings()), self.database) for each in some]
        return sorted({name for name in names if name.split()[0] in {table.name for table in FACTS}})


@pytest.fixture
def kept(store_url: str, tmp_path: Path) -> Iterator[Kept]:
    with world(store_url, tmp_path) as made:
        yield Kept(made)


def unguard(connection: Connection, table: Table) -> None:
    """What a tamperer with all rights does first."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL"))
    else:
        for action in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table.name}_no_{action}"))


@pytest.mark.parametrize("table", FACTS, ids=lambda table: table.name)
def test_a_row_that_was_changed_is_refused_and_named(kept: Kept, table: Table) -> None:
    """Each column in turn, and put back each time."""
    keys = {column.name for column in table.primary_key.columns} | LINKS
    with kept.database.engine.begin() as connection:
        unguard(connection, table)
        query = select(table).order_by(*(each.desc() for each in table.primary_key))
        last = connection.execute(query.where(table.c.request_id == kept.id) if table is CHANGES else query).first()
        assert last is not None
        row = [column == last._mapping[column.name] for column in table.primary_key]
    for column in table.columns:
        if column.name in keys:
            continue
        with kept.database.engine.begin() as connection:
            before = last._mapping[column.name]
            other: Any = "x" if isinstance(column.type, String | Text) else 7
            if isinstance(column.type, LargeBinary):
                assert isinstance(before, bytes)
                other = before[:-1] + bytes([before[-1] ^ 1]) if before else b"x"
            connection.execute(update(table).where(*row).values({column: other}))
        reading = READS[table] if column.name != "trace" else (TRACED[table],)
        assert [call for call in reading if not kept.refuses(call)] == [], column
        assert any(name.startswith(table.name) for name in kept.found()), column
        with kept.database.engine.begin() as connection:
            connection.execute(update(table).where(*row).values({column: before}))
        for call in READS[table]:
            assert kept.read(call)
    assert kept.found() == []


def test_what_is_gone_is_missed(kept: Kept) -> None:
    for table in (REFUNDS, PAYMENTS):
        with kept.database.engine.begin() as connection:
            unguard(connection, table)
            connection.execute(delete(table))
        assert kept.refuses("GetOrder")


def test_a_change_of_what_was_tampered_with_is_refused(kept: Kept) -> None:
    with kept.database.engine.begin() as connection:
        unguard(connection, QUOTE_REVISIONS)
        connection.execute(update(QUOTE_REVISIONS).values(total=1))
    with pytest.raises(grpc.RpcError) as raised:
        refund(kept.client, kept.order, [1])
    assert reason_of(raised.value) == "STORE_TAMPERED"


def test_a_store_of_the_release_before_is_sealed_as_it_stands(store_url: str, tmp_path: Path) -> None:
    database = Database(store_url, connections=1)
    migrate(database, "0002")
    with database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO purchase_order_numbers (quote, position, value, create_time) VALUES ('AT-1', 1, 'PO', 5)")
        )
    migrate(database)
    with database.read() as connection:
        assert len(connection.execute(select(PURCHASE_ORDER_NUMBERS.c.seal)).scalar_one()) == 64
    assert not any(audit(load_ruleset(Settings()), database))
    with database.engine.begin() as connection:
        unguard(connection, PURCHASE_ORDER_NUMBERS)
        connection.execute(update(PURCHASE_ORDER_NUMBERS).values(value="another"))
    found = [each.name for some in audit(load_ruleset(Settings()), database) for each in some]
    assert found == ["purchase_order_numbers AT-1 1"]
    database.close()
