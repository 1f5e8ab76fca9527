"""QuoteService: prices orders, keeps quotes and turns them into orders."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from quotary.v1 import quote_service_pb2, quote_service_pb2_grpc
from quotary_server.calls.compare_editions import compare_editions
from quotary_server.calls.price_quote import batch_price_quotes, price_quote
from quotary_server.engine import Engine


class QuoteService(quote_service_pb2_grpc.QuoteServiceServicer):
    """Prices orders, keeps quotes and turns them into orders."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def PriceQuote(
        self, request: quote_service_pb2.PriceQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.PriceQuoteResponse:
        """See the contract."""
        return price_quote(self._engine, request)

    def BatchPriceQuotes(
        self, request_iterator: Iterator[quote_service_pb2.BatchPriceQuotesRequest], context: grpc.ServicerContext
    ) -> Iterator[quote_service_pb2.BatchPriceQuotesResponse]:
        """See the contract."""
        return batch_price_quotes(self._engine, request_iterator)

    def CompareEditions(
        self, request: quote_service_pb2.CompareEditionsRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.CompareEditionsResponse:
        """See the contract."""
        return compare_editions(self._engine, request)
