"""Taxes: the United States, Canada, rates, and the places an edition taxes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel
from quotary_spec.model.party import Evidence, TaxIdentifier, Verdict
from quotary_spec.model.product import Product
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax.charge import RateOrigin
from quotary_spec.rules.tax.jurisdictions import list_jurisdictions
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.rules.tax.united_states import SALES_TAX_NAMES
from quotary_spec.supplements.rates import load
from strategies import (
    days_around,
    editions,
)
from tax_cases import CLOUD, DATA_CENTER, DAY, RATES, TRELLO, TURNS, at, charged, codes, deal, row, tax

# ---- the United States


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_a_listed_state_is_taxed_from_its_registration_on(edition: str) -> None:
    listed = [each for each in list_jurisdictions(BOOK[edition], RATES) if each.tax in SALES_TAX_NAMES]
    assert len(listed) == {"2024": 35, "2026": 36}[edition]
    for entry in listed:
        assert entry.start is not None
        for on, taxed in ((entry.start, True), (entry.start - timedelta(days=1), False)):
            result = tax(deal(at(entry.region, "Nowhere"), on), edition=edition)
            assert bool(result.components or "RATE_NOT_KNOWN" in codes(result)) is taxed, (entry.region, on)


@pytest.mark.parametrize("territory", ["AS", "GU", "MP", "UM", "VI"])
def test_a_territory_that_is_not_listed_is_not_taxed(territory: str) -> None:
    assert charged(tax(deal(at(territory)))) == {}


def test_an_unknown_channel_matters_only_where_the_place_depends_on_it() -> None:
    assert charged(tax(deal(at("DE"), channel=None))) == {("VAT", "DE"): 19_00}
    assert charged(tax(deal(at("CA-ON"), channel=None))) == {("HST", "CA-ON"): 13_00}
    for party, customer in ((at("US-TX"), None), (at("DE"), at("PR")), (at("CA-BC"), None)):
        (finding,) = tax(deal(party, channel=None, sold_to=customer)).findings
        assert (finding.reason, finding.missing) == ("INPUT_MISSING", ("deal.channel",))


def test_one_answer_about_a_missing_town_stands_for_all_its_lines() -> None:
    result = tax(deal(at("US-IL")), (CLOUD, 1), (CLOUD, 2), (TRELLO, 3))
    assert codes(result) == ["INPUT_MISSING"]


@pytest.mark.parametrize(
    ("product", "first_day"), [(CLOUD, date(2022, 2, 1)), (TRELLO, date(2024, 1, 1)), (DATA_CENTER, None)]
)
def test_chicago_s_tax_takes_over_on_its_first_day(product: Product, first_day: date | None) -> None:
    for on in (first_day or DAY, (first_day or DAY) - timedelta(days=1)):
        (component,) = tax(deal(at("US-IL", " chicago "), on), (product, 100_00)).components
        leased = first_day is not None and on >= first_day
        assert (component.tax, component.amount) == (("CHICAGO_LTT", 9_00) if leased else ("US_SALES", 6_25))


@pytest.mark.parametrize("state", ["US-AL", "US-IA", "US-WA"])
def test_a_chicago_elsewhere_is_not_the_city(state: str) -> None:
    (component,) = tax(deal(at(state, "Chicago"))).components
    assert (component.tax, component.region) == ("US_SALES", state)


# ---- Canada


@pytest.mark.parametrize(
    ("place", "tax_name", "first_day"),
    [
        ("CA-AB", "GST", date(2021, 7, 1)),
        ("CA-ON", "HST", date(2021, 7, 1)),
        ("CA-NS", "HST", date(2021, 7, 1)),
        ("CA-BC", "PST", date(2021, 4, 1)),
        ("CA-SK", "PST", date(2021, 4, 1)),
    ],
)
def test_canadian_taxes_are_charged_from_their_first_day_on(place: str, tax_name: str, first_day: date) -> None:
    for on in (first_day - timedelta(days=1), first_day, DAY):
        names = [each.tax for each in tax(deal(at(place), on)).components]
        assert (tax_name in names) is (on >= first_day)


@pytest.mark.parametrize("channel", Channel)
def test_a_pst_number_frees_resellers_only(channel: Channel) -> None:
    number = TaxIdentifier("pst", "PST-1234-5678", verdict=Verdict.VALID)
    order = deal(at("CA-BC", None, number), channel=channel, sold_to=at("CA-AB"))
    gst = {("GST", "CA"): 5_00}
    assert charged(tax(order)) == (gst | {("PST", "CA-BC"): 7_00} if channel is Channel.DIRECT else gst)


@pytest.mark.parametrize(("customer", "charges"), [("CA-BC", 7_00), ("CA-SK", 6_00), ("CA-AB", 0), ("US-OR", 0)])
def test_pst_of_a_reseller_elsewhere_follows_the_ship_to_place(customer: str, charges: int) -> None:
    order = deal(at("CA-AB"), channel=Channel.PARTNER, sold_to=at("CA-SK"), ship_to=at(customer))
    assert sum(charged(tax(order)).values()) == 5_00 + charges
    free = replace(order, sold_to=at("CA-SK", documents=[Evidence("exemption_certificate", customer)]))
    assert sum(charged(tax(free)).values()) == 5_00


# ---- rates


def test_the_operator_s_rate_outranks_the_edition_s_and_the_supplement_s() -> None:
    ours = Rates([row("VAT", "TR", "0.20"), row("VAT", "DE", "0.21"), row("US_SALES", "US-TX", "0.0825")])
    for place, expected in (("TR", 20_00), ("DE", 21_00), ("US-TX", 8_25)):
        (component,) = tax(deal(at(place)), rates=ours).components
        assert (component.amount, component.rate.origin) == (expected, RateOrigin.OPERATOR)
        assert component.rate.source == "operator: ours"
    assert codes(tax(deal(at("US-TX")), rates=ours)) == []


@pytest.mark.parametrize("state", ["US-TX", "US-IL", "US-HI"])
def test_a_base_rate_of_the_supplement_says_that_it_is_one(state: str) -> None:
    assert codes(tax(deal(at(state, "Somewhere")))) == ["STATE_BASE_RATE"]


def test_the_source_of_a_rate_is_named() -> None:
    sources = {place: tax(deal(at(place))).components[0].rate.source for place in ("TR", "DE", "US-PR", "CA-BC")}
    assert sources["TR"] == "000:717"
    assert sources["DE"].startswith("supplement: ")
    assert sources["US-PR"].endswith("(undated)")
    assert sources["CA-BC"] == "000:432"


# ---- places an edition taxes


@given(editions, st.none() | days_around(*TURNS))
def test_the_places_listed_are_those_that_are_taxed(edition: str, on: date | None) -> None:
    entries = list_jurisdictions(BOOK[edition], RATES, on)
    keys = [(each.region, each.locality, each.tax) for each in entries]
    assert keys == sorted(set(keys))
    assert (entries == []) is (edition == "2023")
    for entry in entries:
        if entry.rate is None or entry.locality or entry.tax in ("PST", "GST") or (on is None):
            continue
        if entry.start is not None and on < entry.start:
            continue
        channel = Channel.RESELLER if edition == "2021" else Channel.DIRECT
        result = tax(deal(at(entry.region, "Nowhere"), on, channel), edition=edition)
        found = {(each.tax, each.region): each for each in result.components}
        component = found[entry.tax, entry.region]
        assert (component.rate, component.rule_id) == (entry.rate, entry.rule_id)


def test_only_the_country_asked_for_is_listed_with_its_subdivisions() -> None:
    listed = list_jurisdictions(BOOK["2026"], RATES, DAY, "CA")
    assert [each.region for each in listed] == [
        "CA", "CA-BC", "CA-NB", "CA-NL", "CA-NS", "CA-ON", "CA-PE", "CA-QC", "CA-SK",
    ]  # fmt: skip
    assert {each.name for each in listed} >= {"Canada", "Quebec", "British Columbia"}


def test_the_newest_rates_are_listed_without_a_day() -> None:
    newest = {(each.tax, each.region): each.rate for each in list_jurisdictions(BOOK["2026"], RATES)}
    for each in load():
        if each.valid_until is None and each.dated and each.tax != "US_SALES":
            rate = newest[each.tax, each.region]
            assert rate is not None
            assert rate.value == each.rate
