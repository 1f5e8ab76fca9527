"""SubscriptionService.AssessMaintenance."""

from __future__ import annotations

from quotary.v1 import subscription_service_pb2
from quotary_server.adapter.enums import ACTION
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_subscriptions import day, flag, read_required_subscription
from quotary_server.adapter.writing import write_date, write_guidance, write_term
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.rules import maintenance
from quotary_spec.rules.maintenance import AssessedMaintenance, MaintenanceCase

_MOST_MONTHS = 1_200


def assess_maintenance(
    ruleset: Ruleset, request: subscription_service_pb2.AssessMaintenanceRequest
) -> subscription_service_pb2.AssessMaintenanceResponse:
    """From when to when maintenance runs, what it gives, and the state of the installation after it.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(
        ruleset,
        request,
        subscription_service_pb2.AssessMaintenanceResponse(),
        _read_case,
        maintenance.assess_maintenance,
        _write,
    )


def _read_case(faults: Faults, request: subscription_service_pb2.AssessMaintenanceRequest) -> MaintenanceCase:
    subscription = read_required_subscription(faults, request)
    if request.HasField("subscription") and subscription.product is None:
        faults.add("subscription.product", "REQUIRED")
    if request.HasField("months") and not 1 <= request.months <= _MOST_MONTHS:
        faults.add("months", "OUT_OF_RANGE", f"{request.months} is not from 1 to {_MOST_MONTHS}")
    return MaintenanceCase(
        subscription=subscription,
        action=ACTION.read(faults, "action", request.action),
        ordered_on=day(faults, "", request, "order_date"),
        paid_on=day(faults, "", request, "payment_confirmation_date"),
        months=request.months if request.HasField("months") else None,
        renewed=flag(request, "renewed"),
        day=day(faults, "", request, "assessment_date"),
        holds_data_center=flag(request, "holds_data_center_subscription"),
    )


def _write(response: subscription_service_pb2.AssessMaintenanceResponse, assessed: AssessedMaintenance) -> None:
    """Fill an assessment, all but its answer."""
    if assessed.term is not None:
        write_term(response.term, assessed.term)
    response.allowed_months.extend(assessed.allowed_months)
    if assessed.perpetual is not None:
        response.licence_perpetual = assessed.perpetual
    if assessed.renewable is not None:
        response.renewal_available = assessed.renewable
    if assessed.active is not None:
        response.active = assessed.active
    if assessed.supported is not None:
        response.supported = assessed.supported
    if assessed.support_end is not None:
        write_date(response.support_end_date, assessed.support_end)
    response.installation_state = assessed.state or ""
    if assessed.manual_updates is not None:
        response.manual_updates = assessed.manual_updates
    response.services.extend(assessed.services)
    response.alternatives.extend(assessed.alternatives)
    if assessed.guidance is not None:
        write_guidance(response.guidance, assessed.guidance)
