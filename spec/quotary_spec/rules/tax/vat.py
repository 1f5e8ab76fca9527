"""VAT: the European Union, and the countries that an edition names beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.outcome import Finding, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import RuleFunction, rule
from quotary_spec.rules.tax.charge import Claim, Due, TaxCase
from quotary_spec.rules.tax.evidence import OWN_DOCUMENTS, RESALE_DOCUMENTS, Search, due_without_number, levy, papers
from quotary_spec.rules.tax.identifiers import Validity
from quotary_spec.rules.tax.rates import eu_member, eu_members

_EXEMPTION = Keys("tax.exemption.VAT.*")


@rule("TAX-VAT-NUMBER", "002:310", rulings="R-02 R-14")
def vat_unless_number(number: Validity | None, document: bool) -> bool | Finding:
    """Customers in the European Union are charged VAT unless they supplied a valid VAT number.

    Reading: a document frees nobody, since the passage that may have named documents is lost.
    """
    return due_without_number(number)


@rule("TAX-VAT-NUMBER-OR-DOCUMENT", "000:242 000:410", rulings="R-14")
def vat_unless_number_or_document(number: Validity | None, document: bool) -> bool | Finding:
    """In the EU and the countries named with it VAT is charged unless a valid VAT number or exclusion document came."""
    return False if document else due_without_number(number)


@rule("TAX-VAT-DOCUMENT", "002:425 000:412", rulings="R-02 R-14 R-33")
def vat_unless_document(number: Validity | None, document: bool) -> bool | Finding:
    """In Switzerland and South Africa VAT is charged unless exemption documents came; a number alone frees nobody."""
    return not document


@rule("TAX-VAT-ALWAYS", "002:595 002:600 000:414", rulings="R-15")
def vat_always(number: Validity | None, document: bool) -> bool | Finding:
    """In Russia, and in 2026 in Mexico, VAT is charged whatever was supplied.

    Reading: the notes that rule out any exclusion outweigh the lists in which these countries stand.
    """
    return True


@rule("TAX-VAT-TURKEY-2024", "002:684-688", rulings="R-02 R-11")
def vat_unless_lost_passage_frees(number: Validity | None, document: bool) -> bool | Finding:
    """Turkey is charged VAT; whether a number or document frees from it stood in a passage that is lost."""
    if document or number not in (None, Validity.INVALID):
        return undetermined("TAX_EVIDENCE_EFFECT_LOST")
    return True


@rule("TAX-VAT-RESELLER-2021", "004:165", rulings="R-13 R-14")
def vat_unless_any_number(number: Validity | None, document: bool) -> bool | Finding:
    """Resellers in the EU are charged the VAT of their country unless they supplied a VAT number with the order."""
    return number is None


@dataclass(frozen=True, slots=True)
class Scheme:
    """What frees from VAT in a group of countries, and the rule that decides on it."""

    decide: RuleFunction[[Validity | None, bool], bool | Finding]
    by_number: bool = False
    by_document: bool = False


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "number": Scheme(vat_unless_number, by_number=True),
        "number_or_document": Scheme(vat_unless_number_or_document, by_number=True, by_document=True),
        "document": Scheme(vat_unless_document, by_document=True),
        "nothing": Scheme(vat_always),
        "lost": Scheme(vat_unless_lost_passage_frees, by_number=True, by_document=True),
        "any_number": Scheme(vat_unless_any_number, by_number=True),
    }
)
"""By the word of the parameter ``tax.exemption.VAT.<country>``."""


def vat(case: TaxCase) -> Claim | None:
    """VAT of the billing party's country; None where the edition charges none."""
    country = case.country
    member = eu_member(country, case.on)
    key = _EXEMPTION["EU" if member else country]
    if not case.book.prints(key):
        return None
    scheme = SCHEMES[case.book.text(key)]
    search = Search(
        place=case.region,
        documents=documents_for(case) if scheme.by_document else (),
        numbers=("vat",) if scheme.by_number else (),
        # A number of any member state is a valid number in the European Union.
        issuers=eu_members(case.on) if member else (country,),
        any_number=scheme.decide is vat_unless_any_number,
        on_resale=RESALE_DOCUMENTS if scheme.by_document else (),
    )
    what = papers(case, search)
    due = Due("VAT", case.region, case.every_line, scheme.decide.info)
    return levy(case, due, search, scheme.decide(what.number, what.document), what)


def documents_for(case: TaxCase) -> frozenset[str]:
    """Kinds of documents that can free an order."""
    return RESALE_DOCUMENTS if case.resale else OWN_DOCUMENTS
