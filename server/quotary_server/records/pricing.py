"""A revision of a quote: an order priced under an edition, with how long it stands."""

from __future__ import annotations

from datetime import datetime

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.refusals import refusals_if_refused, refuse_if_any
from quotary_server.adapter.writing import write_date, write_trace
from quotary_server.calls.price_quote import fill_quote
from quotary_server.ruleset import Ruleset
from quotary_server.store.clock import Clock
from quotary_server.store.store import Store
from quotary_spec.model.order import Order
from quotary_spec.outcome import Finding
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.validity import assess_validity


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
