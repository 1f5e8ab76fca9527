"""What a payment brings about: the rules are asked, the order moves on, and the last one makes the final invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from quotary.v1 import common_pb2, order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import region, word
from quotary_server.calls.invoicing import fill_invoice
from quotary_server.engine import Engine
from quotary_server.store.digest import split_trace
from quotary_server.store.orders import Standing, add_invoice, add_payment, fill_order
from quotary_server.store.store import Store
from quotary_spec.money import is_currency


@dataclass(frozen=True, slots=True)
class Payable:
    """An order that can receive a payment, with the quote it came from, its invoice, and refunds so far."""

    number: str
    standing: Standing
    quote: quote_service_pb2.Quote
    refunds: Sequence[refund_service_pb2.Refund]
    order: order_service_pb2.Order
    invoice: order_service_pb2.Invoice


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment and what it brings about.

    Attributes:
        number: Number of the order.
        response: The payment, without a name so far, and the order after it.
        trace: The long part of the payment's answer.
        fulfilment: What is available after it.
        standing: What is owed, received and returned after it.
        final: The final invoice, when nothing is outstanding any more.
    """

    number: str
    response: order_service_pb2.RecordPaymentResponse
    trace: bytes
    fulfilment: order_service_pb2.AssessFulfilmentResponse
    standing: Standing
    final: order_service_pb2.Invoice | None


def read_instrument(faults: Faults, path: str, message: common_pb2.PaymentInstrument) -> None:
    """Note the faults of a means of payment."""
    if not message.method:
        faults.add(f"{path}.method", "REQUIRED")
    else:
        word(faults, f"{path}.method", message.method, "payment_method")
    if message.card_brand:
        word(faults, f"{path}.card_brand", message.card_brand, "card_brand")
    if message.bank_region_code:
        region(faults, f"{path}.bank_region_code", message.bank_region_code)
    if message.currency_code and not is_currency(message.currency_code):
        faults.add(f"{path}.currency_code", "UNKNOWN_CURRENCY", repr(message.currency_code[:10]))


def receive(
    engine: Engine, store: Store, payable: Payable, payment: order_service_pb2.Payment, amount: int, now: datetime
) -> Receipt:
    """The order after a payment of so many minor units.

    Raises:
        CallError: FAILED_PRECONDITION with the reasons of the rules.
    """
    standing = Standing(payable.standing.total, payable.standing.paid + amount, payable.standing.refunded)
    trace = split_trace(payment.answer)
    response = order_service_pb2.RecordPaymentResponse(payment=payment, order=payable.order)
    order = response.order
    order.payments.append(payment)
    fulfilment = order_service_pb2.AssessFulfilmentResponse()
    order.ClearField("fulfilments")
    order.fulfilments.extend(fulfilment.fulfilments)
    order.update_time.FromDatetime(now)
    fill_order(order, standing, payable.quote, payable.refunds)
    final = None
    if standing.outstanding == 0:
        final = order_service_pb2.Invoice()
        final.CopyFrom(payable.invoice)
        fill_invoice(final, order)
    return Receipt(payable.number, response, trace, fulfilment, standing, final)


def keep_receipt(connection: Connection, receipt: Receipt, now: datetime) -> None:
    """Keep a payment and what it brings about; gives the payment its name."""
    order = receipt.response.order
    name = f"orders/{receipt.number}/payments/{len(order.payments)}"
    receipt.response.payment.name = order.payments[-1].name = name
    fulfilment = receipt.fulfilment.SerializeToString()
    add_payment(connection, receipt.number, receipt.response.payment, receipt.trace, fulfilment, receipt.standing, now)
    if receipt.final is not None:
        add_invoice(connection, receipt.number, 2, receipt.final, now)
