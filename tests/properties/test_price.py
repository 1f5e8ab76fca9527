"""Prices: lines, list prices, currencies, proration, the price book and the end of life of Data Center."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import (
    Action,
    Billing,
    Channel,
    CurrencyTerms,
    Cycle,
    Deal,
    GivenDiscount,
    GivenPrice,
    Line,
    Order,
    Prior,
)
from quotary_spec.model.party import Address, Party
from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.quote import PricedLine
from quotary_spec.money import RoundingPolicy, half_up
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register.files import read
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import DataStep, RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.currency import check_currency, price_at_given_rate, price_with_margin
from quotary_spec.rules.lifecycle.data_center import (
    check_sale,
    closing,
    effective_action,
    sale_end,
    term_until_end_of_life,
)
from quotary_spec.rules.price.change_price import UpgradeMethod
from quotary_spec.rules.price.list_price import ListPrice, Pricing, list_price
from quotary_spec.rules.price.proration import part_of_price, price_of_a_year, prorated_price
from quotary_spec.rules.quote.lines import price_lines, price_upgrade
from quotary_spec.rules.terms import check_term
from quotary_spec.supplements.price_book import PriceBook, PriceBookError
from strategies import (
    MOST,
    amounts,
    days,
    days_around,
    deals,
    editions,
    exchange_rates,
    given_discounts,
    given_prices,
    instants_around,
    loose_products,
    margins,
    orders,
    paid_terms,
    products,
    roundings,
    terms,
    unit_prices,
    unknown_parties,
)

EMPTY, DEMO = PriceBook.empty(), PriceBook.demo()
JIRA = Product("jira", Platform.CLOUD, "standard")
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
APP = Product("marketplace-app", Platform.DATA_CENTER, app=True)
US = Party(address=Address("US", "US-DE"))
DEAL = Deal(US, order_date=date(2026, 1, 15), channel=Channel.DIRECT)
END = date(2029, 3, 28)


def price(line: Line, deal: Deal = DEAL, edition: str = "2026", prices: PriceBook = EMPTY) -> PricedLine:
    return price_lines(BOOK[edition], Order(deal, (line,)), prices)[0]


def given_price(unit: str, months: int | None = None, currency: str | None = None) -> GivenPrice:
    return GivenPrice(Decimal(unit), currency, months)


def reasons(line: PricedLine) -> set[str]:
    return {finding.reason for finding in line.findings}


# ---- orders at large

priors = st.builds(
    Prior,
    product=st.none() | loose_products,
    quantity=st.none() | st.integers(1, 20_000),
    term=st.none() | terms,
    net_paid=st.none() | amounts,
    tier_price=st.none() | amounts,
)
any_lines = st.builds(
    Line,
    product=st.one_of(products(), loose_products),
    action=st.sampled_from(Action),
    cycle=st.sampled_from([None, *Cycle]),
    quantity=st.integers(1, 20_000),
    user_tier=st.none() | st.integers(1, 40_000),
    term=st.none() | terms,
    term_months=st.none() | st.integers(1, 40),
    price=st.none() | given_prices,
    discount=st.none() | given_discounts,
    prior=st.none() | priors,
    step_up_approved=st.none() | st.booleans(),
    dual_licence=st.none() | st.booleans(),
    held_user_tier=st.none() | st.integers(1, 40_000),
    term_start=st.none() | days,
)
any_deals = st.builds(
    Deal,
    billing_party=unknown_parties,
    order_date=st.none() | days,
    order_time=st.none() | instants_around(datetime(2026, 3, 31, 7, 59, tzinfo=UTC)),
    payment_date=st.none() | days,
    billing=st.sampled_from([None, *Billing]),
    channel=st.sampled_from([None, *Channel]),
    programme=st.sampled_from([None, "community", "academic", "classroom", "open_source", "government"]),
    other_programmes=st.sampled_from([(), ("academic",), ("government", "community")]),
    currency=st.builds(
        CurrencyTerms,
        st.sampled_from(["USD", "JPY", "AUD", "EUR"]),
        st.none() | exchange_rates,
        st.none() | margins,
    ),
    rounding=st.sampled_from(RoundingPolicy),
    holds_data_center=st.none() | st.booleans(),
)
any_orders = st.builds(Order, any_deals, st.lists(any_lines, min_size=1, max_size=3).map(tuple))


@given(any_orders, editions, st.sampled_from([EMPTY, DEMO]))
def test_every_order_gets_an_answer_that_adds_up(order: Order, edition: str, prices: PriceBook) -> None:
    """Totality and conservation: nothing fails, and list less discount less credit is the net, none below zero."""
    priced = price_lines(BOOK[edition], order, prices)
    assert len(priced) == len(order.lines)
    for i, line in enumerate(priced):
        assert line.net is not None or line.outcome is not Outcome.GRANTED
        assert all(finding.subject == f"lines[{i}]" for finding in line.findings)
        assert all(path.startswith(("deal.", f"lines[{i}].")) for each in line.findings for path in each.missing)
        assert all(REASON[finding.reason].outcome == finding.outcome.name for finding in line.findings)
        if line.net is None:
            continue
        assert line.list_amount is not None
        assert line.prorated is not None
        off = line.discount.amount if line.discount is not None else 0
        assert line.net == line.prorated - off - line.credit
        assert min(line.net, off, line.credit, line.list_amount) >= 0


@given(any_orders, editions, st.sampled_from([EMPTY, DEMO]))
def test_every_rule_that_takes_part_serves_the_edition(order: Order, edition: str, prices: PriceBook) -> None:
    with tracing() as trace:
        price_lines(BOOK[edition], order, prices)
    for step in trace.steps():
        if isinstance(step, RuleStep):
            assert edition in step.info.editions, step.info.id
        else:
            assert step.row.source.startswith("price book: ") or step.row.passages


@given(
    any_orders,
    editions,
    st.sampled_from([EMPTY, DEMO]),
    st.none() | days,
    st.none() | days,
    st.sampled_from([None, *UpgradeMethod]),
    st.none() | st.integers(1, 40),
)
def test_every_change_gets_an_answer(
    order: Order,
    edition: str,
    prices: PriceBook,
    upgrade_date: date | None,
    target_end: date | None,
    method: UpgradeMethod | None,
    dual_licence_months: int | None,
) -> None:
    line, *others = order.lines
    with tracing() as trace:
        priced = price_upgrade(
            BOOK[edition], order.deal, line, prices, upgrade_date, target_end, method, dual_licence_months, others
        )
    assert priced.charge is not None or weakest(priced.findings) is not Outcome.GRANTED
    assert priced.charge is None or priced.charge >= 0
    assert all(isinstance(step, DataStep) or edition in step.info.editions for step in trace.steps())
    assert all(REASON[finding.reason].outcome == finding.outcome.name for finding in priced.findings)


@given(any_orders, editions)
def test_every_quote_gets_its_terms_checked(order: Order, edition: str) -> None:
    with tracing() as trace:
        checked = check_term(BOOK[edition], order.deal, order.lines)
    assert len(checked.terms) == len(order.lines)
    assert all(isinstance(step, DataStep) or edition in step.info.editions for step in trace.steps())
    for term in checked.terms:
        assert term.anchor is None or not term.findings or term.cut_short


@given(orders(), editions)
def test_the_order_of_lines_does_not_matter(order: Order, edition: str) -> None:
    turned = replace(order, lines=order.lines[::-1])
    there = price_lines(BOOK[edition], order, EMPTY)
    back = price_lines(BOOK[edition], turned, EMPTY)[::-1]
    assert [(line.net, line.outcome, line.discount) for line in there] == [
        (line.net, line.outcome, line.discount) for line in back
    ]


@given(orders(), editions)
def test_a_trace_changes_nothing_and_names_its_lines(order: Order, edition: str) -> None:
    plain = price_lines(BOOK[edition], order, EMPTY)
    with tracing() as trace:
        assert price_lines(BOOK[edition], order, EMPTY) == plain
    subjects = {f"lines[{i}]" for i in range(len(order.lines))} | {""}
    assert {step.subject for step in trace.steps()} <= subjects
    assert trace.subject == ""


@given(st.integers(0, 10**6), st.integers(1, 1000), st.integers(1, 1000))
def test_units_add_up(cents: int, few: int, more: int) -> None:
    """Quantity is a plain factor: two lines of the same product cost what one line with both quantities costs."""
    line = Line(JIRA, quantity=few, price=GivenPrice(Decimal(cents) / 100))
    parts = [price(line).net, price(replace(line, quantity=more)).net]
    assert price(replace(line, quantity=few + more)).net == sum(part or 0 for part in parts)


@given(unit_prices, unit_prices, st.integers(1, 500), paid_terms)
def test_a_higher_price_never_costs_less(first: Decimal, second: Decimal, quantity: int, term: Term) -> None:
    low, high = sorted([first, second])
    line = Line(JIRA, Action.RENEWAL, Cycle.ANNUAL, quantity, term=term)
    nets = [price(replace(line, price=GivenPrice(unit))).net or 0 for unit in (low, high)]
    assert nets[0] <= nets[1]


@given(deals(), unit_prices, given_discounts, editions)
def test_a_discount_takes_off_no_more_than_the_price(
    deal: Deal, unit: Decimal, discount: GivenDiscount, edition: str
) -> None:
    line = price(Line(JIRA, price=GivenPrice(unit), discount=discount), deal, edition)
    if line.discount is not None:
        assert line.prorated is not None
        assert 0 <= line.discount.amount <= line.prorated


def test_a_price_finer_than_the_cent_is_rounded_where_the_discount_is() -> None:
    line = Line(JIRA, quantity=3, price=given_price("0.125"), discount=GivenDiscount(rate=Decimal("0.5")))
    priced = price(line)
    # 0.375 is shown as 0.38; half of the exact price is 0.1875, not half of 0.38.
    assert (priced.list_amount, priced.net) == (38, 19)
    assert price(replace(line, discount=None)).net == 38


def test_rounding_of_the_deal_is_used() -> None:
    line = Line(JIRA, price=given_price("0.05"), discount=GivenDiscount(rate=Decimal("0.5")))
    assert price(line).net == 3
    assert price(line, replace(DEAL, rounding=RoundingPolicy.DOCUMENT_HALF_EVEN)).net == 2


def test_a_line_without_price_says_where_one_can_be_given() -> None:
    lines = (Line(JIRA, price=given_price("1")), Line(Product("jira-align", Platform.CLOUD), cycle=Cycle.ANNUAL))
    priced = price_lines(BOOK["2026"], Order(DEAL, lines), EMPTY)
    assert priced[0].net == 100
    (finding,) = priced[1].findings
    assert (finding.reason, finding.missing) == ("PRICE_NOT_KNOWN", ("lines[1].price.unit_price",))
    # What is asked for is shown all the same.
    asked = replace(lines[1], quantity=3, user_tier=70)
    assert (price(asked).quantity, price(asked).user_tier, price(lines[1]).user_tier) == (3, 70, 0)


# ---- proration

YEAR = Term(date(2025, 7, 1), date(2026, 7, 1))


@given(amounts, days, st.integers(1, 24), st.integers(1, 3), roundings)
def test_whole_full_terms_cost_whole_prices(
    amount: int, start: date, months: int, times: int, rounding: Callable[[int, int], int]
) -> None:
    assert prorated_price(amount, Term.of_months(start, months * times), months, rounding) == amount * times


@given(amounts, days, st.integers(1, 24), st.data())
def test_parts_of_a_full_term_merge(amount: int, start: date, months: int, data: st.DataObject) -> None:
    """Split and merge: within one full term the days of the parts are the days of the whole."""
    full = Term.of_months(start, months)
    end = data.draw(st.dates(start, full.end))
    part = part_of_price(amount, Term(start, end), months)
    assert part == Fraction(amount * (end - start).days, full.days)
    assert part + Fraction(amount * (full.end - end).days, full.days) == amount


@given(amounts, days, st.integers(1, 24), st.integers(0, 1000), st.integers(0, 100))
def test_a_longer_time_never_costs_less(amount: int, start: date, months: int, length: int, more: int) -> None:
    shorter = Term(start, start + timedelta(days=length))
    longer = Term(start, shorter.end + timedelta(days=more))
    assert part_of_price(amount, shorter, months) <= part_of_price(amount, longer, months)


def test_proration_by_days() -> None:
    assert prorated_price(36_500, Term(date(2025, 7, 1), date(2025, 7, 2)), 12, half_up) == 100
    # The year that begins on 1 July 2027 holds the leap day of 2028.
    assert prorated_price(36_600, Term(date(2027, 7, 1), date(2027, 7, 2)), 12, half_up) == 100
    assert prorated_price(3_100, Term(date(2026, 1, 1), date(2026, 1, 11)), 1, half_up) == 1_000
    assert prorated_price(36_500, Term(date(2025, 7, 1), date(2026, 7, 11)), 12, half_up) == 36_500 + 1_000
    assert prorated_price(100, YEAR, 24, half_up) == 50


def test_a_term_by_months_starts_with_the_order() -> None:
    line = Line(JIRA, Action.NEW, Cycle.ANNUAL, term_months=24, price=given_price("10"))
    assert price(line).net == 2_000
    assert price(line).term == Term(date(2026, 1, 15), date(2028, 1, 15))
    missing = price(line, replace(DEAL, order_date=None))
    assert [each.missing for each in missing.findings] == [("deal.order_date",)]
    started = price(replace(line, term_start=date(2026, 5, 1)))
    assert started.term == Term(date(2026, 5, 1), date(2028, 5, 1))


def test_a_term_without_a_cycle_is_open_for_cloud_only() -> None:
    term = Term(date(2026, 1, 1), date(2027, 1, 1))
    line = Line(JIRA, Action.RENEWAL, term=term, price=given_price("10"))
    assert [each.missing for each in price(line).findings] == [("lines[0].billing_cycle",)]
    assert price(replace(line, product=DATA_CENTER)).net == 1_000


# ---- currencies


@given(unit_prices, exchange_rates, margins, roundings)
def test_a_margin_never_makes_a_price_cheaper(
    unit: Decimal, rate: Decimal, margin: Decimal, rounding: Callable[[int, int], int]
) -> None:
    exact = Fraction(unit) * Fraction(rate) * (1 + Fraction(margin))
    for converted in (price_with_margin, price_at_given_rate):
        assert converted(unit, rate, Decimal(0), "JPY", rounding) <= converted(unit, rate, margin, "JPY", rounding)
        assert abs(converted(unit, rate, margin, "AUD", rounding) - exact * 100) <= Fraction(1, 2)


@given(unit_prices, exchange_rates, margins, st.integers(1, 500))
def test_the_unit_is_converted_before_it_is_multiplied(
    unit: Decimal, rate: Decimal, margin: Decimal, quantity: int
) -> None:
    deal = replace(DEAL, billing_party=Party(address=Address("JP")), currency=CurrencyTerms("JPY", rate, margin))
    line = price(Line(JIRA, quantity=quantity, price=GivenPrice(unit, "USD")), deal)
    assert line.net == price_with_margin(unit, rate, margin, "JPY", half_up) * quantity
    assert line.unit_price == line.net // quantity


def test_who_converts_in_each_edition() -> None:
    deal = replace(DEAL, billing_party=Party(address=Address("JP")), billing=Billing.ORIGINAL)
    deal = replace(deal, currency=CurrencyTerms("JPY", Decimal(150), Decimal("0.02")))
    line = Line(JIRA, price=given_price("1000", currency="USD"))
    for edition, rule_id in (("2026", "CURRENCY-FX-MARGIN"), ("2024", "CURRENCY-FX-OPEN")):
        with tracing() as trace:
            assert price(line, deal, edition).net == 153_000
        assert rule_id in trace.rule_ids()
    # Editions that say nothing on it convert nothing.
    assert price(line, deal, "2023").net is None
    assert price(line, deal, "2023").outcome is Outcome.NOT_COVERED
    unrated = replace(deal, currency=CurrencyTerms("JPY"))
    assert {each.rule_id for each in price(line, unrated, "2024").findings} == {"CURRENCY-FX-OPEN"}


def test_a_price_in_a_third_currency_is_not_converted() -> None:
    line = Line(JIRA, price=given_price("10", currency="EUR"))
    (finding,) = price(line).findings
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "PRICE_NOT_CONVERTIBLE")


@given(any_deals, st.one_of(products(), loose_products), editions)
def test_us_dollars_are_for_everyone(deal: Deal, product: Product, edition: str) -> None:
    assert check_currency(BOOK[edition], replace(deal, currency=CurrencyTerms("USD")), product) == []


@given(st.sampled_from(["AUD", "JPY"]), st.sampled_from(["AU", "JP", "US", "DE"]), st.sampled_from(["2024", "2026"]))
def test_a_reserved_currency_is_for_its_country(currency: str, country: str, edition: str) -> None:
    deal = Deal(Party(address=Address(country)), currency=CurrencyTerms(currency), billing=Billing.ORIGINAL)
    allowed = check_currency(BOOK[edition], deal, DATA_CENTER) == []
    assert allowed == ((currency, country) in {("AUD", "AU"), ("JPY", "JP")})


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_older_editions_know_dollars_alone(edition: str) -> None:
    deal = Deal(Party(address=Address("AU")), currency=CurrencyTerms("AUD"))
    assert [each.outcome for each in check_currency(BOOK[edition], deal, DATA_CENTER)] == [Outcome.NOT_COVERED]


def test_facts_that_a_currency_needs() -> None:
    yen = CurrencyTerms("JPY")
    japan = Party(address=Address("JP"))

    def missing(deal: Deal, product: Product, edition: str = "2026") -> list[tuple[str, ...]]:
        return [each.missing for each in check_currency(BOOK[edition], deal, product)]

    assert missing(Deal(Party(), currency=yen), JIRA) == [("deal.billing_party.address.region_code",)]
    assert missing(Deal(japan, currency=yen), Product("bitbucket")) == [("product.platform",)]
    assert missing(Deal(japan, currency=yen), Product("jira")) == []
    assert missing(Deal(japan, currency=yen), JIRA, "2024") == [("deal.billing_experience",)]
    assert missing(Deal(japan, currency=yen), DATA_CENTER, "2024") == []
    australia = Deal(Party(address=Address("AU")), currency=CurrencyTerms("AUD"))
    assert missing(australia, Product("jira")) == [("product.platform",)]


# ---- list prices and the price book

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


# ---- end of life

CLOSINGS = {
    "eol.data-center.new-customers": datetime(2026, 3, 31, 7, 59, tzinfo=UTC),
    "eol.data-center.existing-customers": datetime(2028, 3, 31, 7, 59, tzinfo=UTC),
    "eol.data-center.end": datetime(2029, 3, 29, 7, 59, tzinfo=UTC),
}


def test_sales_close_at_the_printed_minute_in_every_season() -> None:
    assert {key: closing(BOOK["2026"], key) for key in CLOSINGS} == CLOSINGS


@given(instants_around(*CLOSINGS.values()), st.sampled_from([DATA_CENTER, APP]), st.booleans(), st.sampled_from(Action))
def test_a_sale_is_open_strictly_before_its_end(at: datetime, product: Product, holds: bool, action: Action) -> None:
    deal = replace(DEAL, order_time=at, holds_data_center=holds)
    line = Line(product, action)
    end = sale_end(BOOK["2026"], deal, line)
    finding = check_sale(BOOK["2026"], deal, line)
    if action is Action.RENEWAL:
        assert (end, finding) == (None, None)
    else:
        assert end is not None
        assert (finding is None) == (at < end)
        assert finding is None or finding.outcome is Outcome.REFUSED


@given(instants_around(*CLOSINGS.values()), st.none() | st.booleans(), st.sampled_from(Action))
def test_a_date_decides_unless_it_is_the_last_day(at: datetime, holds: bool | None, action: Action) -> None:
    """What the date alone decides, the moment does not contradict."""
    local = (at - timedelta(hours=8)).date()
    deal = replace(DEAL, order_date=local, holds_data_center=holds)
    line = Line(DATA_CENTER, action)
    by_date = check_sale(BOOK["2026"], deal, line)
    by_moment = check_sale(BOOK["2026"], replace(deal, order_time=at), line)
    if by_date is None or by_date.outcome is Outcome.REFUSED:
        assert by_date == by_moment
    else:
        assert "deal.order_time" in by_date.missing or "deal.holds_data_center_subscription" in by_date.missing


@given(any_lines, any_deals, st.sampled_from(["2021", "2023", "2024"]))
def test_before_2026_there_is_no_end(line: Line, deal: Deal, edition: str) -> None:
    assert check_sale(BOOK[edition], deal, line) is None
    assert sale_end(BOOK[edition], deal, line) is None


@given(any_lines, any_deals)
def test_the_end_is_of_data_center_alone(line: Line, deal: Deal) -> None:
    assume(line.product.platform is not Platform.DATA_CENTER)
    assert check_sale(BOOK["2026"], deal, line) is None


@given(terms.filter(lambda term: term.days > 0))
def test_no_term_runs_past_the_end(term: Term) -> None:
    kept = term_until_end_of_life(term, END)
    if isinstance(kept, Finding):
        assert term.start >= END
        assert kept.reason == "EOL_REACHED"
    else:
        assert kept == Term(term.start, min(term.end, END))
        assert term_until_end_of_life(kept, END) == kept


@given(days_around(date(2028, 3, 28), END, by=400), st.integers(0, MOST))
def test_a_renewal_is_prorated_to_the_end(start: date, cents: int) -> None:
    assume(start < END)
    line = Line(
        DATA_CENTER, Action.RENEWAL, term=Term.of_months(start, 12), price=GivenPrice(Decimal(cents).scaleb(-2))
    )
    priced = price(line, replace(DEAL, order_date=start))
    full_days = (add_months(start, 12) - start).days
    left = min(full_days, (END - start).days)
    assert priced.net == half_up(cents * left, full_days)
    assert ("TERM_CUT_AT_END_OF_LIFE" in reasons(priced)) == (left < full_days)
    whole = price(line, replace(DEAL, order_date=start), "2024")
    assert whole.net == cents


def test_a_renewal_of_twelve_months_from_june_2028() -> None:
    line = Line(DATA_CENTER, Action.RENEWAL, term=Term(date(2028, 6, 1), date(2029, 6, 1)), price=given_price("36500"))
    assert price(line).net == 30_000_00
    assert price(line, edition="2024").net == 36_500_00


@given(st.none() | st.integers(1, 100), st.none() | st.integers(1, 100), editions)
def test_a_renewal_for_more_users_is_an_expansion(users: int | None, held: int | None, edition: str) -> None:
    line = Line(DATA_CENTER, Action.RENEWAL, user_tier=users, held_user_tier=held)
    grows = edition == "2026" and users is not None and held is not None and users > held
    assert effective_action(BOOK[edition], line) is (Action.EXPANSION if grows else Action.RENEWAL)


# ---- every reason of the area has a case

HELD = Term(date(2025, 6, 30), date(2026, 6, 30))
UPGRADE = Line(JIRA, Action.UPGRADE, Cycle.ANNUAL, price=given_price("100"), prior=Prior(term=HELD, tier_price=5_000))
MOVE = Line(
    JIRA,
    cycle=Cycle.ANNUAL,
    price=given_price("100"),
    prior=Prior(product=DATA_CENTER, term=HELD, net_paid=100_000),
)


def of_line(line: Line, deal: Deal = DEAL, edition: str = "2026", prices: PriceBook = EMPTY) -> set[str]:
    return reasons(price(line, deal, edition, prices))


def of_terms(*lines: Line, edition: str = "2026", **asked: object) -> set[str]:
    checked = check_term(BOOK[edition], DEAL, lines, **asked)  # type: ignore[arg-type]
    return {each.reason for each in (*checked.findings, *(one for term in checked.terms for one in term.findings))}


def of_upgrade(line: Line, edition: str = "2026", deal: Deal = DEAL, method: UpgradeMethod | None = None) -> set[str]:
    return {each.reason for each in price_upgrade(BOOK[edition], deal, line, EMPTY, method=method).findings}


def term_line(term: Term, product: Product = JIRA, action: Action = Action.NEW, **more: object) -> Line:
    return Line(product, action, Cycle.ANNUAL, term=term, **more)  # type: ignore[arg-type]


ODD = Term(date(2026, 1, 1), date(2026, 5, 20))
JAPAN = replace(DEAL, billing_party=Party(address=Address("JP")), currency=CurrencyTerms("JPY"))
AUSTRALIA = replace(DEAL, billing_party=Party(address=Address("AU")), currency=CurrencyTerms("AUD"))
PRICED = Line(JIRA, price=given_price("10"))
CUT = Term(date(2028, 6, 1), date(2029, 6, 1))
DUAL = Line(DATA_CENTER, price=given_price("10"), dual_licence=True, prior=Prior(term=HELD))

CASES: dict[str, Callable[[], set[str]]] = {
    "PROGRAMME_GIVES_NOTHING": lambda: of_line(PRICED, replace(DEAL, programme="government")),
    "COMMERCIAL_LICENCE_REQUIRED": lambda: of_line(PRICED, replace(DEAL, programme="government"), "2024"),
    "DOES_NOT_STACK": lambda: {
        each.reason
        for each in price(PRICED, replace(DEAL, programme="academic", other_programmes=("classroom",))).other_discounts
    },
    "AGREED_DISCOUNT_OUTSIDE_PROGRAMMES": lambda: of_line(
        replace(PRICED, discount=GivenDiscount(amount=1)), replace(DEAL, channel=Channel.RESELLER)
    ),
    "SPECIAL_PRICE_AS_GIVEN": lambda: of_line(PRICED, replace(DEAL, channel=Channel.PARTNER)),
    "CURRENCY_NOT_OFFERED": lambda: of_line(PRICED, replace(DEAL, currency=CurrencyTerms("EUR"))),
    "CURRENCY_RESERVED": lambda: of_line(PRICED, replace(DEAL, currency=CurrencyTerms("JPY"))),
    "CURRENCY_USD_ONLY_PRODUCT": lambda: of_line(replace(PRICED, product=Product("trello", Platform.CLOUD)), JAPAN),
    "CURRENCY_WITHOUT_CLOUD_AND_APPS": lambda: of_line(PRICED, AUSTRALIA),
    "CURRENCY_IMPROVED_BILLING_USD_ONLY": lambda: of_line(PRICED, replace(JAPAN, billing=Billing.IMPROVED), "2024"),
    "PRICE_NOT_CONVERTIBLE": lambda: of_line(replace(PRICED, price=given_price("1", currency="EUR"))),
    "TERM_LENGTH": lambda: of_line(replace(term_line(ODD), price=given_price("1"))),
    "TERM_NEEDS_ANCHOR": lambda: of_terms(term_line(ODD, Product("trello", Platform.CLOUD), Action.RENEWAL)),
    "TERM_CROSS_PLATFORM": lambda: of_terms(
        term_line(ODD, Product("trello", Platform.CLOUD), Action.RENEWAL),
        term_line(Term(date(2025, 5, 20), ODD.end), DATA_CENTER, Action.RENEWAL),
    ),
    "TERM_NOT_REQUESTED": lambda: of_terms(term_line(Term.of_months(ODD.start, 18)), length_requested=False),
    "TERM_RENEWALS_ONLY": lambda: of_terms(term_line(ODD), edition="2021"),
    "TERM_NO_YEARLY_RENEWAL": lambda: of_terms(term_line(ODD, action=Action.RENEWAL), edition="2021"),
    "TERM_SHORTENED": lambda: of_terms(term_line(ODD, action=Action.UPGRADE, prior=Prior(term=HELD))),
    "DISCOUNT_ABOVE_PRICE": lambda: of_line(replace(PRICED, discount=GivenDiscount(amount=1_001))),
    "TERM_ENDS_BEFORE_START": lambda: of_line(replace(PRICED, term_end=DEAL.order_date)),
    "DOWNGRADE_BEFORE_HELD_END": lambda: of_line(
        Line(
            DATA_CENTER,
            Action.DOWNGRADE,
            price=given_price("1"),
            prior=Prior(term=HELD),
            term=Term.of_months(HELD.start, 12),
        )
    ),
    "TERM_NO_CONDITION_PRINTED": lambda: of_terms(term_line(ODD), edition="2023"),
    "TERM_REVIEWED_BY_HAND": lambda: of_terms(term_line(ODD), edition="2023", request_channel="order_form"),
    "TERM_ALREADY_OVER": lambda: of_line(replace(UPGRADE, term_start=HELD.end)),
    "NOT_ABOVE_HELD_TIER": lambda: of_line(replace(UPGRADE, price=given_price("50"))),
    "CREDIT_ABOVE_PRICE": lambda: of_line(replace(MOVE, step_up_approved=True)),
    "STEP_UP_NOT_APPROVED": lambda: of_line(replace(MOVE, step_up_approved=False)),
    "DUAL_LICENCE_TOO_LONG": lambda: of_line(replace(DUAL, term_months=13)),
    "DUAL_LICENCE_DATA_CENTER_ONLY": lambda: of_line(replace(DUAL, product=JIRA)),
    "DOWNGRADE_OUTSIDE_WINDOW": lambda: of_line(
        Line(DATA_CENTER, Action.DOWNGRADE, price=given_price("1"), prior=Prior(term=HELD)), edition="2024"
    ),
    "DOWNGRADE_AT_RENEWAL": lambda: of_line(Line(DATA_CENTER, Action.DOWNGRADE, price=given_price("1"))),
    "UPGRADE_METHOD_NOT_FOR_PLATFORM": lambda: of_upgrade(UPGRADE, method=UpgradeMethod.CO_TERM_LESS_CREDIT),
    "EOL_NEW_CUSTOMERS": lambda: of_line(
        Line(DATA_CENTER, price=given_price("1")),
        replace(DEAL, order_date=date(2026, 4, 1), holds_data_center=False),
    ),
    "EOL_SALES_CLOSED": lambda: of_line(
        Line(DATA_CENTER, price=given_price("1")), replace(DEAL, order_date=date(2028, 4, 1), holds_data_center=True)
    ),
    "EOL_REACHED": lambda: of_line(
        Line(DATA_CENTER, Action.RENEWAL, term=Term.of_months(END, 12), price=given_price("1"))
    ),
    "TERM_CUT_AT_END_OF_LIFE": lambda: of_line(Line(DATA_CENTER, Action.RENEWAL, term=CUT, price=given_price("1"))),
}


def test_every_reason_of_the_area_has_a_case() -> None:
    assert {row["code"] for row in read("reasons/price.toml")["reason"]} == set(CASES)


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_case_gives_its_reason(code: str) -> None:
    assert code in CASES[code]()


def test_list_price_is_open_to_other_calls() -> None:
    pricing = Pricing.of(BOOK["2026"], DEAL, DEMO)
    listed = list_price(pricing, JIRA, Cycle.MONTHLY, 150, None, None)
    assert listed == ListPrice(1_150_00, None, 1, 0, "price:jira/cloud/standard")
