"""RulebookService: the rule book as data, and one rule asked on its own."""

from __future__ import annotations

import grpc

from quotary.v1 import rulebook_service_pb2, rulebook_service_pb2_grpc
from quotary_server.calls.diff_editions import diff_editions
from quotary_server.calls.evaluate_rule import evaluate_rule
from quotary_server.calls.get_rule import get_rule
from quotary_server.calls.list_editions import list_editions
from quotary_server.calls.list_rules import list_rules
from quotary_server.ruleset import Ruleset


class RulebookService(rulebook_service_pb2_grpc.RulebookServiceServicer):
    """Shows what the rule book holds and where it comes from."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    def ListEditions(
        self, request: rulebook_service_pb2.ListEditionsRequest, context: grpc.ServicerContext
    ) -> rulebook_service_pb2.ListEditionsResponse:
        """See the contract."""
        return list_editions(self._ruleset, request)

    def ListRules(
        self, request: rulebook_service_pb2.ListRulesRequest, context: grpc.ServicerContext
    ) -> rulebook_service_pb2.ListRulesResponse:
        """See the contract."""
        return list_rules(request)

    def GetRule(
        self, request: rulebook_service_pb2.GetRuleRequest, context: grpc.ServicerContext
    ) -> rulebook_service_pb2.Rule:
        """See the contract."""
        return get_rule(request)

    def EvaluateRule(
        self, request: rulebook_service_pb2.EvaluateRuleRequest, context: grpc.ServicerContext
    ) -> rulebook_service_pb2.EvaluateRuleResponse:
        """See the contract."""
        return evaluate_rule(self._ruleset, request)

    def DiffEditions(
        self, request: rulebook_service_pb2.DiffEditionsRequest, context: grpc.ServicerContext
    ) -> rulebook_service_pb2.DiffEditionsResponse:
        """See the contract."""
        return diff_editions(request)
