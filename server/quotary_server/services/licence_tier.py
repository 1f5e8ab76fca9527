"""LicenceTierService: finds tiers, counts users, and prices and checks changes of tier and term."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from quotary.v1 import licence_tier_service_pb2, licence_tier_service_pb2_grpc
from quotary_server.calls.assess_usage import assess_usage
from quotary_server.calls.check_app_tier import check_app_tier
from quotary_server.calls.check_authentication_policies import check_authentication_policies
from quotary_server.calls.check_term import check_term
from quotary_server.calls.count_billable_users import count_billable_users
from quotary_server.calls.price_upgrade import price_upgrade
from quotary_server.calls.resolve_tier import resolve_tier
from quotary_server.ruleset import Ruleset


class LicenceTierService(licence_tier_service_pb2_grpc.LicenceTierServiceServicer):
    """Finds tiers, counts users, and prices and checks changes of tier and term."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    def ResolveTier(
        self, request: licence_tier_service_pb2.ResolveTierRequest, context: grpc.ServicerContext
    ) -> licence_tier_service_pb2.ResolveTierResponse:
        """See the contract."""
        return resolve_tier(self._ruleset, request)

    def CheckAppTier(
        self, request: licence_tier_service_pb2.CheckAppTierRequest, context: grpc.ServicerContext
    ) -> licence_tier_service_pb2.CheckAppTierResponse:
        """See the contract."""
        return check_app_tier(self._ruleset, request)

    def AssessUsage(
        self, request: licence_tier_service_pb2.AssessUsageRequest, context: grpc.ServicerContext
    ) -> licence_tier_service_pb2.AssessUsageResponse:
        """See the contract."""
        return assess_usage(self._ruleset, request)

    def PriceUpgrade(
        self, request: licence_tier_service_pb2.PriceUpgradeRequest, context: grpc.ServicerContext
    ) -> licence_tier_service_pb2.PriceUpgradeResponse:
        """See the contract."""
        return price_upgrade(self._ruleset, request)

    def CheckTerm(
        self, request: licence_tier_service_pb2.CheckTermRequest, context: grpc.ServicerContext
    ) -> licence_tier_service_pb2.CheckTermResponse:
        """See the contract."""
        return check_term(self._ruleset, request)

    def CountBillableUsers(
        self,
        request_iterator: Iterator[licence_tier_service_pb2.CountBillableUsersRequest],
        context: grpc.ServicerContext,
    ) -> licence_tier_service_pb2.CountBillableUsersResponse:
        """See the contract."""
        return count_billable_users(self._ruleset, request_iterator)

    def CheckAuthenticationPolicies(
        self, request: licence_tier_service_pb2.CheckAuthenticationPoliciesRequest, context: grpc.ServicerContext
    ) -> licence_tier_service_pb2.CheckAuthenticationPoliciesResponse:
        """See the contract."""
        return check_authentication_policies(self._ruleset, request)
