"""The taxes of an order: every family of taxes is asked, then the amounts are computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from quotary_spec.model.order import Deal
from quotary_spec.model.party import Party
from quotary_spec.money import Rounding, RoundingPolicy, allot, share
from quotary_spec.outcome import Finding, Outcome, not_covered, remark, undetermined, weakest
from quotary_spec.rule import about, rule, untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.fees import taxable_amount
from quotary_spec.rules.tax.canada import canada, pst
from quotary_spec.rules.tax.charge import (
    Assumption,
    Charge,
    Claim,
    Due,
    RateTable,
    TaxCase,
    TaxLine,
    Untaxed,
    operator_rate,
)
from quotary_spec.rules.tax.evidence import parties_with_papers
from quotary_spec.rules.tax.gst import GST_EXEMPTION, australia, india, printed_gst
from quotary_spec.rules.tax.identifiers import FORMAT_ONLY, UNVERIFIED
from quotary_spec.rules.tax.japan import japan
from quotary_spec.rules.tax.place import BILLING, Place, billing_place, customer_places, is_resale
from quotary_spec.rules.tax.result import TaxAlternative, TaxComponent, TaxResult
from quotary_spec.rules.tax.territory import canonical, tax_area
from quotary_spec.rules.tax.united_states import united_states
from quotary_spec.rules.tax.vat import vat

_FAMILY: Mapping[str, Callable[[TaxCase], Claim | None]] = MappingProxyType(
    {"AU": australia, "CA": canada, "IN": india, "JP": japan}
)
_COUNTRY_TAXES = ("VAT", "GST", "JCT")
_SUBDIVISION_TAXES = ("US_SALES", "HST", "PST", "QST")
_HAVE_SUBDIVISION_TAXES = ("CA", "US")


@rule(
    "TAX-AMOUNT", "002:447-451 002:682 002:688 003:124 004:165 000:442-446 000:717", rulings="R-08 R-17", general=True
)
def tax_amount(base: int, rate: Decimal, rounding: Rounding) -> int:
    """A tax is its rate on the sum of what it taxes on the lines that bear it, rounded once; no tax is taxed itself."""
    return share(base, rate, rounding)


def assess_taxes(book: Book, deal: Deal, lines: Sequence[TaxLine], rates: RateTable) -> TaxResult:
    """The taxes of an order in one edition.

    Args:
        book: The edition.
        deal: Circumstances of the order.
        lines: Its lines with their amounts, in minor units.
        rates: Rates outside the documents.
    """
    deal, lines = _canonical(deal), [_canonical_line(line) for line in lines]
    billing = billing_place(deal.billing_party.address)
    if isinstance(billing, Finding):
        return TaxResult((), (billing,))
    if deal.order_date is None:
        return TaxResult((), (undetermined("INPUT_MISSING", "deal.order_date"),))
    area = tax_area(billing, deal.order_date, f"{BILLING}.address")
    case = TaxCase(book, deal, tuple(lines), rates, billing, area, deal.order_date, is_resale(deal.channel))
    result = _assess(case)
    if not any(finding.reason in (FORMAT_ONLY, UNVERIFIED) for finding in result.findings):
        return result
    with untraced():
        assumed = [(each, _assess(replace(case, assume=each))) for each in (Assumption.VALID, Assumption.INVALID)]
    return replace(
        result, alternatives=tuple(TaxAlternative(each, made.components, made.findings) for each, made in assumed)
    )


def _canonical(deal: Deal) -> Deal:
    """The deal with each place under its one code."""
    return replace(
        deal,
        billing_party=_canonical_party(deal.billing_party),
        sold_to=_canonical_party(deal.sold_to),
        ship_to=_canonical_party(deal.ship_to),
        technical_contact=_canonical_party(deal.technical_contact),
    )


_P = TypeVar("_P", Party, Party | None)


def _canonical_party(party: _P) -> _P:
    return party if party is None or party.address is None else replace(party, address=canonical(party.address))


def _canonical_line(line: TaxLine) -> TaxLine:
    return line if line.sold_to_address is None else replace(line, sold_to_address=canonical(line.sold_to_address))


def _assess(case: TaxCase) -> TaxResult:
    components: list[TaxComponent] = []
    untaxed: list[Untaxed] = []
    findings: dict[Finding, None] = {}
    for each in _CLAIMS[case.book.text("tax.scheme")](case):
        if isinstance(each, Finding):
            findings[each] = None
        elif isinstance(each, Untaxed):
            untaxed.append(each)
        else:
            with about(f"tax_components[{len(components)}]"):
                components.append(_component(case, each))
    findings |= dict.fromkeys(_passed_over(case, components, untaxed, weakest(findings)))
    return TaxResult(tuple(components), tuple(findings), (), tuple(untaxed))


def _passed_over(
    case: TaxCase, components: Sequence[TaxComponent], untaxed: Sequence[Untaxed], outcome: Outcome
) -> Iterator[Finding]:
    """Why each number and document that frees from nothing does not count: nothing that was shown is passed over."""
    counted = {each.reason.subject for each in untaxed}
    for path in _papers(case.deal):
        if path in counted:
            continue
        notes = [note for each in components for note in each.not_counted if note.subject == path]
        # That nothing frees from one tax is worth a word only where the paper speaks of no other.
        own = [note for note in notes if note.reason != "TAX_HAS_NO_EXEMPTION"]
        yield from own or notes
        if not notes and outcome in (Outcome.GRANTED, Outcome.NOT_COVERED):
            yield remark("EVIDENCE_NOT_NEEDED").about(path)


def _papers(deal: Deal) -> Iterator[str]:
    """Paths of all numbers and documents of a deal."""
    for path, party in parties_with_papers(deal):
        yield from (f"{path}.evidence[{i}]" for i in range(len(party.evidence)))
        yield from (f"{path}.tax_identifiers[{i}]" for i in range(len(party.tax_identifiers)))


def _claims(case: TaxCase) -> Claim:
    claim: Claim = []
    customers: list[Place] | None = None
    if case.resale:
        places = customer_places(case)
        customers = [each for each in places if isinstance(each, Place)]
        claim += [each for each in places if isinstance(each, Finding)]
    american = united_states(case, customers)
    own = american if case.country == "US" else _own(case)
    if own is None:
        claim.append(not_covered("TAX_PLACE_NOT_COVERED", country=case.country, edition=case.book.edition))
    else:
        claim += own
    claim += pst(case, customers)
    if case.country != "US":
        claim += american or []
    return claim


def _own(case: TaxCase) -> Claim | None:
    """The taxes of the billing party's country; None where the edition speaks of none."""
    if isinstance(case.area, Finding):
        return [case.area]
    printed = printed_gst if case.book.prints(GST_EXEMPTION[case.country]) else vat
    return _FAMILY.get(case.country, printed)(case)


def _claims_of_eu_resellers(case: TaxCase) -> Claim:
    claim = _own(case) if case.country not in _FAMILY else None
    if claim is None or case.resale is False:
        return [not_covered("TAX_PLACE_NOT_COVERED", country=case.country, edition=case.book.edition)]
    return [undetermined("INPUT_MISSING", "deal.channel")] if case.resale is None else claim


@rule("TAX-BY-OPERATOR", "003:124", only="2023", rulings="R-13")
def tax_is_added(rate: Decimal | None) -> bool:
    """The tax of the billing contact's country or US state is added where that place is taxed.

    Reading: which places are taxed, and at what rate, is not printed; the operator's rates say it.
    """
    return rate is not None


def _claims_by_operator(case: TaxCase) -> Claim:
    country, subdivision = case.country, case.billing.subdivision
    if subdivision is None and country in _HAVE_SUBDIVISION_TAXES:
        return [undetermined("INPUT_MISSING", "deal.billing_party.address.administrative_area")]
    party = case.deal.billing_party
    if party.tax_identifiers or party.evidence:
        return [undetermined("TAX_EVIDENCE_NOT_PRINTED", edition=case.book.edition)]
    claim: Claim = []
    if isinstance(case.area, Finding) and case.area.outcome is Outcome.UNDETERMINED:
        return [case.area]
    # A place outside its country's tax has that of its own code only.
    national = _COUNTRY_TAXES if case.region != _country_outside(case) else ()
    places = [(tax, case.region) for tax in national] + [(tax, subdivision or "") for tax in _SUBDIVISION_TAXES]
    for tax, region in places:
        rate = operator_rate(case.rates, tax, region, case.on)
        if rate is not None and tax_is_added(rate.value):
            claim.append(Charge(Due(tax, region, case.every_line, tax_is_added.info), rate))
    return claim or [undetermined("TAX_PLACE_NOT_PRINTED", country=country, edition=case.book.edition)]


def _country_outside(case: TaxCase) -> str:
    """The country whose tax does not reach the billing party, if there is one."""
    return dict(case.area.detail).get("country", "") if isinstance(case.area, Finding) else ""


_CLAIMS: Mapping[str, Callable[[TaxCase], Claim]] = MappingProxyType(
    {"by_place": _claims, "eu_resellers": _claims_of_eu_resellers, "by_operator": _claims_by_operator}
)
"""Who says what is taxed, by the scheme of the edition: it prints the places, those of EU resellers alone, or none."""


def _base(case: TaxCase, line: TaxLine, tax: str) -> int:
    """What a tax is computed on: the line's net amount, and its part of the fee where the fee is taxed (R-09)."""
    return taxable_amount(line.net, line.fee, tax, case.book.texts("fee.taxed-by")) if line.fee else line.net


def _component(case: TaxCase, each: Charge) -> TaxComponent:
    policy: RoundingPolicy = case.deal.rounding
    due = each.due
    bases = [_base(case, case.lines[i], due.tax) for i in due.lines]
    base = sum(bases)
    if policy.by_line:
        parts = tuple(tax_amount(taxable, each.rate.value, policy.rounding) for taxable in bases)
        amount = sum(parts)
    else:
        amount = tax_amount(base, each.rate.value, policy.rounding)
        parts = allot(amount, bases)
    return TaxComponent(
        tax=due.tax,
        region=due.region,
        locality=due.locality,
        base=base,
        rate=each.rate,
        amount=amount,
        lines=due.lines,
        parts=parts,
        rule_id=due.rule.id,
        why=due.rule.statement,
        exempting=each.exempting,
        evidence_due=each.evidence_due,
        not_counted=each.not_counted,
    )
