"""QuoteService.ListQuotes."""

from __future__ import annotations

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.scalars import text
from quotary_server.security.callers import caller
from quotary_server.store.pages import read_page, read_states, write_token
from quotary_server.store.quotes import list_quotes as list_stored
from quotary_server.store.quotes import note_expiry
from quotary_server.store.store import Store


def list_quotes(store: Store, request: quote_service_pb2.ListQuotesRequest) -> quote_service_pb2.ListQuotesResponse:
    """Quotes by state and customer, newest first.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
        StoreError: the store failed.
    """
    faults = Faults()
    states = read_states(faults, request.states, quote_service_pb2.Quote.State.values())
    customer = text(faults, "customer_id", request.customer_id) if request.HasField("customer_id") else None
    question = (*sorted(map(str, states)), f"customer {customer}")
    size, before = read_page(faults, request.page_size, request.page_token, question)
    faults.raise_if_any()
    now = store.clock.now()
    note_expiry(store.database, now)
    with store.database.read() as connection:
        quotes, last = list_stored(connection, caller().tenant, states, customer, before, size, now)
    return quote_service_pb2.ListQuotesResponse(
        quotes=[stored.document for stored in quotes], next_page_token=write_token(last, question)
    )
