"""Prices of a time that is not one full term."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from quotary_spec.calendar import Term, add_months
from quotary_spec.money import Rounding
from quotary_spec.rule import rule


@rule("PRORATED-PRICE", "000:386 000:934 002:846 003:49-51 004:56-58", rulings="R-05 R-07 R-08", general=True)
def prorated_price(full_price: int | Fraction, term: Term, full_months: int, rounding: Rounding) -> int:
    """A time other than one full term costs its days over the days of the full term that starts with it, rounded once.

    The price is in minor units, a fraction of them only where a unit price is finer than those.

    Reading: in a longer time each whole full term costs the full price; the days that follow are taken over the full
    term that they begin. No edition says how days are counted.
    """
    part = part_of_price(full_price, term, full_months)
    return rounding(part.numerator, part.denominator)


def part_of_price(full_price: int | Fraction, term: Term, full_months: int) -> int | Fraction:
    """The price of a term, not rounded: its whole full terms, and the days after them over the full term they begin."""
    whole = term.months // full_months
    rest = add_months(term.start, whole * full_months)
    days = (term.end - rest).days
    if not days:
        return full_price * whole
    days_of_full_term = (add_months(term.start, (whole + 1) * full_months) - rest).days
    return Fraction(full_price * (whole * days_of_full_term + days)) / days_of_full_term


@rule("PRICE-YEAR-TEN-MONTHS", "001:270 001:287", rulings="R-08")
def price_of_a_year(monthly_price: Decimal, months_charged: int) -> Decimal:
    """A year of Guard costs ten monthly prices: two months are free."""
    return monthly_price * months_charged
