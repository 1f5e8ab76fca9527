"""EntitlementService.CheckPermission."""

from __future__ import annotations

from quotary.v1 import entitlement_service_pb2
from quotary_server.adapter.reading_permissions import read_permission_case
from quotary_server.adapter.writing import write_guidance
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.permission import CheckedPermission
from quotary_spec.rules import permissions_assessment


def check_permission(
    ruleset: Ruleset, request: entitlement_service_pb2.CheckPermissionRequest
) -> entitlement_service_pb2.CheckPermissionResponse:
    """Whether a person may do something, who may, where and how.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(
        ruleset,
        request,
        entitlement_service_pb2.CheckPermissionResponse(),
        read_permission_case,
        permissions_assessment.check_permission,
        _write,
    )


def _write(response: entitlement_service_pb2.CheckPermissionResponse, checked: CheckedPermission) -> None:
    """Fill an answer, all but what every call says of its result."""
    response.allowed_roles.extend(checked.allowed_roles)
    response.equivalent_roles.extend(checked.equivalent_roles)
    response.effects.extend(checked.effects)
    if checked.details_required is not None:
        response.further_details_required = checked.details_required
    response.recommended_billing_admin_count = checked.recommended_billing_admins
    if checked.recommendation_met is not None:
        response.recommendation_met = checked.recommendation_met
    if checked.guidance is not None:
        write_guidance(response.guidance, checked.guidance)
