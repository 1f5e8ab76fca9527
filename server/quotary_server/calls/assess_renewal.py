"""SubscriptionService.AssessRenewal."""

from __future__ import annotations

from functools import partial

from quotary.v1 import subscription_service_pb2
from quotary_server.adapter.enums import ACTION
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal, read_line
from quotary_server.adapter.reading_subscriptions import day, flag, read_actor, read_required_subscription
from quotary_server.adapter.scalars import money
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance, write_term
from quotary_server.adapter.writing_subscriptions import write_notice
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Party
from quotary_spec.model.renewal import AssessedRenewal, AutomaticRenewal, RenewalCase
from quotary_spec.rules import renewals_assessment


def assess_renewal(
    ruleset: Ruleset, request: subscription_service_pb2.AssessRenewalRequest
) -> subscription_service_pb2.AssessRenewalResponse:
    """Whether and until when a subscription may be renewed, at what price, whether by itself, and who is told.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(_write, currency=request.deal.currency.currency_code or "USD")
    response = subscription_service_pb2.AssessRenewalResponse()
    return answer(ruleset, request, response, _read_case, renewals_assessment.assess_renewal, write)


def _read_case(faults: Faults, request: subscription_service_pb2.AssessRenewalRequest) -> RenewalCase:
    deal = read_deal(faults, "deal", request.deal) if request.HasField("deal") else Deal(Party())
    currency = deal.currency.code
    subscription = read_required_subscription(faults, request)
    line = read_line(faults, "line", request.line, currency) if request.HasField("line") else None
    if request.HasField("subscription") and subscription.product is None and line is None:
        faults.add("subscription.product", "REQUIRED")

    def amount(name: str) -> int | None:
        return money(faults, name, getattr(request, name), currency) if request.HasField(name) else None  # type: ignore[arg-type]

    return RenewalCase(
        subscription=subscription,
        deal=deal,
        line=line,
        actor=read_actor(faults, "actor", request.actor) if request.HasField("actor") else None,
        quote_exists=flag(request, "renewal_quote_exists"),
        quote_paid=flag(request, "renewal_quote_paid"),
        automatic_chosen=flag(request, "automatic_renewal_chosen"),
        model_available=flag(request, "licensing_model_available"),
        current_price=amount("current_renewal_price"),
        former_price=amount("former_renewal_price"),
        licence_changed=flag(request, "licence_changed"),
        transition_offered=flag(request, "transition_offered"),
        expected_amount=amount("expected_amount"),
        previous_amount=amount("previous_amount"),
        day=day(faults, "", request, "assessment_date"),
    )


def _write(response: subscription_service_pb2.AssessRenewalResponse, assessed: AssessedRenewal, currency: str) -> None:
    """Fill an assessment, all but its answer."""
    write = MoneyWriter(currency)
    response.action = ACTION.write(assessed.action)
    if assessed.term is not None:
        write_term(response.term, assessed.term)
    if assessed.latest_end is not None:
        write_date(response.latest_end_date, assessed.latest_end)
    if assessed.amount is not None:
        write(response.amount, assessed.amount)
    response.price_basis = assessed.price_basis
    if assessed.effective is not None:
        write_date(response.effective_date, assessed.effective)
    if assessed.transition is not None:
        response.transition_available = assessed.transition
    if assessed.automatic is not None:
        _write_automatic(response.automatic_renewal, assessed.automatic)
    for notice in assessed.notices:
        write_notice(response.notices.add(), notice)
    response.allowed_roles.extend(assessed.allowed_roles)
    if assessed.guidance is not None:
        write_guidance(response.guidance, assessed.guidance)


def _write_automatic(message: subscription_service_pb2.AutomaticRenewal, automatic: AutomaticRenewal) -> None:
    if automatic.default_on is not None:
        message.default_on = automatic.default_on
    if automatic.available is not None:
        message.available = automatic.available
    if automatic.enabled is not None:
        message.enabled = automatic.enabled
    if automatic.processed is not None:
        write_date(message.processing_date, automatic.processed)
    message.allowed_roles.extend(automatic.allowed_roles)
    message.payment_methods.extend(automatic.methods)
    if automatic.guidance is not None:
        write_guidance(message.guidance, automatic.guidance)
