"""Guard: the lines of a bill over counted users, Standard and, where it is taken, Premium on top of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from quotary_spec.model.order import Cycle
from quotary_spec.model.price import PriceSchedule
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding, half_up, minor_digits
from quotary_spec.outcome import Finding, Outcome, undetermined, weakest
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.users_assessment import Covered, GuardCount, PlanCount
from quotary_spec.rules.price.list_price import ListPrice, months_charged_a_year
from quotary_spec.rules.price.user_price import price_of_users, whole_amount
from quotary_spec.rules.tiers.users import schedule_of
from quotary_spec.supplements.price_book import PriceBook

STANDARD = Product("guard", Platform.CLOUD, "standard")
PREMIUM = Product("guard", Platform.CLOUD, "premium")


@rule("GUARD-PREMIUM-AMOUNT", "001:150 000:853-855", rulings="R-08 R-29 R-29-GUARD-A8")
def premium_amount(
    premium_of_charged: int | Fraction,
    standard_of_covered: int | Fraction,
    enterprise_difference: int | Fraction,
    rounding: Rounding,
) -> int:
    """Premium costs its own price, less the price of Standard for the users whom Standard or Enterprise covers already.

    Rounded once.

    Reading: both groups pay the Premium price less the Standard price, so that user by user it is the difference or the
    whole price; where Enterprise has a difference of its own, its users are charged that and nothing else.
    """
    exact = Fraction(premium_of_charged) - standard_of_covered + enterprise_difference
    return rounding(exact.numerator, exact.denominator)


@dataclass(frozen=True, slots=True)
class GuardPrices:
    """What a bill is priced with.

    Attributes:
        cycle: How Guard is billed.
        premium_taken: Whether the organisation takes Premium on top of Standard.
        standard: Prices of Standard; None for the price book's.
        premium: Prices of Premium; None for the price book's.
        enterprise_difference: Price of Premium for a user whom Cloud Enterprise covers, for one period; None for the
            Premium price less the Standard price.
    """

    cycle: Cycle = Cycle.MONTHLY
    premium_taken: bool = False
    standard: PriceSchedule | None = None
    premium: PriceSchedule | None = None
    enterprise_difference: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a Guard bill.

    Attributes:
        plan: "standard" or "premium".
        full_price_users: Users at the full price.
        difference_users: Users at the difference to Standard.
        full_unit: Full price of one user, where it is the same for all.
        difference_unit: Difference for one user, where it is the same for all.
        tier: Tier charged; 0 where the price is by user.
        month: Price of that tier for one month in minor units, where a year is made of it.
        amount: Amount for one period in minor units; None while not decided.
        findings: What stands in the way.
    """

    plan: str
    full_price_users: int = 0
    difference_users: int = 0
    full_unit: Decimal | None = None
    difference_unit: Decimal | None = None
    tier: int = 0
    month: int | None = None
    amount: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How decided the line is."""
        return weakest(self.findings)


@dataclass(frozen=True, slots=True)
class GuardBill:
    """The lines of a bill, and their sum once each is granted."""

    lines: tuple[BillLine, ...]
    total: int | None
    currency: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stands in the way of the lines."""
        return tuple(finding for line in self.lines for finding in line.findings)


def price_count(book: Book, count: GuardCount, given: GuardPrices, prices: PriceBook) -> GuardBill:
    """Price the counted users: a line for Standard, and one for Premium where it is taken."""
    currency = given.standard.currency if given.standard is not None else "USD"
    if count.standard is None:
        return GuardBill((), None, currency)
    lines = [_standard_line(book, count.standard, given, prices)]
    if given.premium_taken:
        lines.append(_premium_line(book, count.covered, given, prices))
    amounts = [line.amount for line in lines if line.amount is not None]
    return GuardBill(tuple(lines), sum(amounts) if len(amounts) == len(lines) else None, currency)


def _standard_line(book: Book, count: PlanCount, given: GuardPrices, prices: PriceBook) -> BillLine:
    if count.users is None:
        return BillLine("standard", findings=(undetermined("USER_FACTS_MISSING"),))
    price = _price(book, STANDARD, given, count.users, prices)
    if isinstance(price, Finding):
        return BillLine("standard", count.users, findings=(price,))
    return BillLine(
        plan="standard",
        full_price_users=count.users,
        full_unit=_flat(STANDARD, given, prices),
        tier=price.tier,
        month=_month(book, STANDARD, given, prices, price, count.users),
        amount=whole_amount(price),
    )


def _premium_line(book: Book, covered: Covered | None, given: GuardPrices, prices: PriceBook) -> BillLine:
    if covered is None:
        return BillLine("premium", findings=(undetermined("USER_FACTS_MISSING"),))
    own = given.enterprise_difference
    differing = covered.standard + (0 if own is not None else covered.enterprise)
    line = BillLine("premium", covered.nothing, covered.standard + covered.enterprise)
    charged = _price(book, PREMIUM, given, covered.nothing + differing, prices)
    deducted = _price(book, STANDARD, given, differing, prices)
    whole = _price(book, PREMIUM, given, differing, prices)
    findings = dict.fromkeys(each for each in (charged, deducted, whole) if isinstance(each, Finding))
    if isinstance(charged, Finding) or isinstance(deducted, Finding) or isinstance(whole, Finding):
        return replace(line, findings=tuple(findings))
    if whole.amount < deducted.amount:
        return replace(line, findings=(undetermined("PREMIUM_BELOW_STANDARD", "settings.premium_prices"),))
    extra = _exact(own, given, covered.enterprise) if own is not None else 0
    full, standard = _flat(PREMIUM, given, prices), _flat(STANDARD, given, prices)
    same = own is None or not covered.enterprise
    return replace(
        line,
        full_unit=full,
        difference_unit=full - standard if full is not None and standard is not None and same else None,
        tier=charged.tier,
        month=_month(book, PREMIUM, given, prices, charged, covered.nothing) if not differing else None,
        amount=premium_amount(charged.amount, deducted.amount, extra, half_up),
    )


_NOBODY = ListPrice(0, None, None, 0, "nobody")


def _price(book: Book, plan: Product, given: GuardPrices, users: int, prices: PriceBook) -> ListPrice | Finding:
    """What that many users of a plan cost for one period; nobody costs nothing, whatever the smallest tier."""
    if not users:
        return _NOBODY
    schedule = _given(plan, given)
    price = price_of_users(book, plan, given.cycle, users, prices, schedule)
    if isinstance(price, Finding):
        # Of prices that are given, what lacks is by user for a month and by tier for a year.
        part = "" if schedule is None else ".bands" if given.cycle is Cycle.MONTHLY else ".tiers"
        return replace(price, missing=(f"settings.{plan.plan}_prices{part}",))
    return price


def _given(plan: Product, given: GuardPrices) -> PriceSchedule | None:
    return given.standard if plan is STANDARD else given.premium


def _flat(plan: Product, given: GuardPrices, prices: PriceBook) -> Decimal | None:
    """The price of one user where it is the same for every user."""
    units = {band.unit for band in (_given(plan, given) or schedule_of(prices, plan)).bands}
    return units.pop() if given.cycle is Cycle.MONTHLY and len(units) == 1 else None


def _month(
    book: Book, plan: Product, given: GuardPrices, prices: PriceBook, price: ListPrice, users: int
) -> int | None:
    """The price of the tier for one month, where that of the year was made of it."""
    tier = (_given(plan, given) or schedule_of(prices, plan)).tier_that_holds(users)
    charged = months_charged_a_year(book, plan)
    made = tier is not None and (tier.price is None or tier.months == 1)
    if given.cycle is Cycle.MONTHLY or not made or not charged or not users:
        return None
    exact = Fraction(price.amount) / charged
    return half_up(exact.numerator, exact.denominator)


def _exact(unit: Decimal, given: GuardPrices, users: int) -> Fraction:
    currency = given.standard.currency if given.standard is not None else "USD"
    return Fraction(unit.scaleb(minor_digits(currency))) * users
