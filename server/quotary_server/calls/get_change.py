"""ChangeService.GetChange."""

from __future__ import annotations

from quotary.v1 import change_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.refusals import not_found
from quotary_server.security.callers import caller
from quotary_server.store.changes import find_change
from quotary_server.store.names import read_change_name
from quotary_server.store.store import Store

_RESULT = {
    "quotary.v1.QuoteService/CreateQuote": "quote",
    "quotary.v1.QuoteService/ReviseQuote": "quote",
    "quotary.v1.QuoteService/AcceptQuote": "accepted_quote",
    "quotary.v1.OrderService/RecordPayment": "recorded_payment",
    "quotary.v1.RefundService/CreateRefund": "refund",
}


def get_change(store: Store, request: change_service_pb2.GetChangeRequest) -> change_service_pb2.Change:
    """What the call with a request id changed and answered.

    Raises:
        CallError: INVALID_ARGUMENT; NOT_FOUND.
        StoreError: the store failed.
    """
    faults = Faults()
    request_id = read_change_name(faults, "name", request.name)
    faults.raise_if_any()
    with store.database.read() as connection:
        row = find_change(connection, caller().tenant, request_id)
    if row is None:
        not_found("CHANGE_NOT_FOUND", request.name)
    change = change_service_pb2.Change(name=f"changes/{request_id}", method=row["method"], created_by=row["created_by"])
    getattr(change, _RESULT[row["method"]]).ParseFromString(row["response"])
    change.create_time.FromMicroseconds(row["create_time"])
    return change
