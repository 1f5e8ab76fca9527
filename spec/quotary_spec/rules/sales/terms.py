"""The terms of a sale: how long its lines may run, and whether they may be sold at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from quotary_spec.model.order import Deal, Line
from quotary_spec.rulebook import Book
from quotary_spec.rules.sales.conditions import refusals
from quotary_spec.rules.terms_assessment import CoTerm, TermCheck, check_term


def check_terms_of_sale(
    book: Book,
    deal: Deal,
    lines: Sequence[Line],
    co_terms: Sequence[CoTerm] = (),
    length_requested: bool = True,
    request_channel: str | None = None,
) -> TermCheck:
    """Whether each line may run as long as asked, and end with the others.

    What may not be sold may not be sold for that term either: whatever else refuses a line is said too (R-41).
    """
    check = check_term(book, deal, lines, co_terms, length_requested, request_channel)
    by_line = refusals(book, deal, lines, without=("term",))
    terms = (
        replace(term, findings=tuple(dict.fromkeys((*term.findings, *found))))
        for term, found in zip(check.terms, by_line, strict=True)
    )
    return replace(check, terms=tuple(terms))
