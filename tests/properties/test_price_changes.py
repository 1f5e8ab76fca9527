"""Upgrades of cloud: the difference by days, and chains of purchases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change_cases import BOTH, DATA_CENTER, DEAL, DEMO, HELD, JIRA, cents, cloud, data_center, said, upgrade, wanted
from quotary_spec.calendar import Term
from quotary_spec.model.order import Action, Cycle, GivenDiscount, Line, Prior
from quotary_spec.model.product import Product
from quotary_spec.money import Rounding, half_up
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rules.price.chains import Purchase
from quotary_spec.rules.price.changes import (
    prorated_difference,
)
from strategies import amounts, paid_terms, roundings

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


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_older_editions_print_no_value_of_what_is_held(edition: str) -> None:
    priced = upgrade(cloud(2, 1), edition, purchases=[bought(JIRA, 1_000, date(2026, 1, 1))])
    assert [(each.line.net, each.value) for each in priced.purchases] == [(1_000, None)]
    assert weakest(priced.findings) is Outcome.NOT_COVERED
