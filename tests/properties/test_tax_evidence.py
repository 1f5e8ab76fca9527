"""Taxes: evidence and numbers, what they free from and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, Deal
from quotary_spec.model.party import Evidence, Party, TaxIdentifier, Verdict
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register.reasons import REASON
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import registered_rules
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax import evidence as evidence_rules
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import TaxLine
from quotary_spec.rules.tax.evidence import came_by_order, document_is_in_force, is_in_time, parties_with_papers
from quotary_spec.rules.tax.identifiers import check_identifier
from quotary_spec.rules.tax.number_reading import NumberReading, read_number
from quotary_spec.rules.tax.rates import eu_member, eu_members
from strategies import (
    editions,
    parties,
    tax_identifiers,
)
from tax_cases import CONFIRMED, DAY, GERMAN, RATES, at, charged, codes, deal, deals, lines, tax, total

any_day = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@given(any_day, any_day, any_day)
def test_evidence_in_time_for_the_order_is_in_time_for_any_later_payment(
    supplied: date, order: date, paid: date
) -> None:
    assert is_in_time(supplied, order, paid, resale=True) == came_by_order(supplied, order, paid, None)
    if is_in_time(supplied, order, paid, resale=True) and paid >= order:
        assert is_in_time(supplied, order, paid, resale=False) is True
    unknown = is_in_time(supplied, order, paid, None)
    both = {is_in_time(supplied, order, paid, each) for each in (True, False)}
    assert isinstance(unknown, Finding) if len(both) == 2 else unknown in both


@given(st.none() | any_day, st.none() | any_day, any_day)
def test_a_document_is_in_force_between_its_days(first: date | None, last: date | None, order: date) -> None:
    inside = (first is None or first <= order) and (last is None or order <= last)
    assert document_is_in_force(first, last, None, order) is inside
    assert document_is_in_force(first, last, accepted=False, order_date=order) is False


@given(tax_identifiers)
def test_a_number_counts_unless_something_speaks_against_it(identifier: TaxIdentifier) -> None:
    check = check_identifier(BOOK["2026"], identifier)
    outcome = weakest(check.findings)
    if check.reading.region is None:
        assert outcome is Outcome.UNDETERMINED
        return
    if identifier.verdict in (Verdict.VALID, Verdict.INVALID):
        assert outcome is (Outcome.GRANTED if identifier.verdict is Verdict.VALID else Outcome.REFUSED)
        return
    right = read_number(identifier.kind, identifier.value, check.reading.region).well_formed
    expected = {True: Outcome.GRANTED, False: Outcome.REFUSED, None: Outcome.UNDETERMINED}
    assert outcome is expected[right]
    assert (check.reading.method == "") is (right is None)
    assert bool(check.reading.problems) is (right is False)


@pytest.mark.parametrize(
    ("identifier", "reasons"),
    [
        (replace(CONFIRMED, region="DE"), []),
        (replace(GERMAN, region="DE"), ["FORMAT_ONLY"]),
        (TaxIdentifier("vat", "DE136695977", "DE"), ["TAX_NUMBER_INVALID"]),
        (TaxIdentifier("pst", "123456-7", "CA-MB"), ["TAX_NUMBER_UNVERIFIED"]),
    ],
)
def test_why_a_number_counts_or_does_not(identifier: TaxIdentifier, reasons: list[str]) -> None:
    assert [each.reason for each in check_identifier(BOOK["2026"], identifier).findings] == reasons


@pytest.mark.parametrize("country", [*eu_members(DAY), "IS", "NO", "TR", "KR", "CL", "TW"])
def test_numbers_of_every_country_where_they_free_can_be_checked(country: str) -> None:
    assert read_number("vat", "not a number", country).well_formed is False


@pytest.mark.parametrize(
    ("kind", "region", "right", "wrong"),
    [
        ("vat", "IE", "6433435F", "6433435E"),
        ("vat", "GR", "EL 094259216", "EL 094259217"),
        ("vat", "NO", "NO 995 525 828 MVA", "NO 995 525 829 MVA"),
        ("vat", "CH", "CHE-107.787.577 IVA", "CHE-107.787.578 IVA"),
        ("pan", "IN", "ACUPA7085R", "ACUP07085R"),
        ("gst", "IN", "27AAPFU0939F1ZV", "27AAPFU0939F1ZW"),
        ("service_tax", "IN", "27AAPFU0939F1ZV", "27AAPFU0939F1ZW"),
        ("cin", "IN", "U72200MH2009PLC123456", "X72200MH2009PLC123456"),
        ("gst", "CA", "12302 6635 RC 0001", "12302 6634 RC 0001"),
        ("gst", "CA-ON", "123026635", "123026634"),
        ("qst", "CA-QC", "1012345678 TQ 0001", "1012345678 RT 0001"),
        ("pst", "CA-BC", "PST-1234-5678", "PST-1234-567"),
        ("pst", "CA-SK", "123 4567", "123 456"),
        ("abn", "AU", "83 914 571 673", "83 914 571 674"),
        ("ein", "US", "91-1144442", "07-1144442"),
    ],
)
def test_form_and_check_digits(kind: str, region: str, right: str, wrong: str) -> None:
    assert read_number(kind, right, region).well_formed is True
    assert read_number(kind, wrong, region).well_formed is False


def test_a_number_of_which_nothing_is_known_leaves_the_tax_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_rules, "read_number", lambda *_: NumberReading("1", "DE", "1"))
    result = tax(deal(at("DE", None, TaxIdentifier("vat", "1"))))
    (finding,) = result.findings
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "TAX_NUMBER_UNVERIFIED")
    assert finding.missing == ("deal.billing_party.tax_identifiers[0].register_verdict",)
    assert result.components == ()
    assert {each.id: total(each.components) for each in result.alternatives} == {
        "number_valid": 0,
        "number_invalid": 19_00,
    }


def test_a_document_spares_the_look_at_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_rules, "read_number", lambda *_: pytest.fail("was looked at"))
    party = at("DE", None, GERMAN, documents=[Evidence("exclusion_document")])
    assert charged(tax(deal(party))) == {}
    assert charged(tax(deal(at("DE")))) == {("VAT", "DE"): 19_00}


@pytest.mark.parametrize("country", ["CH", "ZA"])
@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_where_documents_free_numbers_do_not(country: str, edition: str) -> None:
    number = TaxIdentifier("vat", "x", verdict=Verdict.VALID)
    document = Evidence("exemption_certificate")
    assert charged(tax(deal(at(country, None, number)), edition=edition)) != {}
    assert charged(tax(deal(at(country, documents=[document])), edition=edition)) == {}


@pytest.mark.parametrize(
    ("number", "counts"),
    [
        (CONFIRMED, True),
        (replace(CONFIRMED, region="FR"), True),
        (replace(CONFIRMED, region="TR"), False),
        (replace(CONFIRMED, kind="ein"), False),
    ],
)
def test_a_number_counts_for_its_tax_and_from_its_issuers(number: TaxIdentifier, counts: bool) -> None:
    assert (charged(tax(deal(at("DE", None, number)))) == {}) is counts


@pytest.mark.parametrize(
    ("country", "on", "member"),
    [
        ("GB", date(2020, 1, 31), True),
        ("GB", date(2020, 2, 1), False),
        ("HR", date(2013, 7, 1), True),
        ("HR", date(2013, 6, 30), False),
        ("NO", DAY, False),
    ],
)
def test_membership_is_that_of_the_day(country: str, on: date, member: bool) -> None:
    assert eu_member(country, on) is member
    assert (country in eu_members(on)) is member


@pytest.mark.parametrize(
    ("document", "counts"),
    [
        (Evidence("exemption_certificate", "US-TX"), True),
        (Evidence("exemption_certificate", "US"), True),
        (Evidence("exemption_certificate"), True),
        (Evidence("exemption_certificate", "US-OH"), False),
        (Evidence("exemption_certificate", "US-TX", "Austin"), True),
        (Evidence("exemption_certificate", "US-TX", "Dallas"), False),
    ],
)
def test_a_document_is_good_for_its_place(document: Evidence, counts: bool) -> None:
    assert (charged(tax(deal(at("US-TX", "austin", documents=[document])))) == {}) is counts


def test_a_reseller_s_own_document_without_region_is_good_at_home_only() -> None:
    party = at("US-OH", documents=[Evidence("reseller_exemption_certificate")])
    there = tax(deal(party, channel=Channel.RESELLER, sold_to=at("US-TX")))
    home = tax(deal(party, channel=Channel.RESELLER, sold_to=at("US-OH")))
    assert charged(there) == {("US_SALES", "US-TX"): 6_25}
    assert charged(home) == {}


@pytest.mark.parametrize(
    ("party", "reason"),
    [
        (at("DE", None, replace(CONFIRMED, supplied_on=date(2026, 3, 3))), "EVIDENCE_LATE"),
        (at("DE", documents=[Evidence("exclusion_document", accepted=False)]), "EVIDENCE_REJECTED"),
        (at("DE", None, replace(GERMAN, value="DE136695977")), "TAX_NUMBER_NOT_VALID"),
    ],
)
def test_evidence_that_does_not_count_is_remarked_on(party: Party, reason: str) -> None:
    result = tax(deal(party))
    assert charged(result) == {("VAT", "DE"): 19_00}
    assert codes(result) == [reason]
    assert result.findings[0].subject
    assert result.components[0].not_counted == result.findings


@given(editions, deals(parties()), lines)
def test_nothing_that_was_shown_is_passed_over(edition: str, order: Deal, taxed: list[TaxLine]) -> None:
    """R-14: each number and document frees from a tax, or is named with the reason why it does not."""
    result = assess_taxes(BOOK[edition], order, taxed, RATES)
    shown = {
        f"{path}.{field}[{i}]"
        for path, party in parties_with_papers(order)
        for field in ("evidence", "tax_identifiers")
        for i in range(len(getattr(party, field)))
    }
    printed = BOOK[edition].text("tax.scheme") != "by_operator"
    for component in result.components if printed else ():
        named = {note.subject for note in component.not_counted}
        assert named == shown
        assert all(note.reason in REASON for note in component.not_counted)
    freeing = {each.reason.subject for each in result.untaxed} & shown
    if weakest(result.findings) in (Outcome.GRANTED, Outcome.NOT_COVERED):
        assert {each.subject for each in result.findings} & shown | freeing == shown


@given(editions, deals(parties()), lines)
def test_a_tax_says_why_it_is_charged_and_what_would_free_from_it(
    edition: str, order: Deal, taxed: list[TaxLine]
) -> None:
    for component in assess_taxes(BOOK[edition], order, taxed, RATES).components:
        assert component.why == registered_rules()[component.rule_id].info.statement
        assert component.evidence_due is None or component.exempting
        if not component.exempting and BOOK[edition].text("tax.scheme") != "by_operator":
            assert {note.reason for note in component.not_counted} <= {"TAX_HAS_NO_EXEMPTION"}


@given(st.sampled_from(["2024", "2026"]), deals(parties()), lines)
def test_what_would_free_from_a_tax_frees_from_it(edition: str, order: Deal, taxed: list[TaxLine]) -> None:
    """A document of a kind that is named, of the place and in time, takes the tax away."""
    bare = replace(order, billing_party=replace(order.billing_party, tax_identifiers=(), evidence=()), sold_to=None)
    for component in assess_taxes(BOOK[edition], bare, taxed, RATES).components:
        for kind in set(component.exempting) & VOCABULARY["evidence_kind"].keys():
            paper = Evidence(kind, component.region, supplied_on=component.evidence_due)
            freed = replace(bare, billing_party=replace(bare.billing_party, evidence=(paper,)))
            result = assess_taxes(BOOK[edition], freed, taxed, RATES)
            still = [each for each in result.components if (each.tax, each.region) == (component.tax, component.region)]
            assert still == [] or BOOK[edition].texts(f"tax.us.exemption-towns.{component.region}")
