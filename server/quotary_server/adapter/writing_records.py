"""Orders, invoices and refunds into messages: what is stored as a document, and what of it changes."""

from __future__ import annotations

from datetime import datetime

from quotary.v1 import common_pb2, order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.enums import ACTION, CYCLE, ORDER_STATE, OUTCOME
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance, write_line_amounts
from quotary_server.adapter.writing_subscriptions import write_notice
from quotary_server.records.invoice import Invoice
from quotary_server.records.order import Order, by_line
from quotary_spec.model.fulfilment import AssessedFulfilment, LineFulfilment
from quotary_spec.model.refund import LineRefund, RefundAssessment


def fill_order(message: order_service_pb2.Order, order: Order, quote: quote_service_pb2.Quote) -> None:
    """Fill in where an order stands: state, amounts, and what was paid and refunded by line and component.

    Args:
        message: The document of the order, with those of its payments.
        quote: The document of the revision that was accepted.
    """
    write = MoneyWriter(order.currency)
    message.state = ORDER_STATE.write(order.balance.state)
    write(message.paid_amount, order.balance.paid)
    write(message.outstanding_amount, order.balance.outstanding)
    write(message.refunded_amount, order.balance.refunded)
    message.ClearField("paid_order")
    _write_paid_order(message.paid_order, order, message, quote, write)


def _write_paid_order(
    message: refund_service_pb2.PaidOrder,
    order: Order,
    document: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    write: MoneyWriter,
) -> None:
    """Fill what AssessRefund takes of an order; names and addresses are those of its document."""
    deal, count = document.deal, len(order.lines)
    message.order_number = order.number
    message.order_date.CopyFrom(deal.order_date)
    message.channel = deal.channel
    message.billing_party.CopyFrom(deal.billing_party)
    if deal.HasField("sold_to_party"):
        message.sold_to_party.CopyFrom(deal.sold_to_party)
    if order.last_paid_on is not None:
        write_date(message.payment_date, order.last_paid_on)
    rows = zip(quote.order.lines, quote.priced_order.lines, order.lines, strict=True)
    for i, (requested, line, each) in enumerate(rows):
        into = message.lines.add(product=line.product, action=ACTION.write(each.action))
        if each.cycle is not None:
            into.billing_cycle = CYCLE.write(each.cycle)
        history = order.history(i)
        if history.service_start is not None:
            write_date(into.service_start_date, history.service_start)
        if history.first_paid_on is not None:
            write_date(into.first_payment_date, history.first_paid_on)
        if line.HasField("term"):
            into.term.CopyFrom(line.term)
        if requested.HasField("sold_to_address"):
            into.sold_to_address.CopyFrom(requested.sold_to_address)
    for into, amounts in zip(message.lines, by_line(order.paid_charges, count), strict=True):
        write_line_amounts(into.paid, amounts, write)
    if order.refunds:
        for into, amounts in zip(message.lines, by_line(order.refunded_charges, count), strict=True):
            write_line_amounts(into.refunded, amounts, write)


def write_invoice(
    message: order_service_pb2.Invoice,
    order: Order,
    document: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    invoice: Invoice,
    now: datetime,
) -> None:
    """Fill the document of an invoice as it is issued: what the order charges, on the day of the order."""
    deal, priced = document.deal, quote.priced_order
    message.name = document.invoice
    message.customer_id = document.customer_id
    message.invoice_date.CopyFrom(deal.order_date)
    if invoice.due_on is not None:
        write_date(message.due_date, invoice.due_on)
    message.billing_party.CopyFrom(deal.billing_party)
    message.purchase_order_number = deal.purchase_order_number
    message.net_total.CopyFrom(document.net_total)
    if document.HasField("fee_amount"):
        message.fee_amount.CopyFrom(document.fee_amount)
    message.tax_components.extend(priced.tax_components)
    message.taxes_not_charged.extend(priced.taxes_not_charged)
    message.tax_total.CopyFrom(document.tax_total)
    message.total.CopyFrom(document.total)
    if deal.HasField("sold_to_party"):
        message.sold_to_party.CopyFrom(deal.sold_to_party)
    write = MoneyWriter(order.currency)
    amounts = by_line(order.charges, len(order.lines))
    for requested, line, each in zip(quote.order.lines, priced.lines, amounts, strict=True):
        _write_invoice_line(message.lines.add(), requested, line)
        write_line_amounts(message.lines[-1].amounts, each, write)
    message.create_time.FromDatetime(now)


def _write_invoice_line(
    message: order_service_pb2.InvoiceLine, requested: common_pb2.Line, line: quote_service_pb2.PricedLine
) -> None:
    message.position = line.position
    message.product.CopyFrom(line.product)
    message.action = requested.action
    message.quantity = line.quantity
    message.user_tier = line.user_tier
    message.unit_price = line.unit_price
    message.list_amount.CopyFrom(line.prorated_amount)
    if requested.product.HasField("display_name"):
        message.product.display_name = requested.product.display_name
    if line.HasField("term"):
        message.term.CopyFrom(line.term)
    if line.HasField("discount"):
        message.discount_amount.CopyFrom(line.discount.amount)
    if line.HasField("credit"):
        message.credit.CopyFrom(line.credit)
    if line.HasField("order_discount"):
        message.order_discount.CopyFrom(line.order_discount)


def fill_invoice(message: order_service_pb2.Invoice, order: order_service_pb2.Order) -> None:
    """Fill in what was paid of an invoice since it was issued."""
    outstanding = order.outstanding_amount
    state = order_service_pb2.Invoice.State
    message.state = state.STATE_OPEN if outstanding.units or outstanding.nanos else state.STATE_PAID
    message.paid_amount.CopyFrom(order.paid_amount)
    message.outstanding_amount.CopyFrom(order.outstanding_amount)
    # A refund does not change an invoice: only payments do.
    last = order.payments[-1] if order.payments else None
    message.update_time.CopyFrom(last.create_time if last is not None else message.create_time)


def write_local_amounts(message: order_service_pb2.Invoice, invoice: Invoice) -> None:
    """Fill the taxes in the currency of their place."""
    for each in invoice.local_amounts:
        into = message.local_amounts.add(component=each.component)
        MoneyWriter(each.currency)(into.amount, each.amount)


def write_fulfilment(response: order_service_pb2.AssessFulfilmentResponse, assessed: AssessedFulfilment) -> None:
    """Fill an assessment, all but its answer."""
    for line in assessed.lines:
        _write_line_fulfilment(response.fulfilments.add(), line)
    for notice in assessed.notices:
        write_notice(response.notices.add(), notice)
    if assessed.earliest is not None:
        write_date(response.earliest_processing_date, assessed.earliest)
    if assessed.latest is not None:
        write_date(response.latest_processing_date, assessed.latest)
    if assessed.guidance is not None:
        write_guidance(response.guidance, assessed.guidance)


def _write_line_fulfilment(message: order_service_pb2.LineFulfilment, line: LineFulfilment) -> None:
    message.position = line.position
    message.outcome = OUTCOME.write(line.outcome)
    message.kind = line.kind
    message.trigger = line.trigger or ""
    if line.available is not None:
        message.available = line.available
    if line.day is not None:
        write_date(message.available_date, line.day)
    if line.moment is not None:
        message.available_time.FromDatetime(line.moment)
    if line.latest is not None:
        message.latest_available_time.FromDatetime(line.latest)
    message.place = line.place
    message.roles.extend(line.roles)
    message.rule_id = line.rule_id


def write_refund_assessment(
    response: refund_service_pb2.AssessRefundResponse, assessment: RefundAssessment, currency: str
) -> None:
    """Fill an assessment, all but its answer."""
    write = MoneyWriter(currency)
    for line in assessment.lines:
        _write_line_refund(response.lines.add(), line, write)
    if assessment.amounts is not None:
        write(response.net_total, assessment.amounts.net)
        write(response.fee_total, assessment.amounts.fee)
        write(response.tax_total, assessment.amounts.tax)
        write(response.total, assessment.amounts.total)
    response.payer = assessment.payer
    if assessment.guidance is not None:
        write_guidance(response.guidance, assessment.guidance)


def _write_line_refund(message: refund_service_pb2.LineRefund, line: LineRefund, write: MoneyWriter) -> None:
    message.position = line.position
    message.outcome = OUTCOME.write(line.outcome)
    if line.window is not None:
        write_date(message.window_start_date, line.window.start)
        write_date(message.window_last_date, line.window.last)
    if line.amounts is not None:
        write_line_amounts(message.amounts, line.amounts, write)
    message.rule_id = line.rule_id
