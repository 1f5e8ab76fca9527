"""A store with servers on it, a clock that tests move, and requests to put to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc

from quotary.client import Client
from quotary.errors import QuotaryError
from quotary.messages import from_plain
from quotary.v1 import (
    common_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
)
from quotary_server.app import Running, start
from quotary_server.settings import Settings
from quotary_spec.money import minor_digits

DAY_ONE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

PLACES: dict[str, dict[str, Any]] = {
    # Fee of 7.5 % on Data Center, VAT of 18 % on everything.
    "TR": {"region_code": "TR"},
    # GST and QST, each rounded by itself.
    "QC": {"region_code": "CA", "administrative_area": "QC"},
    # JCT, in a currency without decimals.
    "JP": {"region_code": "JP"},
    # No tax of the documents.
    "OR": {"region_code": "US", "administrative_area": "OR"},
}


@dataclass
class World:
    """Servers on one store.

    Attributes:
        clients: One of each server.
        clock: The file that says what time it is.
    """

    clients: list[Client]
    running: list[Running]
    clock: Path
    now: datetime = field(default=DAY_ONE)

    def set_time(self, moment: datetime) -> None:
        """Move every server's clock."""
        self.now = moment
        self.clock.write_text(moment.isoformat(), "ascii")

    def pass_days(self, days: int) -> None:
        """Let days go by."""
        self.set_time(self.now + timedelta(days=days))


@contextmanager
def world(store_url: str, folder: Path, servers: int = 1, **settings: Any) -> Iterator[World]:
    """Start servers on a store; their clocks stand at ``DAY_ONE``."""
    clock = folder / f"clock-{uuid.uuid4().hex}"
    made = World([], [], clock)
    made.set_time(DAY_ONE)
    try:
        for _ in range(servers):
            chosen = {"port": 0, "grace_seconds": 0, "log_level": "error", "workers": 16, **settings}
            made.running.append(start(Settings(store_url=store_url, test_clock=clock, **chosen)))
            made.clients.append(Client(made.running[-1].address))
        yield made
    finally:
        for client in made.clients:
            client.close()
        for running in made.running:
            running.stop()


def request_id() -> str:
    """A new one."""
    return str(uuid.uuid4())


def cloud(price: str = "100.00", **more: Any) -> dict[str, Any]:
    """An annual cloud line that can be refunded for 30 days after each payment."""
    return {
        "product": {"id": "jira", "platform": "cloud", "plan": "standard"},
        "action": "new",
        "billing_cycle": "annual",
        "term": {"start_date": "2026-03-02", "months": 12},
        "price": {"unit_price": price},
        **more,
    }


def data_center(price: str = "200.00", **more: Any) -> dict[str, Any]:
    """A Data Center line: with the fee in Turkey, and a quote with it is never revised."""
    return {
        "product": {"id": "jira", "platform": "data_center"},
        "action": "new",
        "billing_cycle": "annual",
        "term": {"start_date": "2026-03-02", "months": 12},
        "price": {"unit_price": price},
        **more,
    }


def order(*lines: dict[str, Any], place: str = "TR", currency: str = "USD", **deal: Any) -> dict[str, Any]:
    """An order of a direct customer, in the improved billing experience."""
    return {
        "deal": {
            "channel": "direct",
            "billing_experience": "improved",
            "billing_party": {"kind": "business", "address": PLACES[place]},
            "currency": {"currency_code": currency},
            "holds_data_center_subscription": True,
            **deal,
        },
        "lines": list(lines or (cloud(),)),
    }


def order_message(plain: dict[str, Any]) -> quote_service_pb2.OrderRequest:
    """The same as a message."""
    return from_plain(plain, quote_service_pb2.OrderRequest())


def create(
    client: Client,
    plain: dict[str, Any] | None = None,
    *,
    customer: str = "customer-1",
    edition: str = "2026",
    **request: Any,
) -> quote_service_pb2.Quote:
    """A quote."""
    quote = quote_service_pb2.Quote(customer_id=customer, edition=edition, order=order_message(plain or order()))
    return client.quotes.CreateQuote(quote_service_pb2.CreateQuoteRequest(quote=quote, **request))


def accept(client: Client, quote: quote_service_pb2.Quote, **request: Any) -> quote_service_pb2.AcceptQuoteResponse:
    """Accept the revision as it was seen, to be paid later."""
    return client.quotes.AcceptQuote(
        quote_service_pb2.AcceptQuoteRequest(
            **{"name": quote.name, "revision": quote.revision, "digest": quote.digest, **request}
        )
    )


def pay(
    client: Client,
    order: order_service_pb2.Order,
    minor: int | None = None,
    *,
    method: str = "bank_transfer",
    **more: Any,
) -> order_service_pb2.RecordPaymentResponse:
    """Pay so many minor units, or all that is outstanding."""
    amount = order.outstanding_amount if minor is None else money(minor, order.total.currency_code)
    payment = order_service_pb2.Payment(
        amount=amount, payment_instrument=common_pb2.PaymentInstrument(method=method), **more.pop("payment", {})
    )
    return client.orders.RecordPayment(order_service_pb2.RecordPaymentRequest(name=order.name, payment=payment, **more))


def refund(
    client: Client, order: order_service_pb2.Order | str, lines: list[int] | None = None, **more: Any
) -> refund_service_pb2.Refund:
    """Ask everything back, or some lines."""
    asked = refund_service_pb2.Refund(**more.pop("refund", {}))
    if lines is not None:
        asked.kind = refund_service_pb2.REFUND_KIND_LINES
        asked.lines.extend(lines)
    parent = order if isinstance(order, str) else order.name
    return client.refunds.CreateRefund(refund_service_pb2.CreateRefundRequest(parent=parent, refund=asked, **more))


def money(minor: int, currency: str) -> Any:
    """An amount message."""
    from google.type import money_pb2

    digits = minor_digits(currency)
    units, rest = divmod(minor, 10**digits)
    return money_pb2.Money(currency_code=currency, units=units, nanos=rest * 10 ** (9 - digits))


def minor(message: Any) -> int:
    """Minor units of an amount; an absent one is zero."""
    if not message.currency_code:
        return 0
    digits = minor_digits(message.currency_code)
    return int(message.units * 10**digits + message.nanos // 10 ** (9 - digits))


def reason_of(error: grpc.RpcError) -> str:
    """The catalogued reason of a failed call."""
    reason = QuotaryError.of(error).reason
    assert reason, error
    return reason
