"""GST of Australia and India."""

from __future__ import annotations

from quotary_spec.outcome import Finding
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Claim, TaxCase, charge
from quotary_spec.rules.tax.evidence import Search, due_without_number, held, settle
from quotary_spec.rules.tax.identifiers import Standing


@rule("TAX-GST-AUSTRALIA", "002:310 002:432 000:242 000:422", rulings="R-15")
def australian_gst_is_due(country: str) -> bool:
    """Every customer in Australia is charged GST, since the vendor is an Australian company; nothing frees from it."""
    return country == "AU"


@rule("TAX-GST-INDIA", "002:432 000:422", rulings="R-14")
def indian_gst_is_due(number: Standing | None) -> bool | Finding:
    """Customers in India are charged unless they supplied a valid PAN, CIN or service tax registration number.

    Reading: any one of them is enough; a GST number counts as the service tax number, whose place GST took.
    """
    return due_without_number(number)


def australia(case: TaxCase) -> Claim:
    """Australia's GST."""
    due = australian_gst_is_due(case.country)
    return [charge(case, "GST", "AU", case.every_line, australian_gst_is_due.info.id)] if due else []


def india(case: TaxCase) -> Claim:
    """India's GST."""
    search = Search(place="IN", numbers=case.book.texts("tax.exemption.GST.IN"), issuers=("IN",))
    what = held(case, search, (case.deal.billing_party, "deal.billing_party"))
    due, findings = settle(indian_gst_is_due(what.number), what)
    return [*findings, charge(case, "GST", "IN", case.every_line, indian_gst_is_due.info.id)] if due else [*findings]
