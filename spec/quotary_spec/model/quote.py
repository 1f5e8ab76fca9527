"""A priced order: every amount in minor units of the deal's currency; None while it is not decided."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from quotary_spec.calendar import Term
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, Outcome, weakest


@dataclass(frozen=True, slots=True)
class AppliedDiscount:
    """A discount that was applied, or was looked for and found to be nothing.

    Attributes:
        programme: Programme it comes from; "given" for a discount in the request.
        rate: Fraction taken off; None when the request gave an amount.
        amount: Amount taken off.
        reason: Why it is nothing ("NOT_LISTED"); empty otherwise.
        rule_id: Rule that gives it.
    """

    programme: str
    rate: Decimal | None
    amount: int
    reason: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """The price of one line.

    Attributes:
        product: What is bought.
        quantity: Units priced.
        user_tier: Tier priced; 0 where the price is by user.
        unit_price: Price of one unit for a full term, exact, in the deal's currency.
        term: Term priced.
        list_amount: Price of all units for one full term.
        prorated: List amount brought to the days of the term.
        discount: Discount on the prorated amount.
        credit: Credit for what was paid before, a positive amount.
        order_discount: The line's part of the discount of the whole order.
        net: Prorated amount less discounts and credit, never below zero.
        price_source: "request", or the key of the row in the price book.
        other_discounts: Discounts that could have applied but do not, since they do not stack.
        findings: What stands in the way, and remarks.
    """

    product: Product
    quantity: int
    user_tier: int = 0
    unit_price: Decimal | None = None
    term: Term | None = None
    list_amount: int | None = None
    prorated: int | None = None
    discount: AppliedDiscount | None = None
    credit: int = 0
    net: int | None = None
    price_source: str = ""
    other_discounts: tuple[AppliedDiscount, ...] = ()
    findings: tuple[Finding, ...] = ()
    order_discount: int = 0

    @property
    def outcome(self) -> Outcome:
        """How decided the line is."""
        return weakest(self.findings) if self.findings else Outcome.GRANTED
