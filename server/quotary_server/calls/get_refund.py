"""RefundService.GetRefund."""

from __future__ import annotations

from quotary.v1 import common_pb2, refund_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_view
from quotary_server.adapter.refusals import not_found
from quotary_server.security.callers import caller
from quotary_server.store.names import read_refund_name
from quotary_server.store.refunds import find_refund
from quotary_server.store.store import Store


def get_refund(store: Store, request: refund_service_pb2.GetRefundRequest) -> refund_service_pb2.Refund:
    """One refund, as it was answered when it was made.

    Raises:
        CallError: INVALID_ARGUMENT; NOT_FOUND.
        StoreError: the store failed.
    """
    faults = Faults()
    number, position = read_refund_name(faults, "name", request.name)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with store.database.read() as connection:
        refund = find_refund(connection, caller().tenant, number, position, trace=view == common_pb2.VIEW_FULL)
    if refund is None:
        not_found("REFUND_NOT_FOUND", request.name)
    return refund
