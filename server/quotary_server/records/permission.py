"""Whether the person who makes a change may make it."""

from __future__ import annotations

from quotary.v1 import common_pb2, entitlement_service_pb2
from quotary_server.calls.check_permission import check_permission
from quotary_server.ruleset import Ruleset


def ask_permission(
    ruleset: Ruleset, actor: common_pb2.Actor, action: str, deal: common_pb2.Deal, edition: str
) -> common_pb2.Answer:
    """What CheckPermission answers of the person, in the billing system of the deal.

    Raises:
        CallError: INVALID_ARGUMENT when the actor is malformed.
    """
    request = entitlement_service_pb2.CheckPermissionRequest(
        actor=actor,
        action=action,
        billing_experience=deal.billing_experience,
        edition=edition,
        view=common_pb2.VIEW_FULL,
    )
    return check_permission(ruleset, request).answer
