"""EntitlementService.AssessEligibility."""

from __future__ import annotations

from datetime import date

from quotary.v1 import entitlement_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_applications import read_application
from quotary_server.adapter.reading_payment import read_holidays
from quotary_server.adapter.writing import write_date, write_guidance
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.application import Application, EligibilityAssessment
from quotary_spec.rulebook import Book
from quotary_spec.rules import eligibility_assessment


def assess_eligibility(
    ruleset: Ruleset, request: entitlement_service_pb2.AssessEligibilityRequest
) -> entitlement_service_pb2.AssessEligibilityResponse:
    """Whether an applicant meets the criteria of a programme, who verifies and who decides.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    response = entitlement_service_pb2.AssessEligibilityResponse()
    return answer(ruleset, request, response, _read, _ask, _write, root="application")


def _read(
    faults: Faults, request: entitlement_service_pb2.AssessEligibilityRequest
) -> tuple[Application, frozenset[date]]:
    """The application, and days that are no business days."""
    application = Application("")
    if request.HasField("application"):
        application = read_application(faults, "application", request.application)
    else:
        faults.add("application", "REQUIRED")
    return application, read_holidays(faults, "holiday_dates", request.holiday_dates)


def _ask(book: Book, case: tuple[Application, frozenset[date]]) -> EligibilityAssessment:
    application, holidays = case
    return eligibility_assessment.assess_eligibility(book, application, holidays)


def _write(response: entitlement_service_pb2.AssessEligibilityResponse, assessment: EligibilityAssessment) -> None:
    criteria = assessment.criteria
    if criteria.met is not None:
        response.criteria_met = criteria.met
    if assessment.conduct_accepted is not None:
        response.conduct_accepted = assessment.conduct_accepted
    response.category = criteria.category
    response.failed_criteria.extend(assessment.failed)
    response.verifier = assessment.verifier
    response.decider = assessment.decider
    if assessment.review_required is not None:
        response.review_required = assessment.review_required
    if assessment.reapplication_required is not None:
        response.reapplication_required = assessment.reapplication_required
    if assessment.revocable is not None:
        response.revocable = assessment.revocable
    response.allowed_plans.extend(assessment.allowed_plans)
    if assessment.expected_response_on is not None:
        write_date(response.expected_response_date, assessment.expected_response_on)
    response.licence_type = assessment.licence_type
    if assessment.guidance is not None:
        write_guidance(response.guidance, assessment.guidance)
