"""Stored documents into nouns.

A document was well-formed when it was stored. What a reader of today would refuse in it is read as far as it goes, so
that older rows stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date
from decimal import Decimal
from typing import Literal

from quotary.v1 import common_pb2, order_service_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.amounts import to_minor_units
from quotary_server.adapter.enums import PAYMENT_PURPOSE, RATE_ORIGIN
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal, read_line, read_order, read_product, read_term
from quotary_server.adapter.reading_payment import read_instrument
from quotary_server.adapter.scalars import civil_date
from quotary_server.records.order import Balance, Charges, Component, Order, OrderLine, Payment, Refund, ServiceHistory
from quotary_spec.model import order as ordered
from quotary_spec.model.payment import PaymentPurpose
from quotary_spec.model.refund import Amounts, TaxPart
from quotary_spec.rules.tax.charge import Rate
from quotary_spec.rules.tax.result import TaxComponent


def read_quoted_order(document: quote_service_pb2.Quote) -> ordered.Order:
    """The order that a revision of a quote prices."""
    return read_order(Faults(), "order", document.order)


def read_stored_order(
    number: str,
    document: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    balance: Balance,
    payments: Iterable[order_service_pb2.Payment] = (),
    refunds: Iterable[refund_service_pb2.Refund] = (),
) -> Order:
    """An order from its document, that of the revision that was accepted, and those of what happened since."""
    faults = Faults()
    deal = read_deal(faults, "deal", document.deal)
    return Order(
        number=number,
        edition=document.edition,
        deal=deal,
        lines=tuple(
            OrderLine(
                ordered=read_line(faults, "line", requested, deal.currency.code),
                product=read_product(faults, "product", line.product),
                term=read_term(faults, "term", line.term)[0] if line.HasField("term") else None,
                net=to_minor_units(line.net_amount),
            )
            for requested, line in zip(quote.order.lines, quote.priced_order.lines, strict=True)
        ),
        charges=read_charges(quote.priced_order),
        components=tuple(map(_read_component, quote.priced_order.tax_components)),
        balance=balance,
        payments=tuple(map(read_payment, payments)),
        refunds=tuple(map(read_refund, refunds)),
    )


def read_charges(priced: quote_service_pb2.PriceQuoteResponse) -> Charges:
    """What a priced order charges."""
    charges: dict[Component, int] = {}
    for line in priced.lines:
        charges[line.position, "net", "", ""] = to_minor_units(line.net_amount)
        if line.HasField("fee_amount"):
            charges[line.position, "fee", "", ""] = to_minor_units(line.fee_amount)
    for component in priced.tax_components:
        for position, amount in zip(component.lines, component.line_amounts, strict=True):
            charges[position, component.tax, component.region_code, component.locality] = to_minor_units(amount)
    return charges


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
        why=message.why,
    )


def read_payment(document: order_service_pb2.Payment) -> Payment:
    """A payment from its document, which names its day and its purpose."""
    day = document.payment_date
    return Payment(
        amount=to_minor_units(document.amount),
        instrument=read_instrument(Faults(), "payment_instrument", document.payment_instrument),
        purpose=PAYMENT_PURPOSE.read(Faults(), "purpose", document.purpose, PaymentPurpose.INVOICE),
        paid_on=date(day.year, day.month, day.day),
        paid_at=document.payment_time.ToDatetime(UTC) if document.HasField("payment_time") else None,
        exchange_rate=Decimal(document.invoice_exchange_rate) if document.HasField("invoice_exchange_rate") else None,
        local_currency=document.invoice_currency_code if document.HasField("invoice_currency_code") else None,
    )


def read_refund(document: refund_service_pb2.Refund) -> Refund:
    """A refund from its document."""
    return Refund(
        tuple((line.position, _read_amounts(line.amounts)) for line in document.assessment.lines),
        {each.position: read_history(Faults(), "history", each) for each in document.histories},
    )


def read_history(faults: Faults, path: str, message: refund_service_pb2.ServiceHistory) -> ServiceHistory:
    """Since when a line is served and paid for."""

    def day(name: Literal["service_start_date", "first_payment_date"]) -> date | None:
        return civil_date(faults, f"{path}.{name}", getattr(message, name)) if message.HasField(name) else None

    return ServiceHistory(day("service_start_date"), day("first_payment_date"))


def _read_amounts(message: refund_service_pb2.LineAmounts) -> Amounts:
    return Amounts(
        to_minor_units(message.net_amount),
        to_minor_units(message.fee_amount),
        tuple(
            TaxPart(each.tax, each.region_code, each.locality, to_minor_units(each.amount)) for each in message.taxes
        ),
    )
