"""What a period of use costs, and single answers on tiers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term
from quotary_spec.model.order import Cycle
from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.price.user_price import price_of_users
from quotary_spec.rules.tiers.apps import AppTierCheck, check_app_tier
from quotary_spec.rules.tiers.users import (
    TierAnswer,
    UserCount,
)
from quotary_spec.rules.usage import (
    Basis,
    Usage,
    UsageAnswer,
    assess_usage,
    exact_number,
    guard_monthly_number,
    highest_number,
)
from tier_cases import EDITIONS, GUARD, JIRA, JIRA_DC, NO_BOOK, check, outcome, resolve

MAY = Term(date(2026, 5, 1), date(2026, 6, 1))
FLAT = PriceSchedule((PriceBand(Decimal(7)),))
TIERS = PriceSchedule(tiers=(TierPrice(500, Decimal(10_000)), TierPrice(1000, Decimal(18_000))))


def use(
    edition: str,
    numbers: list[tuple[date, int]],
    product: Product = JIRA,
    cycle: Cycle | None = Cycle.MONTHLY,
    tier: int | None = None,
    **facts: Any,
) -> UsageAnswer:
    known: dict[str, Any] = {"period": MAY, "schedule": FLAT}
    held = Subscription(product, cycle, user_tier=tier)
    records = tuple((day, UserCount(number)) for day, number in numbers)
    return assess_usage(BOOK[edition], Usage(held, records=records, **(known | facts)), NO_BOOK)


records = st.lists(
    st.tuples(st.dates(date(2026, 4, 1), date(2026, 6, 30)), st.integers(0, 900)),
    min_size=1,
    max_size=12,
    unique_by=lambda record: record[0],
).map(sorted)


def held_by_day(numbers: list[tuple[date, int]], day: date) -> int | None:
    """The number in force on a day, looked up day by day."""
    before = [number for at, number in numbers if at <= day]
    return before[-1] if before else None


@given(records)
def test_the_highest_number_is_the_maximum_over_the_days(numbers: list[tuple[date, int]]) -> None:
    days = [MAY.start + timedelta(days=i) for i in range(MAY.days)]
    held = [held_by_day(numbers, day) for day in days]
    answer = use("2026", numbers)
    known = [number for number in held if number is not None]
    assert answer.highest == (max(known) if known else None)
    if None in held:
        assert outcome(answer) is Outcome.UNDETERMINED
        assert answer.amount is None
    else:
        assert answer.highest_on == days[held.index(max(known))]
        assert answer.billable == max(known)
        assert answer.amount == max(known) * 700


@given(records, st.none() | st.integers(0, 900))
def test_the_exact_number_is_that_of_the_renewal(numbers: list[tuple[date, int]], at_renewal: int | None) -> None:
    renewal = None if at_renewal is None else UserCount(at_renewal)
    answer = use("2024", numbers, at_renewal=renewal)
    expected = at_renewal if at_renewal is not None else held_by_day(numbers, MAY.end - timedelta(days=1))
    assert answer.basis is Basis.EXACT_NUMBER
    assert answer.billable == expected
    assert (answer.amount is None) is (expected is None)


@given(records)
def test_the_newer_edition_never_charges_less_for_the_same_month(numbers: list[tuple[date, int]]) -> None:
    newer, older = use("2026", numbers), use("2024", numbers)
    if newer.amount is not None:
        assert older.amount is not None
        assert newer.amount >= older.amount


@given(records, st.sampled_from(EDITIONS), st.sampled_from([500, 1000]))
def test_within_a_tier_no_number_moves_the_price(numbers: list[tuple[date, int]], edition: str, tier: int) -> None:
    numbers = [(date(2026, 5, 1), 1), *((day, number) for day, number in numbers if day > date(2026, 5, 1))]
    answer = use(edition, numbers, JIRA_DC, None, tier, schedule=TIERS)
    assert answer.basis is Basis.TIER
    assert answer.billable == tier
    assert answer.highest is not None
    assert answer.upgrade_needed is (answer.highest > tier)
    if answer.upgrade_needed:
        assert outcome(answer) is Outcome.REFUSED
        assert answer.price_change is None
    else:
        assert (answer.price_change, outcome(answer)) == (0, Outcome.GRANTED)
        assert answer.amount == {500: 1_000_000, 1000: 1_800_000}[tier]
    assert answer.needed_tier == (500 if answer.highest <= 500 else 1000)


def test_users_at_the_renewal_can_exceed_the_tier_by_themselves() -> None:
    answer = use("2026", [(MAY.start, 400)], tier=500, cycle=Cycle.ANNUAL, schedule=TIERS, at_renewal=UserCount(501))
    assert (answer.upgrade_needed, answer.highest, answer.needed_tier, answer.amount) == (True, 400, 1000, 1_800_000)


def test_a_renewal_above_every_known_tier_has_no_price() -> None:
    answer = use("2026", [(MAY.start, 400)], tier=500, cycle=Cycle.ANNUAL, schedule=TIERS, at_renewal=UserCount(1001))
    assert [finding.reason for finding in answer.findings] == ["TIER_EXCEEDED", "NO_TIER_HOLDS"]
    assert answer.amount is None


def test_a_tier_priced_by_the_month_is_not_known_for_a_year_but_for_guard() -> None:
    monthly = PriceSchedule(tiers=(TierPrice(500, Decimal(800), 1),))
    answer = use("2026", [(MAY.start, 400)], tier=500, cycle=Cycle.ANNUAL, schedule=monthly)
    assert [finding.reason for finding in answer.findings] == ["PRICE_NOT_KNOWN"]
    guard = use("2026", [(MAY.start, 400)], GUARD, Cycle.ANNUAL, 500, schedule=monthly)
    assert guard.amount == 800_000


def test_a_tier_without_price_is_made_of_the_bands_that_reach_it() -> None:
    """100 users at 4.00 for a month are 400.00, ten of them a year; what the bands do not reach is not known."""
    bands = (PriceBand(Decimal(4), 100),)
    tiers = (TierPrice(100), TierPrice(500))
    of_100, of_500 = (
        price_of_users(BOOK["2026"], GUARD, Cycle.ANNUAL, users, NO_BOOK, PriceSchedule(bands, tiers))
        for users in (80, 101)
    )
    assert not isinstance(of_100, Finding)
    assert (of_100.amount, of_100.tier, of_100.months) == (400_000, 100, 12)
    unlimited = PriceSchedule((PriceBand(Decimal(4)),), (TierPrice(None),))
    without_limit = price_of_users(BOOK["2026"], GUARD, Cycle.ANNUAL, 80, NO_BOOK, unlimited)
    for unknown in (of_500, without_limit):
        assert isinstance(unknown, Finding)
        assert unknown.reason == "PRICE_NOT_KNOWN"


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_users_never_cost_less_at_graduated_prices(users: int, more: int) -> None:
    graduated = PriceSchedule((PriceBand(Decimal(8), 100), PriceBand(Decimal(7), 250), PriceBand(Decimal("0.5"))))
    prices = [
        price_of_users(BOOK["2026"], JIRA, Cycle.MONTHLY, each, NO_BOOK, graduated) for each in (users, users + more)
    ]
    assert not any(isinstance(price, Finding) for price in prices)
    amounts = [price.amount for price in prices if not isinstance(price, Finding)]
    assert all(low <= high for low, high in pairwise(amounts))


def test_single_numbers() -> None:
    assert highest_number([95, 110, 102], 90) == 110
    assert highest_number([], 90) is None
    assert exact_number([95, 110, 102], 90) == 90
    assert guard_monthly_number([95, 110], 90) == 90
    assert guard_monthly_number([95, 110], 90, highest=True) == 110
    assert guard_monthly_number([], None, highest=True) is None


@pytest.mark.parametrize(
    ("held", "path"),
    [
        (Subscription(), "subscription.product"),
        (Subscription(Product("jira")), "subscription.product.platform"),
        (Subscription(JIRA), "subscription.billing_cycle"),
        (Subscription(JIRA, Cycle.MONTHLY), "billing_period"),
    ],
)
def test_what_a_use_lacks_is_named(held: Subscription, path: str) -> None:
    answer = assess_usage(BOOK["2026"], Usage(held), NO_BOOK)
    assert [finding.missing for finding in answer.findings] == [(path,)]


def test_a_renewal_counted_in_another_unit_is_asked_for() -> None:
    answer = use("2024", [(MAY.start, 4)], at_renewal=UserCount(agents=3))
    assert [finding.missing for finding in answer.findings] == [("renewal_count.users",)]


def test_the_term_is_the_period_unless_another_is_named() -> None:
    held = Subscription(JIRA, Cycle.MONTHLY, MAY)
    answer = assess_usage(BOOK["2026"], Usage(held, records=((MAY.start, UserCount(3)),), schedule=FLAT), NO_BOOK)
    assert answer.amount == 2100


def test_a_tier_for_two_years_has_no_price_of_a_year() -> None:
    two_years = PriceSchedule(tiers=(TierPrice(500, Decimal(800), 24),))
    for product in (GUARD, JIRA):
        answer = use("2026", [(MAY.start, 400)], product, Cycle.ANNUAL, 500, schedule=two_years)
        assert [finding.reason for finding in answer.findings] == ["PRICE_NOT_KNOWN"]
        assert answer.amount is None


def test_what_is_not_decided_has_no_tier() -> None:
    undecided = resolve("2026", Product("jira"), UserCount(3))
    assert (undecided.basis, undecided.tier, undecided.counted, undecided.free_plan) == (
        "",
        0,
        None,
        Outcome.NOT_COVERED,
    )
    assert use("2026", [(MAY.start, 3)], tier=None).needed_tier == 0


def reasons(answer: TierAnswer | UsageAnswer | AppTierCheck) -> list[str]:
    return [finding.reason for finding in answer.findings]


@pytest.mark.parametrize(
    ("edition", "product", "combination", "reason"),
    [
        ("2026", JIRA_DC, Outcome.REFUSED, "LICENCES_NOT_COMBINABLE"),
        ("2026", JIRA, Outcome.NOT_COVERED, "EDITION_SILENT"),
        ("2024", JIRA_DC, Outcome.REFUSED, "LICENCES_NOT_COMBINABLE"),
        ("2024", JIRA, Outcome.REFUSED, "LICENCES_NOT_COMBINABLE"),
        ("2023", JIRA_DC, Outcome.NOT_COVERED, "EDITION_SILENT"),
    ],
)
def test_licences_are_not_added_up(edition: str, product: Product, combination: Outcome, reason: str) -> None:
    asked = resolve(edition, product, UserCount(10), combined=(5, 5))
    assert asked.combination is combination
    assert reason in reasons(asked)
    assert resolve(edition, product, UserCount(10)).combination is None


@pytest.mark.parametrize(
    ("edition", "persons", "sharing", "reason"),
    [
        ("2026", 1, Outcome.GRANTED, None),
        ("2026", 2, Outcome.REFUSED, "LOGIN_SHARED"),
        ("2024", 1, Outcome.NOT_COVERED, "PASSAGE_LOST"),
        ("2023", 2, Outcome.NOT_COVERED, "EDITION_SILENT"),
    ],
)
def test_a_login_is_for_one(edition: str, persons: int, sharing: Outcome, reason: str | None) -> None:
    asked = resolve(edition, JIRA_DC, UserCount(10), login_sharers=persons)
    assert asked.login_sharing is sharing
    assert (reason in reasons(asked)) if reason else (outcome(asked) is Outcome.GRANTED)
    assert resolve(edition, JIRA_DC, UserCount(10)).login_sharing is None


@pytest.mark.parametrize(
    ("edition", "reason"), [("2026", "CONCURRENT_NOT_COUNTED"), ("2024", "PASSAGE_LOST"), ("2023", "EDITION_SILENT")]
)
def test_concurrent_users_are_not_counted(edition: str, reason: str) -> None:
    assert reason in reasons(resolve(edition, JIRA_DC, UserCount(10, concurrent=3)))
    assert "CONCURRENT_NOT_COUNTED" not in reasons(resolve(edition, JIRA_DC, UserCount(10)))


@pytest.mark.parametrize(
    ("edition", "plan", "expected"),
    [
        ("2024", "free", []),
        ("2026", "free", ["PASSAGE_LOST"]),
        ("2023", "free", ["EDITION_SILENT"]),
        ("2024", "standard", []),
        ("2026", "standard", ["PART_NOT_STATED"]),
    ],
)
def test_limits_that_are_lost(edition: str, plan: str, expected: list[str]) -> None:
    answer = resolve(edition, Product("jira", Platform.CLOUD, plan), UserCount(5), cycle=Cycle.MONTHLY)
    known = [reason for reason in reasons(answer) if reason != "EDITION_SILENT" or plan == "free"]
    assert known == expected
    assert answer.tier == 0


def test_a_limit_that_is_exceeded_is_refused_by_its_rule() -> None:
    free = resolve("2024", Product("jira", Platform.CLOUD, "free"), UserCount(11))
    assert reasons(free) == ["USER_LIMIT_EXCEEDED"]
    assert free.findings[0].rule_id == "TIER-USER-LIMIT"
    assert dict(free.findings[0].detail) == {"unit": "user", "maximum": "10"}
    assert free.limits[0].outcome is Outcome.REFUSED
    assert (free.basis, free.tier) == ("user", 0)


def test_a_tier_without_limit_holds_everyone() -> None:
    schedule = PriceSchedule(tiers=(TierPrice(500, Decimal(100)), TierPrice(None, Decimal(900))))
    for users, amount in ((500, 10_000), (501, 90_000), (10**6, 90_000)):
        answer = use("2026", [(MAY.start, users)], JIRA_DC, None, 10**6, schedule=schedule)
        assert answer.needed_tier == (500 if users <= 500 else users)
        assert answer.amount == 90_000
        renewed = use("2026", [(MAY.start, users)], JIRA_DC, None, users, schedule=schedule)
        assert renewed.amount == amount


def test_an_amount_is_in_the_currency_of_its_prices() -> None:
    yen = PriceSchedule((PriceBand(Decimal("712.5")),), currency="JPY")
    answer = use("2026", [(MAY.start, 3)], schedule=yen)
    # 3 x 712.5 = 2137.5
    assert (answer.amount, answer.currency) == (2138, "JPY")
    assert use("2026", [(MAY.start, 3)]).currency == "USD"
    assert use("2026", [(MAY.start, 3)], schedule=None).amount is None


def test_only_apps_have_a_host_to_match() -> None:
    answer = check_app_tier(BOOK["2026"], JIRA, 5, 5)
    assert (answer.works, answer.sold, answer.smallest) == (Outcome.NOT_COVERED, Outcome.NOT_COVERED, 0)
    assert reasons(answer) == ["NOT_AN_APP"]


@pytest.mark.parametrize(
    ("edition", "relation", "expected"),
    [
        ("2021", "equal", ["EDITION_SILENT", "APP_TIER_NOT_EQUAL"]),
        ("2023", "", ["EDITION_SILENT"]),
        ("2024", "equal_or_higher", ["APP_TIER_TOO_LOW", "APP_TIER_TOO_LOW"]),
        ("2026", "equal_or_higher", ["APP_TIER_TOO_LOW", "APP_TIER_TOO_LOW"]),
    ],
)
def test_how_tiers_must_stand(edition: str, relation: str, expected: list[str]) -> None:
    answer = check(edition, 4, 5)
    assert answer.relation == relation
    assert reasons(answer) == expected
    assert answer.smallest == (5 if edition in EDITIONS else 0)
