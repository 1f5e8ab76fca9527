"""What was paid for an order, what is asked back of it, and what goes back. Amounts are minor units of its currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle
from quotary_spec.model.party import Address, Evidence, Party
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, Outcome, weakest


class RefundKind(StrEnum):
    """What a customer asks back."""

    WHOLE = "whole"
    LINES = "lines"
    TAX = "tax"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class TaxPart:
    """A line's part of one tax: its name, the country or subdivision and the town whose tax it is, and the amount."""

    tax: str
    region: str
    locality: str
    amount: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other taxes of the line."""
        return self.tax, self.region, self.locality


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of one line by component: net, its part of the fee, and its part of each tax, every tax once."""

    net: int = 0
    fee: int = 0
    taxes: tuple[TaxPart, ...] = ()

    @property
    def tax(self) -> int:
        """All taxes."""
        return sum(part.amount for part in self.taxes)

    @property
    def total(self) -> int:
        """Everything."""
        return self.net + self.fee + self.tax

    def of_tax(self, key: tuple[str, str, str]) -> int:
        """The amount of one tax; zero when the line does not bear it."""
        return next((part.amount for part in self.taxes if part.key == key), 0)

    def less(self, other: Amounts) -> Amounts:
        """These amounts without the other's, tax by tax."""
        return Amounts(
            self.net - other.net,
            self.fee - other.fee,
            tuple(
                TaxPart(part.tax, part.region, part.locality, part.amount - other.of_tax(part.key))
                for part in self.taxes
            ),
        )

    def exceeding(self, limit: Amounts) -> Iterator[str]:
        """Names of the components that are above the limit's: "net", "fee", or the tax with its place."""
        if self.net > limit.net:
            yield "net"
        if self.fee > limit.fee:
            yield "fee"
        for part in self.taxes:
            if part.amount > limit.of_tax(part.key):
                yield " ".join(filter(None, part.key))


NOTHING = Amounts()


def sum_of(lines: Iterable[Amounts]) -> Amounts:
    """Sums of net and fee, and each tax summed over the lines."""
    net = fee = 0
    taxes: dict[tuple[str, str, str], int] = {}
    for amounts in lines:
        net, fee = net + amounts.net, fee + amounts.fee
        for part in amounts.taxes:
            taxes[part.key] = taxes.get(part.key, 0) + part.amount
    return Amounts(net, fee, tuple(TaxPart(*key, amount) for key, amount in taxes.items()))


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line of a paid order.

    Attributes:
        product: What was bought.
        paid: What was paid, as it was allotted to the line when the order was quoted.
        refunded: What of it went back before; no component of it above what was paid.
        action: What the line did.
        cycle: How it is billed.
        licence_type: "commercial", "academic" ...
        term_start: First day of the time that was bought.
        service_start: First day of paid service, the day after a trial; None for the first day of that time.
        first_paid_on: Day on which the product was first paid for; None on a first purchase for the order's payment.
        sold_to_address: Where the end customer of the line is, when it is not the order's.
    """

    product: Product
    paid: Amounts
    refunded: Amounts = NOTHING
    action: Action | None = None
    cycle: Cycle | None = None
    licence_type: str | None = None
    term_start: date | None = None
    service_start: date | None = None
    first_paid_on: date | None = None
    sold_to_address: Address | None = None

    def __post_init__(self) -> None:
        above = ", ".join(self.refunded.exceeding(self.paid))
        if above:
            raise ValueError(f"more was refunded than was paid: {above}")


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """What was paid for an order, by line and component, and what of it was refunded.

    Attributes:
        lines: Its lines, in the order of the order.
        order_date: Day of the order.
        paid_on: Day on which payment was confirmed; with several payments, of the last.
        channel: Who bought.
        billing_party: Who was billed.
        sold_to: The end customer.
    """

    lines: tuple[PaidLine, ...]
    order_date: date | None = None
    paid_on: date | None = None
    channel: Channel | None = None
    billing_party: Party | None = None
    sold_to: Party | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is asked back.

    Attributes:
        kind: Everything, some lines, tax alone, or another product instead of money.
        lines: Positions of the lines it concerns; none for every line.
        evidence: Documents presented, for tax alone.
        exchange_product: Product wanted instead.
    """

    kind: RefundKind = RefundKind.WHOLE
    lines: tuple[int, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    exchange_product: Product | None = None


@dataclass(frozen=True, slots=True)
class RefundWindow:
    """The days on which something can be asked back, the last included."""

    start: date
    last: date

    def __str__(self) -> str:
        return f"{self.start} to {self.last}"


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What of one line goes back.

    Attributes:
        position: Its position in the order.
        window: When it can be asked; None where there is no window, or it is not known.
        amounts: What goes back; None when nothing does. Parts that are decided stand even when others are open.
        rule_id: Rule that decides it.
        findings: What stands in the way.
    """

    position: int
    window: RefundWindow | None = None
    amounts: Amounts | None = None
    rule_id: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How decided the line is."""
        return weakest(self.findings)


@dataclass(frozen=True, slots=True)
class RefundAssessment:
    """What of an order goes back.

    Attributes:
        lines: The lines that were asked about, by position.
        amounts: Sums of what goes back, taxes apart; None unless everything is granted in money.
        payer: "vendor", "tax_authority", or empty when nobody pays.
        guidance: Where it is asked for; None where the edition names nobody.
        findings: Those of the lines and of the whole.
    """

    lines: tuple[LineRefund, ...]
    amounts: Amounts | None
    payer: str
    guidance: Guidance | None
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """How decided the whole is: as its weakest part."""
        return weakest(self.findings)
