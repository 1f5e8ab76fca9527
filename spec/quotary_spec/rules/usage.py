"""What a period's use costs: the highest number of a month, the exact number at a renewal, or the tier bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.price import PriceSchedule
from quotary_spec.model.product import Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.price.user_price import price_of_users, whole_amount
from quotary_spec.rules.tiers.users import UserCount, counted_unit, is_priced_by_tier, needed_tier, schedule_of
from quotary_spec.supplements.price_book import PriceBook

_GUIDANCE = Keys("tier.guidance.*")


@rule("TIER-WITHIN", "000:990 000:994 002:896", rulings="R-22")
def fits_tier(users: int, tier: int) -> bool:
    """Any number of users up to the tier may be licensed without effect on the price."""
    return users <= tier


@rule("TIER-EXCEED", "000:990 000:994 001:347", not_in="2024", rulings="R-22")
def more_users_need_an_upgrade(users: int, tier: int) -> bool:
    """Who has more users than the tier holds has to upgrade to the next tier that holds them."""
    return users > tier


@rule("TIER-EXCEED-BY-READING", "001:347 002:896", only="2024", rulings="R-22 R-002-TIER-PRICE-ANNUAL")
def more_users_are_outside_the_tier(users: int, tier: int) -> bool:
    """More users than the tier holds are not licensed by it.

    Reading: what follows is said of Guard alone, a custom quote for a higher limit; a higher tier is needed
    elsewhere too.
    """
    return users > tier


upgrade_is_needed = ByEdition(more_users_need_an_upgrade, more_users_are_outside_the_tier)


@rule("TIER-CLOUD-MONTHLY-MAXIMUM", "000:989", rulings="R-22")
def highest_number(numbers: Sequence[int], at_renewal: int | None) -> int | None:
    """Monthly cloud is charged for the highest number of users at any time of the billing period."""
    return max(numbers) if numbers else None


@rule("TIER-PRICE-MONTHLY", "002:894", rulings="R-22")
def exact_number(numbers: Sequence[int], at_renewal: int | None) -> int | None:
    """Monthly cloud is priced by the exact number of licensed users, so that any change moves the price of the renewal.

    Reading: users are counted at the renewal.
    """
    return at_renewal


monthly_number = ByEdition(highest_number, exact_number)


@rule("GUARD-NUMBER-AT-BOUNDARY", "001:72 001:134", rulings="R-29 R-29-GUARD-A16")
def guard_monthly_number(numbers: Sequence[int], at_boundary: int | None, highest: bool = False) -> int | None:
    """Monthly Guard is charged for the billable users at the boundary of two periods.

    Reading: in advance, for the month that begins; the highest number of the period counts only where asked for.
    """
    return max(numbers, default=None) if highest else at_boundary


class Basis(StrEnum):
    """What a period's price is made of."""

    HIGHEST_NUMBER = "highest_number"
    EXACT_NUMBER = "exact_number"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class Usage:
    """What is held, and how many people were licensed.

    Attributes:
        subscription: The subscription: product, cycle, tier and term.
        period: Period that is billed; None for the term.
        records: Numbers by day, ascending; each holds until the next.
        at_renewal: People licensed at the renewal; None for the last number of the period.
        schedule: Prices and tiers; None for those of the price book.
        guard_highest: Whether monthly Guard is charged for its highest number.
        period_absent: Field that lacks of a period that is given in part; empty for a whole one and for none.
    """

    subscription: Subscription
    period: Term | None = None
    records: tuple[tuple[date, UserCount], ...] = ()
    at_renewal: UserCount | None = None
    schedule: PriceSchedule | None = None
    guard_highest: bool = False
    period_absent: str = ""


@dataclass(frozen=True, slots=True)
class UsageAnswer:
    """What a period's use comes to.

    Attributes:
        basis: What is billed; None while not decided.
        billable: Users or agents billed: highest number, exact number, or ceiling of the tier held.
        highest: Highest number found within the period.
        highest_on: First day with that number.
        needed_tier: Tier that holds the highest number; 0 where there are no tiers or none is known.
        upgrade_needed: Whether that is above the tier held.
        amount: Price in minor units of the currency.
        currency: Currency of the amount.
        price_change: What a change within the period does to what was paid; zero within a tier.
        guidance: How a higher tier is asked for.
        findings: What stands in the way, and remarks.
    """

    basis: Basis | None = None
    billable: int | None = None
    highest: int | None = None
    highest_on: date | None = None
    needed_tier: int = 0
    upgrade_needed: bool = False
    amount: int | None = None
    currency: str = "USD"
    price_change: int | None = None
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers that held at some time of the period, each with the first day on which it did."""

    days: tuple[tuple[date, int], ...]
    complete: bool
    at_renewal: int | None

    @property
    def values(self) -> list[int]:
        return [number for _, number in self.days]


def assess_usage(book: Book, usage: Usage, prices: PriceBook) -> UsageAnswer:
    """What a period's use costs: the highest number of a month, the exact number at renewal, or the tier bought."""
    current, period = usage.subscription, usage.period or usage.subscription.term
    product = current.product
    if product is None or product.platform is None:
        path = "subscription.product" if product is None else "subscription.product.platform"
        return UsageAnswer(findings=(undetermined("INPUT_MISSING", path),))
    by_tier = book.ask(is_priced_by_tier, product.platform, current.cycle)
    if isinstance(by_tier, Finding):
        return UsageAnswer(findings=(_below("subscription", by_tier),))
    if period is None or usage.period_absent:
        known = current.term_start is not None or current.term_end is not None
        absent = usage.period_absent or (f"subscription.{current.absent_of_term}" if known else "billing_period")
        return UsageAnswer(findings=(undetermined("INPUT_MISSING", absent),))
    numbers = _numbers(usage, period, counted_unit(book, product))
    if isinstance(numbers, Finding):
        return UsageAnswer(findings=(numbers,))
    if by_tier:
        return _tier_usage(book, usage, product, numbers, prices)
    return _monthly_usage(book, usage, product, numbers, prices)


def _below(path: str, finding: Finding) -> Finding:
    return finding.rebased(lambda each: f"{path}.{each}")


def _numbers(usage: Usage, period: Term, unit: str) -> _Numbers | Finding:
    before: int | None = None
    within: list[tuple[date, int]] = []
    for i, (day, count) in enumerate(usage.records):
        number = count.of(unit)
        if number is None:
            return undetermined("INPUT_MISSING", f"usage_records[{i}].user_count.{unit}s")
        if day <= period.start:
            before = number
        elif day < period.end:
            within.append((day, number))
    days = within if before is None else [(period.start, before), *within]
    at_renewal = days[-1][1] if days else None
    if usage.at_renewal is not None:
        at_renewal = usage.at_renewal.of(unit)
        if at_renewal is None:
            return undetermined("INPUT_MISSING", f"renewal_count.{unit}s")
    return _Numbers(tuple(days), before is not None, at_renewal)


def _highest(numbers: _Numbers) -> tuple[int | None, date | None]:
    if not numbers.days:
        return None, None
    highest = max(numbers.values)
    return highest, next(day for day, number in numbers.days if number == highest)


def _monthly_usage(book: Book, usage: Usage, product: Product, numbers: _Numbers, prices: PriceBook) -> UsageAnswer:
    highest, highest_on = _highest(numbers)
    if product.id == "guard":
        basis = Basis.HIGHEST_NUMBER if usage.guard_highest else Basis.EXACT_NUMBER
        billable = guard_monthly_number(numbers.values, numbers.at_renewal, usage.guard_highest)
    else:
        version = book.version(monthly_number)
        basis = Basis.HIGHEST_NUMBER if version is highest_number else Basis.EXACT_NUMBER
        billable = version(numbers.values, numbers.at_renewal)
    answer = UsageAnswer(basis, highest=highest, highest_on=highest_on)
    if basis is Basis.HIGHEST_NUMBER and not numbers.complete:
        missing = undetermined("INPUT_MISSING", "usage_records")
        return replace(answer, findings=(replace(missing, rule_id=highest_number.info.id),))
    if billable is None:
        return replace(answer, findings=(undetermined("INPUT_MISSING", "renewal_count"),))
    return _priced(book, usage, product, replace(answer, billable=billable), prices, billable)


def _tier_usage(book: Book, usage: Usage, product: Product, numbers: _Numbers, prices: PriceBook) -> UsageAnswer:
    tier, at_renewal = usage.subscription.user_tier, numbers.at_renewal
    if tier is None:
        return UsageAnswer(Basis.TIER, findings=(undetermined("INPUT_MISSING", "subscription.user_tier"),))
    highest, highest_on = _highest(numbers)
    answer = UsageAnswer(Basis.TIER, billable=tier, highest=highest, highest_on=highest_on)
    known = [number for number in (highest, at_renewal) if number is not None]
    if not known:
        return replace(answer, findings=(undetermined("INPUT_MISSING", "usage_records"),))
    most = max(known)
    answer = _against_tier(book, usage, product, answer, most, prices)
    if not answer.upgrade_needed:
        if not numbers.complete:
            return replace(answer, findings=(undetermined("INPUT_MISSING", "usage_records"),))
        if fits_tier(most, tier):
            answer = replace(answer, price_change=0)
    # The next period takes the tier held, or the one that holds those who are licensed then.
    return _priced(book, usage, product, answer, prices, tier if at_renewal is None else max(tier, at_renewal))


def _against_tier(
    book: Book, usage: Usage, product: Product, answer: UsageAnswer, most: int, prices: PriceBook
) -> UsageAnswer:
    tiers = (usage.schedule or schedule_of(prices, product)).tiers
    needed = needed_tier(most, tiers, "price_schedule.tiers")
    if isinstance(needed, int):
        answer = replace(answer, needed_tier=needed)
    tier = answer.billable
    assert tier is not None
    exceeds = book.version(upgrade_is_needed)
    if not exceeds(most, tier):
        return answer
    over = replace(refused("TIER_EXCEEDED", tier=str(tier), users=str(most)), rule_id=exceeds.info.id)
    findings = (over, needed) if isinstance(needed, Finding) else (over,)
    key = "guard" if product.id == "guard" else str(product.platform).replace("_", "-")
    return replace(answer, upgrade_needed=True, guidance=book.guidance(_GUIDANCE[key]), findings=findings)


def _priced(
    book: Book, usage: Usage, product: Product, answer: UsageAnswer, prices: PriceBook, number: int
) -> UsageAnswer:
    price = price_of_users(book, product, usage.subscription.cycle, number, prices, usage.schedule)
    if isinstance(price, Finding):
        # A refusal says enough; else a price that is not known leaves the answer open.
        open_price = () if answer.upgrade_needed else (replace(price, missing=("price_schedule",)),)
        return replace(answer, findings=(*answer.findings, *open_price))
    currency = usage.schedule.currency if usage.schedule is not None else "USD"
    return replace(answer, amount=whole_amount(price), currency=currency)
