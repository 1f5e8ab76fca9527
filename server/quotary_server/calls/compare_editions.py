"""QuoteService.CompareEditions."""

from __future__ import annotations

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.comparing import write_differences
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_order, read_view
from quotary_server.calls.price_quote import fill_quote
from quotary_server.ruleset import Ruleset
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
    for edition in request.editions or BOOK:
        # The differences name the rows of data that moved a figure, so the whole trace is needed first.
        fill_quote(ruleset, response.quotes.add(), BOOK[edition], order, common_pb2.VIEW_FULL)
    write_differences(response)
    if view != common_pb2.VIEW_FULL:
        for quote in response.quotes:
            for field in ("steps", "citations", "steps_omitted"):
                quote.answer.ClearField(field)
    return response
