"""Taxes: what holds of every order, in every edition."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, Deal
from quotary_spec.model.party import Address, Party, TaxIdentifier, Verdict
from quotary_spec.model.product import Product
from quotary_spec.money import RoundingPolicy
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rule import tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import TaxLine
from quotary_spec.rules.tax.result import TaxResult
from strategies import (
    COUNTRIES,
    amounts,
    days_around,
    editions,
    parties,
)
from tax_cases import CLOUD, DATA_CENTER, GERMAN, RATES, TRELLO, TURNS, at, codes, deal, deals, lines, tax, total


@given(editions, deals(), lines)
def test_every_order_has_an_answer_whose_parts_add_up(edition: str, order: Deal, taxed: list[TaxLine]) -> None:
    result = assess_taxes(BOOK[edition], order, taxed, RATES)
    for component in result.components:
        bases = [taxed[i].net for i in component.lines]
        assert list(component.lines) == sorted(set(component.lines))
        assert sum(bases) == component.base
        assert sum(component.parts) == component.amount
        assert len(component.parts) == len(component.lines)
        exact = Fraction(component.base) * Fraction(component.rate.value)
        slack = len(bases) if order.rounding.by_line else 1
        assert abs(component.amount - exact) * 2 <= slack
        for base, part in zip(bases, component.parts, strict=True):
            assert abs(part - base * Fraction(component.rate.value)) <= 1
    for finding in result.findings:
        assert (finding.outcome is Outcome.UNDETERMINED) or not finding.missing


@given(editions, deals(), lines)
def test_one_tax_of_one_place_stands_once_and_some_taxes_exclude_each_other(
    edition: str, order: Deal, taxed: list[TaxLine]
) -> None:
    components = assess_taxes(BOOK[edition], order, taxed, RATES).components
    places = Counter((each.tax, each.region, each.locality) for each in components)
    assert all(count == 1 for count in places.values())
    for i in range(len(taxed)):
        names = {each.tax for each in components if i in each.lines}
        assert not {"CHICAGO_LTT", "US_SALES"} <= names
        assert not {"GST", "HST"} <= names


@given(editions, deals(parties()), lines, st.randoms(use_true_random=False))
def test_the_order_of_lines_moves_no_tax_on_a_sum(
    edition: str, order: Deal, taxed: list[TaxLine], random: st.DataObject
) -> None:
    order = replace(order, rounding=RoundingPolicy.DOCUMENT_HALF_UP)
    shuffled = list(taxed)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def by_place(result: TaxResult) -> set[tuple[str, str, int, int]]:
        return {(each.tax, each.region, each.base, each.amount) for each in result.components}

    one, other = (assess_taxes(BOOK[edition], order, each, RATES) for each in (taxed, shuffled))
    assert by_place(one) == by_place(other)
    assert weakest(one.findings) == weakest(other.findings)


@given(editions, deals(), lines)
def test_an_answer_is_the_same_whether_or_not_a_trace_is_recorded(
    edition: str, order: Deal, taxed: list[TaxLine]
) -> None:
    plain = assess_taxes(BOOK[edition], order, taxed, RATES)
    with tracing() as trace:
        assert assess_taxes(BOOK[edition], order, taxed, RATES) == plain
    for component in plain.components:
        assert component.rule_id in trace.rule_ids()


@given(st.sampled_from(["2024", "2026"]), deals(parties()), lines)
def test_less_evidence_never_lowers_a_tax(edition: str, order: Deal, taxed: list[TaxLine]) -> None:
    def bare(party: Party | None) -> Party | None:
        return replace(party, tax_identifiers=(), evidence=()) if party is not None else None

    without = replace(
        order, billing_party=replace(order.billing_party, tax_identifiers=(), evidence=()), sold_to=bare(order.sold_to)
    )
    more, less = (assess_taxes(BOOK[edition], each, taxed, RATES) for each in (without, order))
    assume(weakest(more.findings) is Outcome.GRANTED)
    assert total(less.components) <= total(more.components)


unconfirmed = st.sampled_from([None, Verdict.UNAVAILABLE]).map(lambda verdict: replace(GERMAN, verdict=verdict))


@given(deals(parties()), lines, unconfirmed)
def test_both_outcomes_of_an_unconfirmed_number_frame_the_answer(
    order: Deal, taxed: list[TaxLine], number: TaxIdentifier
) -> None:
    order = replace(
        order,
        billing_party=replace(order.billing_party, address=Address("DE"), tax_identifiers=(number,), evidence=()),
        channel=Channel.DIRECT,
    )
    result = assess_taxes(BOOK["2026"], replace(order, order_date=date(2026, 3, 1)), taxed, RATES)
    assert {"FORMAT_ONLY", "TAX_NUMBER_UNVERIFIED"} & set(codes(result))
    valid, invalid = result.alternatives
    assert (valid.id, invalid.id) == ("number_valid", "number_invalid")
    assert total(valid.components) <= total(invalid.components)
    assert not {"FORMAT_ONLY", "TAX_NUMBER_UNVERIFIED"} & {each.reason for each in (*valid.findings, *invalid.findings)}
    if "TAX_NUMBER_UNVERIFIED" not in codes(result):
        assert valid.components == result.components


@given(deals(parties()), lines)
def test_a_verdict_on_every_number_leaves_no_alternative(order: Deal, taxed: list[TaxLine]) -> None:
    numbers = tuple(replace(each, verdict=Verdict.VALID) for each in order.billing_party.tax_identifiers)
    judged = replace(order, billing_party=replace(order.billing_party, tax_identifiers=numbers))
    assert assess_taxes(BOOK["2026"], judged, taxed, RATES).alternatives == ()


@given(editions, deals(parties()), lines)
def test_a_direct_order_is_taxed_wherever_its_end_customer_is(edition: str, order: Deal, taxed: list[TaxLine]) -> None:
    def bare(party: Party | None) -> Party | None:
        return replace(party, tax_identifiers=(), evidence=()) if party is not None else None

    # Papers of the others are named in the answer; they change nothing else.
    direct = replace(
        order,
        channel=Channel.DIRECT,
        sold_to=bare(order.sold_to),
        ship_to=bare(order.ship_to),
        technical_contact=bare(order.technical_contact),
    )
    alone = replace(direct, sold_to=None, ship_to=None, technical_contact=None)
    unplaced = [replace(each, sold_to_address=None) for each in taxed]
    assert assess_taxes(BOOK[edition], direct, taxed, RATES) == assess_taxes(BOOK[edition], alone, unplaced, RATES)


@given(st.sampled_from([each for each in COUNTRIES if each not in ("US", "CA")]), st.sampled_from(["US-TX", "US-HI"]))
def test_taxes_of_different_places_add_up(country: str, state: str) -> None:
    """R-13: what the reseller's country takes does not change by the end customer's state, nor the other way round."""
    resale = deal(at(country), channel=Channel.RESELLER, sold_to=at(state))
    own = tax(replace(resale, sold_to=at("NL")))
    of_state = tax(deal(at("US-OR"), channel=Channel.RESELLER, sold_to=at(state)))
    both = tax(resale)
    assert set(both.components) == {*own.components, *of_state.components}
    assert set(both.findings) == {*own.findings, *of_state.findings}


@given(st.lists(st.sampled_from([CLOUD, TRELLO, DATA_CENTER]), min_size=1), days_around(*TURNS), amounts)
def test_in_chicago_each_line_bears_one_of_two_taxes(what: list[Product], on: date, amount: int) -> None:
    assume(on >= date(2022, 1, 1))
    result = tax(deal(at("US-IL", "Chicago"), on), *((product, amount) for product in what))
    borne = sorted(i for each in result.components for i in each.lines)
    assert borne == list(range(len(what)))
