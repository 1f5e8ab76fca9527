"""What a payment brings about: the rules are asked, the order moves on, and the last one makes the final invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from quotary.v1 import (
    common_pb2,
    entitlement_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
)
from quotary_server.adapter.refusals import Refusal, refusals_if_refused, refusals_of, refuse_if_any
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.calls.assess_fulfilment import assess_fulfilment
from quotary_server.calls.assess_payment_options import assess_payment_options
from quotary_server.records.invoice import fill_invoice, state_local_taxes
from quotary_server.ruleset import Ruleset
from quotary_server.store.amounts import to_minor_units
from quotary_server.store.digest import split_trace
from quotary_server.store.orders import Standing, add_invoice, add_payment, fill_order
from quotary_server.store.store import Store


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


def ask_payment_rules(
    ruleset: Ruleset,
    order: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    instrument: common_pb2.PaymentInstrument,
    purpose: entitlement_service_pb2.PaymentPurpose.ValueType,
    credit: common_pb2.CreditStanding | None = None,
) -> entitlement_service_pb2.AssessPaymentOptionsResponse:
    """What AssessPaymentOptions answers of a means of payment for an order that is placed and invoiced."""
    request = entitlement_service_pb2.AssessPaymentOptionsRequest(
        deal=order.deal,
        payment_instrument=instrument,
        purpose=purpose,
        order_placed=True,
        invoice_date=order.deal.order_date,
        credit=credit,
        edition=order.edition,
        view=common_pb2.VIEW_FULL,
    )
    in_dollars = quote.priced_order.currency_code == "USD"
    for asked, line in zip(quote.order.lines, quote.priced_order.lines, strict=True):
        into = request.lines.add(product=line.product, billing_cycle=asked.billing_cycle, action=asked.action)
        if in_dollars:
            # What net terms compare is the amount before conversion, which other orders do not state.
            into.net_amount.CopyFrom(line.net_amount)
    return assess_payment_options(ruleset, request)


def payment_refusals(
    response: entitlement_service_pb2.AssessPaymentOptionsResponse, *, must_be_payable: bool
) -> list[Refusal]:
    """Why money cannot be received so; net terms have to be granted, other methods must not be refused."""
    answer = response.answer
    terms = any(option.HasField("net_terms") for option in response.options)
    refusals = refusals_of(answer) if terms else refusals_if_refused(answer)
    if must_be_payable and response.HasField("payable") and not response.payable:
        refusals += [Refusal(each.code, each.subject) for each in answer.reasons if each.code == "PAY_AGAINST_INVOICE"]
    return refusals


def ask_fulfilment_rules(
    ruleset: Ruleset,
    order: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    paid: int,
    payment: order_service_pb2.Payment | None,
) -> order_service_pb2.AssessFulfilmentResponse:
    """What AssessFulfilment answers of an order after its latest payment, or before its first."""
    request = order_service_pb2.AssessFulfilmentRequest(
        deal=order.deal,
        lines=quote.order.lines,
        due_amount=order.total,
        edition=order.edition,
        view=common_pb2.VIEW_BASIC,
    )
    MoneyWriter(order.total.currency_code)(request.paid_amount, paid)
    if paid < to_minor_units(order.total):
        # A part is no payment of the order.
        request.payment_processed = False
    elif payment is None:
        # Nothing has to be paid: the order is its own payment.
        request.deal.payment_date.CopyFrom(order.deal.order_date)
    else:
        request.deal.payment_date.CopyFrom(payment.payment_date)
        if payment.HasField("payment_time"):
            request.payment_time.CopyFrom(payment.payment_time)
    return assess_fulfilment(ruleset, request)


def receive(
    ruleset: Ruleset, store: Store, payable: Payable, payment: order_service_pb2.Payment, amount: int, now: datetime
) -> Receipt:
    """The order after a payment of so many minor units.

    Raises:
        CallError: FAILED_PRECONDITION with the reasons of the rules.
    """
    asked = ask_payment_rules(ruleset, payable.order, payable.quote, payment.payment_instrument, payment.purpose)
    refuse_if_any(payment_refusals(asked, must_be_payable=True))
    payment.answer.CopyFrom(asked.answer)
    trace = split_trace(payment.answer)
    standing = Standing(payable.standing.total, payable.standing.paid + amount, payable.standing.refunded)
    response = order_service_pb2.RecordPaymentResponse(payment=payment, order=payable.order)
    order = response.order
    order.payments.append(payment)
    order.update_time.FromDatetime(now)
    fill_order(order, standing, payable.quote, payable.refunds)
    fulfilment = ask_fulfilment_rules(ruleset, order, payable.quote, standing.paid, payment)
    order.ClearField("fulfilments")
    order.fulfilments.extend(fulfilment.fulfilments)
    final = None
    if standing.outstanding == 0:
        final = order_service_pb2.Invoice()
        final.CopyFrom(payable.invoice)
        fill_invoice(final, order)
        state_local_taxes(final, order, payment)
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
