"""OrderService: keeps orders, their invoices and payments. QuoteService.AcceptQuote makes an order."""

from __future__ import annotations

import grpc

from quotary.v1 import order_service_pb2, order_service_pb2_grpc
from quotary_server.calls.assess_fulfilment import assess_fulfilment
from quotary_server.calls.get_invoice import get_invoice
from quotary_server.calls.get_order import get_order
from quotary_server.calls.list_orders import list_orders
from quotary_server.calls.record_payment import record_payment
from quotary_server.ruleset import Ruleset
from quotary_server.store.store import Store


class OrderService(order_service_pb2_grpc.OrderServiceServicer):
    """Keeps orders, their invoices and payments. QuoteService.AcceptQuote makes an order."""

    def __init__(self, ruleset: Ruleset, store: Store) -> None:
        self._ruleset = ruleset
        self._store = store

    def AssessFulfilment(
        self, request: order_service_pb2.AssessFulfilmentRequest, context: grpc.ServicerContext
    ) -> order_service_pb2.AssessFulfilmentResponse:
        """See the contract."""
        return assess_fulfilment(self._ruleset, request)

    def GetOrder(
        self, request: order_service_pb2.GetOrderRequest, context: grpc.ServicerContext
    ) -> order_service_pb2.Order:
        """See the contract."""
        return get_order(self._store, request)

    def ListOrders(
        self, request: order_service_pb2.ListOrdersRequest, context: grpc.ServicerContext
    ) -> order_service_pb2.ListOrdersResponse:
        """See the contract."""
        return list_orders(self._store, request)

    def RecordPayment(
        self, request: order_service_pb2.RecordPaymentRequest, context: grpc.ServicerContext
    ) -> order_service_pb2.RecordPaymentResponse:
        """See the contract."""
        return record_payment(self._ruleset, self._store, request)

    def GetInvoice(
        self, request: order_service_pb2.GetInvoiceRequest, context: grpc.ServicerContext
    ) -> order_service_pb2.Invoice:
        """See the contract."""
        return get_invoice(self._store, request)
