"""The list price of a line for one full term: from the request or the price book, converted, times quantity (R-09)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from quotary_spec.calendar import Term
from quotary_spec.model.order import Channel, Cycle, Deal, GivenPrice, Line
from quotary_spec.model.price import PriceSchedule, TierPrice
from quotary_spec.model.product import Product
from quotary_spec.money import Rounding, minor_digits
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import read_row
from quotary_spec.rulebook import Book
from quotary_spec.rules.currency import convert
from quotary_spec.rules.price.proration import price_of_a_year
from quotary_spec.rules.terms_start import asked_term, default_months, starts_at_held_end
from quotary_spec.rules.tiers.users import needed_tier, smallest_tier
from quotary_spec.supplements.price_book import PriceBook

_MONTHS_CHARGED = Keys("term.*.months-charged-a-year")


REQUEST = "request"
"""Source of a price that the request gives."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """What all lines of an order are priced with, resolved once.

    Attributes:
        book: The edition.
        deal: Circumstances of the order.
        prices: Price book.
        rounding: Rounding of every computed amount.
        scale: Minor units in one unit of the deal's currency.
        terms: Full terms from the day of the order, by their months, as they are needed.
    """

    book: Book
    deal: Deal
    prices: PriceBook
    rounding: Rounding
    scale: int
    terms: dict[int, Term]

    @classmethod
    def of(cls, book: Book, deal: Deal, prices: PriceBook) -> Pricing:
        """The circumstances of a deal under an edition and a price book."""
        return cls(
            book=book,
            deal=deal,
            prices=prices,
            rounding=deal.rounding.rounding,
            scale=10 ** minor_digits(deal.currency.code),
            terms={},
        )

    def has_no_discounts(self) -> bool:
        """True when the documents offer this buyer none beyond the programmes."""
        key = "discount.none-otherwise"
        return self.deal.channel is Channel.RESELLER or (self.book.if_printed(self.book.flag, key) is True)

    def term_of(self, line: Line, months: int | None) -> Term | None:
        """The term that a line asks for; None while its days are not known."""
        if line.prior is not None or line.term_start is not None or line.names_length or starts_at_held_end(line):
            return asked_term(self.deal, line, months)
        if months is None or self.deal.order_date is None:
            return None
        term = self.terms.get(months)
        if term is None:
            term = self.terms[months] = Term.of_months(self.deal.order_date, months)
        return term

    def minor(self, price: Decimal, quantity: int) -> int | Fraction:
        """A price times a quantity in minor units; a fraction only where the price is finer than those."""
        numerator, denominator = price.as_integer_ratio()
        total = numerator * quantity * self.scale
        whole, rest = divmod(total, denominator)
        return Fraction(total, denominator) if rest else whole


class ListPrice(NamedTuple):
    """The list price of all units of a line for one full term.

    Attributes:
        amount: Minor units of the deal's currency; a fraction only where a unit price is finer than those.
        unit: Price of one unit, exact, in the deal's currency; None where it differs from user to user.
        months: Months of the full term; None when the request does not tell.
        tier: Tier priced; 0 where the price is by user.
        source: "request", or the key of the row in the price book.
    """

    amount: int | Fraction
    unit: Decimal | None
    months: int | None
    tier: int
    source: str


def list_price(
    pricing: Pricing,
    product: Product,
    cycle: Cycle | None,
    quantity: int,
    user_tier: int | None,
    price: GivenPrice | None,
) -> ListPrice | Finding:
    """The list price, or what is missing to know it, in fields relative to the line."""
    if price is not None:
        return _given(pricing, product, cycle, quantity, user_tier, price)
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    booked = pricing.prices.find(product)
    if booked is None:
        return undetermined("PRICE_NOT_KNOWN", "price.unit_price")
    monthly = cycle is Cycle.MONTHLY
    if cycle is None and product.platform.hosted:
        return undetermined("INPUT_MISSING", "billing_cycle")
    read_row(booked.row)
    if monthly:
        return _by_user(pricing, booked.schedule, quantity, booked.row.key)
    if user_tier is None:
        return undetermined("INPUT_MISSING", "user_tier")
    return _by_tier(pricing, product, booked.schedule, quantity, user_tier, booked.row.key)


def _given(
    pricing: Pricing, product: Product, cycle: Cycle | None, quantity: int, user_tier: int | None, price: GivenPrice
) -> ListPrice | Finding:
    unit = convert(pricing.book, pricing.deal, price.unit, price.currency, pricing.rounding)
    if isinstance(unit, Finding):
        return unit
    months = price.months or default_months(product, cycle)
    if price.months == 1 and cycle is Cycle.ANNUAL:
        charged = months_charged_a_year(pricing.book, product)
        if charged is not None:
            unit, months = price_of_a_year(unit, charged), 12
    return ListPrice(pricing.minor(unit, quantity), unit, months, user_tier or 0, REQUEST)


def months_charged_a_year(book: Book, product: Product) -> int | None:
    """How many monthly prices a year of the product costs, where the edition says it."""
    key = _MONTHS_CHARGED[product.id]
    return book.if_printed(book.integer, key)


def _by_user(pricing: Pricing, schedule: PriceSchedule, users: int, source: str) -> ListPrice | Finding:
    """Graduated prices: each band's converted unit price for the users within it."""
    if not schedule.reaches(users):
        return undetermined("PRICE_NOT_KNOWN", "price.unit_price")
    amount: int | Fraction = 0
    units: set[Decimal] = set()
    for band, count in schedule.users_by_band(users):
        unit = convert(pricing.book, pricing.deal, band.unit, schedule.currency, pricing.rounding)
        if isinstance(unit, Finding):
            return unit
        amount += pricing.minor(unit, count)
        units.add(unit)
    return ListPrice(amount, units.pop() if len(units) == 1 else None, 1, 0, source)


def _by_tier(
    pricing: Pricing, product: Product, schedule: PriceSchedule, quantity: int, users: int, source: str
) -> ListPrice | Finding:
    """The smallest tier that holds the users; one without a price is made from the bands where the edition says how."""
    tier = _booked_tier(pricing.book, schedule, users)
    if tier is not None and tier.price is None:
        tier = _tier_of_bands(pricing.book, product, schedule, tier)
    if tier is None or tier.price is None:
        return undetermined("PRICE_NOT_KNOWN", "price.unit_price")
    unit = convert(pricing.book, pricing.deal, tier.price, schedule.currency, pricing.rounding)
    if isinstance(unit, Finding):
        return unit
    return ListPrice(pricing.minor(unit, quantity), unit, tier.months, tier.users or users, source)


def _booked_tier(book: Book, schedule: PriceSchedule, users: int) -> TierPrice | None:
    """The tier that the rule finds; editions without that rule take the same one."""
    if not book.serves(smallest_tier):
        return schedule.tier_that_holds(users)
    ceiling = needed_tier(users, schedule.tiers, "user_tier")
    if isinstance(ceiling, Finding):
        return None
    return next(tier for tier in schedule.tiers if tier.users in (ceiling, None))


def _tier_of_bands(book: Book, product: Product, schedule: PriceSchedule, tier: TierPrice) -> TierPrice | None:
    charged = months_charged_a_year(book, product)
    if charged is None or tier.users is None or not schedule.reaches(tier.users):
        return None
    month = sum((band.unit * count for band, count in schedule.users_by_band(tier.users)), Decimal(0))
    return replace(tier, price=price_of_a_year(month, charged), months=12)
