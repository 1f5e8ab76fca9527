"""QuoteService.CreateQuote."""

from __future__ import annotations

from functools import cache

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_edition, read_order
from quotary_server.adapter.scalars import text
from quotary_server.records.pricing import fill_in_moments, price_revision
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Effect, Transaction, read_request_id, run_idempotent
from quotary_server.store.digest import quote_digest
from quotary_server.store.names import new_number
from quotary_server.store.quotes import OPEN, revision_rows
from quotary_server.store.store import Store

METHOD = "QuoteService/CreateQuote"


def create_quote(
    ruleset: Ruleset, store: Store, request: quote_service_pb2.CreateQuoteRequest
) -> quote_service_pb2.Quote:
    """Price an order and keep it as a quote.

    Raises:
        CallError: INVALID_ARGUMENT with every violation; FAILED_PRECONDITION when the rules refuse it.
        StoreError: the store failed.
    """
    now = store.clock.now()
    faults = Faults()
    read_request_id(faults, request)
    book = read_edition(faults, request.quote, "quote.edition")
    customer = text(faults, "quote.customer_id", request.quote.customer_id)
    quote = quote_service_pb2.Quote(state=OPEN, revision=1, edition=book.edition, order=request.quote.order)
    if customer:
        quote.customer_id = customer
    if request.quote.HasField("order"):
        fill_in_moments(quote.order.deal, store.clock, now)
    order = read_order(faults, "quote.order", quote.order)
    faults.raise_if_any()
    quote.purchase_order_number = quote.order.deal.purchase_order_number
    quote.create_time.FromDatetime(now)

    @cache
    def price() -> bytes:
        return price_revision(ruleset, store, quote, book, order, now)

    def decide(transaction: Transaction) -> Effect[quote_service_pb2.Quote]:
        trace = price()
        quote.created_by = transaction.caller.name
        quote.name = f"quotes/{new_number(book, transaction.attempt)}"
        quote.digest = quote_digest(quote)
        return Effect(quote, revision_rows(quote, trace, now, transaction.caller.tenant))

    return run_idempotent(store, METHOD, request, quote_service_pb2.Quote(), decide, prepare=price, unname=_unname)


def _unname(quote: quote_service_pb2.Quote) -> None:
    quote.ClearField("name")
    quote.ClearField("digest")
