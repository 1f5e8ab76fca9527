"""RefundService.AssessRefund on a running server."""

from pathlib import Path

import grpc
import pytest

from quotary import messages
from quotary.v1 import common_pb2, refund_service_pb2, refund_service_pb2_grpc
from server.failures import violation_set

ROOT = Path(__file__).resolve().parents[2]
Request = refund_service_pb2.AssessRefundRequest


@pytest.fixture
def service(channel: grpc.Channel) -> refund_service_pb2_grpc.RefundServiceStub:
    return refund_service_pb2_grpc.RefundServiceStub(channel)


Service = refund_service_pb2_grpc.RefundServiceStub


def read(text: str) -> Request:
    return messages.read_text(text, Request(), "test")


def test_the_example_gives_back_a_line_with_fee_and_tax(service: Service) -> None:
    request = messages.read_file(ROOT / "examples" / "assess_refund.yaml", Request())
    response = service.AssessRefund(request)
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert response.answer.edition == "2026"
    assert "FEE-REFUND" in response.answer.rule_ids
    assert len(response.answer.digests.rule_book) == 64
    assert (response.total.units, response.total.nanos) == (228, 330_000_000)
    (line,) = response.lines
    assert line.position == 1
    assert (line.amounts.fee_amount.units, line.amounts.fee_amount.nanos) == (13, 500_000_000)
    assert line.rule_id == "REFUND-SELF-MANAGED"
    assert response.guidance.contact == "vendor"
    assert not response.answer.steps


def test_the_full_view_shows_each_rule_with_its_passage_and_line(service: Service) -> None:
    request = messages.read_file(ROOT / "examples" / "assess_refund.yaml", Request())
    request.view = common_pb2.VIEW_FULL
    steps = service.AssessRefund(request).answer.steps
    assert {"REFUND-SELF-MANAGED", "REFUND-AFTER-WINDOW", "REFUND-AMOUNT", "FEE-REFUND"} <= {each.id for each in steps}
    by_id = {each.id: each for each in steps}
    assert by_id["REFUND-SELF-MANAGED"].subject == "paid_order.lines[1]"
    assert by_id["REFUND-SELF-MANAGED"].result == "start 2026-03-01, last 2026-03-31"
    assert by_id["refund.days.self-managed"].result == "30"
    assert {(each.document, each.first_line) for each in by_id["FEE-REFUND"].citations} == {("000", 721)}


def test_a_refusal_is_an_answer(service: Service) -> None:
    request = messages.read_file(ROOT / "examples" / "assess_refund.yaml", Request())
    request.request_date.day, request.request_date.month = 1, 4
    response = service.AssessRefund(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    (reason,) = response.answer.reasons
    assert (reason.code, reason.subject) == ("REFUND_WINDOW_CLOSED", "paid_order.lines[1]")
    assert reason.metadata["last_day"] == "2026-03-31"
    assert reason.remedy
    assert not response.HasField("total")
    assert not response.lines[0].HasField("amounts")


def test_every_violation_comes_at_once(service: Service) -> None:
    request = read(
        """
        edition: "1999"
        paid_order:
          payment_date: {year: 2026, month: 2, day: 30}
          lines:
            - product: {id: jirra}
              licence_type: golden
              paid:
                net_amount: 10.00 USD
                taxes:
                  - {tax: VAT, region_code: TR, amount: 1.00 USD}
                  - {tax: VAT, region_code: TR, amount: 1.00 USD}
                  - {tax: TITHE, region_code: XX, amount: 1.00 EUR}
                  - {}
              refunded: {net_amount: 10.01 USD}
            - product: {id: jira}
              paid: {fee_amount: 1.00 USD}
            - {}
        lines: [3, -1, 3]
        """
    )
    request.paid_order.lines[1].billing_cycle = 9  # type: ignore[assignment]
    request.paid_order.lines[0].paid.net_amount.nanos = 1
    assert violation_set(service.AssessRefund, request) == {
        ("edition", "UNKNOWN_EDITION"),
        ("paid_order.payment_date", "NOT_A_DATE"),
        ("paid_order.lines[0].product.id", "UNKNOWN_PRODUCT"),
        ("paid_order.lines[0].licence_type", "UNKNOWN_VALUE"),
        ("paid_order.lines[0].paid.net_amount", "TOO_PRECISE"),
        ("paid_order.lines[0].paid.taxes", "CONFLICTING_FIELDS"),
        ("paid_order.lines[0].paid.taxes[2].tax", "UNKNOWN_VALUE"),
        ("paid_order.lines[0].paid.taxes[2].region_code", "UNKNOWN_COUNTRY"),
        ("paid_order.lines[0].paid.taxes[2].amount.currency_code", "CURRENCY_MISMATCH"),
        ("paid_order.lines[0].paid.taxes[3].tax", "REQUIRED"),
        ("paid_order.lines[0].paid.taxes[3].amount", "REQUIRED"),
        ("paid_order.lines[0].refunded", "CONFLICTING_FIELDS"),
        ("paid_order.lines[1].billing_cycle", "UNKNOWN_VALUE"),
        ("paid_order.lines[1].paid.net_amount", "REQUIRED"),
        ("paid_order.lines[2].product", "REQUIRED"),
        ("paid_order.lines[2].paid", "REQUIRED"),
        ("lines[0]", "OUT_OF_RANGE"),
        ("lines[1]", "OUT_OF_RANGE"),
        ("lines[2]", "OUT_OF_RANGE"),
        ("lines", "CONFLICTING_FIELDS"),
    }


def test_an_order_is_needed_with_at_least_one_line(service: Service) -> None:
    assert violation_set(service.AssessRefund, Request()) == {("paid_order", "REQUIRED")}
    assert violation_set(service.AssessRefund, read("paid_order: {}")) == {("paid_order.lines", "REQUIRED")}
    unknown = read("paid_order: {lines: [{product: {id: jira}, paid: {net_amount: 1.00 USD}}]}")
    unknown.paid_order.lines[0].paid.net_amount.currency_code = "ZZZ"
    assert violation_set(service.AssessRefund, unknown) == {
        ("paid_order.lines[0].paid.net_amount.currency_code", "UNKNOWN_CURRENCY")
    }


def test_missing_facts_are_named_from_the_root_of_the_request(service: Service) -> None:
    response = service.AssessRefund(
        read(
            """
            paid_order:
              lines:
                - {product: {id: jira, platform: cloud}, billing_cycle: annual, paid: {net_amount: 1.00 USD}}
                - {product: {id: jira, platform: cloud}, billing_cycle: monthly, paid: {net_amount: 1.00 USD}}
                - {product: {id: jira, platform: data_center}, paid: {net_amount: 1.00 USD}}
                - {product: {id: jira}, paid: {net_amount: 1.00 USD}}
            """
        )
    )
    assert response.answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert list(response.answer.missing) == [
        "paid_order.payment_date",
        "paid_order.lines[1].service_start_date",
        "paid_order.lines[2].action",
        "paid_order.lines[3].product.platform",
    ]


def test_dates_at_the_ends_of_the_calendar_are_refused_and_crash_nothing(service: Service) -> None:
    request = messages.read_file(ROOT / "examples" / "assess_refund.yaml", Request())
    request.paid_order.payment_date.year = 9999
    request.request_date.year = 1
    assert violation_set(service.AssessRefund, request) == {
        ("paid_order.payment_date", "OUT_OF_RANGE"),
        ("request_date", "OUT_OF_RANGE"),
    }
