"""What a customer hands in for its taxes: exemption claims, tax numbers, statements of tax withheld."""

from __future__ import annotations

import re
from collections.abc import Collection

from quotary_spec.outcome import Finding, refused
from quotary_spec.rule import rule

_QUOTE_NUMBER = re.compile(r"AT-[A-Z0-9]+")


@rule(
    "TAX-EXEMPTION-CLAIM",
    "002:413 002:429 002:580 000:396 000:418 000:625 000:647 000:659 000:667",
    rulings="R-23",
)
def missing_from_exemption_claim(*, documents: bool, number: bool, quote_number: str | None) -> tuple[str, ...]:
    """An exemption is claimed by sending documents, or a tax number, together with the number of the quote or order.

    Reading: the number is AT- and one or more capitals or digits; the length that a document shows is an illustration.
    """
    missing = () if documents or number else ("evidence",)
    if quote_number is None or _QUOTE_NUMBER.fullmatch(quote_number) is None:
        return (*missing, "quote_number")
    return missing


@rule("TAX-EXEMPTION-CLAIM-SCOPE", "002:595 002:600 000:643 000:649", rulings="R-15")
def exemption_can_be_claimed(tax: str, country: str) -> bool | Finding:
    """Neither numbers nor documents can be handed in for Japanese consumption tax or by customers in Russia."""
    if tax == "JCT" or country == "RU":
        return refused("TAX_EXEMPTION_NOT_POSSIBLE")
    return True


@rule("TAX-ID-UPDATE", "002:593-595 000:641-643", rulings="R-15")
def number_can_be_entered(kind: str, country: str, kinds: Collection[str]) -> bool | Finding:
    """Customers enter six kinds of tax numbers in their account profile themselves, but not in Japan or Russia.

    Reading: a number for Japanese consumption tax is one of a customer in Japan.
    """
    if country in ("JP", "RU"):
        return refused("TAX_EXEMPTION_NOT_POSSIBLE")
    return kind in kinds


@rule("TAX-WITHHOLDING-EVIDENCE", "000:246")
def withholding_statement_is_missing(*, tax_withheld: bool, statement_supplied: bool) -> bool:
    """A customer who withholds tax has to hand in its tax office's statement of the amount withheld."""
    return tax_withheld and not statement_supplied
