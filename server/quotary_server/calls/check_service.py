"""EntitlementService.CheckService."""

from __future__ import annotations

from quotary.v1 import entitlement_service_pb2 as pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_subscriptions import day, flag, read_actor, read_subscription
from quotary_server.adapter.scalars import word
from quotary_server.adapter.writing import write_date, write_guidance
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.subscription import Subscription
from quotary_spec.rules import services_assessment
from quotary_spec.rules.services_assessment import CheckedService, ServiceCase


def check_service(ruleset: Ruleset, request: pb2.CheckServiceRequest) -> pb2.CheckServiceResponse:
    """Whether a service can be had, who gives it, and what belongs to it.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, pb2.CheckServiceResponse(), _read, services_assessment.check_service, _write)


def _read(faults: Faults, request: pb2.CheckServiceRequest) -> ServiceCase:
    """What is asked, and the facts of the case."""
    if request.service:
        word(faults, "service", request.service, "service")
    else:
        faults.add("service", "REQUIRED")
    has = request.HasField
    return ServiceCase(
        service=request.service,
        product=read_product(faults, "product", request.product) if has("product") else None,
        subscription=read_subscription(faults, "subscription", request.subscription)
        if has("subscription")
        else Subscription(),
        actor=read_actor(faults, "actor", request.actor) if has("actor") else None,
        day=day(faults, "", request, "assessment_date"),
        support_number_known=flag(request, "support_entitlement_number_known"),
        collection_permitted=flag(request.data_collection, "permitted"),
        collection_blocked=flag(request.data_collection, "blocked"),
        data_kind=word(faults, "data_kind", request.data_kind, "data_kind") if request.data_kind else None,
        disclosure=word(faults, "disclosure", request.disclosure, "disclosure") if request.disclosure else None,
        consented=flag(request, "consented"),
        opted_out=flag(request, "opted_out"),
        content_eligible=flag(request, "content_eligible"),
    )


def _write(response: pb2.CheckServiceResponse, checked: CheckedService) -> None:
    """Fill an answer, all but what every call says of its result."""
    response.provider = checked.provider
    response.contents.extend(checked.contents)
    response.delivery_modes.extend(checked.delivery)
    response.documents.extend(checked.documents)
    response.allowed_roles.extend(checked.roles)
    if checked.start is not None:
        write_date(response.start_date, checked.start)
    if checked.end is not None:
        write_date(response.end_date, checked.end)
    if checked.guaranteed is not None:
        response.guaranteed = checked.guaranteed
    if checked.consent_required is not None:
        response.consent_required = checked.consent_required
    if checked.guidance is not None:
        write_guidance(response.guidance, checked.guidance)
