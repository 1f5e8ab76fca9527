"""Terms: how long things are sold for, and when lines of a quote may end together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Action, Cycle, Deal, GivenPrice, Line, Prior
from quotary_spec.model.party import Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register.products import PRODUCT
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.terms import (
    alignment_is_reviewed_by_hand,
    data_center_length_is_sold,
    is_core_product,
    is_sold_monthly,
    length_is_sold,
    length_may_be_chosen,
    may_be_aligned,
    one_is_renewed_long_enough,
    platforms_may_be_aligned,
    renewal_may_end_with,
    upgrade_may_end_with,
    upgrade_may_extend,
)
from quotary_spec.rules.terms_assessment import CheckedTerm, CoTerm, TermCheck, check_term, check_terms, cut
from quotary_spec.rules.terms_start import asked_term, default_months, settled, start_of
from strategies import days, editions, products, terms

JIRA = Product("jira", Platform.CLOUD, "standard")
TRELLO = Product("trello", Platform.CLOUD, "standard")
CROWD = Product("crowd", Platform.DATA_CENTER)
DEAL = Deal(Party(), order_date=date(2026, 1, 15))
BOTH = st.sampled_from(["2024", "2026"])


def check(*lines: Line, edition: str = "2026", **asked: object) -> TermCheck:
    return check_term(BOOK[edition], DEAL, lines, **asked)  # type: ignore[arg-type]


def outcome(checked: CheckedTerm) -> Outcome:
    return weakest(checked.findings)


def said(checked: CheckedTerm) -> list[str]:
    return [finding.reason for finding in checked.findings]


def line(product: Product, term: Term | None, action: Action = Action.RENEWAL, **more: object) -> Line:
    cycle = Cycle.ANNUAL if product.platform is Platform.CLOUD else None
    return Line(product, action, cycle, term=term, **more)  # type: ignore[arg-type]


# ---- length


@given(days, st.integers(1, 40), BOTH)
def test_cloud_is_sold_for_12_to_24_whole_months(start: date, months: int, edition: str) -> None:
    (checked,) = check(line(JIRA, Term.of_months(start, months), Action.NEW), edition=edition).terms
    assert (outcome(checked) is Outcome.GRANTED) == (12 <= months <= 24)
    assert checked.earliest_end == add_months(start, 12)
    assert checked.latest_end == add_months(start, 24)


@given(days, st.integers(1, 800), BOTH)
def test_new_purchases_run_for_whole_months(start: date, length: int, edition: str) -> None:
    end = start + timedelta(days=length)
    (checked,) = check(line(JIRA, Term(start, end), Action.NEW), edition=edition).terms
    whole = any(add_months(start, months) == end for months in range(12, 25))
    assert (outcome(checked) is Outcome.GRANTED) == whole


@given(st.dates(date(2020, 1, 1), date(2027, 1, 1)), st.integers(1, 800))
def test_data_center_is_sold_for_12_months_at_most(start: date, length: int) -> None:
    term = Term(start, start + timedelta(days=length))
    year = add_months(start, 12)
    for action in (Action.NEW, Action.RENEWAL):
        (checked,) = check(line(CROWD, term, action)).terms
        assert (outcome(checked) is Outcome.GRANTED) == (term.end == year)
        assert checked.term == term
        assert (checked.earliest_end, checked.latest_end) == (year, year)


@given(st.integers(0, 700), st.integers(1, 365))
def test_a_data_center_renewal_ends_earlier_with_a_core_line_alone(first: int, length: int) -> None:
    start = date(2026, 2, 1) + timedelta(days=first)
    short = Term(start, start + timedelta(days=length))
    core = Term(add_months(short.end, -12), short.end)
    assume(add_months(core.start, 12) == core.end)
    for action, granted in ((Action.RENEWAL, True), (Action.NEW, short.end == add_months(start, 12))):
        checked = check(line(Product("trello", Platform.DATA_CENTER), short, action), line(CROWD, core)).terms[0]
        assert (outcome(checked) is Outcome.GRANTED) == granted
    cloud = check(line(Product("trello", Platform.DATA_CENTER), short), line(JIRA, core)).terms[0]
    assert (outcome(cloud) is Outcome.GRANTED) == (short.end == add_months(start, 12))


@given(days, st.integers(1, 36), st.integers(-40, 1200), st.sampled_from(list(Action)), products(), st.booleans())
def test_a_term_is_the_same_however_it_is_asked_for(
    ordered: date, months: int, length: int, action: Action, product: Product, held: bool
) -> None:
    """By its end, by its months or by both ends: one term; and what contradicts is refused, never dropped."""
    deal = replace(DEAL, order_date=ordered)
    prior = Prior(term_end=ordered + timedelta(days=30)) if held else None
    base = Line(product, action, Cycle.ANNUAL, prior=prior)
    start = start_of(deal, base)
    assume(start is not None)
    assert start is not None
    whole = replace(base, term=Term.of_months(start, months))
    assert settled(deal, replace(base, term_months=months)) == replace(whole, term_months=months)
    assert settled(deal, whole) is whole
    end = start + timedelta(days=length)
    asked = settled(deal, replace(base, term_end=end))
    if length <= 0:
        assert isinstance(asked, Finding)
        assert asked.reason == "TERM_ENDS_BEFORE_START"
    else:
        assert isinstance(asked, Line)
        assert asked.term == Term(start, end)
        by_end = check_term(BOOK["2026"], deal, [replace(base, term_end=end)]).terms
        assert by_end == check_term(BOOK["2026"], deal, [replace(base, term=Term(start, end))]).terms


def test_boundaries_of_length() -> None:
    assert [length_is_sold(months, 12, 24) for months in (11, 12, 24, 25, None)] == [False, True, True, False, False]
    assert [is_sold_monthly(months) for months in (0, 1, 2, None)] == [False, True, False, False]
    start = date(2026, 1, 1)
    assert data_center_length_is_sold(Term(start, date(2027, 1, 1)), 12)
    assert not data_center_length_is_sold(Term(start, date(2027, 1, 2)), 12)
    assert length_may_be_chosen(13, 12, True)
    assert length_may_be_chosen(12, 12, False)
    assert not length_may_be_chosen(13, 12, False)
    assert not length_may_be_chosen(None, 12, False)


@given(days, st.integers(1, 14))
def test_monthly_cloud_is_sold_by_the_month(start: date, months: int) -> None:
    asked = replace(line(JIRA, Term.of_months(start, months), Action.NEW), cycle=Cycle.MONTHLY)
    assert (outcome(check(asked).terms[0]) is Outcome.GRANTED) == (months == 1)
    # Without a cycle one month is taken for a monthly subscription, a year for an annual one.
    assert (outcome(check(replace(asked, cycle=None)).terms[0]) is Outcome.GRANTED) == (months in (1, 12, 13, 14))
    assert check(replace(asked, cycle=Cycle.MONTHLY), length_requested=False).terms == check(asked).terms


def test_a_length_has_to_be_asked_for() -> None:
    start = date(2026, 1, 1)
    chosen = line(JIRA, Term.of_months(start, 18), Action.NEW)
    assert said(check(chosen, length_requested=False).terms[0]) == ["TERM_NOT_REQUESTED"]
    assert said(check(line(JIRA, Term.of_months(start, 12)), length_requested=False).terms[0]) == []


# ---- alignment

START = date(2026, 1, 1)


@given(days, st.integers(1, 760), days, st.integers(300, 800), BOTH)
def test_a_renewal_follows_a_core_line(
    start: date, length: int, core_start: date, core_length: int, edition: str
) -> None:
    """On any end within 24 months, if a core line of 12 months or more ends that day; whole months need none."""
    term = Term(start, start + timedelta(days=length))
    core = Term(term.end - timedelta(days=core_length), term.end)
    checked, _ = check(line(TRELLO, term), line(JIRA, core), edition=edition).terms
    alone = length_is_sold(term.months if add_months(start, term.months) == term.end else None, 12, 24)
    tied = add_months(core.start, 12) <= core.end and term.end <= add_months(start, 24)
    assert (outcome(checked) is Outcome.GRANTED) == (alone or tied)
    assert checked.anchor == (1 if tied and not alone else None)
    # A day apart it ties nothing.
    apart, _ = check(line(TRELLO, term), line(JIRA, Term(core.start, core.end + timedelta(days=1)))).terms
    assert (outcome(apart) is Outcome.GRANTED) == alone


@given(st.permutations(range(3)), BOTH)
def test_the_order_of_lines_does_not_matter(order: list[int], edition: str) -> None:
    end = date(2026, 11, 20)
    lines = [
        line(TRELLO, Term(START, end)),
        line(JIRA, Term(date(2025, 11, 20), end)),
        line(Product("compass", Platform.CLOUD), Term(START, date(2026, 11, 21))),
    ]
    there = check(*lines, edition=edition).terms
    turned = check(*(lines[i] for i in order), edition=edition).terms
    for i, checked in zip(order, turned, strict=True):
        assert outcome(checked) is outcome(there[i])
        anchor = there[i].anchor
        assert checked.anchor == (None if anchor is None else order.index(anchor))


@given(products(), products())
def test_platforms_are_aligned_both_ways_or_not_at_all(one: Product, other: Product) -> None:
    assume(one.platform is not None and other.platform is not None)
    assert one.platform is not None
    assert other.platform is not None
    assert platforms_may_be_aligned(one.platform, other.platform) == platforms_may_be_aligned(
        other.platform, one.platform
    )
    assert platforms_may_be_aligned(one.platform, one.platform)


def test_cloud_and_data_center_do_not_anchor_each_other() -> None:
    assert not platforms_may_be_aligned(Platform.CLOUD, Platform.DATA_CENTER)
    assert platforms_may_be_aligned(Platform.CLOUD, Platform.GOVERNMENT_CLOUD)
    end = date(2026, 11, 20)
    crowd = line(CROWD, Term(date(2025, 11, 20), end))
    checked, _ = check(line(TRELLO, Term(START, end)), crowd).terms
    assert said(checked) == ["TERM_CROSS_PLATFORM"]
    # A line of the same platform later in the quote still anchors it.
    checked, *_ = check(line(TRELLO, Term(START, end)), crowd, line(JIRA, crowd.term)).terms
    assert (said(checked), checked.anchor) == ([], 2)


@pytest.mark.parametrize("product", PRODUCT)
def test_core_products_are_those_that_are_listed(product: str) -> None:
    eight = {"jira", "jira-service-management", "confluence", "bitbucket", "jira-align", "bamboo", "crowd", "guard"}
    assert is_core_product(product, BOOK["2026"].texts("term.core-products")) == (product in eight)
    ten = eight | {"fisheye", "crucible"}
    assert is_core_product(product, BOOK["2024"].texts("term.core-products")) == (product in ten)


def test_an_app_is_not_core_and_anchors_nothing() -> None:
    end = date(2026, 11, 20)
    app = Product("jira", Platform.CLOUD, app=True)
    own, _ = check(line(app, Term(date(2025, 11, 1), end)), line(TRELLO, Term(START, end))).terms
    assert (own.core, own.anchor, said(own)) == (False, None, ["TERM_NEEDS_ANCHOR"])
    checked, _ = check(line(TRELLO, Term(START, end)), line(app, Term(date(2025, 11, 20), end))).terms
    assert said(checked) == ["TERM_NEEDS_ANCHOR"]


def test_upgrades_and_expansions_anchor_nothing() -> None:
    end = date(2026, 11, 20)
    held = Prior(term=Term(date(2025, 11, 20), end))
    grown = line(JIRA, Term(date(2025, 11, 20), end), Action.EXPANSION, prior=held)
    checked, _ = check(line(TRELLO, Term(START, end)), grown).terms
    assert said(checked) == ["TERM_NEEDS_ANCHOR"]


def test_a_core_product_is_its_own_anchor() -> None:
    odd = Term(START, date(2027, 6, 20))
    (checked,) = check(line(JIRA, odd)).terms
    assert (said(checked), checked.anchor) == ([], 0)
    # Shorter than a year it is not; and a new purchase has no anchor at all.
    assert said(check(line(JIRA, Term(START, date(2026, 12, 31)))).terms[0]) == ["TERM_NEEDS_ANCHOR"]
    assert said(check(line(JIRA, odd, Action.NEW)).terms[0]) == ["TERM_LENGTH"]


def test_boundaries_of_alignment() -> None:
    end = date(2027, 6, 20)
    core = Term(date(2026, 6, 20), end)
    assert renewal_may_end_with(Term(date(2025, 6, 20), end), core, 12, 24)
    assert not renewal_may_end_with(Term(date(2025, 6, 19), end), core, 12, 24)
    assert not renewal_may_end_with(Term(START, end), Term(date(2026, 6, 21), end), 12, 24)
    assert not renewal_may_end_with(Term(START, end), Term(core.start, date(2027, 6, 21)), 12, 24)
    assert upgrade_may_extend(Term(START, date(2027, 1, 1)), 12, 24)
    assert upgrade_may_extend(Term(START, date(2028, 1, 1)), 12, 24)
    assert not upgrade_may_extend(Term(START, date(2026, 12, 31)), 12, 24)
    assert not upgrade_may_extend(Term(START, date(2028, 1, 2)), 12, 24)
    assert upgrade_may_end_with(Term(START, end), core, 12)
    assert not upgrade_may_end_with(Term(START, end), Term(date(2026, 6, 21), end), 12)
    assert not upgrade_may_end_with(Term(START, date(2027, 6, 19)), core, 12)


# ---- upgrades

HELD = Term(date(2025, 6, 30), date(2026, 6, 30))


@given(st.dates(date(2026, 1, 16), date(2028, 12, 31)), BOTH)
def test_where_an_upgrade_of_cloud_may_end(end: date, edition: str) -> None:
    start = date(2026, 1, 15)
    (checked,) = check(line(TRELLO, Term(start, end), Action.UPGRADE, prior=Prior(term=HELD)), edition=edition).terms
    allowed = end == HELD.end or date(2027, 1, 15) <= end <= date(2028, 1, 15)
    assert (outcome(checked) is Outcome.GRANTED) == allowed
    if not allowed:
        against = (
            "TERM_SHORTENED" if end < HELD.end else "TERM_LENGTH" if end > date(2028, 1, 15) else "TERM_NEEDS_ANCHOR"
        )
        assert said(checked) == [against]


@given(st.dates(date(2026, 1, 16), date(2030, 12, 31)))
def test_an_upgrade_of_data_center_ends_on_any_day(end: date) -> None:
    asked = line(CROWD, Term(date(2026, 1, 15), end), Action.UPGRADE, prior=Prior(term=HELD))
    (checked,) = check(asked).terms
    assert outcome(checked) is Outcome.GRANTED
    assert checked.term == Term(date(2026, 1, 15), min(end, date(2029, 3, 28)))
    assert checked.cut_short == (end > date(2029, 3, 28))


def test_an_upgrade_by_default() -> None:
    upgrade = line(JIRA, None, Action.UPGRADE, prior=Prior(term=HELD))
    (cloud,) = check(upgrade).terms
    assert cloud.term == Term(date(2026, 1, 15), HELD.end)
    (data_center,) = check(replace(upgrade, product=CROWD, cycle=None)).terms
    assert data_center.term == Term(date(2026, 1, 15), date(2027, 1, 15))
    (open_term,) = check(replace(upgrade, prior=None)).terms
    assert [finding.missing for finding in open_term.findings] == [("prior.term",)]


# ---- older editions


@given(terms, products(), st.sampled_from(Action))
def test_2023_prints_no_condition(term: Term, product: Product, action: Action) -> None:
    checked = check(line(product, term, action), edition="2023")
    assert checked.terms[0].findings == ()
    assert [finding.reason for finding in checked.findings] == ["TERM_NO_CONDITION_PRINTED"]


@given(days, st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_2021_aligns_renewals_of_which_one_is_for_a_year(end: date, lengths: list[int]) -> None:
    lines = [line(CROWD, Term(add_months(end, -months), end)) for months in lengths]
    group = CoTerm(tuple(range(len(lines))), end)
    checked = check(*lines, edition="2021", co_terms=[group]).terms
    months = [each.term.months for each in lines if each.term is not None]
    for each in checked:
        assert (outcome(each) is Outcome.GRANTED) == any(length >= 12 for length in months)


@pytest.mark.parametrize("action", Action)
def test_2021_aligns_nothing_but_renewals(action: Action) -> None:
    assert may_be_aligned(action) == (action is Action.RENEWAL)
    odd = line(CROWD, Term(START, date(2027, 3, 1)), action)
    (checked,) = check(odd, edition="2021").terms
    assert (outcome(checked) is Outcome.GRANTED) == (action is Action.RENEWAL)
    # Whole years are no alignment, and monthly cloud has none.
    (whole,) = check(replace(odd, term=Term.of_months(START, 24)), edition="2021").terms
    assert whole.findings == ()
    (monthly,) = check(replace(odd, product=JIRA, cycle=Cycle.MONTHLY), edition="2021").terms
    assert monthly.findings == ()


def test_2021_boundaries() -> None:
    assert one_is_renewed_long_enough([8, 12], 12)
    assert not one_is_renewed_long_enough([8, 11], 12)
    assert not one_is_renewed_long_enough([], 12)


@pytest.mark.parametrize(
    ("edition", "channel", "reviewed"),
    [
        ("2021", "order_form", None),
        ("2023", "order_form", True),
        ("2023", "assisted", False),
        ("2024", "order_form", True),
        ("2026", None, None),
    ],
)
def test_who_reviews_a_request(edition: str, channel: str | None, reviewed: bool | None) -> None:
    checked = check(line(JIRA, Term.of_months(START, 12)), edition=edition, request_channel=channel)
    assert checked.manual_review is reviewed
    assert checked.guidance is not None
    assert checked.guidance.channel == (channel or "order_form")
    assert alignment_is_reviewed_by_hand("order_form")
    assert not alignment_is_reviewed_by_hand("assisted")


# ---- the whole


def test_a_group_takes_its_end_and_one_platform() -> None:
    group = CoTerm((0, 1), date(2027, 1, 1))
    pair: Sequence[Line] = (
        line(TRELLO, None, term_start=START),
        line(JIRA, None, term_start=START),
    )
    checked = check(*pair, co_terms=[group]).terms
    assert [each.term for each in checked] == [Term(START, group.end)] * 2
    assert [said(each) for each in checked] == [[], []]
    mixed = check(pair[0], line(CROWD, None, term_start=START), co_terms=[group])
    assert [said(each) for each in mixed.terms] == [["TERM_CROSS_PLATFORM"]] * 2
    # The older editions do not speak of platforms.
    older = check(pair[0], line(CROWD, None, term_start=START), edition="2023", co_terms=[group])
    assert [said(each) for each in older.terms] == [[], []]


def test_facts_that_are_missing() -> None:
    nothing = Line(JIRA, cycle=Cycle.ANNUAL)
    assert check_terms(BOOK["2026"], [nothing], [None])[0].findings[0].missing == ("term",)
    platform = Line(Product("jira"), term=Term.of_months(START, 13))
    assert check_terms(BOOK["2026"], [platform], [platform.term])[0].findings[0].missing == ("product.platform",)
    # The number of months is enough for cloud, and not for what has an end of life.
    months = replace(nothing, term_months=25)
    assert said(check_terms(BOOK["2026"], [months], [None])[0]) == ["TERM_LENGTH"]
    by_months = replace(months, product=CROWD, cycle=None)
    assert check_terms(BOOK["2026"], [by_months], [None])[0].findings[0].missing == ("term",)


@given(terms.filter(lambda term: term.days > 0), products(), editions)
def test_cutting_twice_is_cutting_once(term: Term, product: Product, edition: str) -> None:
    asked = Line(product)
    once, _ = cut(BOOK[edition], asked, term)
    again, findings = cut(BOOK[edition], asked, once)
    assert again == once
    assert all(finding.reason == "EOL_REACHED" for finding in findings)


def test_where_a_term_starts_and_how_long_it_is() -> None:
    held = Prior(term=HELD)
    assert start_of(DEAL, Line(JIRA)) == date(2026, 1, 15)
    assert start_of(DEAL, Line(JIRA, Action.RENEWAL, prior=held)) == HELD.end
    assert start_of(DEAL, Line(JIRA, Action.RENEWAL, prior=held, term_start=START)) == START
    paid = replace(DEAL, payment_date=date(2026, 2, 1))
    assert start_of(paid, Line(CROWD, Action.UPGRADE, prior=held)) == date(2026, 2, 1)
    assert start_of(paid, Line(CROWD)) == date(2026, 1, 15)
    assert start_of(paid, Line(JIRA, Action.UPGRADE, prior=held)) == date(2026, 1, 15)
    assert default_months(JIRA, None) is None
    assert default_months(JIRA, Cycle.MONTHLY) == 1
    assert default_months(Product("jira", Platform.SERVER), None) == 12
    assert asked_term(DEAL, Line(JIRA), None) is None
    assert asked_term(replace(DEAL, order_date=None), Line(JIRA), 12) is None
    late = replace(DEAL, order_date=HELD.end)
    assert asked_term(late, Line(JIRA, Action.UPGRADE, prior=held), 12) is None
    by_price = Line(JIRA, price=GivenPrice(Decimal(1), months=6))
    assert asked_term(DEAL, by_price, 6) == Term(date(2026, 1, 15), date(2026, 7, 15))
