"""QuoteService.CompareEditions."""

from __future__ import annotations

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.comparing import write_difference
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_order, read_view
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.calls.price_quote import fill_quote
from quotary_server.ruleset import Ruleset
from quotary_spec.exchange import Asked, differences
from quotary_spec.mixed_book import MixedBook
from quotary_spec.rulebook import BOOK


def compare_editions(
    ruleset: Ruleset, request: quote_service_pb2.CompareEditionsRequest
) -> quote_service_pb2.CompareEditionsResponse:
    """Price one order under several editions and say what differs from the first, and why.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    order = read_order(faults, "order", request.order)
    view = read_view(faults, request.view)
    for i, edition in enumerate(request.editions):
        if edition not in BOOK:
            faults.add(f"editions[{i}]", "UNKNOWN_EDITION", f"{edition[:20]!r} is none of {', '.join(BOOK)}")
        elif edition in request.editions[:i]:
            faults.add(f"editions[{i}]", "CONFLICTING_FIELDS", f"{edition} is named twice")
    faults.raise_if_any()
    response = quote_service_pb2.CompareEditionsResponse()
    books = [BOOK[edition] for edition in request.editions or BOOK]
    questions = []
    for book in books:
        mixed = MixedBook(book, books[0])
        priced = fill_quote(ruleset, response.quotes.add(), mixed, order, view)
        questions.append(Asked(book, priced.quote, mixed.consulted))
    base, *others = questions
    money = MoneyWriter(order.deal.currency.code)
    for other in others:
        for found in differences(order, base, other, ruleset.prices, ruleset.rates):
            into = response.differences.add()
            write_difference(into, base.book.edition, other.book.edition, found, money)
    return response
