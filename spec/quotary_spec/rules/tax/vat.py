"""VAT: the European Union, and the countries that an edition names beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import RuleFunction, rule
from quotary_spec.rules.tax.charge import Claim, TaxCase, charge
from quotary_spec.rules.tax.evidence import ALL_DOCUMENTS, OWN_DOCUMENTS, Held, Search, due_without_number, held, settle
from quotary_spec.rules.tax.identifiers import Standing
from quotary_spec.rules.tax.rates import eu_member

_Decision = Callable[[Standing | None, bool], bool | Finding]


@rule("TAX-VAT-NUMBER", "002:310", editions="2024", rulings="R-02 R-14")
def vat_unless_number(number: Standing | None, document: bool) -> bool | Finding:
    """Customers in the European Union are charged VAT unless they supplied a valid VAT number.

    Reading: a document frees nobody, since the passage that may have named documents is lost.
    """
    return due_without_number(number)


@rule("TAX-VAT-NUMBER-OR-DOCUMENT", "000:242 000:410", editions="2026", rulings="R-14")
def vat_unless_number_or_document(number: Standing | None, document: bool) -> bool | Finding:
    """In the EU and the countries named with it VAT is charged unless a valid VAT number or exclusion document came."""
    return False if document else due_without_number(number)


@rule("TAX-VAT-DOCUMENT", "002:425 000:412", editions="2024 2026", rulings="R-02 R-14 R-33")
def vat_unless_document(number: Standing | None, document: bool) -> bool | Finding:
    """In Switzerland and South Africa VAT is charged unless exemption documents came; a number alone frees nobody."""
    return not document


@rule("TAX-VAT-ALWAYS", "002:595 002:600 000:414", editions="2024 2026", rulings="R-15")
def vat_always(number: Standing | None, document: bool) -> bool | Finding:
    """Where an edition rules out any exclusion, in Russia and in 2026 in Mexico, VAT is charged whatever was supplied.

    Reading: the explicit note outweighs the lists in which these countries stand.
    """
    return True


@rule("TAX-VAT-TURKEY-2024", "002:684-688", editions="2024", rulings="R-02 R-11")
def vat_in_turkey_with_lost_passage(number: Standing | None, document: bool) -> bool | Finding:
    """Turkey is charged VAT; whether a number or document frees from it stood in a passage that is lost."""
    if document or number not in (None, Standing.INVALID):
        return undetermined("TAX_EVIDENCE_EFFECT_LOST", country="TR")
    return True


@rule("TAX-VAT-RESELLER-2021", "004:165", editions="2021", rulings="R-13 R-14")
def vat_unless_any_number(number: Standing | None, document: bool) -> bool | Finding:
    """Resellers in the EU are charged the VAT of their country unless they supplied a VAT number with the order."""
    return number is None


_DECISIONS: Mapping[str, RuleFunction[[Standing | None, bool], bool | Finding]] = MappingProxyType(
    {
        "number": vat_unless_number,
        "number_or_document": vat_unless_number_or_document,
        "document": vat_unless_document,
        "nothing": vat_always,
        "lost": vat_in_turkey_with_lost_passage,
        "any_number": vat_unless_any_number,
    }
)


def vat(case: TaxCase) -> Claim | None:
    """VAT of the billing party's country; None where the edition charges none."""
    country = case.billing.country or ""
    member = eu_member(country, case.on)
    key = "tax.exemption.VAT.EU" if member else f"tax.exemption.VAT.{country}"
    if not case.book.prints(key):
        return None
    scheme = case.book.text(key)
    decide = _DECISIONS[scheme]
    search = Search(
        numbers=() if scheme in ("document", "nothing") else ("vat",),
        documents=() if scheme in ("number", "nothing", "any_number") else documents_for(case),
        number_regions=(lambda region: eu_member(region, case.on)) if member else (country,),
        document_regions=(country,),
    )
    party = case.deal.billing_party
    what = held(case, search, (party, "deal.billing_party")) if party.tax_identifiers or party.evidence else Held()
    due, findings = settle(decide(what.number, what.document), what)
    return [*findings, charge(case, "VAT", country, case.every_line, decide.info.id)] if due else [*findings]


def documents_for(case: TaxCase) -> frozenset[str]:
    """Kinds of documents that can free an order: a reseller's certificate only one for somebody else."""
    return ALL_DOCUMENTS if case.resale else OWN_DOCUMENTS
