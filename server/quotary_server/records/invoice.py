"""The invoice of an order: issued with it, and once more when all of it is paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from quotary_server.records.order import Order
from quotary_spec.rules.tax.invoice import LocalAmount, local_amounts


@dataclass(frozen=True, slots=True)
class Invoice:
    """What an order charges, as it was issued.

    Attributes:
        number: As it is printed.
        due_on: Day by which it is paid; None for at once.
        local_amounts: Its taxes in the currency of their place; on the final invoice, when an exchange rate came.
    """

    number: str
    due_on: date | None = None
    local_amounts: tuple[LocalAmount, ...] = ()


def settle(invoice: Invoice, order: Order) -> Invoice:
    """The final invoice of an order that is paid, at the exchange rate that came with the last payment recorded."""
    payment = order.payments[-1]
    if payment.exchange_rate is None:
        return invoice
    deal = replace(order.deal, payment_date=payment.paid_on)
    stated, _ = local_amounts(order.book, deal, order.components, payment.exchange_rate, payment.local_currency)
    return replace(invoice, local_amounts=tuple(stated))
