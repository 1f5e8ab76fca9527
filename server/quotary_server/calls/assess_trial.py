"""SubscriptionService.AssessTrial."""

from __future__ import annotations

from functools import partial

from quotary.v1 import subscription_service_pb2
from quotary_server.adapter.enums import BILLING, CYCLE, TRIAL_KIND
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_given_price, read_product
from quotary_server.adapter.reading_subscriptions import (
    count,
    day,
    flag,
    read_actor,
    read_guard_standing,
    read_subscription,
    words,
)
from quotary_server.adapter.scalars import quantity, word
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance, write_term
from quotary_server.adapter.writing_subscriptions import write_guard_effects
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.calendar import Term
from quotary_spec.model.order import GivenPrice
from quotary_spec.model.product import Product
from quotary_spec.model.subscription import GuardStanding
from quotary_spec.model.trial import AssessedTrial, Continuation, Trial, TrialCase, TrialKind
from quotary_spec.money import is_currency
from quotary_spec.rules import trials_assessment

_MOST_DAYS = 3_650


def assess_trial(
    ruleset: Ruleset, request: subscription_service_pb2.AssessTrialRequest
) -> subscription_service_pb2.AssessTrialResponse:
    """Whether a trial may be had, how long it lasts, what comes with it and what it becomes.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(_write, currency=request.price.currency_code or "USD")
    response = subscription_service_pb2.AssessTrialResponse()
    return answer(ruleset, request, response, _read_case, trials_assessment.assess_trial, write)


def _read_case(faults: Faults, request: subscription_service_pb2.AssessTrialRequest) -> TrialCase:
    return TrialCase(
        trial=_read_trial(faults, request),
        actor=read_actor(faults, "actor", request.actor) if request.HasField("actor") else None,
        billing=BILLING.read(faults, "billing_experience", request.billing_experience),
        guard=read_guard_standing(faults, "guard", request.guard) if request.HasField("guard") else GuardStanding(),
        price=_read_price(faults, request),
        users=count(faults, "", request, "billable_user_count"),
        day=day(faults, "", request, "assessment_date"),
    )


def _read_price(faults: Faults, request: subscription_service_pb2.AssessTrialRequest) -> GivenPrice | None:
    """The price of the first month by user, in a currency of its own."""
    if not request.HasField("price"):
        return None
    currency = request.price.currency_code or "USD"
    price = read_given_price(faults, "price", request.price, currency if is_currency(currency) else "USD")
    if price.months not in (None, 1):
        faults.add("price.months", "OUT_OF_RANGE", "the price of one month is wanted")
    return price


def _read_trial(faults: Faults, request: subscription_service_pb2.AssessTrialRequest) -> Trial:
    if not request.HasField("trial"):
        faults.add("trial", "REQUIRED")
        return Trial(Product(""))
    trial = request.trial
    if trial.HasField("product"):
        product = read_product(faults, "trial.product", trial.product)
    else:
        faults.add("trial.product", "REQUIRED")
        product = Product("")
    source = trial.migration_source if trial.HasField("migration_source") else None
    method = trial.payment_instrument.method if trial.HasField("payment_instrument") else ""
    if trial.HasField("payment_instrument") and not method:
        faults.add("trial.payment_instrument.method", "REQUIRED")
    if trial.HasField("lapse_grace_days"):
        _read_days(faults, trial.lapse_grace_days)
    return Trial(
        product=product,
        kind=TRIAL_KIND.read(faults, "trial.kind", trial.kind, TrialKind.PRODUCT),
        start=day(faults, "trial.", trial, "start_date"),
        domain_verified_on=day(faults, "trial.", trial, "domain_verification_date"),
        first_used_on=day(faults, "trial.", trial, "first_use_date"),
        host_cycle=CYCLE.read(faults, "trial.host_billing_cycle", trial.host_billing_cycle),
        source=read_subscription(faults, "trial.migration_source", source) if source is not None else None,
        self_managed_customer=flag(trial, "self_managed_customer"),
        payment_stored=flag(trial, "payment_method_stored"),
        payment_method=word(faults, "trial.payment_instrument.method", method, "payment_method") if method else None,
        deactivated=flag(trial, "deactivated"),
        quote_purchased=flag(trial, "quote_purchased"),
        completed_steps=tuple(words(faults, "trial.completed_steps", list(trial.completed_steps), "guard_trial_step")),
        lapse_days=trial.lapse_grace_days if trial.HasField("lapse_grace_days") else None,
    )


def _read_days(faults: Faults, days: int) -> None:
    if quantity(faults, "trial.lapse_grace_days", days, least=0) > _MOST_DAYS:
        faults.add("trial.lapse_grace_days", "OUT_OF_RANGE", f"{days} is above {_MOST_DAYS}")


def _write(response: subscription_service_pb2.AssessTrialResponse, assessed: AssessedTrial, currency: str) -> None:
    """Fill an assessment, all but its answer."""
    write = MoneyWriter(currency)
    if assessed.start is not None and assessed.end is not None:
        write_term(response.term, Term(assessed.start, assessed.end))
    elif assessed.start is not None:
        write_date(response.term.start_date, assessed.start)
    response.days = assessed.days or 0
    if assessed.running is not None:
        response.running = assessed.running
    response.user_tier = assessed.user_tier or 0
    if assessed.price is not None:
        write(response.price, assessed.price)
    if assessed.full_functionality is not None:
        response.full_functionality = assessed.full_functionality
    response.features.extend(assessed.features)
    response.included_services.extend(assessed.included)
    response.excluded_services.extend(assessed.excluded)
    response.terms_basis = assessed.terms_basis
    response.allowed_roles.extend(assessed.allowed_roles)
    response.next_step = assessed.next_step
    if assessed.features_available is not None:
        response.features_available = assessed.features_available
    if assessed.site_covered is not None:
        response.site_covered = assessed.site_covered
    if assessed.continuation is not None:
        _write_continuation(response.continuation, assessed.continuation, write)
    _write_guidances(response, assessed)
    response.annual_payment_methods.extend(assessed.annual_methods)


def _write_guidances(response: subscription_service_pb2.AssessTrialResponse, assessed: AssessedTrial) -> None:
    if assessed.start_guidance is not None:
        write_guidance(response.start_guidance, assessed.start_guidance)
    if assessed.extension_guidance is not None:
        write_guidance(response.extension_guidance, assessed.extension_guidance)
    if assessed.keep_guidance is not None:
        write_guidance(response.continuation.guidance, assessed.keep_guidance)
    if assessed.annual_guidance is not None:
        write_guidance(response.annual_guidance, assessed.annual_guidance)


def _write_continuation(
    message: subscription_service_pb2.TrialContinuation, continuation: Continuation, write: MoneyWriter
) -> None:
    message.state = continuation.state
    message.plan = continuation.plan
    if continuation.cycle is not None:
        message.billing_cycle = CYCLE.write(continuation.cycle)
    if continuation.effective is not None:
        write_date(message.effective_date, continuation.effective)
    if continuation.working is not None:
        message.working = continuation.working
    if continuation.charged_automatically is not None:
        message.charged_automatically = continuation.charged_automatically
    if continuation.charge_date is not None:
        write_date(message.charge_date, continuation.charge_date)
    if continuation.charge_term is not None:
        write_term(message.charge_term, continuation.charge_term)
    if continuation.charge is not None:
        write(message.charge_amount, continuation.charge)
    if continuation.effects is not None:
        write_guard_effects(message.guard_effects, continuation.effects)
