"""OrderService.ListOrders."""

from __future__ import annotations

from quotary.v1 import order_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.scalars import text
from quotary_server.security.callers import caller
from quotary_server.store.orders import State
from quotary_server.store.orders import list_orders as list_stored
from quotary_server.store.pages import read_page, read_states, write_token
from quotary_server.store.store import Store


def list_orders(store: Store, request: order_service_pb2.ListOrdersRequest) -> order_service_pb2.ListOrdersResponse:
    """Orders by state and customer, newest first.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
        StoreError: the store failed.
    """
    faults = Faults()
    states = read_states(faults, request.states, State.values())
    customer = text(faults, "customer_id", request.customer_id) if request.HasField("customer_id") else None
    question = (*sorted(map(str, states)), f"customer {customer}")
    size, before = read_page(faults, request.page_size, request.page_token, question)
    faults.raise_if_any()
    with store.database.read() as connection:
        orders, last = list_stored(connection, caller().tenant, states, customer, before, size)
    return order_service_pb2.ListOrdersResponse(
        orders=[stored.document for stored in orders], next_page_token=write_token(last, question)
    )
