"""Japanese consumption tax."""

from __future__ import annotations

from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Claim, Due, TaxCase
from quotary_spec.rules.tax.evidence import Search, levy


@rule("TAX-JCT", "002:429 002:595 002:600 000:418 000:643 000:649", rulings="R-15")
def consumption_tax_is_due(country: str) -> bool:
    """Every sale to Japan bears consumption tax; numbers and exemption documents do not apply to it.

    Reading: the notes that exclude it from numbers and documents outweigh the sentence that invites them on a quote.
    """
    return country == "JP"


def japan(case: TaxCase) -> Claim:
    """Japan's consumption tax."""
    due = Due("JCT", "JP", case.every_line, consumption_tax_is_due.info)
    return levy(case, due, Search(place="JP"), consumption_tax_is_due(case.country))
