"""QuoteService.ReviseQuote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_order, text
from quotary_server.adapter.refusals import Refusal, not_found, refusal_of, refusals_if_refused, refuse, refuse_if_any
from quotary_server.calls.create_quote import fill_in_moments, price_revision
from quotary_server.records.permission import ask_permission
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Keep, make_change, read_request_id
from quotary_server.store.digest import quote_digest
from quotary_server.store.names import read_plain_quote_name
from quotary_server.store.quotes import (
    ACCEPTED,
    EXPIRED,
    OPEN,
    KeptQuote,
    add_purchase_order_number,
    add_revision,
    find_quote,
)
from quotary_server.store.store import Store
from quotary_spec.model.order import Order
from quotary_spec.rulebook import BOOK, Book
from quotary_spec.rules.quote.validity import assess_revision

METHOD = "QuoteService/ReviseQuote"


def revise_quote(
    ruleset: Ruleset, store: Store, request: quote_service_pb2.ReviseQuoteRequest
) -> quote_service_pb2.Quote:
    """Replace the order of an open quote by a new revision, or set its purchase order number.

    Raises:
        CallError: INVALID_ARGUMENT with every violation; NOT_FOUND; FAILED_PRECONDITION with every reason.
        StoreError: the store failed.
    """
    faults = Faults()
    read_request_id(faults, request)
    number = read_plain_quote_name(faults, "name", request.name)
    text(faults, "purchase_order_number", request.purchase_order_number)
    if not request.HasField("order") and not request.HasField("purchase_order_number"):
        faults.add("order", "REQUIRED", "an order, or a purchase order number")
    revised = quote_service_pb2.Quote(state=OPEN)
    order = None
    if request.HasField("order"):
        revised.order.CopyFrom(request.order)
        fill_in_moments(revised.order.deal, store.clock, store.clock.now())
        order = read_order(faults, "order", revised.order)
    faults.raise_if_any()

    def decide(connection: Connection, now: datetime) -> tuple[quote_service_pb2.Quote, Keep]:
        kept = find_quote(connection, number, None, now)
        if kept is None:
            not_found("QUOTE_NOT_FOUND", request.name)
        refusals = standing_refusals(kept, request.revision if request.HasField("revision") else None)
        if request.HasField("actor"):
            action = "add_purchase_order_number" if order is None else "change_quote"
            quote = kept.message
            refusals += refusals_if_refused(
                ask_permission(ruleset, request.actor, action, quote.order.deal, quote.edition)
            )
        refuse_if_any(refusals)
        if order is None:
            return _number_alone(kept, request, now)
        return _revision(ruleset, store, kept, request, revised, order, now)

    return make_change(store, METHOD, request, quote_service_pb2.Quote(), decide)


def standing_refusals(kept: KeptQuote, revision: int | None) -> list[Refusal]:
    """What stands against a change in the quote itself."""
    quote = kept.message
    if quote.state == ACCEPTED:
        return [Refusal("QUOTE_ACCEPTED", quote.name, metadata=(("order", quote.accepted_order),))]
    refusals = []
    if quote.state == EXPIRED:
        refusals.append(Refusal("QUOTE_EXPIRED", quote.name))
    if revision is not None and revision != quote.revision:
        facts = (("revision", str(quote.revision)), ("digest", quote.digest))
        refusals.append(Refusal("QUOTE_REVISED", quote.name, f"the newest is revision {quote.revision}", facts))
    return refusals


def _number_alone(
    kept: KeptQuote, request: quote_service_pb2.ReviseQuoteRequest, now: datetime
) -> tuple[quote_service_pb2.Quote, Keep]:
    quote = kept.message
    quote.purchase_order_number = request.purchase_order_number
    quote.update_time.FromDatetime(now)

    def keep(connection: Connection) -> None:
        add_purchase_order_number(connection, kept.number, request.purchase_order_number, now)

    return quote, keep


def _revision(
    ruleset: Ruleset,
    store: Store,
    kept: KeptQuote,
    request: quote_service_pb2.ReviseQuoteRequest,
    revised: quote_service_pb2.Quote,
    order: Order,
    now: datetime,
) -> tuple[quote_service_pb2.Quote, Keep]:
    before = kept.message
    book = BOOK[before.edition]
    _refuse_edit(book, before, order)
    quote = quote_service_pb2.Quote(
        name=before.name,
        state=OPEN,
        revision=before.revision + 1,
        edition=before.edition,
        order=revised.order,
        purchase_order_number=before.purchase_order_number,
        create_time=before.create_time,
    )
    if before.customer_id:
        quote.customer_id = before.customer_id
    set_number = request.purchase_order_number or revised.order.deal.purchase_order_number
    if set_number:
        quote.purchase_order_number = set_number
    trace = price_revision(ruleset, store, quote, book, order, now)
    quote.digest = quote_digest(quote)

    def keep(connection: Connection) -> None:
        add_revision(connection, quote, trace, now)
        if set_number and set_number != before.purchase_order_number:
            add_purchase_order_number(connection, kept.number, set_number, now)

    return quote, keep


def _refuse_edit(book: Book, before: quote_service_pb2.Quote, after: Order) -> None:
    """Neither the quote as it stands nor what it shall become may be of a kind that is not edited.

    Raises:
        CallError: FAILED_PRECONDITION with the rule.
    """
    for order in (read_order(Faults(), "order", before.order), after):
        found = assess_revision(book, [line.product for line in order.lines], order.deal.billing)
        if found is not None:
            refuse([refusal_of(found, before.name, book.edition)])
