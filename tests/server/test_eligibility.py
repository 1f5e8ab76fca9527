"""EntitlementService.AssessEligibility on a running server."""

from pathlib import Path

import grpc
import pytest

from quotary import messages
from quotary.v1 import common_pb2, entitlement_service_pb2, entitlement_service_pb2_grpc
from server.failures import violation_set

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "assess_eligibility.yaml"
Request = entitlement_service_pb2.AssessEligibilityRequest
Service = entitlement_service_pb2_grpc.EntitlementServiceStub


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def read(text: str) -> Request:
    return messages.read_text(text, Request(), "test")


def test_the_example_is_answered_by_each_edition(service: Service) -> None:
    request = messages.read_file(EXAMPLE, Request())
    newest = service.AssessEligibility(request)
    assert newest.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert [each.code for each in newest.answer.reasons] == ["ORGANISATION_TYPES_ELSEWHERE", "VENDOR_DECIDES"]
    assert (newest.criteria_met, newest.conduct_accepted, newest.verifier) == (True, True, "goodstack")
    assert (newest.licence_type, newest.decider, newest.revocable) == ("community", "vendor", True)
    assert not newest.HasField("expected_response_date")
    assert len(newest.answer.digests.rule_book) == 64
    request.edition = "2024"
    older = service.AssessEligibility(request)
    assert older.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert (older.category, list(older.failed_criteria)) == ("schools", ["organisation_type"])
    assert older.expected_response_date.day == 9
    (reason,) = older.answer.reasons
    assert (reason.code, reason.rule_id) == ("ORGANISATION_TYPE_EXCLUDED", "ELIGIBILITY-COMMUNITY-INELIGIBLE-TYPES")
    request.edition = "2021"
    assert service.AssessEligibility(request).answer.reasons[0].code == "PROGRAMME_NOT_OFFERED"


def test_missing_facts_are_named_from_the_root_of_the_request(service: Service) -> None:
    response = service.AssessEligibility(read("{application: {programme: classroom}}"))
    assert response.answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert list(response.answer.missing) == [
        "application.person_type",
        "application.uses",
        "application.product.platform",
    ]
    assert not response.HasField("criteria_met")
    assert not response.HasField("reapplication_required")


def test_every_violation_comes_at_once(service: Service) -> None:
    request = read(
        """
        edition: "1999"
        application:
          programme: sponsorship
          region_code: US-TX
          organisation_type: club
          person_type: parrot
          uses: [fun]
          product: {id: jirra}
          submission_date: {year: 2026, month: 2, day: 30}
        holiday_dates: [{year: 2026, month: 13, day: 1}]
        """
    )
    request.application.party_kind = 99  # type: ignore[assignment]
    request.application.vendor_decision = 99  # type: ignore[assignment]
    request.view = 9  # type: ignore[assignment]
    assert violation_set(service.AssessEligibility, request) == {
        ("edition", "UNKNOWN_EDITION"),
        ("application.programme", "UNKNOWN_VALUE"),
        ("application.region_code", "UNKNOWN_COUNTRY"),
        ("application.party_kind", "UNKNOWN_VALUE"),
        ("application.organisation_type", "UNKNOWN_VALUE"),
        ("application.person_type", "UNKNOWN_VALUE"),
        ("application.uses[0]", "UNKNOWN_VALUE"),
        ("application.product.id", "UNKNOWN_PRODUCT"),
        ("application.submission_date", "NOT_A_DATE"),
        ("application.vendor_decision", "UNKNOWN_VALUE"),
        ("holiday_dates[0]", "NOT_A_DATE"),
        ("view", "UNKNOWN_VALUE"),
    }
    assert violation_set(service.AssessEligibility, Request()) == {("application", "REQUIRED")}
    unnamed = read("{application: {region_code: XX}}")
    unnamed.application.uses.extend(["other"] * 11)
    assert violation_set(service.AssessEligibility, unnamed) == {
        ("application.programme", "REQUIRED"),
        ("application.region_code", "UNKNOWN_COUNTRY"),
        ("application.uses", "TOO_MANY"),
    }
