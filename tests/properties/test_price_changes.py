"""Upgrades, downgrades and moves to cloud: charges, credits and terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Action, Cycle, Deal, GivenDiscount, GivenPrice, Line, Order, Prior
from quotary_spec.model.party import Address, Party, PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding, half_up
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.price.chains import Purchase
from quotary_spec.rules.price.change_price import UpgradeMethod, method_of
from quotary_spec.rules.price.changes import (
    credit_for_months_left,
    dual_licence_is_short_enough,
    full_months_left,
    may_downgrade_with_renewal,
    migration_incentives,
    price_less_credit,
    prorated_difference,
    step_up_credit,
)
from quotary_spec.rules.quote.lines import UpgradePrice, price_lines, price_upgrade
from quotary_spec.supplements.price_book import PriceBook
from strategies import amounts, days, month_terms, paid_terms, roundings

EMPTY, DEMO = PriceBook.empty(), PriceBook.demo()
JIRA = Product("jira", Platform.CLOUD, "standard")
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
SERVER = Product("jira", Platform.SERVER)
HELD = Term(date(2025, 6, 30), date(2026, 6, 30))
DEAL = Deal(Party(address=Address("US", "US-DE")), order_date=date(2026, 1, 15))
BOTH = st.sampled_from(["2024", "2026"])


def cents(amount: int) -> GivenPrice:
    return GivenPrice(Decimal(amount).scaleb(-2))


def cloud(new: int, old: int | None, held: Term | None = HELD, **more: object) -> Line:
    prior = Prior(term=held, tier_price=old)
    return Line(JIRA, Action.UPGRADE, Cycle.ANNUAL, price=cents(new), prior=prior, **more)  # type: ignore[arg-type]


def data_center(new: int, paid: int | None, held: Term = HELD, **more: object) -> Line:
    prior = Prior(term=held, net_paid=paid)
    return Line(DATA_CENTER, Action.UPGRADE, price=cents(new), prior=prior, **more)  # type: ignore[arg-type]


def move(new: int, paid: int | None, held: Term | None = HELD, approved: bool | None = True, **more: object) -> Line:
    prior = Prior(product=DATA_CENTER, term=held, net_paid=paid)
    asked = Line(JIRA, cycle=Cycle.ANNUAL, price=cents(new), prior=prior, step_up_approved=approved)
    return replace(asked, **more)  # type: ignore[arg-type]


def upgrade(
    line: Line, edition: str = "2026", deal: Deal = DEAL, prices: PriceBook = EMPTY, **asked: object
) -> UpgradePrice:
    return price_upgrade(BOOK[edition], deal, line, prices, **asked)  # type: ignore[arg-type]


def said(priced: UpgradePrice) -> list[str]:
    return [finding.reason for finding in priced.findings]


# ---- cloud: the difference by days


@given(amounts, amounts, paid_terms, st.data(), roundings)
def test_a_difference_is_within_half_a_cent(
    new: int, old: int, term: Term, data: st.DataObject, rounding: Rounding
) -> None:
    left = data.draw(st.integers(0, term.days))
    charge = prorated_difference(new, old, left, term.days, rounding)
    exact = max(Fraction(0), Fraction((new - old) * left, term.days))
    assert abs(charge - exact) <= Fraction(1, 2)


@given(amounts, amounts, amounts, st.integers(1, 400), st.data())
def test_upgrades_in_steps_cost_what_one_costs(a: int, b: int, c: int, days_of_term: int, data: st.DataObject) -> None:
    """Path independence: from the first tier to the third over the second, on one day, to a cent a step."""
    low, middle, high = sorted([a, b, c])
    left = data.draw(st.integers(0, days_of_term))
    at_once = prorated_difference(high, low, left, days_of_term, half_up)
    steps = [prorated_difference(middle, low, left, days_of_term, half_up)]
    steps.append(prorated_difference(high, middle, left, days_of_term, half_up))
    assert abs(at_once - sum(steps)) <= 1


@given(amounts, amounts, st.integers(1, 400), st.data())
def test_a_later_upgrade_never_costs_more(new: int, old: int, days_of_term: int, data: st.DataObject) -> None:
    earlier, later = sorted(data.draw(st.tuples(*[st.integers(0, days_of_term)] * 2)), reverse=True)
    assert prorated_difference(new, old, later, days_of_term, half_up) <= prorated_difference(
        new, old, earlier, days_of_term, half_up
    )


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.dates(date(2025, 1, 1), date(2026, 12, 31)), BOTH)
def test_an_upgrade_of_cloud_keeps_its_end(new: int, old: int, day: date, edition: str) -> None:
    priced = upgrade(cloud(new, old), edition, upgrade_date=day)
    if day >= HELD.end:
        assert said(priced) == ["TERM_ALREADY_OVER"]
        assert priced.charge is None
        return
    assert priced.new_term == Term(day, HELD.end)
    left = min((HELD.end - day).days, HELD.days)
    assert priced.charge == prorated_difference(new, old, left, HELD.days, half_up)
    assert (priced.change.days_left, priced.change.days_of_term) == (left, 365)
    line = priced.change.line
    assert line.prorated is not None
    assert line.prorated - line.credit == priced.charge
    assert 0 <= line.credit <= old


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["0", "0.25", "0.5", "1"]))
def test_both_prices_of_an_upgrade_are_after_discount(new: int, old: int, rate: str) -> None:
    """What is off the new tier is off the old one too, when both come from the price book."""
    agreed = GivenDiscount(rate=Decimal(rate))
    line = Line(
        JIRA, Action.UPGRADE, Cycle.ANNUAL, user_tier=500, discount=agreed, prior=Prior(term=HELD, quantity=250)
    )
    change = upgrade(line, prices=DEMO).change
    assert change.old_tier == half_up(18_500_00 * (100 - int(Decimal(rate) * 100)), 100)
    assert change.new_tier == half_up(33_500_00 * (100 - int(Decimal(rate) * 100)), 100)


def test_an_upgrade_by_user() -> None:
    month = Term(date(2026, 1, 1), date(2026, 2, 1))
    line = Line(JIRA, Action.EXPANSION, Cycle.MONTHLY, 20, prior=Prior(term=month, quantity=10))
    change = upgrade(line, prices=DEMO).change
    assert (change.old_tier, change.new_tier, change.days_left) == (8_000, 16_000, 17)
    assert change.line.net == half_up(8_000 * 17, 31)


def test_prices_of_another_length_than_the_term_held() -> None:
    """Both tier prices are for one length: yearly ones of two years held count twice; without months, the term."""
    held = Term(date(2025, 1, 1), date(2027, 1, 1))
    yearly = upgrade(cloud(1_000_00, 500_00, held), upgrade_date=date(2026, 1, 1))
    assert yearly.charge == half_up((2_000_00 - 1_000_00) * 365, 730)
    assert (yearly.change.old_tier, yearly.change.new_tier) == (1_000_00, 2_000_00)
    whole = replace(cloud(1_000_00, 500_00, held), cycle=None)
    assert upgrade(whole, upgrade_date=date(2026, 1, 1)).charge == half_up(500_00 * 365, 730)


@given(amounts, amounts, paid_terms.filter(lambda term: term.days > 0), st.integers(1, 36), st.data())
def test_what_is_shown_of_an_upgrade_gives_its_charge(
    new: int, old: int, held: Term, months: int, data: st.DataObject
) -> None:
    day = held.start + timedelta(days=data.draw(st.integers(0, held.days - 1)))
    line = replace(cloud(new, old, held), price=replace(cents(new), months=months))
    change = upgrade(line, upgrade_date=day).change
    assert change.old_tier is not None
    assert change.new_tier is not None
    assert change.days_left is not None
    assert change.days_of_term == held.days
    assert change.line.net == max(0, half_up((change.new_tier - change.old_tier) * change.days_left, held.days))
    # Prices of one length: where they are equal nothing is due, whatever the length.
    assert new != old or change.line.net == 0


# ---- chains of purchases


def bought(product: Product, price: int, on: date, users: int = 100) -> Purchase:
    return Purchase(Line(product, cycle=Cycle.ANNUAL, user_tier=users, price=cents(price)), on)


def wanted(product: Product, price: int) -> Line:
    return Line(product, cycle=Cycle.ANNUAL, user_tier=900, price=cents(price))


@given(st.lists(amounts, min_size=3, max_size=5), st.integers(0, 360), st.sampled_from([JIRA, DATA_CENTER]), BOTH)
def test_the_path_of_upgrades_does_not_matter(prices: list[int], later: int, product: Product, edition: str) -> None:
    """From the first tier to the last over all others, on one day, is the upgrade at once; by days to a cent a step."""
    first, *between, last = sorted(prices)
    start = date(2025, 3, 1)
    day = start + timedelta(days=later)
    deal = replace(DEAL, order_date=day)
    base = bought(product, first, start)
    at_once = upgrade(wanted(product, last), edition, deal, purchases=[base])
    chain = [base, *(bought(product, price, day) for price in between)]
    steps = upgrade(wanted(product, last), edition, deal, purchases=chain)
    money = [each.line.net for each in steps.purchases[1:]] + [steps.charge]
    paid = sum(each for each in money if each is not None)
    assert None not in money
    assert at_once.charge is not None
    assert abs(paid - at_once.charge) <= (0 if product is DATA_CENTER else len(between))
    assert steps.new_term == at_once.new_term


@given(st.lists(st.tuples(amounts, st.integers(0, 200)), min_size=1, max_size=5), amounts, BOTH)
def test_what_is_held_is_worth_money_and_credit(steps: list[tuple[int, int]], last: int, edition: str) -> None:
    """A chain is the upgrade from what its last purchase left; a Data Center term is worth its whole price."""
    day, chain = date(2024, 1, 1), []
    for price, later in steps:
        day += timedelta(days=later)
        chain.append(bought(DATA_CENTER, price, day))
    deal = replace(DEAL, order_date=day + timedelta(days=10))
    priced = upgrade(wanted(DATA_CENTER, last), edition, deal, purchases=chain)
    assert [each.value for each in priced.purchases] == [price for price, _ in steps]
    for each in priced.purchases:
        assert each.line.net is not None
        assert each.value == each.line.net + each.line.credit
    held = priced.purchases[-1].after
    assert held is not None
    direct = upgrade(replace(wanted(DATA_CENTER, last), prior=held), edition, deal)
    assert (direct.charge, direct.change.credit, direct.new_term) == (
        priced.charge,
        priced.change.credit,
        priced.new_term,
    )
    assert priced.change.value == steps[-1][0]


def test_an_upgrade_that_runs_on_pays_the_new_tier_from_the_current_end() -> None:
    priced = upgrade(cloud(7_300_00, 3_650_00), target_end=date(2027, 6, 30))
    assert priced.charge == 1_660_00 + 7_300_00
    assert priced.new_term == Term(date(2026, 1, 15), date(2027, 6, 30))
    assert said(priced) == []
    assert "TERM_NEEDS_ANCHOR" in said(upgrade(cloud(7_300_00, 3_650_00), target_end=date(2026, 12, 31)))
    assert "TERM_SHORTENED" in said(upgrade(cloud(7_300_00, 3_650_00), target_end=date(2026, 6, 29)))
    assert said(upgrade(cloud(7_300_00, 3_650_00), target_end=date(2026, 1, 15))) == ["TERM_SHORTENED"]


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (cloud(1, 1, held=None), "prior.term"),
        (replace(cloud(1, 1), prior=None), "prior.term"),
        (cloud(1, None), "prior.tier_price"),
        (replace(cloud(1, 1), product=Product("jira")), "product.platform"),
        (replace(cloud(1, None), price=None, user_tier=10), "prior.tier_price"),
    ],
)
def test_what_an_upgrade_needs(line: Line, missing: str) -> None:
    priced = upgrade(line, prices=DEMO)
    assert priced.charge is None
    assert missing in [path for finding in priced.findings for path in finding.missing]


def test_an_agreed_amount_says_nothing_of_the_old_tier() -> None:
    line = Line(JIRA, Action.UPGRADE, Cycle.ANNUAL, user_tier=500, prior=Prior(term=HELD, quantity=250))
    assert upgrade(line, prices=DEMO).charge is not None
    agreed = upgrade(replace(line, discount=GivenDiscount(amount=1)), prices=DEMO)
    assert [finding.missing for finding in agreed.findings] == [("prior.tier_price",)]


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_older_editions_print_no_way(edition: str) -> None:
    for line in (cloud(2, 1), data_center(2, 1)):
        priced = upgrade(line, edition)
        assert weakest(priced.findings) is Outcome.NOT_COVERED
        assert (priced.charge, priced.change.method) == (None, None)


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
    # In a quote it is the renewal at the lower tier, of what has tiers.
    (quoted,) = price_lines(BOOK["2026"], Order(deal, (line,)), EMPTY)
    expected = Outcome.NOT_COVERED if platform is Platform.SERVER else Outcome.GRANTED
    assert (quoted.net, weakest(quoted.findings)) == (100, expected)


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
