"""A chain of purchases: what each cost when it was made, and what is held after the last (R-21).

Each purchase is priced on its own day with what the ones before it left; a purchase after the first is a change of what
is held unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from quotary_spec.calendar import Term
from quotary_spec.model.order import Action, Deal, Line, Prior
from quotary_spec.model.quote import PricedLine
from quotary_spec.outcome import Finding
from quotary_spec.rule import current_trace
from quotary_spec.rulebook import Book
from quotary_spec.rules.price.change_price import UpgradeMethod, after_discount, method_of, price_change
from quotary_spec.rules.price.changes import value_held
from quotary_spec.rules.price.line_price import open_line, price_line
from quotary_spec.rules.price.list_price import Pricing, list_price
from quotary_spec.rules.terms_start import settled
from quotary_spec.supplements.price_book import PriceBook


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line as it was bought on a day, without what was held before."""

    line: Line
    day: date


@dataclass(frozen=True, slots=True)
class PricedPurchase:
    """What a purchase cost, and what is held after it.

    Attributes:
        line: The line, priced; its net amount is the money and its credit what earlier purchases brought.
        after: What is held after it; None while it is not priced.
        value: Value of what is held, in minor units; None likewise, and where the edition prints no way to count it.
    """

    line: PricedLine
    after: Prior | None = None
    value: int | None = None


def price_purchases(
    book: Book, deal: Deal, purchases: Sequence[Purchase], prices: PriceBook
) -> tuple[PricedPurchase, ...]:
    """Price the purchases in their order. After one that is not decided the ones that follow are left out."""
    trace = current_trace()
    priced: list[PricedPurchase] = []
    current: Prior | None = None
    for i, purchase in enumerate(purchases):
        if trace is not None:
            trace.subject = f"purchases[{i}]"
        # A day is all that is told of a purchase that was made.
        then = replace(deal, order_date=purchase.day, payment_date=None, order_time=None)
        priced.append(_priced(Pricing.of(book, then, prices), purchase.line, current))
        current = priced[-1].after
        if current is None:
            break
    if trace is not None:
        trace.subject = ""
    return tuple(priced)


def _priced(pricing: Pricing, line: Line, current: Prior | None) -> PricedPurchase:
    if current is not None:
        line = replace(line, prior=current)
        if method_of(line) is None and line.action is Action.NEW:
            line = replace(line, action=Action.UPGRADE)
    requested = settled(pricing.deal, line)
    if isinstance(requested, Finding):
        return PricedPurchase(open_line(line, requested))
    method = method_of(requested)
    priced = price_line(pricing, requested) if method is None else price_change(pricing, requested, method).line
    if priced.net is None or priced.term is None:
        return PricedPurchase(priced)
    after = _held_after(pricing, requested, priced)
    if method is UpgradeMethod.PRORATED_DIFFERENCE:
        # A difference is paid on top, for a term that goes on; all else starts anew.
        assert current is not None
        assert current.term is not None
        assert current.net_paid is not None
        term = Term(current.term.start, priced.term.end)
        after = replace(after, term=term, net_paid=current.net_paid + priced.net, credit=current.credit)
    assert after.net_paid is not None
    value = pricing.book.if_served(value_held, after.net_paid, after.credit)
    return PricedPurchase(priced, after, value)


def _held_after(pricing: Pricing, line: Line, priced: PricedLine) -> Prior:
    """What is held after a purchase with a term of its own, and its tier's price for the length it is listed for."""
    after = Prior(line.product, line.user_tier or line.quantity, priced.term, priced.net, credit=priced.credit)
    listing = list_price(pricing, line.product, line.cycle, line.quantity, line.user_tier, line.price)
    if isinstance(listing, Finding):
        return after
    tier_price = after_discount(pricing, line, listing).net
    return replace(after, tier_price=tier_price, tier_months=listing.months)
