"""Upgrades within a term, downgrades, and the move from Data Center to cloud: what is charged and what is credited.

Editions 2021 and 2023 print no way to price an upgrade.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.product import Platform
from quotary_spec.money import Rounding
from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book


@rule("UPGRADE-DIFFERENCE", "000:934 002:846", rulings="R-07 R-08 R-21 R-21-DATA-CENTER")
def prorated_difference(
    new_tier_price: int, old_tier_price: int, days_left: int, days_of_term: int, rounding: Rounding
) -> int:
    """A mid-term upgrade costs the difference of the tier prices for the days left of the term, whose end stays.

    Rounded once, and never below zero.

    Reading: both prices are after discount and for the whole term that is held, prorated from one and the same length.
    Data Center follows the section on upgrade prices.
    """
    return max(0, rounding((new_tier_price - old_tier_price) * days_left, days_of_term))


@rule("UPGRADE-VALUE-HELD", "000:148-149 000:1196-1198 002:250 002:1060-1062", rulings="R-21 R-21-VALUE")
def value_held(net_paid: int, credit: int) -> int:
    """What is held is worth what was paid for its term: the money, and the credit that earlier purchases brought.

    Reading: before fee and taxes; "value" is not what changed hands last.
    """
    return net_paid + credit


@rule("UPGRADE-DC-MONTHS-LEFT", "000:1196 002:1060", rulings="R-04 R-07 R-21")
def full_months_left(upgrade_date: date, end: date) -> int:
    """Of the licence that is upgraded only full months are counted: those that end on or before its last day.

    Reading: the greatest m for which the day of the upgrade plus m months is not after the end.
    """
    return Term(upgrade_date, max(upgrade_date, end)).months


@rule("UPGRADE-DC-CREDIT", "000:1196-1198 002:1060-1062", rulings="R-08 R-21")
def credit_for_months_left(value: int, months_of_term: int, months_left: int, rounding: Rounding) -> int:
    """The full months left of a Data Center licence are worth their part of what was paid for it.

    Rounded once, never by month.

    Reading: the value of what is held, in equal parts by month of the term.
    """
    return rounding(value * min(months_left, months_of_term), months_of_term) if months_of_term else 0


@rule("UPGRADE-DC-PRICE", "000:1196-1198 002:1060-1062", rulings="R-09 R-21")
def price_less_credit(new_price: int, credit: int) -> int:
    """An upgrade of Data Center costs the new tier's price less the value of the full months left, never below zero.

    Reading: the price is that of a new term from payment, which the end of life may cut.
    """
    return max(0, new_price - credit)


@rule("UPGRADE-DC-DOWNGRADE-RENEW", "002:1056", rulings="R-04 R-37")
def may_downgrade_with_renewal(day: date, expiry: date, days_before: int) -> bool:
    """A Data Center subscription is downgraded together with its renewal, from 90 days before it expires until then."""
    return 0 <= (expiry - day).days <= days_before


def against_late_change(book: Book, day: date | None, held_end: date) -> Finding | None:
    """What stands against a change of what is hosted from that day on: the term within which it lies has ended."""
    if not book.serves(prorated_difference):
        return None
    if day is None:
        return undetermined("INPUT_MISSING", "deal.order_date").by(prorated_difference.info.id)
    if day < held_end:
        return None
    return refused("TERM_ALREADY_OVER", end=held_end.isoformat()).by(prorated_difference.info.id)


def against_downgrade(book: Book, day: date | None, expiry: date | None) -> Finding | None:
    """What stands against downgrading Data Center on that day, where it goes with the renewal of what is held."""
    if not book.serves(may_downgrade_with_renewal):
        return None
    if expiry is None or day is None:
        return undetermined("INPUT_MISSING", "prior.term" if expiry is None else "deal.order_date")
    if may_downgrade_with_renewal(day, expiry, book.integer("upgrade.downgrade-days-before-expiry")):
        return None
    return refused("DOWNGRADE_OUTSIDE_WINDOW").by(may_downgrade_with_renewal.info.id)


@rule("DISCOUNT-STEP-UP-QUALIFIES", "000:149 002:250", rulings="R-10")
def step_up_is_approved(step_up_approved: bool | None) -> bool | Finding:
    """A step-up credit is for qualifying customers; who qualifies is the vendor's decision."""
    if step_up_approved is None:
        return undetermined("INPUT_MISSING", "step_up_approved")
    return step_up_approved


@rule("DISCOUNT-STEP-UP-CREDIT", "000:148-149 002:250", rulings="R-07 R-08 R-10")
def step_up_credit(value: int, term: Term, migration_date: date, rounding: Rounding) -> int:
    """A customer who moves from Data Center to cloud is credited the part of what was paid that is not yet used.

    Rounded once.

    Reading: counted by days, on the value of what is held.
    """
    unused = min(max((term.end - migration_date).days, 0), term.days)
    return rounding(value * unused, term.days) if term.days else 0


@rule("DISCOUNT-MIGRATION-SIZE-OPEN", "003:82", only="2023", rulings="R-10")
def migration_discount() -> Finding:
    """Customers who move from a self-managed installation to cloud get a discount, whose size is not printed."""
    return undetermined("DISCOUNT_SIZE_NOT_KNOWN", "discount", programme="migration")


@rule("DISCOUNT-DUAL-LICENCE", "000:150-151", rulings="R-05 R-19")
def dual_licence_is_short_enough(term: Term, most_months: int) -> bool:
    """While a customer moves to cloud, its Data Center subscription is extended for a year at most."""
    return term.end <= add_months(term.start, most_months)


@rule("DISCOUNT-DUAL-LICENCE-QUALIFYING", "002:251", rulings="R-05 R-10")
def qualifying_dual_licence_is_short_enough(term: Term, most_months: int) -> bool:
    """While a qualifying customer moves to cloud, its Data Center subscription is extended for a year at most.

    Reading: who qualifies is the vendor's decision; an extension that is asked about is taken as granted.
    """
    return term.end <= add_months(term.start, most_months)


dual_licence_fits = ByEdition(dual_licence_is_short_enough, qualifying_dual_licence_is_short_enough)


@rule("DISCOUNT-DUAL-LICENCE-RATE", "000:151 002:251")
def dual_licence_discount(rate: Decimal) -> Decimal:
    """The extension during a move to cloud is discounted by 100 %."""
    return rate


@rule(
    "DISCOUNT-MIGRATION-INCENTIVES",
    "000:144-151 002:246-251",
    rulings="R-000-DISCOUNT-MIGRATION-INCENTIVES",
)
def migration_incentives(current: Platform, requested: Platform, to_cloud: Sequence[str]) -> tuple[str, ...]:
    """A move to cloud is helped by a migration trial, a step-up credit and a dual licence; no other move is.

    Reading: the credit and the dual licence are for Data Center, and from Server to Data Center there is nothing.
    """
    if not requested.hosted or current.hosted:
        return ()
    return tuple(to_cloud) if current is Platform.DATA_CENTER else tuple(to_cloud[:1])
