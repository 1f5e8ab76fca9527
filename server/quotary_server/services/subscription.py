"""SubscriptionService: says what may happen to a subscription, when, and what follows."""

from __future__ import annotations

import grpc

from quotary.v1 import subscription_service_pb2, subscription_service_pb2_grpc
from quotary_server.calls.assess_billing_account import assess_billing_account
from quotary_server.calls.assess_cancellation import assess_cancellation
from quotary_server.calls.assess_maintenance import assess_maintenance
from quotary_server.calls.assess_renewal import assess_renewal
from quotary_server.calls.assess_sale import assess_sale
from quotary_server.calls.assess_trial import assess_trial
from quotary_server.ruleset import Ruleset


class SubscriptionService(subscription_service_pb2_grpc.SubscriptionServiceServicer):
    """Says what may happen to a subscription, when, and what follows."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    def AssessTrial(
        self, request: subscription_service_pb2.AssessTrialRequest, context: grpc.ServicerContext
    ) -> subscription_service_pb2.AssessTrialResponse:
        """See the contract."""
        return assess_trial(self._ruleset, request)

    def AssessRenewal(
        self, request: subscription_service_pb2.AssessRenewalRequest, context: grpc.ServicerContext
    ) -> subscription_service_pb2.AssessRenewalResponse:
        """See the contract."""
        return assess_renewal(self._ruleset, request)

    def AssessSale(
        self, request: subscription_service_pb2.AssessSaleRequest, context: grpc.ServicerContext
    ) -> subscription_service_pb2.AssessSaleResponse:
        """See the contract."""
        return assess_sale(self._ruleset, request)

    def AssessCancellation(
        self, request: subscription_service_pb2.AssessCancellationRequest, context: grpc.ServicerContext
    ) -> subscription_service_pb2.AssessCancellationResponse:
        """See the contract."""
        return assess_cancellation(self._ruleset, request)

    def AssessMaintenance(
        self, request: subscription_service_pb2.AssessMaintenanceRequest, context: grpc.ServicerContext
    ) -> subscription_service_pb2.AssessMaintenanceResponse:
        """See the contract."""
        return assess_maintenance(self._ruleset, request)

    def AssessBillingAccount(
        self, request: subscription_service_pb2.AssessBillingAccountRequest, context: grpc.ServicerContext
    ) -> subscription_service_pb2.AssessBillingAccountResponse:
        """See the contract."""
        return assess_billing_account(self._ruleset, request)
