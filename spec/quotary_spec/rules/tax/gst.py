"""GST of Australia and India."""

from __future__ import annotations

from quotary_spec.outcome import Finding
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Claim, TaxCase, charge
from quotary_spec.rules.tax.evidence import Search, due_without_number, held, settle
from quotary_spec.rules.tax.identifiers import Standing


@rule("TAX-GST-AUSTRALIA", "002:310 002:432 000:242 000:422", editions="2024 2026", rulings="R-15")
def gst_in_australia(country: str) -> bool:
    """Every customer in Australia is charged GST, since the vendor is an Australian company; nothing frees from it."""
    return country == "AU"


@rule("TAX-GST-INDIA", "002:432 000:422", editions="2024 2026", rulings="R-14")
def gst_in_india(number: Standing | None) -> bool | Finding:
    """Customers in India are charged unless they supplied a valid PAN, CIN or service tax registration number.

    Reading: a GST registration number is today's form of the service tax number; any one of the numbers is enough.
    """
    return due_without_number(number)


def australia(case: TaxCase) -> Claim | None:
    """Australia's GST."""
    if not case.book.prints("tax.exemption.GST.AU") or not gst_in_australia(case.billing.country or ""):
        return None
    return [charge(case, "GST", "AU", case.every_line, gst_in_australia.info.id)]


def india(case: TaxCase) -> Claim | None:
    """India's GST."""
    if not case.book.prints("tax.exemption.GST.IN"):
        return None
    search = Search(numbers=case.book.texts("tax.india.numbers"), number_regions=("IN",))
    what = held(case, search, (case.deal.billing_party, "deal.billing_party"))
    due, findings = settle(gst_in_india(what.number), what)
    return [*findings, charge(case, "GST", "IN", case.every_line, gst_in_india.info.id)] if due else [*findings]
