"""Prices: orders at large, proration, and a case for every reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from price_cases import DATA_CENTER, DEAL, DEMO, EMPTY, END, JIRA, any_deals, any_lines, given_price, price, reasons
from quotary_spec.calendar import Term
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
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import RoundingPolicy, half_up
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.register.files import read
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import DataStep, RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.price.change_price import UpgradeMethod
from quotary_spec.rules.price.list_price import ListPrice, Pricing, list_price
from quotary_spec.rules.price.proration import part_of_price, prorated_price
from quotary_spec.rules.quote.lines import price_lines, price_upgrade
from quotary_spec.rules.terms_assessment import check_term
from quotary_spec.supplements.price_book import PriceBook
from strategies import (
    amounts,
    days,
    deals,
    editions,
    given_discounts,
    orders,
    paid_terms,
    roundings,
    unit_prices,
)

# ---- orders at large

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
    "EOL_DOWNGRADES_CLOSED": lambda: of_line(
        Line(DATA_CENTER, Action.DOWNGRADE, term=Term.of_months(HELD.end, 12), price=given_price("1")),
        replace(DEAL, order_date=date(2029, 4, 1), holds_data_center=True),
    ),
    "DOWNGRADE_WITHOUT_TERM": lambda: of_line(
        Line(DATA_CENTER, Action.DOWNGRADE, price=given_price("1"), prior=Prior(term=Term(date(2028, 3, 28), END)))
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
