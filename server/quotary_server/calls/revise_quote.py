"""QuoteService.ReviseQuote."""

from __future__ import annotations

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_order
from quotary_server.adapter.reading_subscriptions import read_actor
from quotary_server.adapter.refusals import Refusal, not_found, refusal_of, refusals_if_refused, refuse, refuse_if_any
from quotary_server.adapter.scalars import text
from quotary_server.records.asking import ask_permission
from quotary_server.records.pricing import fill_in_moments, price_revision
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Effect, Transaction, read_request_id, run_idempotent
from quotary_server.store.digest import quote_digest
from quotary_server.store.names import read_plain_quote_name
from quotary_server.store.quotes import (
    ACCEPTED,
    EXPIRED,
    OPEN,
    StoredQuote,
    find_quote,
    purchase_order_row,
    revision_rows,
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
    actor = read_actor(faults, "actor", request.actor) if request.HasField("actor") else None
    revised = quote_service_pb2.Quote(state=OPEN)
    order = None
    if request.HasField("order"):
        revised.order.CopyFrom(request.order)
        fill_in_moments(revised.order.deal, store.clock, store.clock.now())
        order = read_order(faults, "order", revised.order)
    faults.raise_if_any()

    def decide(transaction: Transaction) -> Effect[quote_service_pb2.Quote]:
        stored = find_quote(transaction.connection, transaction.caller.tenant, number, None, transaction.now)
        if stored is None:
            not_found("QUOTE_NOT_FOUND", request.name)
        refusals = _state_refusals(stored, request.revision if request.HasField("revision") else None)
        if actor is not None:
            action = "add_purchase_order_number" if order is None else "change_quote"
            book, billing = BOOK[stored.document.edition], stored.order.deal.billing
            refusals += refusals_if_refused(ask_permission(ruleset, book, actor, action, billing).answer)
        refuse_if_any(refusals)
        if order is None:
            return _number_alone(transaction, stored, request)
        return _revision(transaction, ruleset, store, stored, request, revised, order)

    return run_idempotent(store, METHOD, request, quote_service_pb2.Quote(), decide)


def _state_refusals(stored: StoredQuote, revision: int | None) -> list[Refusal]:
    """What stands against a change in the quote itself."""
    quote = stored.document
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
    transaction: Transaction, stored: StoredQuote, request: quote_service_pb2.ReviseQuoteRequest
) -> Effect[quote_service_pb2.Quote]:
    quote, number = stored.document, request.purchase_order_number
    quote.purchase_order_number = number
    quote.update_time.FromDatetime(transaction.now)
    who = quote.updated_by = transaction.caller.name
    return Effect(quote, [purchase_order_row(transaction.connection, stored.number, number, transaction.now, who)])


def _revision(
    transaction: Transaction,
    ruleset: Ruleset,
    store: Store,
    stored: StoredQuote,
    request: quote_service_pb2.ReviseQuoteRequest,
    revised: quote_service_pb2.Quote,
    order: Order,
) -> Effect[quote_service_pb2.Quote]:
    before, now = stored.document, transaction.now
    book = BOOK[before.edition]
    _refuse_edit(book, stored, order)
    quote = quote_service_pb2.Quote(
        name=before.name,
        state=OPEN,
        revision=before.revision + 1,
        edition=before.edition,
        order=revised.order,
        purchase_order_number=before.purchase_order_number,
        create_time=before.create_time,
        created_by=transaction.caller.name,
    )
    if before.customer_id:
        quote.customer_id = before.customer_id
    set_number = request.purchase_order_number or revised.order.deal.purchase_order_number
    if set_number:
        quote.purchase_order_number = set_number
    trace = price_revision(ruleset, store, quote, book, order, now)
    quote.digest = quote_digest(quote)

    rows = revision_rows(quote, trace, now, transaction.caller.tenant)
    if set_number and set_number != before.purchase_order_number:
        who = transaction.caller.name
        rows.append(purchase_order_row(transaction.connection, stored.number, set_number, now, who))
    return Effect(quote, rows)


def _refuse_edit(book: Book, stored: StoredQuote, after: Order) -> None:
    """Neither the quote as it stands nor what it shall become may be of a kind that is not edited.

    Raises:
        CallError: FAILED_PRECONDITION with the rule.
    """
    for order in (stored.order, after):
        found = assess_revision(book, [line.product for line in order.lines], order.deal.billing)
        if found is not None:
            refuse([refusal_of(found, stored.document.name, book.edition)])
