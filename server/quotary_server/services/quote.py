"""QuoteService: prices orders, keeps quotes and turns them into orders."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from quotary.v1 import quote_service_pb2, quote_service_pb2_grpc
from quotary_server.calls.accept_quote import accept_quote
from quotary_server.calls.check_request import check_request
from quotary_server.calls.compare_editions import compare_editions
from quotary_server.calls.create_quote import create_quote
from quotary_server.calls.get_quote import get_quote
from quotary_server.calls.list_quotes import list_quotes
from quotary_server.calls.price_quote import batch_price_quotes, price_quote
from quotary_server.calls.revise_quote import revise_quote
from quotary_server.ruleset import Ruleset
from quotary_server.store.store import Store


class QuoteService(quote_service_pb2_grpc.QuoteServiceServicer):
    """Prices orders, keeps quotes and turns them into orders."""

    def __init__(self, ruleset: Ruleset, store: Store) -> None:
        self._ruleset = ruleset
        self._store = store

    def PriceQuote(
        self, request: quote_service_pb2.PriceQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.PriceQuoteResponse:
        """See the contract."""
        return price_quote(self._ruleset, request)

    def BatchPriceQuotes(
        self, request_iterator: Iterator[quote_service_pb2.BatchPriceQuotesRequest], context: grpc.ServicerContext
    ) -> Iterator[quote_service_pb2.BatchPriceQuotesResponse]:
        """See the contract."""
        return batch_price_quotes(self._ruleset, request_iterator)

    def CompareEditions(
        self, request: quote_service_pb2.CompareEditionsRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.CompareEditionsResponse:
        """See the contract."""
        return compare_editions(self._ruleset, request)

    def CheckRequest(
        self, request: quote_service_pb2.CheckRequestRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.CheckRequestResponse:
        """See the contract."""
        return check_request(self._ruleset, request)

    def CreateQuote(
        self, request: quote_service_pb2.CreateQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.Quote:
        """See the contract."""
        return create_quote(self._ruleset, self._store, request)

    def GetQuote(
        self, request: quote_service_pb2.GetQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.Quote:
        """See the contract."""
        return get_quote(self._store, request)

    def ListQuotes(
        self, request: quote_service_pb2.ListQuotesRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.ListQuotesResponse:
        """See the contract."""
        return list_quotes(self._store, request)

    def ReviseQuote(
        self, request: quote_service_pb2.ReviseQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.Quote:
        """See the contract."""
        return revise_quote(self._ruleset, self._store, request)

    def AcceptQuote(
        self, request: quote_service_pb2.AcceptQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.AcceptQuoteResponse:
        """See the contract."""
        return accept_quote(self._ruleset, self._store, request)
