"""Callers: who is let in, what each role may do, whose everything is, and who did it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY
from sqlalchemy import text

from lifecycle.world import accept, create, pay, reason_of, refund, request_id, world
from quotary.access import Access
from quotary.client import Client
from quotary.v1 import (
    change_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
    rulebook_service_pb2,
)
from quotary_server.app import SERVICES
from quotary_server.security import tokens
from quotary_server.security.callers import ANYBODY, DEFAULT_TENANT, ROLES, Caller, permitted
from quotary_server.store.database import Database
from quotary_server.store.migration import HEAD, migrate
from server.certificates import Authority

EDITIONS = rulebook_service_pb2.ListEditionsRequest()


class Keys:
    """Tokens in files, and the file that a server knows them by."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "callers.toml"
        self._entries: list[tokens.Entry] = []

    def give(self, name: str, tenant: str, *roles: str, expires: date | None = None) -> Access:
        token, entry = tokens.make(Caller(name, tenant, frozenset(roles)), expires)
        self._entries.append(entry)
        tokens.write(self.file, self._entries)
        path = self.folder / f"{name}.token"
        path.write_text(f"{token}\n")
        return Access(token_file=path)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@contextmanager
def asking(address: str, access: Access | None) -> Iterator[Client]:
    with Client(address, access) as client:
        yield client


def refused(call: Any, *given: Any, **named: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as raised:
        call(*given, **named)
    return raised.value.code(), reason_of(raised.value)


# ---- roles


def test_every_method_of_the_contract_says_who_may_call_it() -> None:
    """A method without the option would be open to nobody, and the reason would be hard to see."""
    for name, (service, _) in SERVICES.items():
        methods = [each for each in vars(service) if each[0].isupper()]
        assert methods
        for method in methods:
            allowed = permitted(f"/{name}/{method}")
            assert allowed, f"{name}/{method} has no (quotary.v1.access)"
            assert allowed <= ROLES.keys()


def test_what_changes_something_is_for_those_whose_work_it_is() -> None:
    sells, receives = frozenset({"seller"}), frozenset({"cashier"})
    for method in ("CreateQuote", "ReviseQuote", "AcceptQuote"):
        assert permitted(f"/quotary.v1.QuoteService/{method}") == sells
    assert permitted("/quotary.v1.OrderService/RecordPayment") == receives
    assert permitted("/quotary.v1.RefundService/CreateRefund") == receives
    assert permitted("/quotary.v1.QuoteService/PriceQuote") == frozenset(ROLES)
    assert permitted("/quotary.v1.QuoteService/GetQuote") == frozenset(ROLES) - {"operator"}


def test_who_may_not_is_told_so_before_whether_it_is_there(store_url: str, tmp_path: Path, keys: Keys) -> None:
    reader, cashier = keys.give("reading", "acme", "reader"), keys.give("till", "acme", "cashier")
    asked = refund_service_pb2.CreateRefundRequest(parent="orders/AT-1", refund=refund_service_pb2.Refund())
    counted = {"method": "/quotary.v1.RefundService/CreateRefund", "status": "PERMISSION_DENIED"}
    before = REGISTRY.get_sample_value("quotary_refused_callers_total", counted) or 0
    with world(store_url, tmp_path, callers=keys.file) as kept:
        address = kept.running[0].address
        with asking(address, reader) as client:
            found = refused(client.refunds.CreateRefund, asked)
            assert found == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
            found = refused(client.refunds.CreateRefund, refund_service_pb2.CreateRefundRequest())
            assert found == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING"), "before what is malformed"
            assert client.rulebook.ListEditions(EDITIONS).editions
        with asking(address, cashier) as client:
            found = refused(client.refunds.CreateRefund, asked)
            assert found == (grpc.StatusCode.NOT_FOUND, "ORDER_NOT_FOUND")
    assert REGISTRY.get_sample_value("quotary_refused_callers_total", counted) == before + 2


def test_a_refusal_is_logged_without_who_asked(
    store_url: str, tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    from quotary_server.logs import set_up_logs

    set_up_logs("info")
    reader = keys.give("Ada Lovelace", "acme", "reader")
    with world(store_url, tmp_path, callers=keys.file) as kept, asking(kept.running[0].address, reader) as client:
        refused(client.quotes.CreateQuote, quote_service_pb2.CreateQuoteRequest())
        client.close()
    written = capsys.readouterr().err
    assert reader.token_file is not None
    assert "ROLE_MISSING" in written
    assert "Lovelace" not in written
    assert reader.token_file.read_text().strip() not in written


def test_nobody_who_is_not_known_is_let_in(store_url: str, tmp_path: Path, keys: Keys) -> None:
    known = keys.give("desk", "acme", *ROLES)
    gone = keys.give("gone", "acme", *ROLES, expires=datetime.now(UTC).date() - timedelta(days=1))
    wrong = tmp_path / "wrong"
    wrong.write_text("qt_" + "x" * 43)
    other = tmp_path / "other"
    other.write_text("a.b.c")
    unknown = (grpc.StatusCode.UNAUTHENTICATED, "CALLER_UNKNOWN")
    not_valid = (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_NOT_VALID")
    with world(store_url, tmp_path, callers=keys.file) as kept:
        address = kept.running[0].address
        for access, said in (
            (None, unknown),
            (Access(token_file=other), unknown),
            (Access(token_file=wrong), not_valid),
            (gone, not_valid),
        ):
            with asking(address, access) as client:
                assert refused(client.rulebook.ListEditions, EDITIONS) == said
                stream = client.quotes.BatchPriceQuotes(iter([quote_service_pb2.BatchPriceQuotesRequest()]))
                assert refused(next, stream) == said
                # Who looks whether a server is well need not be known.
                health = health_pb2_grpc.HealthStub(client.channel).Check(health_pb2.HealthCheckRequest())
                assert health.status == health_pb2.HealthCheckResponse.SERVING
        with asking(address, known) as client:
            assert client.rulebook.ListEditions(EDITIONS).editions


# ---- tenants


def lengths(client: Client, **filters: Any) -> tuple[int, int, int]:
    """How many quotes, orders and refunds a client sees."""
    return (
        len(client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(**filters)).quotes),
        len(client.orders.ListOrders(order_service_pb2.ListOrdersRequest(**filters)).orders),
        len(client.refunds.ListRefunds(refund_service_pb2.ListRefundsRequest(parent="orders/-", **filters)).refunds),
    )


def test_what_is_kept_is_seen_by_its_tenant_alone(store_url: str, tmp_path: Path, keys: Keys) -> None:
    ours, theirs = keys.give("ours", "a", *ROLES), keys.give("theirs", "b", *ROLES)
    twice = request_id()
    with world(store_url, tmp_path, callers=keys.file) as kept:
        address = kept.running[0].address
        with asking(address, ours) as us, asking(address, theirs) as them:
            quote = create(us, request_id=twice)
            order = pay(us, accept(us, quote).order).order
            given = refund(us, order)
            renamed = quote_service_pb2.ReviseQuoteRequest(name=quote.name, purchase_order_number="1")
            change = change_service_pb2.GetChangeRequest(name=f"changes/{twice}")
            for reason, call, *asked in (
                ("QUOTE_NOT_FOUND", them.quotes.GetQuote, quote_service_pb2.GetQuoteRequest(name=quote.name)),
                ("QUOTE_NOT_FOUND", them.quotes.ReviseQuote, renamed),
                ("QUOTE_NOT_FOUND", accept, them, quote),
                ("ORDER_NOT_FOUND", them.orders.GetOrder, order_service_pb2.GetOrderRequest(name=order.name)),
                ("ORDER_NOT_FOUND", pay, them, order, 100),
                ("INVOICE_NOT_FOUND", them.orders.GetInvoice, order_service_pb2.GetInvoiceRequest(name=order.invoice)),
                ("ORDER_NOT_FOUND", refund, them, order),
                ("REFUND_NOT_FOUND", them.refunds.GetRefund, refund_service_pb2.GetRefundRequest(name=given.name)),
                ("ORDER_NOT_FOUND", them.refunds.ListRefunds, refund_service_pb2.ListRefundsRequest(parent=order.name)),
                ("CHANGE_NOT_FOUND", them.changes.GetChange, change),
            ):
                assert refused(call, *asked) == (grpc.StatusCode.NOT_FOUND, reason)
            assert us.orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=order.invoice)).name == order.invoice
            for client, count in ((us, 1), (them, 0)):
                assert lengths(client) == (count, count, count)
                assert lengths(client, customer_id="customer-1") == (count, count, count)
            # The id of a request is each tenant's own.
            assert create(them, customer="other", request_id=twice).name != quote.name


def test_who_did_it_is_kept_and_shown(store_url: str, tmp_path: Path, keys: Keys) -> None:
    names = {name: keys.give(name, "acme", *ROLES) for name in ("making", "numbering", "accepting", "paying", "giving")}
    made = request_id()
    with world(store_url, tmp_path, callers=keys.file) as kept:
        address = kept.running[0].address

        def by(name: str) -> Any:
            return asking(address, names[name])

        with by("making") as client:
            quote = create(client, request_id=made)
            assert (quote.created_by, quote.updated_by) == ("making", "")
        with by("numbering") as client:
            numbered = quote_service_pb2.ReviseQuoteRequest(name=quote.name, purchase_order_number="PO-1")
            kept.pass_days(1)
            assert client.quotes.ReviseQuote(numbered).updated_by == "numbering"
            shown = client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=quote.name))
            assert (shown.created_by, shown.updated_by) == ("making", "numbering")
        kept.pass_days(1)
        with by("accepting") as client:
            accepted = accept(client, quote)
            assert (accepted.order.created_by, accepted.quote.updated_by) == ("accepting", "accepting")
        with by("paying") as client:
            assert pay(client, accepted.order).payment.created_by == "paying"
        with by("giving") as client:
            given = refund(client, accepted.order)
            assert given.created_by == "giving"
            order = client.orders.GetOrder(order_service_pb2.GetOrderRequest(name=accepted.order.name))
            assert (order.created_by, order.payments[0].created_by) == ("accepting", "paying")
            shown = client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=quote.name))
            assert (shown.created_by, shown.updated_by) == ("making", "accepting")
            found = client.refunds.GetRefund(refund_service_pb2.GetRefundRequest(name=given.name))
            assert found.created_by == "giving"
            change = client.changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{made}"))
            assert (change.created_by, change.quote.created_by) == ("making", "making")


def test_where_nobody_is_asked_everything_belongs_to_the_default_tenant(store_url: str, tmp_path: Path) -> None:
    with world(store_url, tmp_path) as kept:
        assert create(kept.clients[0]).created_by == ""
    database = Database(store_url, connections=1)
    with database.read() as connection:
        found = connection.execute(text("SELECT DISTINCT tenant FROM quote_standings")).scalars().all()
    database.close()
    assert found == [DEFAULT_TENANT]
    assert ANYBODY.roles == frozenset(ROLES)


def test_a_store_of_the_release_before_goes_to_the_default_tenant(store_url: str, tmp_path: Path) -> None:
    database = Database(store_url, connections=1)
    migrate(database, "0001")
    with database.engine.begin() as connection:
        id_ = request_id()
        connection.execute(
            text("INSERT INTO changes VALUES (:id, 'quotary.v1.QuoteService/CreateQuote', :bytes, :bytes, 1)"),
            {"id": id_, "bytes": b""},
        )
    assert migrate(database) == ("0001", HEAD)
    database.close()
    with world(store_url, tmp_path) as kept:
        name = f"changes/{id_}"
        found = kept.clients[0].changes.GetChange(change_service_pb2.GetChangeRequest(name=name))
        assert (found.method, found.created_by) == ("quotary.v1.QuoteService/CreateQuote", "")


def test_a_certificate_says_who_it_is(store_url: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.sign("server")
    callers = tmp_path / "callers.toml"
    callers.write_text('[[certificate]]\nname = "desk.acme"\ntenant = "acme"\nroles = ["seller"]\n')
    tls: dict[str, Any] = {"tls_certificate": certificate, "tls_key": key, "client_ca": authority.ca}
    desk, stranger = authority.sign("desk.acme"), authority.sign("stranger.acme")
    with world(store_url, tmp_path, callers=callers, **tls) as kept:
        address = kept.running[0].address
        with asking(address, Access(authority.ca, *desk)) as client:
            assert create(client).created_by == "desk.acme"
        with asking(address, Access(authority.ca, *stranger)) as client:
            assert refused(create, client) == (grpc.StatusCode.UNAUTHENTICATED, "CALLER_UNKNOWN")
    access = Access(authority.ca, *stranger)
    with world(store_url, tmp_path, **tls) as kept, asking(kept.running[0].address, access) as client:
        assert create(client).created_by == "stranger.acme"
