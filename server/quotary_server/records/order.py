"""An order: what it charges, what is paid and refunded of it, and what follows. No message, no table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType

from quotary_spec.calendar import Term
from quotary_spec.model.order import Action, Cycle, Deal, Line
from quotary_spec.model.party import Address
from quotary_spec.model.payment import PaymentInstrument, PaymentPurpose
from quotary_spec.model.product import Product
from quotary_spec.model.refund import Amounts, PaidLine, PaidOrder, TaxPart
from quotary_spec.rulebook import BOOK, Book
from quotary_spec.rules.allotment import parts_of_amount
from quotary_spec.rules.tax.result import TaxComponent

Component = tuple[int, str, str, str]
"""Position of a line, and its component: "net", "fee", or a tax with its region and locality."""

Charges = Mapping[Component, int]
"""Minor units by line and component; they add up to the total."""


class OrderState(StrEnum):
    """What an order's balance comes to."""

    AWAITING_PAYMENT = "awaiting_payment"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Balance:
    """Amounts of an order in minor units: charged, paid, refunded."""

    total: int
    paid: int = 0
    refunded: int = 0

    @property
    def outstanding(self) -> int:
        """What is still owed."""
        return self.total - self.paid

    @property
    def state(self) -> OrderState:
        """Where the order stands, as it follows."""
        if self.paid < self.total:
            return OrderState.PARTLY_PAID if self.paid else OrderState.AWAITING_PAYMENT
        if self.refunded:
            return OrderState.REFUNDED if self.refunded == self.paid else OrderState.PARTLY_REFUNDED
        return OrderState.PAID


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for an order.

    Attributes:
        amount: Minor units of the order's currency; above 0.
        instrument: How it was paid.
        purpose: What was paid.
        paid_on: Day on which it was processed.
        paid_at: Moment at which it was; None when the day alone is known.
        exchange_rate: Rate for the final invoice: units of its local currency for one of the order's.
        local_currency: Currency that the rate is for, when it is told.
    """

    amount: int
    instrument: PaymentInstrument
    purpose: PaymentPurpose
    paid_on: date
    paid_at: datetime | None = None
    exchange_rate: Decimal | None = None
    local_currency: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceHistory:
    """Since when a line is served and paid for, as far as it was told with a refund."""

    service_start: date | None = None
    first_paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money returned of an order, in minor units, by position of its lines, and what was told of them."""

    amounts: tuple[tuple[int, Amounts], ...]
    histories: Mapping[int, ServiceHistory] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of it."""
        return sum(each.total for _, each in self.amounts)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line as it was ordered, and what the quote made of it.

    Attributes:
        ordered: The line of the request.
        product: The product, resolved.
        term: Its term; None for what has none.
        net: Net amount in minor units of the order's currency.
    """

    ordered: Line
    product: Product
    term: Term | None
    net: int

    @property
    def cycle(self) -> Cycle | None:
        """How it is billed."""
        return self.ordered.cycle

    @property
    def action(self) -> Action:
        """What it does."""
        return self.ordered.action

    @property
    def sold_to_address(self) -> Address | None:
        """Where its end customer is, when it is not the order's."""
        return self.ordered.sold_to_address


@dataclass(frozen=True, slots=True)
class Order:
    """A quote that was accepted, with everything that happened to it since.

    Attributes:
        number: As it is printed; that of its quote.
        edition: Edition that it was priced under.
        deal: Its circumstances, on the day and at the moment of the acceptance.
        lines: What was ordered.
        charges: What it charges, by line and component.
        components: Its taxes.
        balance: What is charged, paid and refunded.
        payments: In the order in which they were recorded.
        refunds: Oldest first.
    """

    number: str
    edition: str
    deal: Deal
    lines: tuple[OrderLine, ...]
    charges: Charges
    components: tuple[TaxComponent, ...]
    balance: Balance
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()

    @property
    def book(self) -> Book:
        """The edition, to ask."""
        return BOOK[self.edition]

    @property
    def currency(self) -> str:
        """The currency of its amounts."""
        return self.deal.currency.code

    @property
    def paid_charges(self) -> Charges:
        """What was paid, allotted to the components of one line after the other as AllotAmount does."""
        keys = sorted(self.charges, key=itemgetter(0))
        parts = parts_of_amount(self.balance.paid, [self.charges[key] for key in keys])
        return dict(zip(keys, parts, strict=True))

    @property
    def refunded_charges(self) -> Charges:
        """What was refunded, by line and component."""
        charges: dict[Component, int] = {}
        for refund in self.refunds:
            for position, amounts in refund.amounts:
                for (component, region, locality), amount in amounts_by_component(amounts):
                    key = position, component, region, locality
                    charges[key] = charges.get(key, 0) + amount
        return charges

    @property
    def last_paid_on(self) -> date | None:
        """Day of the latest payment; several payments of one order may be recorded out of turn."""
        return max((each.paid_on for each in self.payments), default=None)

    def history(self, position: int, told: Mapping[int, ServiceHistory] = MappingProxyType({})) -> ServiceHistory:
        """Since when a line is served and paid for: as it is told, else as refunds of the order told it last."""
        known = ServiceHistory()
        for histories in (*(each.histories for each in self.refunds), told):
            if (last := histories.get(position)) is not None:
                known = ServiceHistory(
                    last.service_start or known.service_start, last.first_paid_on or known.first_paid_on
                )
        return known

    def paid_order(self, told: Mapping[int, ServiceHistory] = MappingProxyType({})) -> PaidOrder:
        """What the rules on refunds take of it, with what is told of its lines."""
        histories = [self.history(i, told) for i in range(len(self.lines))]
        paid = by_line(self.paid_charges, len(self.lines))
        refunded = by_line(self.refunded_charges, len(self.lines))
        return PaidOrder(
            lines=tuple(
                PaidLine(
                    product=line.product,
                    paid=paid[i],
                    refunded=refunded[i],
                    action=line.action,
                    cycle=line.cycle,
                    term_start=line.term.start if line.term is not None else None,
                    service_start=histories[i].service_start,
                    first_paid_on=histories[i].first_paid_on,
                    sold_to_address=line.sold_to_address,
                )
                for i, line in enumerate(self.lines)
            ),
            order_date=self.deal.order_date,
            paid_on=self.last_paid_on,
            channel=self.deal.channel,
            billing_party=self.deal.billing_party,
            sold_to=self.deal.sold_to,
        )


def pay(order: Order, payment: Payment) -> Order:
    """The order after a payment of no more than is outstanding."""
    balance = replace(order.balance, paid=order.balance.paid + payment.amount)
    return replace(order, balance=balance, payments=(*order.payments, payment))


def give_refund(order: Order, refund: Refund) -> Order:
    """The order after a refund of no more than was paid and is not refunded."""
    balance = replace(order.balance, refunded=order.balance.refunded + refund.total)
    return replace(order, balance=balance, refunds=(*order.refunds, refund))


def amounts_by_component(amounts: Amounts) -> Iterator[tuple[tuple[str, str, str], int]]:
    """The amounts of a line with the names of their components."""
    yield ("net", "", ""), amounts.net
    yield ("fee", "", ""), amounts.fee
    for part in amounts.taxes:
        yield part.key, part.amount


def by_line(charges: Charges, count: int) -> Sequence[Amounts]:
    """The charges of each of so many lines."""
    nets, fees = [0] * count, [0] * count
    taxes: list[list[TaxPart]] = [[] for _ in range(count)]
    for (position, component, region, locality), amount in charges.items():
        if component == "net":
            nets[position] = amount
        elif component == "fee":
            fees[position] = amount
        else:
            taxes[position].append(TaxPart(component, region, locality, amount))
    return [Amounts(net, fee, tuple(parts)) for net, fee, parts in zip(nets, fees, taxes, strict=True)]
