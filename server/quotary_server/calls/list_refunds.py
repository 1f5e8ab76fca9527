"""RefundService.ListRefunds."""

from __future__ import annotations

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.refusals import not_found
from quotary_server.adapter.scalars import text
from quotary_server.security.callers import caller
from quotary_server.store.names import read_order_name
from quotary_server.store.orders import order_exists
from quotary_server.store.pages import read_page, write_token
from quotary_server.store.refunds import list_refunds as list_stored
from quotary_server.store.store import Store

EVERY_ORDER = "orders/-"


def list_refunds(
    store: Store, request: refund_service_pb2.ListRefundsRequest
) -> refund_service_pb2.ListRefundsResponse:
    """Refunds of one order, or of all, newest first.

    Raises:
        CallError: INVALID_ARGUMENT with every violation; NOT_FOUND for an unknown order.
        StoreError: the store failed.
    """
    faults = Faults()
    number = None if request.parent == EVERY_ORDER else read_order_name(faults, "parent", request.parent)
    customer = text(faults, "customer_id", request.customer_id) if request.HasField("customer_id") else None
    question = (request.parent, f"customer {customer}")
    size, before = read_page(faults, request.page_size, request.page_token, question)
    faults.raise_if_any()
    with store.database.read() as connection:
        if number is not None and not order_exists(connection, caller().tenant, number):
            not_found("ORDER_NOT_FOUND", request.parent)
        refunds, last = list_stored(connection, caller().tenant, number, customer, before, size)
    return refund_service_pb2.ListRefundsResponse(refunds=refunds, next_page_token=write_token(last, question))
