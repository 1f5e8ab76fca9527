"""GST of Australia, India, and of any other country that an edition names."""

from __future__ import annotations

from quotary_spec.outcome import Finding
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Claim, Due, TaxCase
from quotary_spec.rules.tax.evidence import Search, due_without_number, levy, papers
from quotary_spec.rules.tax.identifiers import Validity

GST_EXEMPTION = Keys("tax.exemption.GST.*")
"""What frees from a country's GST: "nothing", or the kinds of numbers."""


@rule("TAX-GST-AUSTRALIA", "002:310 002:432 000:242 000:422", rulings="R-15")
def australian_gst_is_due(country: str) -> bool:
    """Every customer in Australia is charged GST, since the vendor is an Australian company; nothing frees from it."""
    return country == "AU"


@rule("TAX-GST-INDIA", "002:432 000:422", rulings="R-14")
def indian_gst_is_due(number: Validity | None) -> bool | Finding:
    """Customers in India are charged unless they supplied a valid PAN, CIN or service tax registration number.

    Reading: any one of them is enough; a GST number counts as the service tax number, whose place GST took.
    """
    return due_without_number(number)


@rule("TAX-GST-PRINTED", "002:432 000:422", rulings="R-14 R-15")
def printed_gst_is_due(number: Validity | None, numbers_free: bool) -> bool | Finding:
    """In a country whose GST the edition prints, customers are charged unless they supplied a number that frees there.

    Reading: any one of the printed numbers is enough; where none is printed, nothing frees.
    """
    return due_without_number(number) if numbers_free else True


def printed_gst(case: TaxCase) -> Claim:
    """The GST of a country that is a row of the register and no more."""
    country, frees = case.country, case.book.row(GST_EXEMPTION[case.country]).value
    numbers = frees if isinstance(frees, tuple) else ()
    search = Search(place=country, numbers=numbers, issuers=(country,))
    what = papers(case, search)
    due = Due("GST", country, case.every_line, printed_gst_is_due.info)
    return levy(case, due, search, case.book.ask(printed_gst_is_due, what.number, bool(numbers)), what)


def australia(case: TaxCase) -> Claim:
    """Australia's GST."""
    due = Due("GST", "AU", case.every_line, australian_gst_is_due.info)
    return levy(case, due, Search(place="AU"), australian_gst_is_due(case.country))


def india(case: TaxCase) -> Claim:
    """India's GST."""
    search = Search(place="IN", numbers=case.book.texts("tax.exemption.GST.IN"), issuers=("IN",))
    what = papers(case, search)
    due = Due("GST", "IN", case.every_line, indian_gst_is_due.info)
    return levy(case, due, search, indian_gst_is_due(what.number), what)
