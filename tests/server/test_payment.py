"""EntitlementService.AssessPaymentOptions on a running server."""

from pathlib import Path

import grpc
import pytest

from quotary import messages
from quotary.v1 import common_pb2, entitlement_service_pb2, entitlement_service_pb2_grpc
from server.failures import violation_set

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "assess_payment_options.yaml"
Request = entitlement_service_pb2.AssessPaymentOptionsRequest
Service = entitlement_service_pb2_grpc.EntitlementServiceStub


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def read(text: str) -> Request:
    return messages.read_text(text, Request(), "test")


def test_the_example_has_every_method_with_what_stands_in_its_way(service: Service) -> None:
    response = service.AssessPaymentOptions(messages.read_file(EXAMPLE, Request()))
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert len(response.answer.digests.rule_book) == 64
    options = {option.method: option for option in response.options}
    assert len(options) == 9
    net_14 = options["net_14"]
    assert net_14.outcome == common_pb2.OUTCOME_GRANTED
    assert (net_14.net_terms.due_date.month, net_14.net_terms.due_date.day) == (3, 15)
    assert (net_14.net_terms.maximum_amount.units, net_14.net_terms.qualifying_amount.nanos) == (50_000, 10_000_000)
    net_30 = options["net_30"]
    assert [each.code for each in net_30.reasons] == ["NET_TERMS_AMOUNT"]
    assert net_30.reasons[0].metadata["minimum"] == "50000.00"
    assert (options["ach"].outcome, list(options["ach"].reasons)) == (common_pb2.OUTCOME_GRANTED, [])
    assert options["bank_transfer"].guidance.place == "remittance@atlassian.com"
    assert (options["bank_transfer"].earliest_posting_date.day, options["credit_card"].maximum_business_days) == (11, 0)
    assert list(options["credit_card"].refused_brands) == ["discover"]
    # The quote is not paid: there is an invoice.
    assert (response.payable, response.next_step) == (False, "")
    assert [each.code for each in response.answer.reasons] == ["PAY_AGAINST_INVOICE"]


def test_the_edition_decides(service: Service) -> None:
    request = messages.read_file(EXAMPLE, Request())
    request.edition = "2024"
    request.payment_instrument.method = "net_14"
    response = service.AssessPaymentOptions(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert response.answer.edition == "2024"
    reason = response.answer.reasons[0]
    assert (reason.code, reason.rule_id) == ("NET_TERMS_AMOUNT", "PAYMENT-NET14")
    request.view = common_pb2.VIEW_FULL
    steps = service.AssessPaymentOptions(request).answer.steps
    assert {
        (each.document, each.first_line) for step in steps for each in step.citations if step.id == reason.rule_id
    } == {("002", 342)}
    assert {step.subject for step in steps if step.id == "PAYMENT-NET14"} == {"net_14"}


def test_every_violation_comes_at_once(service: Service) -> None:
    request = read(
        """
        edition: "1999"
        lines:
          - {product: {id: jirra}, net_amount: 1.00 EUR}
          - {}
        payment_instrument: {method: barter, card_brand: gold, bank_region_code: US-TX, currency_code: XXQ}
        invoice_date: 2026-03-01
        invoice_issued: false
        credit: {credit_limit: 1.00 EUR}
        progress: {send_date: {year: 2026, month: 2, day: 30}}
        holiday_dates: [{year: 2026, month: 13, day: 1}]
        """
    )
    request.lines[1].action = 9  # type: ignore[assignment]
    request.purpose = 9  # type: ignore[assignment]
    assert violation_set(service.AssessPaymentOptions, request) == {
        ("edition", "UNKNOWN_EDITION"),
        ("deal", "REQUIRED"),
        ("lines[0].product.id", "UNKNOWN_PRODUCT"),
        ("lines[0].net_amount.currency_code", "CURRENCY_MISMATCH"),
        ("lines[1].product", "REQUIRED"),
        ("lines[1].action", "UNKNOWN_VALUE"),
        ("payment_instrument.method", "UNKNOWN_VALUE"),
        ("payment_instrument.card_brand", "UNKNOWN_VALUE"),
        ("payment_instrument.bank_region_code", "UNKNOWN_COUNTRY"),
        ("payment_instrument.currency_code", "UNKNOWN_CURRENCY"),
        ("purpose", "UNKNOWN_VALUE"),
        ("invoice_issued", "CONFLICTING_FIELDS"),
        ("credit.credit_limit.currency_code", "CURRENCY_MISMATCH"),
        ("progress.send_date", "NOT_A_DATE"),
        ("holiday_dates[0]", "NOT_A_DATE"),
    }
    empty = read("{deal: {billing_party: {}}, payment_instrument: {}}")
    assert violation_set(service.AssessPaymentOptions, empty) == {
        ("lines", "REQUIRED"),
        ("payment_instrument.method", "REQUIRED"),
    }


def test_too_many_holidays_are_refused(service: Service) -> None:
    request = read("{deal: {billing_party: {}}, lines: [{product: {id: jira}}]}")
    for _ in range(1001):
        request.holiday_dates.add(year=2026, month=3, day=1)
    assert violation_set(service.AssessPaymentOptions, request) == {("holiday_dates", "TOO_MANY")}


def test_missing_facts_are_named_from_the_root_of_the_request(service: Service) -> None:
    request = read(
        """
        deal: {billing_party: {}}
        lines:
          - {product: {id: jira, platform: data_center}}
          - {product: {id: jira, platform: cloud}, billing_cycle: annual, net_amount: 60000.00 USD}
          - {product: {id: jira}}
          - {product: {id: jira, platform: cloud}}
        payment_instrument: {method: net_30}
        """
    )
    response = service.AssessPaymentOptions(request)
    assert list(response.answer.missing) == [
        "lines[2].product.platform",
        "lines[3].billing_cycle",
        "deal.billing_experience",
        "lines[0].net_amount",
        "deal.order_date",
    ]
