"""Taxes: places, evidence, rates and amounts, in every edition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import get_territory_currencies
from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, CurrencyTerms, Deal
from quotary_spec.model.party import Address, Evidence, Party, TaxIdentifier, Verdict
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import RoundingPolicy, share
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register.reasons import REASON
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import registered_rules, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax import evidence as evidence_rules
from quotary_spec.rules.tax.address import update_may_be_under_way
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import RateOrigin, TaxLine
from quotary_spec.rules.tax.claims import exemption_can_be_claimed, missing_from_exemption_claim, number_can_be_entered
from quotary_spec.rules.tax.evidence import came_by_order, document_is_in_force, is_in_time, parties_with_papers
from quotary_spec.rules.tax.identifiers import Validity, check_identifier
from quotary_spec.rules.tax.invoice import LocalAmount, local_amounts
from quotary_spec.rules.tax.jurisdictions import list_jurisdictions
from quotary_spec.rules.tax.number_reading import NumberReading, read_number
from quotary_spec.rules.tax.rates import Rates, eu_member, eu_members
from quotary_spec.rules.tax.result import TaxComponent, TaxResult
from quotary_spec.rules.tax.united_states import SALES_TAX_NAMES
from quotary_spec.supplements.euro import euro_since
from quotary_spec.supplements.rates import SupplementRow, load
from strategies import (
    COUNTRIES,
    addresses,
    amounts,
    days_around,
    editions,
    parties,
    policies,
    products,
    tax_identifiers,
    unknown_parties,
)

RATES = Rates()
DAY = date(2026, 3, 2)
CLOUD = Product("jira", Platform.CLOUD)
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
TRELLO = Product("trello", Platform.CLOUD)
GERMAN = TaxIdentifier("vat", "DE136695976")
CONFIRMED = replace(GERMAN, verdict=Verdict.VALID)

# Every date at which a tax begins, and the last day of the United Kingdom's membership.
TURNS = (date(2020, 1, 31), date(2021, 4, 1), date(2021, 7, 1), date(2022, 2, 1), date(2024, 1, 1), date(2025, 5, 1))

lines = st.lists(st.builds(TaxLine, products(), amounts, st.none() | addresses()), max_size=6)
channels = st.sampled_from([None, *Channel])


@st.composite
def deals(draw: st.DrawFn, party: st.SearchStrategy[Party] = unknown_parties) -> Deal:
    """Deals of which anything may be unknown."""
    order_date = draw(st.none() | days_around(*TURNS))
    payment_date = (
        order_date + timedelta(days=draw(st.integers(-2, 40))) if order_date and draw(st.booleans()) else None
    )
    return Deal(
        draw(party),
        order_date=order_date,
        payment_date=payment_date,
        channel=draw(channels),
        sold_to=draw(st.none() | parties()),
        ship_to=draw(st.none() | parties()),
        technical_contact=draw(st.none() | parties()),
        rounding=draw(policies),
    )


def at(place: str, town: str | None = None, *numbers: TaxIdentifier, documents: Iterable[Evidence] = ()) -> Party:
    """A party in a country ("DE") or subdivision ("US-TX")."""
    country, _, subdivision = place.partition("-")
    return Party(None, Address(country, place if subdivision else None, town), numbers, tuple(documents))


def deal(party: Party, on: date = DAY, channel: Channel | None = Channel.DIRECT, **facts: object) -> Deal:
    return Deal(party, order_date=on, channel=channel, **facts)  # type: ignore[arg-type]


def tax(order: Deal, *what: tuple[Product, int], edition: str = "2026", rates: Rates = RATES) -> TaxResult:
    taxed = [TaxLine(product, amount) for product, amount in what or ((CLOUD, 100_00),)]
    return assess_taxes(BOOK[edition], order, taxed, rates)


def charged(result: TaxResult) -> dict[tuple[str, str], int]:
    """Amounts by tax and place, of an answer without open questions."""
    assert weakest(result.findings) is Outcome.GRANTED, result.findings
    return {(each.tax, each.region): each.amount for each in result.components}


def codes(result: TaxResult) -> list[str]:
    return [finding.reason for finding in result.findings]


def total(components: Iterable[TaxComponent]) -> int:
    return sum(component.amount for component in components)


def row(name: str, region: str, rate: str) -> SupplementRow:
    return SupplementRow(name, region, Decimal(rate), date(2000, 1, 1), "ours", date(2026, 1, 1))


# ---- what holds of every order


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


# ---- evidence

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


# ---- claims and the invoice


@given(st.booleans(), st.booleans(), st.from_regex(r"\AAT-[A-Z0-9]{1,12}\Z"))
def test_a_claim_needs_evidence_and_the_number_of_the_quote(documents: bool, number: bool, quote: str) -> None:
    missing = missing_from_exemption_claim(documents, number, quote)
    assert missing == (() if documents or number else ("evidence",))
    assert missing_from_exemption_claim(documents, number, quote.lower()) == (*missing, "quote_number")


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
