"""The invoice of an order: made when its quote is accepted, final when nothing is outstanding."""

from __future__ import annotations

from datetime import datetime

from quotary.v1 import order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.store.names import invoice_number
from quotary_server.store.paid import charged, write_amounts

State = order_service_pb2.Invoice.State


def make_invoice(
    order: order_service_pb2.Order, quote: quote_service_pb2.Quote, now: datetime
) -> order_service_pb2.Invoice:
    """The invoice of a new order, on the day of the order; due at once unless a day is set."""
    deal, priced = order.deal, quote.priced_order
    invoice = order_service_pb2.Invoice(
        name=f"{order.name}/invoices/{invoice_number(order.name.removeprefix('orders/'))}",
        customer_id=order.customer_id,
        invoice_date=deal.order_date,
        billing_party=deal.billing_party,
        purchase_order_number=deal.purchase_order_number,
        net_total=order.net_total,
        fee_amount=order.fee_amount,
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
