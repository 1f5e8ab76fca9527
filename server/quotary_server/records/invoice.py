"""The invoice of an order: made when its quote is accepted, final when nothing is outstanding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from quotary.v1 import common_pb2, order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.enums import RATE_ORIGIN
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.store.amounts import to_minor_units
from quotary_server.store.paid import charged, write_amounts
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax.charge import Rate
from quotary_spec.rules.tax.invoice import local_amounts
from quotary_spec.rules.tax.result import TaxComponent

State = order_service_pb2.Invoice.State


def make_invoice(
    order: order_service_pb2.Order, quote: quote_service_pb2.Quote, now: datetime
) -> order_service_pb2.Invoice:
    """The invoice of a new order, on the day of the order; due at once unless a day is set."""
    deal, priced = order.deal, quote.priced_order
    invoice = order_service_pb2.Invoice(
        name=order.invoice,
        customer_id=order.customer_id,
        invoice_date=deal.order_date,
        billing_party=deal.billing_party,
        purchase_order_number=deal.purchase_order_number,
        net_total=order.net_total,
        fee_amount=order.fee_amount if order.HasField("fee_amount") else None,
        tax_components=priced.tax_components,
        tax_total=order.tax_total,
        total=order.total,
    )
    if deal.HasField("sold_to_party"):
        invoice.sold_to_party.CopyFrom(deal.sold_to_party)
    for asked, line in zip(quote.order.lines, priced.lines, strict=True):
        into = invoice.lines.add(
            position=line.position,
            product=line.product,
            action=asked.action,
            quantity=line.quantity,
            user_tier=line.user_tier,
            unit_price=line.unit_price,
            list_amount=line.prorated_amount,
        )
        if asked.product.HasField("display_name"):
            into.product.display_name = asked.product.display_name
        if line.HasField("term"):
            into.term.CopyFrom(line.term)
        if line.HasField("discount"):
            into.discount_amount.CopyFrom(line.discount.amount)
        if line.HasField("credit"):
            into.credit.CopyFrom(line.credit)
        if line.HasField("order_discount"):
            into.order_discount.CopyFrom(line.order_discount)
    amounts: list[refund_service_pb2.LineAmounts] = [line.amounts for line in invoice.lines]
    write_amounts(amounts, charged(priced), MoneyWriter(priced.currency_code))
    invoice.create_time.FromDatetime(now)
    return invoice


def fill_invoice(invoice: order_service_pb2.Invoice, order: order_service_pb2.Order) -> None:
    """Fill in what was paid of it since."""
    outstanding = order.outstanding_amount
    invoice.state = State.STATE_OPEN if outstanding.units or outstanding.nanos else State.STATE_PAID
    invoice.paid_amount.CopyFrom(order.paid_amount)
    invoice.outstanding_amount.CopyFrom(order.outstanding_amount)
    # A refund does not change an invoice: only payments do.
    last = order.payments[-1] if order.payments else None
    invoice.update_time.CopyFrom(last.create_time if last is not None else invoice.create_time)


def state_local_taxes(
    invoice: order_service_pb2.Invoice, order: order_service_pb2.Order, payment: order_service_pb2.Payment
) -> None:
    """State the taxes in the currency of their place, at the exchange rate that came with the last payment."""
    if not payment.HasField("invoice_exchange_rate"):
        return
    deal = read_deal(Faults(), "deal", order.deal)
    day = payment.payment_date
    deal = replace(deal, payment_date=date(day.year, day.month, day.day))
    components = [_read_component(each) for each in invoice.tax_components]
    rate = Decimal(payment.invoice_exchange_rate)
    currency = payment.invoice_currency_code if payment.HasField("invoice_currency_code") else None
    stated, _ = local_amounts(BOOK[order.edition], deal, components, rate, currency)
    for each in stated:
        into = invoice.local_amounts.add(component=each.component)
        MoneyWriter(each.currency)(into.amount, each.amount)


def _read_component(message: common_pb2.TaxComponent) -> TaxComponent:
    return TaxComponent(
        tax=message.tax,
        region=message.region_code,
        locality=message.locality,
        base=to_minor_units(message.base),
        rate=Rate(Decimal(message.rate), RATE_ORIGIN.member(message.rate_origin), message.rate_source),
        amount=to_minor_units(message.amount),
        lines=tuple(message.lines),
        parts=tuple(map(to_minor_units, message.line_amounts)),
        rule_id=message.rule_id,
    )
