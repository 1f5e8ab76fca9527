"""What was received for an order, and what went back, by line and component."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

from quotary.v1 import common_pb2, order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.store.amounts import to_minor_units
from quotary_spec.rules.allotment import parts_of_amount

Key = tuple[int, str, str, str]
"""Position of a line, and its component: "net", "fee", or a tax with its region and locality."""


def charged(quote: quote_service_pb2.PriceQuoteResponse) -> dict[Key, int]:
    """What a quote charges, by line and component, in minor units; it adds up to the total."""
    parts: dict[Key, int] = {}
    for line in quote.lines:
        parts[line.position, "net", "", ""] = to_minor_units(line.net_amount)
        if line.HasField("fee_amount"):
            parts[line.position, "fee", "", ""] = to_minor_units(line.fee_amount)
    for component in quote.tax_components:
        for position, amount in zip(component.lines, component.line_amounts, strict=True):
            parts[position, component.tax, component.region_code, component.locality] = to_minor_units(amount)
    return parts


def received(parts: dict[Key, int], paid: int) -> dict[Key, int]:
    """A payment of a part of it, allotted to the components of one line after the other as AllotAmount does."""
    by_line = sorted(parts, key=itemgetter(0))
    return dict(zip(by_line, parts_of_amount(paid, [parts[key] for key in by_line]), strict=True))


def returned(refunds: Iterable[refund_service_pb2.Refund]) -> dict[Key, int]:
    """What refunds returned, by line and component."""
    parts: dict[Key, int] = {}

    def add(key: Key, amount: int) -> None:
        parts[key] = parts.get(key, 0) + amount

    for refund in refunds:
        for line in refund.assessment.lines:
            add((line.position, "net", "", ""), to_minor_units(line.amounts.net_amount))
            add((line.position, "fee", "", ""), to_minor_units(line.amounts.fee_amount))
            for tax in line.amounts.taxes:
                add((line.position, tax.tax, tax.region_code, tax.locality), to_minor_units(tax.amount))
    return parts


def write_amounts(
    messages: Sequence[refund_service_pb2.LineAmounts], parts: dict[Key, int], write: MoneyWriter
) -> None:
    """Fill the amounts of every line; ``messages`` stand in the order of the lines."""
    for message in messages:
        write(message.net_amount, 0)
    for (position, component, region, locality), amount in parts.items():
        message = messages[position]
        if component == "net":
            write(message.net_amount, amount)
        elif component == "fee":
            if amount:
                write(message.fee_amount, amount)
        else:
            tax = message.taxes.add(tax=component)
            if region:
                tax.region_code = region
            if locality:
                tax.locality = locality
            write(tax.amount, amount)


def fill_paid_order(
    message: refund_service_pb2.PaidOrder,
    deal: common_pb2.Deal,
    quote: quote_service_pb2.Quote,
    paid: int,
    payments: Sequence[order_service_pb2.Payment],
    refunds: Sequence[refund_service_pb2.Refund],
) -> None:
    """Fill what AssessRefund takes of an order."""
    message.order_number = quote.name.removeprefix("quotes/")
    message.order_date.CopyFrom(deal.order_date)
    message.channel = deal.channel
    message.billing_party.CopyFrom(deal.billing_party)
    if deal.HasField("sold_to_party"):
        message.sold_to_party.CopyFrom(deal.sold_to_party)
    if payments:
        # Several payments of one order may be recorded out of turn.
        last = max(payments, key=lambda payment: _ordinal(payment))
        message.payment_date.CopyFrom(last.payment_date)
    for asked, line in zip(quote.order.lines, quote.priced_order.lines, strict=True):
        into = message.lines.add(product=line.product, billing_cycle=asked.billing_cycle)
        into.action = asked.action or common_pb2.LINE_ACTION_NEW
        if line.HasField("term"):
            into.term.CopyFrom(line.term)
        if asked.HasField("sold_to_address"):
            into.sold_to_address.CopyFrom(asked.sold_to_address)
    write = MoneyWriter(quote.priced_order.currency_code)
    write_amounts([line.paid for line in message.lines], received(charged(quote.priced_order), paid), write)
    if refunds:
        write_amounts([line.refunded for line in message.lines], returned(refunds), write)


def _ordinal(payment: order_service_pb2.Payment) -> tuple[int, int, int]:
    day = payment.payment_date
    return day.year, day.month, day.day
