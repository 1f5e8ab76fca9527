"""QuoteService.CreateQuote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_edition, read_order, text
from quotary_server.adapter.refusals import refusals_if_refused, refuse_if_any
from quotary_server.adapter.writing import write_date, write_trace
from quotary_server.calls.price_quote import fill_quote
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Keep, make_change, read_request_id
from quotary_server.store.clock import Clock
from quotary_server.store.digest import quote_digest
from quotary_server.store.names import new_number
from quotary_server.store.quotes import OPEN, add_revision
from quotary_server.store.store import Store
from quotary_spec.model.order import Order
from quotary_spec.outcome import Finding
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.validity import assess_validity

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
    trace = b""
    tries = 0

    def prepare() -> None:
        nonlocal trace
        trace = price_revision(ruleset, store, quote, book, order, now)

    def decide(connection: Connection, _: datetime) -> tuple[quote_service_pb2.Quote, Keep]:
        def keep(connection: Connection) -> None:
            nonlocal tries
            quote.name = f"quotes/{new_number(book, tries)}"
            tries += 1
            quote.digest = quote_digest(quote)
            add_revision(connection, quote, trace, now)

        return quote, keep

    return make_change(store, METHOD, request, quote_service_pb2.Quote(), decide, prepare)


def fill_in_moments(deal: common_pb2.Deal, clock: Clock, now: datetime) -> None:
    """The days and moments of a deal that are absent, by the server's clock."""
    today = clock.day(now)
    for name in ("order_date", "quote_date"):
        if not deal.HasField(name):
            write_date(getattr(deal, name), today)
    if not deal.HasField("order_time"):
        deal.order_time.FromDatetime(now)


def price_revision(
    ruleset: Ruleset,
    store: Store,
    quote: quote_service_pb2.Quote,
    book: Book,
    order: Order,
    now: datetime,
) -> bytes:
    """Fill in the prices and the validity of a new revision, and give its trace.

    Raises:
        CallError: FAILED_PRECONDITION when the rules refuse the order.
    """
    priced, trace = fill_quote(ruleset, quote.priced_order, book, order, common_pb2.VIEW_BASIC)
    answer = quote.priced_order.answer
    refuse_if_any(refusals_if_refused(answer))
    validity = assess_validity(book, store.clock.day(now), store.quote_validity_days)
    if not isinstance(validity, Finding):
        write_date(quote.valid_through_date, validity.through)
        quote.expire_time.FromDatetime(store.clock.end_of(validity.through))
        quote.validity_origin = (
            quote_service_pb2.Quote.VALIDITY_ORIGIN_EDITION
            if validity.printed
            else quote_service_pb2.Quote.VALIDITY_ORIGIN_OPERATOR
        )
    quote.revision_create_time.FromDatetime(now)
    quote.update_time.FromDatetime(now)
    explained = common_pb2.Answer()
    write_trace(explained, book, trace, priced.findings)
    return explained.SerializeToString()
