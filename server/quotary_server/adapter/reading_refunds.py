"""Paid orders and what is asked back of them, into nouns of the rule book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from google.type import date_pb2

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.enums import ACTION, CHANNEL, CYCLE, REFUND_KIND
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import (
    count_lines,
    read_address,
    read_evidence,
    read_party,
    read_product,
    read_term,
)
from quotary_server.adapter.scalars import civil_date, money, region, text, word
from quotary_spec.model.product import Product
from quotary_spec.model.refund import NOTHING, Amounts, PaidLine, PaidOrder, RefundKind, RefundRequest, TaxPart
from quotary_spec.money import is_currency


def paid_currency(message: refund_service_pb2.PaidOrder) -> str:
    """The currency that a paid order is in: that of its first line."""
    return message.lines[0].paid.net_amount.currency_code if message.lines else "USD"


def read_paid_order(faults: Faults, path: str, message: refund_service_pb2.PaidOrder) -> PaidOrder:
    """What was paid for an order, in the currency of its first line."""
    text(faults, f"{path}.order_number", message.order_number)
    count_lines(faults, f"{path}.lines", len(message.lines))
    currency = paid_currency(message)
    if not is_currency(currency):
        # The reader of the amount says so at its path; the others are read as if they were right.
        currency = "USD"
    return PaidOrder(
        lines=tuple(_read_line(faults, f"{path}.lines[{i}]", line, currency) for i, line in enumerate(message.lines)),
        order_date=_day(faults, f"{path}.order_date", message.order_date, message.HasField("order_date")),
        paid_on=_day(faults, f"{path}.payment_date", message.payment_date, message.HasField("payment_date")),
        channel=CHANNEL.read(faults, f"{path}.channel", message.channel),
        billing_party=read_party(faults, f"{path}.billing_party", message.billing_party)
        if message.HasField("billing_party")
        else None,
        sold_to=read_party(faults, f"{path}.sold_to_party", message.sold_to_party)
        if message.HasField("sold_to_party")
        else None,
    )


def read_refund_request(
    faults: Faults,
    path: str,
    message: refund_service_pb2.AssessRefundRequest | refund_service_pb2.Refund,
    line_count: int,
    exchange_product: Product | None = None,
) -> RefundRequest:
    """What is requested back, of an order with so many lines."""
    kind = REFUND_KIND.read(faults, f"{path}kind", message.kind, RefundKind.WHOLE)
    if kind is RefundKind.WHOLE and message.lines:
        faults.add(f"{path}lines", "CONFLICTING_FIELDS", "a refund of the whole order names no lines")
    positions = read_positions(faults, f"{path}lines", message.lines, line_count)
    return RefundRequest(
        kind,
        positions,
        tuple(read_evidence(faults, f"{path}evidence[{i}]", each) for i, each in enumerate(message.evidence)),
        exchange_product,
    )


def read_positions(faults: Faults, path: str, positions: Sequence[int], line_count: int) -> tuple[int, ...]:
    """Positions of lines of an order with so many, each once."""
    for i, position in enumerate(positions):
        if not 0 <= position < line_count:
            faults.add(f"{path}[{i}]", "OUT_OF_RANGE", f"{position} is not from 0 to {line_count - 1}")
    if len(set(positions)) < len(positions):
        faults.add(path, "CONFLICTING_FIELDS", "a line is named twice")
    return tuple(positions)


def _day(faults: Faults, path: str, message: date_pb2.Date, given: bool) -> date | None:
    return civil_date(faults, path, message) if given else None


def _read_line(faults: Faults, path: str, message: refund_service_pb2.PaidLine, currency: str) -> PaidLine:
    if message.HasField("product"):
        product = read_product(faults, f"{path}.product", message.product)
    else:
        faults.add(f"{path}.product", "REQUIRED")
        product = Product("")
    paid, refunded = _read_paid(faults, path, message, currency)
    term = read_term(faults, f"{path}.term", message.term)
    return PaidLine(
        product=product,
        paid=paid,
        refunded=refunded,
        action=ACTION.read(faults, f"{path}.action", message.action),
        cycle=CYCLE.read(faults, f"{path}.billing_cycle", message.billing_cycle),
        licence_type=word(faults, f"{path}.licence_type", message.licence_type, "licence_type")
        if message.licence_type
        else None,
        term_start=term.term.start if term.term is not None else term.start,
        service_start=_day(
            faults, f"{path}.service_start_date", message.service_start_date, message.HasField("service_start_date")
        ),
        first_paid_on=_day(
            faults, f"{path}.first_payment_date", message.first_payment_date, message.HasField("first_payment_date")
        ),
        sold_to_address=read_address(faults, f"{path}.sold_to_address", message.sold_to_address)
        if message.HasField("sold_to_address")
        else None,
    )


def _read_paid(
    faults: Faults, path: str, message: refund_service_pb2.PaidLine, currency: str
) -> tuple[Amounts, Amounts]:
    """What was paid on a line and what of it went back before, which is no more in any component."""
    if not message.HasField("paid"):
        faults.add(f"{path}.paid", "REQUIRED")
    paid = _read_amounts(faults, f"{path}.paid", message.paid, currency) if message.HasField("paid") else NOTHING
    if not message.HasField("refunded"):
        return paid, NOTHING
    refunded = _read_amounts(faults, f"{path}.refunded", message.refunded, currency)
    above = ", ".join(refunded.exceeding(paid))
    if above:
        faults.add(f"{path}.refunded", "CONFLICTING_FIELDS", f"more was refunded than was paid: {above}")
        return paid, NOTHING
    return paid, refunded


def _read_amounts(faults: Faults, path: str, message: refund_service_pb2.LineAmounts, currency: str) -> Amounts:
    net = 0
    if message.HasField("net_amount"):
        net = money(faults, f"{path}.net_amount", message.net_amount, currency)
    else:
        faults.add(f"{path}.net_amount", "REQUIRED")
    fee = money(faults, f"{path}.fee_amount", message.fee_amount, currency) if message.HasField("fee_amount") else 0
    taxes = tuple(_read_tax(faults, f"{path}.taxes[{i}]", each, currency) for i, each in enumerate(message.taxes))
    if len({part.key for part in taxes}) < len(taxes):
        faults.add(f"{path}.taxes", "CONFLICTING_FIELDS", "a tax is named twice")
    return Amounts(net, fee, taxes)


def _read_tax(faults: Faults, path: str, message: refund_service_pb2.TaxAmount, currency: str) -> TaxPart:
    if message.tax:
        word(faults, f"{path}.tax", message.tax, "tax")
    else:
        faults.add(f"{path}.tax", "REQUIRED")
    amount = 0
    if message.HasField("amount"):
        amount = money(faults, f"{path}.amount", message.amount, currency)
    else:
        faults.add(f"{path}.amount", "REQUIRED")
    return TaxPart(
        message.tax,
        region(faults, f"{path}.region_code", message.region_code) if message.region_code else "",
        text(faults, f"{path}.locality", message.locality),
        amount,
    )
