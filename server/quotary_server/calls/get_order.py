"""OrderService.GetOrder."""

from __future__ import annotations

from quotary.v1 import common_pb2, order_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_view
from quotary_server.adapter.refusals import not_found
from quotary_server.security.callers import caller
from quotary_server.store.names import read_order_name
from quotary_server.store.orders import find_order
from quotary_server.store.store import Store


def get_order(store: Store, request: order_service_pb2.GetOrderRequest) -> order_service_pb2.Order:
    """One order, with its payments and what of it is available.

    Raises:
        CallError: INVALID_ARGUMENT; NOT_FOUND.
        StoreError: the store failed.
    """
    faults = Faults()
    number = read_order_name(faults, "name", request.name)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with store.database.read() as connection:
        stored = find_order(connection, caller().tenant, number, trace=view == common_pb2.VIEW_FULL)
    if stored is None:
        not_found("ORDER_NOT_FOUND", request.name)
    return stored.document
