"""Territories: one place has one answer, however its address is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import TaxLine
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.rules.tax.result import TaxResult
from quotary_spec.rules.tax.territory import Area, canonical, tax_area
from quotary_spec.supplements.territories import OUTSIDE, OWN_RATE, Territory, canonical_code, codes, territories

RATES = Rates()
DAY = date(2026, 3, 2)
CLOUD = Product("jira", Platform.CLOUD)
LIVE = [each for each in territories() if each.applies(DAY)]

any_territory = st.sampled_from(LIVE)


def example(pattern: str) -> str:
    """A postal code that fits a pattern."""
    for class_, digit in (("[0-4]", "2"), ("[5-9]", "7"), ("[1-9]", "3"), ("[0-9]", "4")):
        pattern = pattern.replace(class_, digit)
    stem = pattern.replace("?", "1")
    return stem.replace("*", "0" * max(0, 6 - len(stem))) if "*" in stem else stem


def ways(territory: Territory) -> list[Address]:
    """The territory as addresses write it."""
    country = territory.country
    found = [Address(country, each) for each in territory.subdivisions]
    found += [Address(country, postal_code=example(each)) for each in territory.postal_codes]
    found += [Address(country, locality=each) for each in territory.towns]
    found += [Address(country, code) for code, place in codes().items() if place == territory.code and "-" in code]
    return found + ([Address(territory.code)] if "-" not in territory.code else [])


def taxes(address: Address, on: date = DAY, edition: str = "2026") -> TaxResult:
    deal = Deal(Party(None, address), order_date=on, channel=Channel.DIRECT)
    return assess_taxes(BOOK[edition], deal, [TaxLine(CLOUD, 100_00)], RATES)


@pytest.mark.parametrize("territory", LIVE, ids=lambda each: each.code)
def test_every_way_to_write_a_place_has_the_same_answer(territory: Territory) -> None:
    answers = [taxes(address) for address in ways(territory)]
    assert answers
    for address, answer in zip(ways(territory), answers, strict=True):
        assert answer.components == answers[0].components, address
        assert answer.findings == answers[0].findings, address


@given(any_territory, st.data())
def test_an_outside_place_bears_no_tax_of_its_country(territory: Territory, data: st.DataObject) -> None:
    answer = taxes(data.draw(st.sampled_from(ways(territory))))
    mainland = taxes(Address(territory.country))
    if territory.area == OUTSIDE:
        assert answer.components == ()
        assert [each.outcome for each in answer.findings] == [Outcome.NOT_COVERED]
    elif territory.area == OWN_RATE:
        (own,), (other,) = answer.components, mainland.components
        assert own.region == territory.code
        assert own.rate.value < other.rate.value
        assert own.rule_id == other.rule_id
    else:
        assert answer.components == mainland.components


@given(any_territory)
def test_the_country_alone_is_its_own_area(territory: Territory) -> None:
    assert tax_area(Address(territory.country), DAY, "x") == Area(territory.country, territory.country)


@given(any_territory.filter(lambda each: each.within), st.data())
def test_a_subdivision_that_holds_a_territory_beside_others_decides_nothing(
    territory: Territory, data: st.DataObject
) -> None:
    around = data.draw(st.sampled_from(territory.within))
    inside = Address(territory.country, around)
    assert tax_area(inside, DAY, "x") == Area(territory.country, territory.country)
    code = example(territory.postal_codes[0])
    assert isinstance(tax_area(replace(inside, postal_code=code), DAY, "x"), Finding)


@given(any_territory.filter(lambda each: each.shared_postal_codes))
def test_a_shared_postal_code_asks_for_the_town(territory: Territory) -> None:
    address = Address(territory.country, postal_code=territory.shared_postal_codes[0])
    found = tax_area(address, DAY, "deal.billing_party.address")
    assert isinstance(found, Finding)
    assert (found.outcome, found.missing) == (Outcome.UNDETERMINED, ("deal.billing_party.address.locality",))
    here, there = (tax_area(replace(address, locality=each), DAY, "x") for each in (territory.towns[0], "Elsewhere"))
    assert isinstance(here, Finding)
    assert here.reason == "TAX_TERRITORY_OUTSIDE"
    assert there == Area(territory.country, territory.country)


@pytest.mark.parametrize(
    "address",
    [
        Address("ES", "ES-TF", postal_code="28001"),
        Address("ES", "ES-MD", postal_code="38001"),
        Address("IT", locality="Livigno", postal_code="20121"),
        Address("DE", "DE-BY", postal_code="27498"),
    ],
)
def test_an_address_that_contradicts_itself_decides_nothing(address: Address) -> None:
    (finding,) = taxes(address).findings
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "TAX_AREA_CONTRADICTED")


@pytest.mark.parametrize(
    "address",
    [
        Address("ES", "ES-MD", "Madrid", "28001"),
        Address("PT", "PT-11", "Lisboa", "1000-001"),
        Address("FI", "FI-18", "Helsinki", "00100"),
        Address("IT", "IT-MI", "Livigno", "20121"),
        Address("DE", postal_code="27499"),
        Address("DE", postal_code="82380"),
        Address("NO", postal_code="9180"),
        Address("DK", postal_code="3790"),
        Address("FR", postal_code="97000"),
        Address("CY", "CY-04", postal_code="5330"),
        Address("TR", postal_code="34000"),
        Address("AU", postal_code="2898"),
    ],
)
def test_beside_a_territory_lies_the_country_s_own_area(address: Address) -> None:
    assert tax_area(address, DAY, "x") == Area(address.country or "", address.country or "")


@pytest.mark.parametrize("written", ["E-38001", "38 001", "38001", "e-38001"])
def test_a_postal_code_is_read_as_people_write_it(written: str) -> None:
    assert isinstance(tax_area(Address("ES", postal_code=written), DAY, "x"), Finding)


@given(any_territory.filter(lambda each: each.area in (OUTSIDE, OWN_RATE)))
def test_a_territory_is_told_apart_from_its_first_day_on(territory: Territory) -> None:
    address = canonical(ways(territory)[0])
    before, first = (tax_area(address, day, "x") for day in (territory.valid_from - timedelta(1), territory.valid_from))
    assert first != before


def test_the_isle_of_man_was_taxed_as_the_united_kingdom_while_that_was_a_member() -> None:
    last = date(2020, 1, 31)
    (finding,) = taxes(Address("IM"), last).findings
    assert (finding.reason, dict(finding.detail)["region"]) == ("RATE_NOT_KNOWN", "GB")
    (finding,) = taxes(Address("JE"), last).findings
    assert finding.reason == "TAX_TERRITORY_OUTSIDE"
    for island in ("IM", "JE"):
        (finding,) = taxes(Address(island), last + timedelta(1)).findings
        assert finding.reason == "TAX_PLACE_NOT_COVERED"


@pytest.mark.parametrize("edition", ["2021", "2023", "2024", "2026"])
def test_no_edition_taxes_the_canary_islands_as_spain(edition: str) -> None:
    for channel in Channel:
        deal = Deal(
            Party(None, Address("ES", "ES-GC")), order_date=DAY, channel=channel, sold_to=Party(None, Address("NL"))
        )
        answer = assess_taxes(BOOK[edition], deal, [TaxLine(CLOUD, 100_00)], RATES)
        assert answer.components == ()
        assert [each.outcome for each in answer.findings] in ([Outcome.NOT_COVERED], [Outcome.UNDETERMINED])


# ---- the data


def test_the_codes_are_those_of_iso_3166() -> None:
    known = {each.alpha_2 for each in pycountry.countries} | {each.code for each in pycountry.subdivisions}
    for code, place in codes().items():
        assert place in known, place
        assert code in known | {"EL", "UK", "IC"}, code
        assert canonical_code(place) == place
    for territory in territories():
        assert {*territory.subdivisions, *territory.within, territory.country} <= known
        assert territory.code in known or territory.code.partition("-")[0] == territory.country
        assert territory.area in (OUTSIDE, OWN_RATE) or territory.area in known
        assert territory.source
        assert territory.valid_until is None or territory.valid_from < territory.valid_until
    assert len({each.code for each in territories()}) == len(territories())


def test_every_subdivision_that_is_a_country_is_read_as_that_country() -> None:
    """By the names that ISO 3166 gives both; a state that only bears a country's name is none."""
    countries = {getattr(each, "common_name", each.name): each.alpha_2 for each in pycountry.countries}
    of_another = {"BE-WLX", "BZ-BZ", "DJ-DJ", "GN-ML", "GT-01", "LU-LU", "NG-NI", "US-GA"}
    for each in pycountry.subdivisions:
        if each.name in countries and each.code not in of_another:
            assert canonical_code(each.code) == canonical_code(countries[each.name]), each.code


@given(st.sampled_from(sorted(codes())))
def test_reading_a_code_again_changes_nothing(code: str) -> None:
    country, _, within = code.partition("-")
    once = canonical(Address(country, code if within else None))
    assert canonical(once) == once
