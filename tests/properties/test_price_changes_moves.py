"""Upgrades of Data Center, downgrades and moves to cloud: charges, credits and terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change_cases import BOTH, DATA_CENTER, DEAL, EMPTY, HELD, JIRA, cents, cloud, data_center, said, upgrade
from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Action, Cycle, GivenDiscount, Line, Order, Prior
from quotary_spec.model.party import PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding, half_up
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.price.change_price import UpgradeMethod, method_of
from quotary_spec.rules.price.changes import (
    credit_for_months_left,
    dual_licence_is_short_enough,
    full_months_left,
    may_downgrade_with_renewal,
    migration_incentives,
    price_less_credit,
    step_up_credit,
)
from quotary_spec.rules.quote.lines import price_lines
from strategies import amounts, days, month_terms, paid_terms, roundings

SERVER = Product("jira", Platform.SERVER)


def move(new: int, paid: int | None, held: Term | None = HELD, approved: bool | None = True, **more: object) -> Line:
    prior = Prior(product=DATA_CENTER, term=held, net_paid=paid)
    asked = Line(JIRA, cycle=Cycle.ANNUAL, price=cents(new), prior=prior, step_up_approved=approved)
    return replace(asked, **more)  # type: ignore[arg-type]


# ---- Data Center: a new term less the whole months left


@given(amounts, month_terms, st.integers(-40, 800), roundings)
def test_a_credit_is_within_what_was_paid(paid: int, held: Term, after: int, rounding: Rounding) -> None:
    left = full_months_left(held.start + timedelta(days=after), held.end)
    credit = credit_for_months_left(paid, held.months, left, rounding)
    assert 0 <= credit <= paid
    assert abs(credit - Fraction(paid * min(left, held.months), held.months)) <= Fraction(1, 2)


@given(days, st.integers(0, 30), st.integers(0, 27))
def test_only_full_months_are_counted(day: date, months: int, more: int) -> None:
    end = add_months(day, months)
    assert full_months_left(day, end) == months
    assert full_months_left(day, end + timedelta(days=more)) == months
    assert full_months_left(day, end - timedelta(days=1)) == max(0, months - 1)


@given(amounts, amounts)
def test_an_upgrade_never_pays_back(price: int, credit: int) -> None:
    assert price_less_credit(price, credit) == max(0, price - credit)


@given(
    st.integers(0, 10**9), st.integers(0, 10**9), st.dates(date(2025, 6, 30), date(2026, 6, 30)), st.none() | days, BOTH
)
def test_an_upgrade_of_data_center(new: int, paid: int, day: date, paid_on: date | None, edition: str) -> None:
    deal = replace(DEAL, order_date=day, payment_date=paid_on and day)
    priced = upgrade(data_center(new, paid), edition, deal)
    months = full_months_left(day, HELD.end)
    assert priced.change.method is UpgradeMethod.NEW_TERM_LESS_CREDIT
    assert priced.new_term == Term.of_months(day, 12)
    assert priced.change.credit == half_up(paid * months, 12)
    assert priced.charge == max(0, new - half_up(paid * months, 12))
    assert (priced.change.months_left, priced.change.months_of_term) == (months, 12)
    assert priced.change.line.net == priced.charge
    assert said(priced) == (["CREDIT_ABOVE_PRICE"] if half_up(paid * months, 12) > new else [])


@given(st.dates(date(2026, 1, 16), date(2027, 1, 15)), st.integers(0, 10**9))
def test_an_upgrade_of_data_center_to_a_day(end: date, new: int) -> None:
    priced = upgrade(data_center(new, 0), target_end=end)
    assert priced.change.method is UpgradeMethod.CO_TERM_LESS_CREDIT
    assert priced.charge == half_up(new * (end - date(2026, 1, 15)).days, 365)
    assert priced.new_term == Term(date(2026, 1, 15), end)


def test_an_upgrade_of_data_center_is_cut() -> None:
    deal = replace(DEAL, order_date=date(2028, 3, 29))
    held = Term(date(2027, 6, 1), date(2028, 6, 1))
    priced = upgrade(data_center(3_650_00, 0, held), deal=deal)
    assert priced.cut_short
    assert priced.new_term == Term(date(2028, 3, 29), date(2029, 3, 28))
    assert priced.charge == half_up(3_650_00 * 364, 365)
    assert priced.change.new_tier == 3_650_00


def test_data_center_has_other_ways_on_request() -> None:
    line = replace(data_center(15_000_00, 6_000_00), prior=Prior(term=HELD, net_paid=6_000_00, tier_price=6_000_00))
    by_days = upgrade(line, method=UpgradeMethod.PRORATED_DIFFERENCE)
    assert by_days.charge == half_up(9_000_00 * 166, 365)
    assert by_days.new_term == Term(date(2026, 1, 15), HELD.end)
    assert upgrade(line, method=UpgradeMethod.NEW_TERM_LESS_CREDIT).charge == upgrade(line).charge
    refused = upgrade(line, method=UpgradeMethod.STEP_UP)
    assert "UPGRADE_METHOD_NOT_FOR_PLATFORM" in said(refused)
    assert refused.charge == upgrade(line).charge


def test_a_term_without_a_full_month_is_worth_no_credit() -> None:
    assert credit_for_months_left(1_000, 0, 0, half_up) == 0


# ---- downgrades


@given(days, st.integers(-10, 120))
def test_a_downgrade_comes_with_the_renewal(expiry: date, before: int) -> None:
    day = expiry - timedelta(days=before)
    assert may_downgrade_with_renewal(day, expiry, 90) == (0 <= before <= 90)
    line = Line(
        DATA_CENTER, Action.DOWNGRADE, price=cents(5_000), prior=Prior(term=Term(expiry - timedelta(365), expiry))
    )
    priced = upgrade(line, "2024", replace(DEAL, order_date=day))
    assert ("DOWNGRADE_OUTSIDE_WINDOW" in said(priced)) == (not 0 <= before <= 90)
    assert "DOWNGRADE_AT_RENEWAL" in said(priced)
    assert (priced.charge, priced.new_term) == (5_000, Term.of_months(expiry, 12))


@pytest.mark.parametrize("platform", [Platform.CLOUD, Platform.GOVERNMENT_CLOUD, Platform.SERVER])
def test_a_downgrade_of_anything_else_is_not_covered(platform: Platform) -> None:
    product = replace(JIRA, platform=platform)
    line = Line(product, Action.DOWNGRADE, Cycle.ANNUAL, price=cents(100), prior=Prior(term=HELD))
    deal = replace(DEAL, billing_party=replace(DEAL.billing_party, kind=PartyKind.STATE_GOVERNMENT))
    assert weakest(upgrade(line, deal=deal).findings) is Outcome.NOT_COVERED
    (quoted,) = price_lines(BOOK["2026"], Order(deal, (line,)), EMPTY)
    assert (quoted.net, weakest(quoted.findings)) == (None, Outcome.NOT_COVERED)


def test_a_downgrade_needs_its_dates() -> None:
    line = Line(DATA_CENTER, Action.DOWNGRADE, price=cents(1))
    assert ("prior.term",) in [finding.missing for finding in upgrade(line, "2024").findings]
    held = replace(line, prior=Prior(term=HELD))
    undated = upgrade(held, "2024", replace(DEAL, order_date=None))
    assert ("deal.order_date",) in [finding.missing for finding in undated.findings]


# ---- moves


@given(amounts, paid_terms, st.integers(-50, 1200), roundings)
def test_what_is_used_and_what_is_credited_make_what_was_paid(
    paid: int,
    term: Term,
    after: int,
    rounding: Rounding,
) -> None:
    day = term.start + timedelta(days=after)
    credit = step_up_credit(paid, term, day, rounding)
    used = min(max((day - term.start).days, 0), term.days)
    assert 0 <= credit <= paid
    assert abs(credit + Fraction(paid * used, term.days) - paid) <= Fraction(1, 2)


def test_an_empty_term_is_worth_nothing() -> None:
    day = date(2026, 1, 1)
    assert step_up_credit(100, Term(day, day), day, half_up) == 0


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.dates(date(2025, 1, 1), date(2027, 1, 1)), BOTH)
def test_a_move_credits_the_days_left(new: int, paid: int, day: date, edition: str) -> None:
    priced = upgrade(move(new, paid), edition, replace(DEAL, order_date=day))
    credit = step_up_credit(paid, HELD, day, half_up)
    assert priced.change.method is UpgradeMethod.STEP_UP
    assert priced.change.credit == credit
    assert priced.charge == max(0, new - credit)
    assert priced.change.line.credit == min(credit, new)
    quoted = price_lines(BOOK[edition], Order(replace(DEAL, order_date=day), (move(new, paid),)), EMPTY)
    assert quoted[0].net == priced.charge


def test_who_gets_a_step_up_credit() -> None:
    assert said(upgrade(move(100, 100, approved=False))) == ["STEP_UP_NOT_APPROVED"]
    assert upgrade(move(100, 100, approved=False)).charge == 100
    unknown = upgrade(move(100, 100, approved=None))
    assert [finding.missing for finding in unknown.findings] == [("step_up_approved",)]
    assert unknown.charge is None
    for line, path in ((move(100, None), "prior.net_paid"), (move(100, 100, held=None), "prior.term")):
        assert [finding.missing for finding in upgrade(line).findings] == [(path,)]
    # Edition 2021 says nothing on moves; 2023 grants a discount of open size.
    assert upgrade(move(100, 100), "2021").charge == 100
    assert said(upgrade(move(100, 100), "2023")) == ["DISCOUNT_SIZE_NOT_KNOWN"]
    agreed = move(100, 100, discount=GivenDiscount(amount=10))
    assert upgrade(agreed, "2023").charge == 90


@given(st.integers(1, 24), BOTH)
def test_a_dual_licence_runs_for_a_year_at_most(months: int, edition: str) -> None:
    line = Line(DATA_CENTER, price=cents(9_000), dual_licence=True, prior=Prior(term=HELD), term_months=months)
    priced = upgrade(line, edition)
    assert priced.change.method is UpgradeMethod.DUAL_LICENCE
    if months > 12:
        assert said(priced) == ["DUAL_LICENCE_TOO_LONG"]
    else:
        assert priced.charge == 0
        assert priced.dual_licence_term == Term.of_months(HELD.end, months)
        assert priced.change.line.discount is not None
        assert priced.change.line.discount.amount == priced.change.line.prorated
    beside = upgrade(move(100, 0, dual_licence=True), edition, dual_licence_months=months)
    assert beside.dual_licence_term == (Term.of_months(HELD.end, months) if months <= 12 else None)
    assert ("DUAL_LICENCE_TOO_LONG" in said(beside)) == (months > 12)


def test_a_dual_licence_ends_with_data_center() -> None:
    held = Term(date(2027, 6, 1), date(2028, 6, 1))
    deal = replace(DEAL, order_date=date(2028, 1, 15))
    assert upgrade(move(100, 0, held, dual_licence=True), deal=deal).dual_licence_term == Term(
        date(2028, 6, 1), date(2029, 3, 28)
    )
    assert upgrade(move(100, 0, held, dual_licence=True), "2024", deal).dual_licence_term == Term(
        date(2028, 6, 1), date(2029, 6, 1)
    )
    assert dual_licence_is_short_enough(Term.of_months(held.end, 12), 12)
    assert not dual_licence_is_short_enough(Term(held.end, date(2029, 6, 2)), 12)


def test_what_a_dual_licence_needs() -> None:
    line = Line(DATA_CENTER, price=cents(1), dual_licence=True)
    assert [finding.missing for finding in upgrade(line).findings] == [("prior.term",)]
    assert upgrade(replace(line, term_start=date(2026, 7, 1))).charge == 0
    assert weakest(upgrade(line, "2023").findings) is Outcome.NOT_COVERED
    assert said(upgrade(replace(line, product=JIRA))) == ["DUAL_LICENCE_DATA_CENTER_ONLY"]
    silent = upgrade(move(100, 0, dual_licence=True, discount=GivenDiscount(amount=1)), "2023")
    assert (silent.dual_licence_term, said(silent)) == (None, ["EDITION_SILENT"])


@pytest.mark.parametrize(
    ("held", "wanted", "incentives"),
    [
        (DATA_CENTER, JIRA, ("migration_trial", "step_up_credit", "dual_licence")),
        (SERVER, JIRA, ("migration_trial",)),
        (SERVER, DATA_CENTER, ()),
        (JIRA, JIRA, ()),
        (JIRA, DATA_CENTER, ()),
    ],
)
def test_what_helps_a_move(held: Product, wanted: Product, incentives: tuple[str, ...]) -> None:
    line = Line(wanted, cycle=Cycle.ANNUAL, price=cents(1), prior=Prior(product=held, term=HELD), step_up_approved=True)
    assert upgrade(line).incentives == incentives
    assert upgrade(line, "2023").incentives == ()
    assert held.platform is not None
    assert wanted.platform is not None
    assert migration_incentives(held.platform, wanted.platform, ("a", "b", "c")) == (("a", "b", "c")[: len(incentives)])


def test_ways_to_price_a_line() -> None:
    prior = Prior(term=HELD)
    assert method_of(Line(JIRA)) is None
    assert method_of(Line(JIRA, Action.EXPANSION)) is None
    assert method_of(Line(JIRA, Action.EXPANSION, prior=prior)) is UpgradeMethod.PRORATED_DIFFERENCE
    assert method_of(Line(JIRA, Action.RENEWAL, prior=prior)) is None
    assert method_of(Line(DATA_CENTER, Action.UPGRADE)) is UpgradeMethod.NEW_TERM_LESS_CREDIT
    assert method_of(Line(DATA_CENTER, Action.UPGRADE, term_months=6)) is UpgradeMethod.CO_TERM_LESS_CREDIT
    assert method_of(Line(JIRA, prior=Prior(product=DATA_CENTER))) is UpgradeMethod.STEP_UP
    assert method_of(Line(JIRA, Action.UPGRADE, prior=Prior(product=JIRA))) is UpgradeMethod.PRORATED_DIFFERENCE
    assert method_of(Line(JIRA, Action.DOWNGRADE)) is UpgradeMethod.DOWNGRADE


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["2024", "2026"]))
def test_a_quote_and_the_call_agree(new: int, held: int, edition: str) -> None:
    for line in (cloud(new, held), data_center(new, held)):
        (quoted,) = price_lines(BOOK[edition], Order(DEAL, (line,)), EMPTY)
        priced = upgrade(line, edition)
        assert quoted.net == priced.charge
        assert replace(quoted, findings=()) == replace(priced.change.line, findings=())


def test_how_a_price_can_be_checked() -> None:
    assert upgrade(cloud(1, 1)).guidance is None
    guidance = upgrade(data_center(1, 1)).guidance
    assert guidance is not None
    assert (guidance.channel, guidance.place) == ("account_portal", "my.atlassian.com")
    assert upgrade(data_center(1, 1), "2023").guidance is None
