"""EntitlementService.CheckService on a running server."""

from pathlib import Path

import grpc
import pytest

from quotary import messages
from quotary.v1 import common_pb2, entitlement_service_pb2, entitlement_service_pb2_grpc
from server.failures import violation_set

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "check_service.yaml"
Request = entitlement_service_pb2.CheckServiceRequest
Service = entitlement_service_pb2_grpc.EntitlementServiceStub


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def read(text: str) -> Request:
    return messages.read_text(text, Request(), "test")


def test_partners_train_at_the_customers_place(service: Service) -> None:
    response = service.CheckService(messages.read_file(EXAMPLE, Request()))
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert [each.code for each in response.answer.reasons] == ["PARTNERS_PROVIDE"]
    assert response.provider == "partner"


def test_a_refusal_is_an_answer_that_names_its_rule(service: Service) -> None:
    request = read("{service: backup, product: {id: jira, platform: cloud}, subscription: {state: trial}}")
    response = service.CheckService(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert [each.rule_id for each in response.answer.reasons] == ["TRIAL-CLOUD-NO-BACKUP"]
    assert response.provider == ""


def test_every_fault_is_named_at_once(service: Service) -> None:
    request = read("{product: {id: nothing}, data_kind: poems, disclosure: rumour, actor: {roles: [king]}}")
    assert violation_set(service.CheckService, request) == {
        ("service", "REQUIRED"),
        ("product.id", "UNKNOWN_PRODUCT"),
        ("data_kind", "UNKNOWN_VALUE"),
        ("disclosure", "UNKNOWN_VALUE"),
        ("actor.roles[0]", "UNKNOWN_VALUE"),
    }


def test_an_unknown_service_is_a_fault(service: Service) -> None:
    assert violation_set(service.CheckService, read("{service: laundry}")) == {("service", "UNKNOWN_VALUE")}
