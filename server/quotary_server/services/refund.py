"""RefundService: assesses refunds and makes them."""

from __future__ import annotations

import grpc

from quotary.v1 import refund_service_pb2, refund_service_pb2_grpc
from quotary_server.calls.allot_amount import allot_amount
from quotary_server.calls.assess_refund import assess_refund
from quotary_server.calls.create_refund import create_refund
from quotary_server.calls.get_refund import get_refund
from quotary_server.calls.list_refunds import list_refunds
from quotary_server.ruleset import Ruleset
from quotary_server.store.store import Store


class RefundService(refund_service_pb2_grpc.RefundServiceServicer):
    """Assesses refunds and makes them."""

    def __init__(self, ruleset: Ruleset, store: Store) -> None:
        self._ruleset = ruleset
        self._store = store

    def AssessRefund(
        self, request: refund_service_pb2.AssessRefundRequest, context: grpc.ServicerContext
    ) -> refund_service_pb2.AssessRefundResponse:
        """See the contract."""
        return assess_refund(self._ruleset, request)

    def AllotAmount(
        self, request: refund_service_pb2.AllotAmountRequest, context: grpc.ServicerContext
    ) -> refund_service_pb2.AllotAmountResponse:
        """See the contract."""
        return allot_amount(self._ruleset, request)

    def CreateRefund(
        self, request: refund_service_pb2.CreateRefundRequest, context: grpc.ServicerContext
    ) -> refund_service_pb2.Refund:
        """See the contract."""
        return create_refund(self._ruleset, self._store, request)

    def GetRefund(
        self, request: refund_service_pb2.GetRefundRequest, context: grpc.ServicerContext
    ) -> refund_service_pb2.Refund:
        """See the contract."""
        return get_refund(self._store, request)

    def ListRefunds(
        self, request: refund_service_pb2.ListRefundsRequest, context: grpc.ServicerContext
    ) -> refund_service_pb2.ListRefundsResponse:
        """See the contract."""
        return list_refunds(self._store, request)
