"""QuoteService.GetQuote."""

from __future__ import annotations

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_view
from quotary_server.adapter.refusals import not_found
from quotary_server.security.callers import caller
from quotary_server.store.names import read_quote_name
from quotary_server.store.quotes import find_quote
from quotary_server.store.store import Store


def get_quote(store: Store, request: quote_service_pb2.GetQuoteRequest) -> quote_service_pb2.Quote:
    """One quote, as it was answered, with where it stands now.

    Raises:
        CallError: INVALID_ARGUMENT; NOT_FOUND.
        StoreError: the store failed.
    """
    faults = Faults()
    number, revision = read_quote_name(faults, "name", request.name)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with store.database.read() as connection:
        stored = find_quote(
            connection, caller().tenant, number, revision, store.clock.now(), trace=view == common_pb2.VIEW_FULL
        )
    if stored is None:
        not_found("QUOTE_NOT_FOUND", request.name)
    return stored.document
