"""EntitlementService.AssessPaymentOptions."""

from __future__ import annotations

from quotary.v1 import entitlement_service_pb2
from quotary_server.adapter.enums import OUTCOME
from quotary_server.adapter.reading_payment import USD, read_payment_case
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance, write_reason
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.payment import AuthorisationHold, NetTerms, PaymentAssessment, PaymentOption
from quotary_spec.rules.payment.assessment import assess_payment_options as assess

_write_usd = MoneyWriter(USD)


def assess_payment_options(
    ruleset: Ruleset, request: entitlement_service_pb2.AssessPaymentOptionsRequest
) -> entitlement_service_pb2.AssessPaymentOptionsResponse:
    """How an order may be paid, how long it takes, on which terms, and what comes first.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    response = entitlement_service_pb2.AssessPaymentOptionsResponse()
    return answer(ruleset, request, response, read_payment_case, assess, _write)


def _write(response: entitlement_service_pb2.AssessPaymentOptionsResponse, assessment: PaymentAssessment) -> None:
    for option in assessment.options:
        _write_option(response.options.add(), option)
    if assessment.sending is not None:
        response.payable = assessment.sending.payable
        response.next_step = assessment.sending.next_step
    if assessment.hold is not None:
        _write_hold(response.hold, assessment.hold)
    if assessment.first_charge_on is not None:
        write_date(response.first_charge_date, assessment.first_charge_on)
    if assessment.account_number_usable is not None:
        response.account_number_usable = assessment.account_number_usable
    response.account_currency_code = assessment.account_currency
    if assessment.guidance is not None:
        write_guidance(response.guidance, assessment.guidance)


def _write_option(message: entitlement_service_pb2.PaymentOption, option: PaymentOption) -> None:
    message.method = option.method
    message.outcome = OUTCOME.write(option.outcome)
    message.accepted_brands.extend(option.accepted_brands)
    message.refused_brands.extend(option.refused_brands)
    message.minimum_business_days = option.time.minimum_business_days
    message.maximum_business_days = option.time.maximum_business_days
    message.maximum_calendar_days = option.time.maximum_calendar_days
    if option.days is not None:
        write_date(message.earliest_posting_date, option.days.earliest)
        write_date(message.latest_posting_date, option.days.latest)
    if option.net_terms is not None:
        _write_terms(message.net_terms, option.net_terms)
    if option.guidance is not None:
        write_guidance(message.guidance, option.guidance)
    for finding in option.findings:
        write_reason(message.reasons.add(), finding)


def _write_terms(message: entitlement_service_pb2.NetTerms, terms: NetTerms) -> None:
    message.days = terms.days
    if terms.due_on is not None:
        write_date(message.due_date, terms.due_on)
    if terms.amounts is not None:
        _write_usd(message.minimum_amount, terms.amounts.minimum)
        message.minimum_inclusive = terms.amounts.inclusive
        if terms.amounts.maximum is not None:
            _write_usd(message.maximum_amount, terms.amounts.maximum)
    if terms.amount is not None:
        _write_usd(message.qualifying_amount, terms.amount)
    message.credit_check_required = terms.checks
    message.tax_id_required = terms.checks
    if terms.remaining_credit is not None:
        _write_usd(message.remaining_credit, terms.remaining_credit)


def _write_hold(message: entitlement_service_pb2.AuthorisationHold, hold: AuthorisationHold) -> None:
    write_date(message.earliest_release_date, hold.earliest_release)
    write_date(message.latest_release_date, hold.latest_release)
    if hold.plausible is not None:
        message.plausible = hold.plausible
    if hold.issuer_contact_due is not None:
        message.issuer_contact_due = hold.issuer_contact_due
