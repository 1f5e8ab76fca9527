"""QuoteService.PriceQuote and BatchPriceQuotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.faults import CallError, Faults
from quotary_server.adapter.reading import read_edition, read_order, read_view
from quotary_server.adapter.writing import MoneyWriter, write_answer, write_quote, write_rounding
from quotary_server.engine import Engine
from quotary_spec.model.order import Deal, Order
from quotary_spec.rule import Trace, tracing
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.total import price_order, rounding_difference


def price_quote(engine: Engine, request: quote_service_pb2.PriceQuoteRequest) -> quote_service_pb2.PriceQuoteResponse:
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
    fill_quote(engine, response, book, order, view)
    return response


def batch_price_quotes(
    engine: Engine, requests: Iterator[quote_service_pb2.BatchPriceQuotesRequest]
) -> Iterator[quote_service_pb2.BatchPriceQuotesResponse]:
    """Price a stream of orders, in order; a malformed one gets its status and does not end the stream."""
    for item in requests:
        response = quote_service_pb2.BatchPriceQuotesResponse(correlation_id=item.correlation_id)
        try:
            response.response.CopyFrom(price_quote(engine, item.request))
        except CallError as error:
            response.status.CopyFrom(error.status)
        yield response


def fill_quote(
    engine: Engine, response: quote_service_pb2.PriceQuoteResponse, book: Book, order: Order, view: int
) -> Trace:
    """Ask the rule book for an order and write everything it answers; gives the trace for other uses."""
    currency = order.deal.currency.code
    with tracing() as trace:
        quote = price_order(book, order, engine.prices, engine.rates)
    write_quote(response, quote, currency)
    answer = response.answer
    write_answer(answer, engine.digests, book, quote.findings, trace, view, root="order")
    difference = None
    if quote.total is not None:

        def total_of(deal: Deal) -> int | None:
            return price_order(book, replace(order, deal=deal), engine.prices, engine.rates).total

        difference = rounding_difference(order.deal, quote.total, total_of)
    write_rounding(answer, order.deal.rounding, difference, MoneyWriter(currency))
    return trace
