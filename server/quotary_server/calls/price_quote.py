"""QuoteService.PriceQuote and BatchPriceQuotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.faults import CallError, Faults
from quotary_server.adapter.limits import within_limits
from quotary_server.adapter.reading import read_edition, read_order, read_view
from quotary_server.adapter.writing import MoneyWriter, write_answer, write_quote, write_rounding
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal, Order
from quotary_spec.rule import Trace, tracing
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.total import PricedOrder, price_order, rounding_difference


def price_quote(ruleset: Ruleset, request: quote_service_pb2.PriceQuoteRequest) -> quote_service_pb2.PriceQuoteResponse:
    """Price and tax one order under one edition.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    order = read_order(faults, "order", request.order)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    response = quote_service_pb2.PriceQuoteResponse()
    fill_quote(ruleset, response, book, order, view)
    return response


def batch_price_quotes(
    ruleset: Ruleset, requests: Iterator[quote_service_pb2.BatchPriceQuotesRequest]
) -> Iterator[quote_service_pb2.BatchPriceQuotesResponse]:
    """Price a stream of orders, in order; a malformed one gets its status and does not end the stream."""
    for item in requests:
        response = quote_service_pb2.BatchPriceQuotesResponse(correlation_id=item.correlation_id)
        try:
            correlation = quote_service_pb2.BatchPriceQuotesRequest(correlation_id=item.correlation_id)
            with within_limits(correlation), within_limits(item.request):
                response.response.CopyFrom(price_quote(ruleset, item.request))
        except CallError as error:
            response.status.CopyFrom(error.status)
        yield response


class Priced(NamedTuple):
    """A priced order, and the trace of it."""

    quote: PricedOrder
    trace: Trace


def fill_quote(
    ruleset: Ruleset, response: quote_service_pb2.PriceQuoteResponse, book: Book, order: Order, view: int
) -> Priced:
    """Ask the rule book for an order and write everything it answers; gives quote and trace for other uses."""
    currency = order.deal.currency.code
    with tracing(book.edition) as trace:
        quote = price_order(book, order, ruleset.prices, ruleset.rates)
    write_quote(response, quote, currency)
    answer = response.answer
    write_answer(answer, ruleset.digests, book, quote.findings, trace, view, root="order")
    difference = None
    if quote.total is not None:

        def total_of(deal: Deal) -> int | None:
            return price_order(book, replace(order, deal=deal), ruleset.prices, ruleset.rates).total

        difference = rounding_difference(order.deal, quote.total, total_of)
    write_rounding(answer, order.deal.rounding, difference, MoneyWriter(currency))
    return Priced(quote, trace)
