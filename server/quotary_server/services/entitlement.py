"""EntitlementService: says who may have, pay, do and get what."""

from __future__ import annotations

import grpc

from quotary.v1 import entitlement_service_pb2, entitlement_service_pb2_grpc
from quotary_server.calls.assess_eligibility import assess_eligibility
from quotary_server.calls.assess_payment_options import assess_payment_options
from quotary_server.calls.check_permission import check_permission
from quotary_server.calls.check_service import check_service
from quotary_server.calls.check_source_access import check_source_access
from quotary_server.calls.classify_export import classify_export
from quotary_server.ruleset import Ruleset


class EntitlementService(entitlement_service_pb2_grpc.EntitlementServiceServicer):
    """Says who may have, pay, do and get what."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    def AssessEligibility(
        self, request: entitlement_service_pb2.AssessEligibilityRequest, context: grpc.ServicerContext
    ) -> entitlement_service_pb2.AssessEligibilityResponse:
        """See the contract."""
        return assess_eligibility(self._ruleset, request)

    def AssessPaymentOptions(
        self, request: entitlement_service_pb2.AssessPaymentOptionsRequest, context: grpc.ServicerContext
    ) -> entitlement_service_pb2.AssessPaymentOptionsResponse:
        """See the contract."""
        return assess_payment_options(self._ruleset, request)

    def CheckPermission(
        self, request: entitlement_service_pb2.CheckPermissionRequest, context: grpc.ServicerContext
    ) -> entitlement_service_pb2.CheckPermissionResponse:
        """See the contract."""
        return check_permission(self._ruleset, request)

    def CheckSourceAccess(
        self, request: entitlement_service_pb2.CheckSourceAccessRequest, context: grpc.ServicerContext
    ) -> entitlement_service_pb2.CheckSourceAccessResponse:
        """See the contract."""
        return check_source_access(self._ruleset, request)

    def ClassifyExport(
        self, request: entitlement_service_pb2.ClassifyExportRequest, context: grpc.ServicerContext
    ) -> entitlement_service_pb2.ClassifyExportResponse:
        """See the contract."""
        return classify_export(self._ruleset, request)

    def CheckService(
        self, request: entitlement_service_pb2.CheckServiceRequest, context: grpc.ServicerContext
    ) -> entitlement_service_pb2.CheckServiceResponse:
        """See the contract."""
        return check_service(self._ruleset, request)
