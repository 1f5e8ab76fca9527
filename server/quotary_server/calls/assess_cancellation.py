"""SubscriptionService.AssessCancellation."""

from __future__ import annotations

from quotary.v1 import subscription_service_pb2
from quotary_server.adapter.enums import BILLING
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_subscriptions import (
    day,
    read_actor,
    read_guard_standing,
    read_required_subscription,
)
from quotary_server.adapter.scalars import instant, text
from quotary_server.adapter.writing import write_date, write_guidance
from quotary_server.adapter.writing_subscriptions import write_guard_effects
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.subscription import GuardStanding
from quotary_spec.rules import cancellation
from quotary_spec.rules.cancellation import AssessedCancellation, CancellationCase


def assess_cancellation(
    ruleset: Ruleset, request: subscription_service_pb2.AssessCancellationRequest
) -> subscription_service_pb2.AssessCancellationResponse:
    """Whether a subscription or trial may be cancelled so, what ends, and how long it can be undone.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(
        ruleset,
        request,
        subscription_service_pb2.AssessCancellationResponse(),
        _read_case,
        cancellation.assess_cancellation,
        _write,
    )


def _read_case(faults: Faults, request: subscription_service_pb2.AssessCancellationRequest) -> CancellationCase:
    subscription = read_required_subscription(faults, request)
    if request.HasField("subscription") and subscription.product is None:
        faults.add("subscription.product", "REQUIRED")
    cancelled_on = day(faults, "", request, "cancellation_date")
    reactivated_on = day(faults, "", request, "reactivation_date")
    if cancelled_on is not None and reactivated_on is not None and reactivated_on < cancelled_on:
        faults.add("reactivation_date", "CONFLICTING_FIELDS", f"{reactivated_on} is before {cancelled_on}")
    at = (
        instant(faults, "cancellation_time", request.cancellation_time)
        if request.HasField("cancellation_time")
        else None
    )
    return CancellationCase(
        subscription=subscription,
        actor=read_actor(faults, "actor", request.actor) if request.HasField("actor") else None,
        billing=BILLING.read(faults, "billing_experience", request.billing_experience),
        cancelled_at=at,
        cancelled_on=cancelled_on,
        word=text(faults, "confirmation_word", request.confirmation_word)
        if request.HasField("confirmation_word")
        else None,
        language=text(faults, "language_code", request.language_code) if request.language_code else None,
        reactivated_on=reactivated_on,
        guard=read_guard_standing(faults, "guard", request.guard) if request.HasField("guard") else GuardStanding(),
        day=day(faults, "", request, "assessment_date"),
    )


def _write(response: subscription_service_pb2.AssessCancellationResponse, assessed: AssessedCancellation) -> None:
    """Fill an assessment, all but its answer."""
    response.allowed_roles.extend(assessed.allowed_roles)
    if assessed.confirmed is not None:
        response.confirmed = assessed.confirmed
    response.expected_word = assessed.expected_word
    if assessed.deferred is not None:
        response.deferred = assessed.deferred
    if assessed.effects is not None:
        write_guard_effects(response.guard_effects, assessed.effects)
    if assessed.reactivation_deadline is not None:
        write_date(response.reactivation_deadline_date, assessed.reactivation_deadline)
    if assessed.config_restored is not None:
        response.config_restored = assessed.config_restored
    if assessed.guidance is not None:
        write_guidance(response.guidance, assessed.guidance)
    if assessed.reactivation_guidance is not None:
        write_guidance(response.reactivation_guidance, assessed.reactivation_guidance)
