"""An order that receives money: the rules asked, the order after it, and the rows that it adds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quotary.v1 import order_service_pb2, quote_service_pb2
from quotary_server.adapter.reading_records import read_payment
from quotary_server.adapter.refusals import refuse_if_any
from quotary_server.adapter.writing_records import fill_invoice, fill_order, write_fulfilment, write_local_amounts
from quotary_server.records.asking import ask_fulfilment, ask_payment, payment_refusals, refusals_on_payment
from quotary_server.records.invoice import Invoice, settle
from quotary_server.records.order import Order, pay
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Write
from quotary_server.store.digest import split_trace
from quotary_server.store.orders import invoice_row, payment_rows


@dataclass(frozen=True, slots=True)
class Settlement:
    """A payment and what it brings about: both documents, complete with names, and the rows to add."""

    payment: order_service_pb2.Payment
    order: order_service_pb2.Order
    rows: list[Write]


def receive_payment(
    ruleset: Ruleset,
    order: Order,
    document: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    issued: order_service_pb2.Invoice,
    payment: order_service_pb2.Payment,
    now: datetime,
) -> Settlement:
    """What a payment of no more than is outstanding brings about.

    Args:
        document: The order as callers see it.
        quote: The revision that was accepted.
        issued: The invoice as it was issued.
        payment: The document of the payment, all but its name and answer, which are filled in.

    Raises:
        CallError: FAILED_PRECONDITION with the reasons of the rules.
    """
    received = read_payment(payment)
    question = ask_payment(ruleset, order, received.instrument, received.purpose)
    by_method = payment_refusals(question, must_be_payable=True)
    refuse_if_any([*by_method, *refusals_on_payment(order, received.paid_on)])
    paid = pay(order, received)
    payment.name = f"orders/{order.number}/payments/{len(paid.payments)}"
    payment.answer.CopyFrom(question.answer)
    trace = split_trace(payment.answer)
    after = order_service_pb2.Order()
    after.CopyFrom(document)
    after.payments.append(payment)
    after.update_time.FromDatetime(now)
    fill_order(after, paid, quote)
    fulfilment = fulfilment_of(ruleset, paid)
    after.ClearField("fulfilments")
    after.fulfilments.extend(fulfilment.fulfilments)
    rows = payment_rows(paid, payment, trace, fulfilment.SerializeToString(), now)
    if paid.balance.outstanding == 0:
        final = order_service_pb2.Invoice()
        final.CopyFrom(issued)
        fill_invoice(final, after)
        write_local_amounts(final, settle(Invoice(issued.name.rpartition("/")[2]), paid))
        rows.append(invoice_row(order.number, 2, final, now))
    return Settlement(payment, after, rows)


def fulfilment_of(ruleset: Ruleset, order: Order) -> order_service_pb2.AssessFulfilmentResponse:
    """What of an order is available now, as it is stored."""
    question = ask_fulfilment(ruleset, order)
    response = order_service_pb2.AssessFulfilmentResponse(answer=question.answer)
    write_fulfilment(response, question.result)
    return response
