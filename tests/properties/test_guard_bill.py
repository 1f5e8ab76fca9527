"""Guard: what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard_cases import SETTINGS, count, count_settings, crowd, external, managed, premium, standard
from quotary_spec.model.order import Cycle
from quotary_spec.model.organisation import User
from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.money import half_up
from quotary_spec.outcome import Outcome
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.guard.bill import GuardBill, GuardPrices, price_count
from quotary_spec.rules.guard.users_judge import CountSettings
from quotary_spec.supplements.price_book import PriceBook


def flat(price: str) -> PriceSchedule:
    return PriceSchedule((PriceBand(Decimal(price)),))


FLAT = GuardPrices(premium_taken=True, standard=flat("4.00"), premium=flat("7.00"))


def bill(people: Iterable[User], prices: GuardPrices = FLAT, how: CountSettings = SETTINGS) -> GuardBill:
    return price_count(BOOK["2026"], count(people, how), prices, PriceBook.empty())


EXAMPLE_7 = [managed("u1", "jira", enterprise_covered=True), managed("u2", "jira"), external("u3", "jira")]


def test_worked_example_7_enterprise_and_premium() -> None:
    lines, total = bill(EXAMPLE_7).lines, bill(EXAMPLE_7).total
    assert [line.amount for line in lines] == [400, 1300]
    assert (lines[1].full_price_users, lines[1].difference_users) == (1, 2)
    assert (lines[1].full_unit, lines[1].difference_unit) == (Decimal(7), Decimal(3))
    assert total == 1700


def test_enterprise_may_have_a_difference_of_its_own() -> None:
    own = replace(FLAT, enterprise_difference=Decimal("1.50"))
    # u1 1.50, u2 7.00 - 4.00 = 3.00, u3 7.00
    assert bill(EXAMPLE_7, own).lines[1].amount == 1150
    assert bill(EXAMPLE_7, own).lines[1].difference_unit is None


def test_standard_may_cover_every_managed_user() -> None:
    freed = [managed("u1", "jira", policy="freed")]
    how = replace(SETTINGS, premium_honours_nonbillable=False)
    assert bill(freed, how=how).lines[1].amount == 700
    assert bill(freed, how=replace(how, standard_covers_managed=True)).lines[1].amount == 300


@given(crowd(), count_settings, st.integers(0, 1000), st.integers(0, 1000))
def test_the_premium_line_lies_between_the_difference_and_the_whole_price(
    people: list[User], how: CountSettings, low: int, more: int
) -> None:
    cents = [Decimal(each).scaleb(-2) for each in (low, low + more)]
    given_prices = replace(FLAT, standard=flat(str(cents[0])), premium=flat(str(cents[1])))
    answer = bill(people, given_prices, how)
    number = premium(people, how)
    line = answer.lines[1]
    assert line.amount is not None
    assert number * more <= line.amount <= number * (low + more)
    assert line.full_price_users + line.difference_users == number
    assert line.amount == line.full_price_users * (low + more) + line.difference_users * more
    assert answer.total == standard(people, how) * low + line.amount


@given(crowd())
def test_standard_costs_the_same_with_premium_or_without(people: list[User]) -> None:
    assert bill(people).lines[0] == bill(people, replace(FLAT, premium_taken=False)).lines[0]


GRADUATED = PriceSchedule((PriceBand(Decimal("4.00"), 2), PriceBand(Decimal("2.50"))))


def test_graduated_prices_take_each_user_at_the_price_of_its_band() -> None:
    people = [managed(f"u{i}", "jira") for i in range(5)]
    line = bill(people, GuardPrices(standard=GRADUATED)).lines[0]
    # 2 x 4.00 + 3 x 2.50
    assert line.amount == 1550
    assert line.full_unit is None


YEARLY = PriceSchedule((PriceBand(Decimal("4.00")),), (TierPrice(2), TierPrice(5, Decimal("150.00"))))


@pytest.mark.parametrize(
    ("number", "tier", "amount", "month"), [(0, 0, 0, None), (2, 2, 8000, 800), (3, 5, 15000, None)]
)
def test_a_year_costs_ten_months_of_its_tier(number: int, tier: int, amount: int, month: int | None) -> None:
    people = [managed(f"u{i}", "jira") for i in range(number)]
    line = bill(people, GuardPrices(cycle=Cycle.ANNUAL, standard=YEARLY)).lines[0]
    assert (line.tier, line.amount, line.month) == (tier, amount, month)


def test_worked_example_12_a_tier_of_400_a_month_costs_4000_a_year() -> None:
    tier = PriceSchedule(tiers=(TierPrice(100, Decimal("400.00"), 1),))
    people = [managed(f"u{i:03d}", "jira") for i in range(100)]
    line = bill(people, GuardPrices(cycle=Cycle.ANNUAL, standard=tier)).lines[0]
    assert (line.tier, line.month, line.amount) == (100, 400_00, 4000_00)
    more = [*people, managed("u100", "jira")]
    assert bill(more, GuardPrices(cycle=Cycle.ANNUAL, standard=tier)).lines[0].outcome is Outcome.UNDETERMINED


def test_prices_that_are_not_known_leave_the_line_open() -> None:
    answer = bill([managed("u1", "jira")], GuardPrices(premium_taken=True))
    assert [line.outcome for line in answer.lines] == [Outcome.UNDETERMINED] * 2
    assert answer.total is None
    assert {path for finding in answer.findings for path in finding.missing} == {
        "settings.standard_prices",
        "settings.premium_prices",
    }


def test_an_open_count_leaves_the_lines_open() -> None:
    answer = bill([managed("u1", "jira", active=None)])
    assert [finding.reason for finding in answer.findings] == ["USER_FACTS_MISSING"] * 2


def test_premium_below_standard_has_no_difference() -> None:
    upside_down = GuardPrices(premium_taken=True, standard=flat("7"), premium=flat("4"))
    assert [each.reason for each in bill([managed("u1", "jira")], upside_down).findings] == ["PREMIUM_BELOW_STANDARD"]


def test_the_bill_rounds_once_half_up() -> None:
    people = [managed(f"u{i}", "jira") for i in range(3)]
    # 3 x 0.335 = 1.005
    assert bill(people, GuardPrices(standard=flat("0.335"))).total == half_up(1005, 10) == 101
