"""Taxes: what one edition says and another does not; claims and the invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import get_territory_currencies
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, CurrencyTerms
from quotary_spec.model.party import Evidence, TaxIdentifier, Verdict
from quotary_spec.money import RoundingPolicy, share
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax.address import update_may_be_under_way
from quotary_spec.rules.tax.claims import exemption_can_be_claimed, missing_from_exemption_claim, number_can_be_entered
from quotary_spec.rules.tax.identifiers import Validity, check_identifier
from quotary_spec.rules.tax.invoice import LocalAmount, local_amounts
from quotary_spec.rules.tax.rates import Rates, eu_members
from quotary_spec.supplements.euro import euro_since
from strategies import (
    COUNTRIES,
    tax_identifiers,
)
from tax_cases import CLOUD, CONFIRMED, DAY, at, charged, codes, deal, row, tax

# ---- editions


@pytest.mark.parametrize("country", COUNTRIES)
def test_2021_knows_resellers_in_the_union_only(country: str) -> None:
    for channel in Channel:
        result = tax(deal(at(country), date(2021, 3, 1), channel), edition="2021")
        covered = country in ("DE", "FR") and channel is not Channel.DIRECT
        assert (codes(result) == []) is covered
        assert bool(result.components) is covered


@given(tax_identifiers)
def test_2021_takes_any_number_that_came_with_the_order(identifier: TaxIdentifier) -> None:
    number = replace(identifier, kind="vat", region="DE")
    result = tax(deal(at("DE", None, number), date(2021, 3, 1), Channel.RESELLER), edition="2021")
    in_time = number.supplied_on is None or number.supplied_on <= date(2021, 3, 1)
    assert bool(result.components) is not in_time


def test_2023_charges_what_the_operator_gives_and_nothing_else() -> None:
    ours = Rates([row("VAT", "DE", "0.19"), row("GST", "CA", "0.05"), row("QST", "CA-QC", "0.09975")])
    assert charged(tax(deal(at("DE")), edition="2023", rates=ours)) == {("VAT", "DE"): 19_00}
    assert charged(tax(deal(at("CA-QC"), channel=None), edition="2023", rates=ours)) == {
        ("GST", "CA"): 5_00,
        ("QST", "CA-QC"): 9_98,
    }
    assert codes(tax(deal(at("FR")), edition="2023", rates=ours)) == ["TAX_PLACE_NOT_PRINTED"]
    assert codes(tax(deal(at("DE", None, CONFIRMED)), edition="2023", rates=ours)) == ["TAX_EVIDENCE_NOT_PRINTED"]
    (finding,) = tax(deal(at("US")), edition="2023", rates=ours).findings
    assert finding.missing == ("deal.billing_party.address.administrative_area",)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_what_an_edition_says_of_a_country(edition: str, country: str) -> None:
    place = {"US": "US-TX", "CA": "CA-ON"}.get(country, country)
    (reason, *_) = [*codes(tax(deal(at(place)), edition=edition)), ""]
    lost = ("IS", "NO", "KR", "CL", "TW", "MX") if edition == "2024" else ()
    assert (reason == "TAX_PLACE_NOT_COVERED") is (country in ("GB", "BR", *lost))


@pytest.mark.parametrize(("country", "tax_name"), [("RU", "VAT"), ("MX", "VAT"), ("JP", "JCT"), ("AU", "GST")])
def test_some_places_are_always_charged(country: str, tax_name: str) -> None:
    everything = at(
        country,
        None,
        TaxIdentifier("vat", "x", country, Verdict.VALID),
        documents=[Evidence("exclusion_document", country), Evidence("exemption_certificate", country)],
    )
    assert [each.tax for each in tax(deal(everything)).components] == [tax_name]


def test_turkey_in_2024_with_evidence_is_open_and_with_an_invalid_number_is_not() -> None:
    valid = TaxIdentifier("vat", "4540536920", verdict=Verdict.VALID)
    assert codes(tax(deal(at("TR", None, valid)), edition="2024")) == ["TAX_EVIDENCE_EFFECT_LOST"]
    document = at("TR", documents=[Evidence("exclusion_document")])
    assert codes(tax(deal(document), edition="2024")) == ["TAX_EVIDENCE_EFFECT_LOST"]
    rejected = replace(valid, verdict=Verdict.INVALID)
    assert charged(tax(deal(at("TR", None, rejected)), edition="2024")) == {("VAT", "TR"): 18_00}


# ---- claims and the invoice


@given(st.booleans(), st.booleans(), st.from_regex(r"\AAT-[A-Z0-9]{1,12}\Z"))
def test_a_claim_needs_evidence_and_the_number_of_the_quote(documents: bool, number: bool, quote: str) -> None:
    missing = missing_from_exemption_claim(documents=documents, number=number, quote_number=quote)
    assert missing == (() if documents or number else ("evidence",))
    assert missing_from_exemption_claim(documents=documents, number=number, quote_number=quote.lower()) == (
        *missing,
        "quote_number",
    )


def test_nobody_claims_against_consumption_tax_or_in_russia() -> None:
    refusal = exemption_can_be_claimed("JCT", "JP")
    assert isinstance(refusal, Finding)
    assert (refusal.outcome, refusal.reason) == (Outcome.REFUSED, "TAX_EXEMPTION_NOT_POSSIBLE")
    assert exemption_can_be_claimed("VAT", "DE") is True


@pytest.mark.parametrize(("kind", "country", "answer"), [("vat", "DE", True), ("ein", "US", False)])
def test_some_numbers_are_entered_in_the_profile(kind: str, country: str, answer: bool) -> None:
    assert number_can_be_entered(kind, country, BOOK["2026"].texts("tax.numbers-in-profile")) is answer
    for elsewhere in ("JP", "RU"):
        assert isinstance(number_can_be_entered(kind, elsewhere, ["vat", "ein"]), Finding)


@given(st.integers(-100_000, 200_000))
def test_an_address_may_take_a_day_to_arrive(seconds: int) -> None:
    updated_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    under_way = update_may_be_under_way(updated_at, updated_at + timedelta(seconds=seconds), 24)
    assert under_way is (0 <= seconds <= 86_400)
    assert update_may_be_under_way(updated_at, updated_at + timedelta(hours=24), 24)


def local(
    place: str, paid_on: date | None = DAY, edition: str = "2026", code: str = "USD"
) -> tuple[Sequence[LocalAmount], Sequence[Finding]]:
    order = deal(at(place), payment_date=paid_on, currency=CurrencyTerms(code))
    return local_amounts(BOOK[edition], order, tax(order, edition=edition).components, Decimal("10.4567"))


def test_the_invoice_states_a_tax_in_the_currency_of_its_place() -> None:
    assert local("NO") == ([LocalAmount(0, "NOK", 261_42)], [])
    assert local("JP") == ([LocalAmount(0, "JPY", 105)], [])
    amounts, _ = local("CA-QC")
    assert [each.currency for each in amounts] == ["CAD", "CAD"]
    assert local("JP", code="JPY") == ([], [])
    assert local("US-TX") == ([], [])


@pytest.mark.parametrize(
    ("place", "currency"),
    [
        ("NO", "NOK"),
        ("IS", "ISK"),
        ("KR", "KRW"),
        ("JP", "JPY"),
        ("TR", "TRY"),
        ("ZA", "ZAR"),
        ("RU", "RUB"),
        ("CA", "CAD"),
        ("SG", "SGD"),
        ("SA", "SAR"),
        ("CL", "CLP"),
        ("MX", "MXN"),
        ("DE", "EUR"),
    ],
)
def test_thirteen_currencies_are_listed(place: str, currency: str) -> None:
    (german,) = tax(deal(at("DE"))).components
    order = deal(at("DE"), payment_date=DAY)
    (stated,), findings = local_amounts(BOOK["2026"], order, [replace(german, region=place)], Decimal(1))
    assert (stated.currency, findings) == (currency, [])


def test_one_rate_is_not_that_of_two_currencies() -> None:
    (german,) = tax(deal(at("DE"))).components
    order = deal(at("DE"), payment_date=DAY)
    both = [german, replace(german, region="CA", amount=5_00)]
    amounts, (finding,) = local_amounts(BOOK["2026"], order, both, Decimal("1.4"))
    assert (amounts, finding.missing) == ([], ("invoice_exchange_rate",))
    assert local_amounts(BOOK["2026"], order, both, Decimal("1.4"), "CAD") == ([LocalAmount(1, "CAD", 7_00)], [])


@pytest.mark.parametrize(
    ("place", "paid_on", "edition", "outcome", "reason"),
    [
        ("DK", DAY, "2026", Outcome.GRANTED, "LOCAL_CURRENCY_NOT_LISTED"),
        ("AU", DAY, "2026", Outcome.GRANTED, "LOCAL_CURRENCY_NOT_LISTED"),
        ("DE", DAY, "2021", Outcome.NOT_COVERED, "EDITION_SILENT"),
        ("DE", None, "2026", Outcome.UNDETERMINED, "INPUT_MISSING"),
        ("DE", DAY, "2024", Outcome.NOT_COVERED, "PASSAGE_LOST"),
    ],
)
def test_why_a_tax_has_no_local_amount(
    place: str, paid_on: date | None, edition: str, outcome: Outcome, reason: str
) -> None:
    amounts, (finding,) = local(place, paid_on, edition)
    assert (list(amounts), finding.outcome, finding.reason) == ([], outcome, reason)


@pytest.mark.parametrize("country", sorted({*euro_since(), *eu_members(DAY)}))
def test_the_euro_is_dated_as_in_the_published_data(country: str) -> None:
    since = euro_since().get(country)
    if country == "BG":
        assert since == date(2026, 1, 1)
        return
    for on in (date(1998, 12, 31), *([since, since - timedelta(days=1)] if since else []), date(2025, 12, 31)):
        published = get_territory_currencies(country, on, on)
        # For some years the old coins were still good beside the euro.
        assert ("EUR" in published) is (since is not None and since <= on), on


@given(st.integers(0, 10**9), st.sampled_from(["0.05", "0.09975", "0.18"]))
def test_line_by_line_differs_from_the_sum_by_less_than_a_unit_a_line(amount: int, rate: str) -> None:
    ours = Rates([row("VAT", "DE", rate)])
    what = [(CLOUD, amount), (CLOUD, amount // 3), (CLOUD, amount // 7)]
    on_sum, by_line = (
        tax(deal(at("DE"), rounding=policy), *what, rates=ours).components[0]
        for policy in (RoundingPolicy.DOCUMENT_HALF_UP, RoundingPolicy.LINE_HALF_UP)
    )
    assert on_sum.amount == share(sum(each for _, each in what), Decimal(rate))
    assert abs(on_sum.amount - by_line.amount) < len(what)


def test_standing_is_not_told_where_the_edition_speaks_of_no_number() -> None:
    check = check_identifier(BOOK["2023"], CONFIRMED)
    assert (check.standing, weakest(check.findings)) == (None, Outcome.NOT_COVERED)
    assert check_identifier(BOOK["2026"], replace(CONFIRMED, region="DE")).standing is Validity.CONFIRMED
