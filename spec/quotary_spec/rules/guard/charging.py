"""How Guard is charged: when, for which time, and how much for a number of users.

Who is counted is in ``guard.users``; the bill over counted users, with tiers, in ``guard.bill``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from quotary_spec.calendar import Term
from quotary_spec.model.billing_account import Charging, GuardUsage
from quotary_spec.model.price import PriceBand, PriceSchedule
from quotary_spec.money import half_up, to_minor
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.bill import STANDARD, premium_amount
from quotary_spec.rules.price.list_price import months_charged_a_year
from quotary_spec.rules.price.proration import price_of_a_year


@rule(
    "GUARD-BILLING-PROGRESSIVE-PRICING",
    "001:130 001:277 001:281",
    rulings="R-29 R-001-GUARD-BILLING-PROGRESSIVE-PRICING",
)
def graduated_price(users: int, bands: Sequence[PriceBand]) -> Decimal | Finding:
    """Guard Standard is charged for its unique users, and the more there are, the lower the price of the further ones.

    Reading: each user is priced in its own band.
    """
    schedule = PriceSchedule(tuple(bands))
    if users and not schedule.reaches(users):
        return undetermined("PRICE_NOT_KNOWN", "guard_usage.standard_bands")
    return sum((band.unit * count for band, count in schedule.users_by_band(users)), Decimal(0))


@rule("GUARD-BILLING-MONTHLY-CHARGE", "001:134", rulings="R-05 R-29")
def charged_on(period: Term, charging: Charging) -> tuple[date, Term]:
    """Guard by the month is charged by itself at the end of each billing period.

    Reading: for the month that begins then, on the count of that day; charged in arrears, for the period that ends.
    """
    paid = Term.of_months(period.end, 1) if charging is Charging.ADVANCE else period
    return period.end, paid


@rule("GUARD-BILLING-ANNUAL-PREPAID", "001:287", rulings="R-05")
def annual_is_in_force(period: Term, paid_on: date | None, day: date) -> bool:
    """An annual Guard subscription is bought in advance: without payment it is not in force."""
    return paid_on is not None and paid_on <= day and day in period


def guard_amounts(book: Book, usage: GuardUsage) -> tuple[int, int | None, int | None] | Finding:
    """Minor units of the Standard line, of the Premium line and of a year of both; None where there is no such amount.

    The Premium line bears the difference for users who are covered, and the whole price for all others.
    """
    if usage.standard_users is None:
        return undetermined("INPUT_MISSING", "guard_usage.standard_user_count")
    if not usage.standard_bands:
        return undetermined("PRICE_NOT_KNOWN", "guard_usage.standard_bands")
    exact = graduated_price(usage.standard_users, usage.standard_bands)
    if isinstance(exact, Finding):
        return exact
    standard, premium = to_minor(exact, usage.currency), _premium(usage)
    if isinstance(premium, Finding):
        return premium
    months = months_charged_a_year(book, STANDARD)
    if months is None:
        return standard, premium, None
    year = to_minor(price_of_a_year(exact, months), usage.currency)
    return standard, premium, year + (0 if premium is None else premium * months)


def _premium(usage: GuardUsage) -> int | Finding | None:
    if not usage.premium_users:
        return None
    if usage.premium_unit is None:
        return undetermined("PRICE_NOT_KNOWN", "guard_usage.premium_unit_price")
    deducted = graduated_price(usage.covered_premium_users, usage.standard_bands)
    if isinstance(deducted, Finding):
        return deducted
    whole = to_minor(usage.premium_unit * usage.premium_users, usage.currency)
    covered = to_minor(deducted, usage.currency)
    if to_minor(usage.premium_unit * usage.covered_premium_users, usage.currency) < covered:
        return undetermined("PREMIUM_BELOW_STANDARD", "guard_usage.premium_unit_price")
    return premium_amount(whole, covered, 0, half_up)
