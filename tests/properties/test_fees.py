"""The administration fee (000:681-717, 002:629-692): what holds for every order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_spec.model.order import Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import RoundingPolicy, half_even, half_up
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.rule import tracing
from quotary_spec.rulebook import BOOK, Book
from quotary_spec.rules.fees import (
    Fee,
    administration_fee,
    assess_fee,
    bears_fee_in_india,
    bears_fee_in_turkey,
    country_has_fee,
    fee_is_in_force,
    quote_is_free_of_fee,
    taxable_amount,
)
from strategies import amounts, days, days_around, deals, editions, loose_products, policies, roundings, tax_rates

START = date(2021, 10, 12)
DATA_CENTER = ("jira", "jira-service-management", "confluence", "bitbucket", "bamboo", "crowd")
CLOUD = ("jira", "jira-service-management", "confluence", "bitbucket", "guard")

fee_countries = st.sampled_from(["TR", "IN"])
listed_data_center = st.builds(Product, st.sampled_from(DATA_CENTER), st.just(Platform.DATA_CENTER))
hosted = st.builds(
    Product,
    st.sampled_from([*CLOUD, "trello"]),
    st.sampled_from([Platform.CLOUD, Platform.GOVERNMENT_CLOUD]),
    app=st.booleans(),
)
decided_in_turkey = st.one_of(
    listed_data_center,
    hosted,
    st.builds(Product, st.just("marketplace-app"), st.sampled_from(Platform), app=st.just(True)),
)
"""Products of which Turkey's sentences say whether they bear the fee."""

lines = st.lists(st.tuples(decided_in_turkey, amounts), min_size=1, max_size=6)


def deal(country: str | None, on: date | None = date(2025, 11, 3), **more: object) -> Deal:
    return replace(Deal(Party(address=Address(country)), order_date=on), **more)  # type: ignore[arg-type]


def assess(book: Book, of: Deal, bought: Sequence[tuple[Product, int]]) -> tuple[Fee | None, list[Finding]]:
    return assess_fee(book, of, [product for product, _ in bought], [net for _, net in bought])


def fee_of(edition: str, of: Deal, bought: Sequence[tuple[Product, int]]) -> Fee | None:
    """The fee of an order on which the rules decide."""
    fee, findings = assess(BOOK[edition], of, bought)
    assert not [finding for finding in findings if finding.outcome is not Outcome.GRANTED]
    return fee


def amount(fee: Fee | None) -> int:
    return 0 if fee is None else fee.amount


# ---- the printed orders, and one rule at a time

PRINTED = [(Product("confluence", Platform.CLOUD), 90_00), (Product("jira", Platform.DATA_CENTER), 180_00)]


@pytest.mark.parametrize(
    ("edition", "country", "base", "fee", "bearing"),
    [("2024", "TR", 180_00, 13_50, (1,)), ("2026", "TR", 180_00, 13_50, (1,)), ("2024", "IN", 270_00, 5_40, (0, 1))],
)
def test_printed_orders(edition: str, country: str, base: int, fee: int, bearing: tuple[int, ...]) -> None:
    """000:705-715, 002:671-686."""
    found = fee_of(edition, deal(country), PRINTED)
    assert found is not None
    assert (found.country, found.base, found.amount, found.lines) == (country, base, fee, bearing)


@pytest.mark.parametrize("net", [0, 1, 180_00, 10**12])
def test_the_taxed_amount_is_price_and_fee_for_vat_and_gst_alone(net: int) -> None:
    """000:703, 002:669."""
    taxes = BOOK["2026"].texts("fee.taxed-by")
    for tax in ("VAT", "GST", "HST"):
        assert taxable_amount(net, 13_50, tax, taxes) == net + 13_50
    for tax in ("US_SALES", "GET", "CHICAGO_LTT", "PST", "QST", "JCT"):
        assert taxable_amount(net, 13_50, tax, taxes) == net


@pytest.mark.parametrize(
    ("net", "rate", "up", "even"),
    [
        (60, "0.075", 5, 4),
        (59, "0.075", 4, 4),
        (61, "0.075", 5, 5),
        (20, "0.075", 2, 2),
        (25, "0.02", 1, 0),
        (75, "0.02", 2, 2),
        (0, "0.075", 0, 0),
    ],
)
def test_ties_of_half_a_cent(net: int, rate: str, up: int, even: int) -> None:
    assert administration_fee(net, Decimal(rate), half_up) == up
    assert administration_fee(net, Decimal(rate), half_even) == even


# ---- scope


@given(editions, deals(), st.lists(st.tuples(loose_products, amounts), min_size=1, max_size=4))
def test_every_order_has_an_answer(edition: str, of: Deal, bought: list[tuple[Product, int]]) -> None:
    """Totality: a fee, none, or a reason; a fee and something open never stand together."""
    fee, findings = assess(BOOK[edition], of, bought)
    assert fee is None or all(finding.outcome is Outcome.GRANTED for finding in findings)
    assert fee is None or edition in ("2024", "2026")


@given(st.sampled_from(["2021", "2023"]), deals(), lines)
def test_two_editions_know_no_fee(edition: str, of: Deal, bought: list[tuple[Product, int]]) -> None:
    fee, findings = assess(BOOK[edition], of, bought)
    assert fee is None
    assert [finding.reason for finding in findings] == ["FEE_NOT_IN_EDITION"]


@given(
    st.sampled_from([("2024", "TR IN"), ("2026", "TR")]),
    deals(countries=("TR", "IN", "DE", "US")),
    lines,
)
def test_only_the_billing_country_makes_a_fee(
    edition: tuple[str, str], of: Deal, bought: list[tuple[Product, int]]
) -> None:
    """000:681; R-12: not the customer's country, nor the place of shipment."""
    book, with_fee = BOOK[edition[0]], edition[1].split()
    fee, _ = assess(book, of, bought)
    assert fee is None or (of.billing_party.country in with_fee and fee.country == of.billing_party.country)
    elsewhere = replace(of, sold_to=None, ship_to=None, technical_contact=None)
    assert assess(book, elsewhere, bought) == assess(book, of, bought)


@given(st.sampled_from(["TR", "IN", "DE"]), st.lists(st.sampled_from(["TR", "IN"]), unique=True))
def test_a_country_has_the_fee_when_it_is_listed(country: str, listed: list[str]) -> None:
    assert country_has_fee(country, listed) is (country in listed)


# ---- dates


@given(days_around(START), days_around(START))
def test_the_fee_once_begun_does_not_end(first: date, second: date) -> None:
    """000:685, 002:629: monotone in the order date, and false on the day before."""
    assert fee_is_in_force(first, START) <= fee_is_in_force(max(first, second), START)
    assert fee_is_in_force(first, first)
    assert not fee_is_in_force(first - timedelta(days=1), first)


@given(days_around(START), st.none() | days_around(START), listed_data_center, amounts)
def test_when_a_listed_product_bears_the_fee(on: date, quoted: date | None, product: Product, net: int) -> None:
    """Both dates at once: the newer snapshot does not ask for the quote's."""
    of = deal("TR", on, quote_date=quoted)
    assert (fee_of("2026", of, [(product, net)]) is not None) is (on >= START)
    honoured = quoted is not None and quote_is_free_of_fee(quoted, START)
    assert (fee_of("2024", of, [(product, net)]) is not None) is (on >= START and not honoured)
    assert honoured is (quoted is not None and quoted <= START)


@given(fee_countries, lines)
def test_without_an_order_date_a_fee_is_open(country: str, bought: list[tuple[Product, int]]) -> None:
    fee, findings = assess(BOOK["2024"], deal(country, None), bought)
    assert fee is None
    assert [(finding.reason, finding.missing) for finding in findings] == [("INPUT_MISSING", ("deal.order_date",))]


# ---- products


@given(loose_products)
def test_nothing_hosted_bears_the_fee_in_turkey(product: Product) -> None:
    """000:689, 002:633."""
    bears = bears_fee_in_turkey(product, DATA_CENTER)
    if product.platform is not None and product.platform.hosted:
        assert bears is False
    else:
        assert bears is True or isinstance(bears, Finding)


@given(loose_products)
def test_nothing_is_outside_the_fee_in_india(product: Product) -> None:
    """002:635: what the list leaves out is open, and never free."""
    bears = bears_fee_in_india(product, DATA_CENTER, CLOUD)
    assert bears is True or isinstance(bears, Finding)
    assert not product.app or bears is True


@given(st.sampled_from(DATA_CENTER))
def test_a_server_licence_of_a_listed_product_is_open(id: str) -> None:
    """The lists are of Data Center products (002:642, 002:657, 000:693)."""
    licence = Product(id, Platform.SERVER)
    for bears in (bears_fee_in_turkey(licence, DATA_CENTER), bears_fee_in_india(licence, DATA_CENTER, CLOUD)):
        assert isinstance(bears, Finding)
        assert bears.reason == "FEE_PRODUCT_NOT_LISTED"


@given(loose_products)
def test_what_is_listed_in_turkey_is_listed_in_india(product: Product) -> None:
    """002:642-663: the eleven products of India hold the six of Turkey."""
    if bears_fee_in_turkey(product, DATA_CENTER) is True:
        assert bears_fee_in_india(product, DATA_CENTER, CLOUD) is True


@given(st.sampled_from(["2024", "2026"]), lines, st.data())
def test_one_open_line_leaves_the_fee_open(
    edition: str, bought: list[tuple[Product, int]], data: st.DataObject
) -> None:
    """R-12: the finding names the line, wherever it stands."""
    place = data.draw(st.integers(0, len(bought)))
    bought.insert(place, (Product("jira-align", Platform.DATA_CENTER), 100))
    fee, findings = assess(BOOK[edition], deal("TR"), bought)
    assert fee is None
    assert [(each.reason, each.subject) for each in findings] == [("FEE_PRODUCT_NOT_LISTED", f"lines[{place}]")]


# ---- amounts


@given(lines, policies)
def test_the_parts_of_a_fee_add_up_to_it(bought: list[tuple[Product, int]], policy: RoundingPolicy) -> None:
    """Conservation: no cent is lost, none is made, and only lines that bear the fee have a part."""
    fee = fee_of("2026", deal("TR", rounding=policy), bought)
    if fee is None:
        assert not [product for product, _ in bought if bears_fee_in_turkey(product, DATA_CENTER)]
        return
    assert sum(fee.parts) == fee.amount
    assert fee.base == sum(bought[i][1] for i in fee.lines)
    assert [bears_fee_in_turkey(bought[i][0], DATA_CENTER) for i in fee.lines] == [True] * len(fee.lines)
    assert all(first < second for first, second in pairwise(fee.lines))
    assert all(0 <= part <= bought[i][1] for i, part in zip(fee.lines, fee.parts, strict=True))


@given(amounts, tax_rates, roundings)
def test_the_fee_is_the_nearest_cent(net: int, rate: Decimal, rounding: object) -> None:
    """R-08: never more than half a cent from the exact product, whichever way ties go."""
    fee = administration_fee(net, rate, rounding)  # type: ignore[arg-type]
    assert abs(2 * (fee - net * rate)) <= 1
    assert 0 <= fee <= net


@given(amounts, amounts, tax_rates, roundings)
def test_more_to_pay_is_no_less_fee(first: int, second: int, rate: Decimal, rounding: object) -> None:
    low, high = sorted((first, second))
    assert administration_fee(low, rate, rounding) <= administration_fee(high, rate, rounding)  # type: ignore[arg-type]


@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_change_the_fee(bought: list[tuple[Product, int]], random: object) -> None:
    shuffled = list(bought)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert amount(fee_of("2026", deal("TR"), shuffled)) == amount(fee_of("2026", deal("TR"), bought))


@given(listed_data_center, st.lists(amounts, min_size=1, max_size=5))
def test_a_line_split_in_parts_bears_the_same_fee(product: Product, nets: list[int]) -> None:
    """R-08: rounded once on the sum, so that splitting gains nothing."""
    whole = fee_of("2026", deal("TR"), [(product, sum(nets))])
    assert amount(fee_of("2026", deal("TR"), [(product, net) for net in nets])) == amount(whole)


@given(lines, hosted, amounts)
def test_a_hosted_line_adds_nothing_in_turkey(bought: list[tuple[Product, int]], cloud: Product, net: int) -> None:
    """R-12: outside the base of the fee."""
    assert amount(fee_of("2026", deal("TR"), [*bought, (cloud, net)])) == amount(fee_of("2026", deal("TR"), bought))


@given(st.lists(st.tuples(listed_data_center, amounts), min_size=1, max_size=5), policies)
def test_rounding_by_line_differs_by_half_a_cent_a_line_at_most(
    bought: list[tuple[Product, int]], policy: RoundingPolicy
) -> None:
    fee = fee_of("2026", deal("TR", rounding=policy), bought)
    assert fee is not None
    assert abs(2 * (fee.amount - fee.base * fee.rate)) <= (len(bought) if policy.by_line else 1)


@given(lines, days.filter(lambda day: day >= START))
def test_both_snapshots_charge_the_same_in_turkey(bought: list[tuple[Product, int]], on: date) -> None:
    """000:689 and 002:633 print one rate and one list."""
    older, newer = fee_of("2024", deal("TR", on), bought), fee_of("2026", deal("TR", on), bought)
    assert older == newer


# ---- the trace


@given(lines)
def test_the_trace_names_each_line_and_the_row_of_the_rate(bought: list[tuple[Product, int]]) -> None:
    with tracing() as trace:
        fee = fee_of("2026", deal("TR"), bought)
    assume(fee is not None)
    asked = [step.subject for step in trace.steps() if getattr(step, "info", None) is bears_fee_in_turkey.info]
    assert asked == [f"lines[{i}]" for i in range(len(bought))]
    keys = [entry[0].key for entry in trace.raw if hasattr(entry[0], "key")]
    assert "fee.rate.TR" in keys
    assert trace.subject == ""
