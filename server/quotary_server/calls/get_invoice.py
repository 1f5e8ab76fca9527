"""OrderService.GetInvoice."""

from __future__ import annotations

from quotary.v1 import order_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.refusals import not_found
from quotary_server.adapter.writing_records import fill_invoice
from quotary_server.security.callers import caller
from quotary_server.store.names import read_invoice_name
from quotary_server.store.orders import find_invoice, find_order
from quotary_server.store.store import Store


def get_invoice(store: Store, request: order_service_pb2.GetInvoiceRequest) -> order_service_pb2.Invoice:
    """One invoice: what was charged as it was made, and what was paid of it since.

    Raises:
        CallError: INVALID_ARGUMENT; NOT_FOUND.
        StoreError: the store failed.
    """
    faults = Faults()
    order_number, _ = read_invoice_name(faults, "name", request.name)
    faults.raise_if_any()
    with store.database.read() as connection:
        invoice = find_invoice(connection, order_number)
        stored = find_order(connection, caller().tenant, order_number)
    if invoice is None or stored is None or invoice.name != request.name:
        not_found("INVOICE_NOT_FOUND", request.name)
    fill_invoice(invoice, stored.document)
    return invoice
