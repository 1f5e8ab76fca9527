"""Prices: list prices and the price book."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from price_cases import DATA_CENTER, DEAL, DEMO, EMPTY, JIRA, given_price, price, reasons
from quotary_spec.model.order import (
    Cycle,
    Line,
)
from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.model.product import Platform, Product
from quotary_spec.rule import tracing
from quotary_spec.rules.price.proration import price_of_a_year
from quotary_spec.supplements.price_book import PriceBook, PriceBookError
from strategies import (
    unit_prices,
)

bands = st.lists(st.tuples(st.integers(1, 300), unit_prices), min_size=1, max_size=5).map(
    lambda steps: PriceSchedule(
        tuple(
            PriceBand(unit, sum(width for width, _ in steps[: i + 1]) if i < len(steps) - 1 else None)
            for i, (_, unit) in enumerate(steps)
        )
    )
)


@given(bands, st.integers(1, 2000))
def test_graduated_prices_are_the_sum_of_each_user(schedule: PriceSchedule, users: int) -> None:
    parts = schedule.users_by_band(users)
    assert sum(count for _, count in parts) == users
    by_user = [
        next(band.unit for band in schedule.bands if band.upper is None or user <= band.upper)
        for user in range(1, users + 1)
    ]
    assert sum(band.unit * count for band, count in parts) == sum(by_user)


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=6, unique=True).map(sorted), st.integers(1, 6000))
def test_the_smallest_tier_that_holds_is_priced(ceilings: list[int], users: int) -> None:
    tiers = (*(TierPrice(ceiling, Decimal(ceiling)) for ceiling in ceilings), TierPrice(None, Decimal(99_999)))
    tier = PriceSchedule((), tiers).tier_that_holds(users)
    fitting = [ceiling for ceiling in ceilings if users <= ceiling]
    assert tier is not None
    assert tier.users == (min(fitting) if fitting else None)


@given(st.integers(1, 60_000), st.sampled_from(["2021", "2023", "2024", "2026"]))
def test_a_larger_tier_never_costs_less(users: int, edition: str) -> None:
    deal = replace(DEAL, order_date=date(2025, 1, 1))
    here, above = (price(Line(DATA_CENTER, user_tier=each), deal, edition, DEMO) for each in (users, users + 1))
    assert here.net is not None
    assert above.net is not None
    assert here.net <= above.net
    assert here.user_tier >= users


def test_the_tier_without_limit_is_the_last_resort() -> None:
    assert price(Line(DATA_CENTER, user_tier=30_000), prices=DEMO).list_amount == 600_000_00
    assert price(Line(DATA_CENTER, user_tier=30_001), prices=DEMO).list_amount == 800_000_00
    assert price(Line(DATA_CENTER, user_tier=30_001), prices=DEMO).user_tier == 30_001


def test_what_a_booked_price_needs() -> None:
    def missing(line: Line) -> tuple[str, ...]:
        (finding,) = price(line, prices=DEMO).findings
        return finding.missing

    assert missing(Line(Product("jira"))) == ("lines[0].product.platform",)
    assert missing(Line(JIRA)) == ("lines[0].billing_cycle",)
    assert missing(Line(JIRA, cycle=Cycle.ANNUAL)) == ("lines[0].user_tier",)
    assert missing(Line(JIRA, cycle=Cycle.ANNUAL, user_tier=20_001)) == ("lines[0].price.unit_price",)
    assert missing(Line(replace(JIRA, plan="free"), cycle=Cycle.MONTHLY)) == ("lines[0].price.unit_price",)


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("tier", [25, 100, 250, 1000, 20_000])
def test_a_year_of_guard_costs_ten_months(edition: str, tier: int) -> None:
    guard = Product("guard", Platform.CLOUD, "standard")
    month = price(Line(guard, cycle=Cycle.MONTHLY, quantity=tier), edition=edition, prices=DEMO).net
    year = price(Line(guard, cycle=Cycle.ANNUAL, user_tier=tier), edition=edition, prices=DEMO).net
    assert month is not None
    assert year == 10 * month
    assert price_of_a_year(Decimal("4.05"), 10) == Decimal("40.50")
    given_month = Line(guard, cycle=Cycle.ANNUAL, price=given_price("7.50", months=1))
    assert price(given_month, edition=edition).list_amount == 7_500
    # No other product's year is made from its months.
    assert price(replace(given_month, product=JIRA), edition=edition).list_amount == 750


def test_the_plan_of_a_tier_without_price_needs_an_edition_that_says_how() -> None:
    guard = Line(Product("guard", Platform.CLOUD, "standard"), cycle=Cycle.ANNUAL, user_tier=50)
    assert reasons(price(guard, edition="2023", prices=DEMO)) == {"PRICE_NOT_KNOWN"}


BOOK_TEXT = """
title = "A book"

[[price]]
product = "jira-software"
platform = "cloud"
bands = [{ upper = 10, unit = "2.50" }, { unit = "2" }]

[[price]]
product = "marketplace-app"
platform = "cloud"
host = "confluence"
tiers = [{ users = 100, price = "10" }, { price = "20", months = 24 }]

[[price]]
product = "marketplace-app"
platform = "cloud"
tiers = [{ users = 100, price = "5.0" }]
"""


def test_a_price_book_is_found_by_what_it_names() -> None:
    book = PriceBook.parse(BOOK_TEXT, "book.toml")
    app = Product("marketplace-app", Platform.CLOUD, app=True)

    def tier(product: Product, users: int) -> object:
        booked = book.find(product)
        return booked and booked.schedule.tier_that_holds(users)

    assert tier(replace(app, host="confluence"), 5) == TierPrice(100, Decimal(10))
    assert tier(replace(app, host="confluence"), 500) == TierPrice(None, Decimal(20), 24)
    assert tier(replace(app, host="jira"), 5) == TierPrice(100, Decimal("5.0"))
    assert tier(app, 101) is None
    # Without a plan, a row is for every plan.
    line = Line(JIRA, cycle=Cycle.MONTHLY, quantity=12)
    assert price(line, prices=book).list_amount == 10 * 250 + 2 * 200
    assert price(line, prices=book).price_source == "price:jira/cloud"
    with tracing() as trace:
        price(line, prices=book)
    assert [step.row.source for step in trace.steps() if not hasattr(step, "info")] == ["price book: A book"]
    assert book.find(Product("jira")) is None


def test_a_digest_is_of_the_prices_alone() -> None:
    book = PriceBook.parse(BOOK_TEXT, "book.toml")
    rows = BOOK_TEXT.split("[[price]]")
    turned = "[[price]]".join([rows[0].replace("A book", "B"), *rows[:0:-1]]).replace('"5.0"', '"5.00"')
    assert PriceBook.parse(turned, "other.toml").digest == book.digest
    dearer = BOOK_TEXT.replace('"2.50"', '"2.51"')
    assert PriceBook.parse(dearer, "book.toml").digest != book.digest
    assert len({book.digest, DEMO.digest, EMPTY.digest}) == 3


def test_the_demonstration_book_says_that_it_is_one() -> None:
    assert DEMO.demonstration
    assert "invented" in DEMO.title
    assert not PriceBook.parse(BOOK_TEXT, "book.toml").demonstration


def test_every_fault_of_a_price_book_is_named_with_its_line() -> None:
    text = """\
title = 3
colour = "red"
[[price]]
product = "jra"
platform = "clod"
bands = [
    { upper = 10, unit = "-1" },
    { upper = 5, unit = "x" },
    { unit = "1", a = 2 },
    { unit = "1" },
]
[[price]]
platform = "cloud"
product = "jira"
plan = "gold"
tiers = [ { users = true, price = "1" },
    { },
    { users = 900000000, months = 0 } ]
[[price]]
platform = "cloud"
product = "jira"
host = "nobody"
[[price]]
product = "jira"
platform = "cloud"
bands = "none"
[[price]]
product = "trello"
platform = "cloud"
bands = [{ unit = "1" }]
[[price]]
product = "trello"
platform = "cloud"
bands = [{ unit = "2" }]
"""
    with pytest.raises(PriceBookError) as raised:
        PriceBook.parse(text, "book.toml")
    named = [(problem.line, problem.field) for problem in raised.value.problems]
    assert named == [
        (1, "title"),
        (2, "colour"),
        (4, "product"),
        (5, "platform"),
        (7, "bands.unit"),
        (8, "bands.unit"),
        (8, "bands.upper"),
        (9, "bands.a"),
        (9, "bands.upper"),
        (15, "plan"),
        (16, "tiers.users"),
        (17, "tiers.price"),
        (17, "tiers.users"),
        (18, "tiers.months"),
        (18, "tiers.users"),
        (21, "product"),
        (22, "host"),
        (26, "bands"),
        (31, "product"),
    ]
    assert str(raised.value).splitlines()[0].startswith("book.toml:1: title: ")


@pytest.mark.parametrize("text", ["[[price]\n", "price = 3\n", "price = [{ product = 'jira' }]\n", "\n\nx = \n"])
def test_a_text_that_is_no_price_book(text: str) -> None:
    with pytest.raises(PriceBookError) as raised:
        PriceBook.parse(text, "book.toml")
    assert raised.value.problems[0].line >= 1


def test_an_empty_book_prices_nothing() -> None:
    assert EMPTY.find(JIRA) is None
    assert PriceBook.parse("", "empty.toml").rows == {}
