"""AssessSale, CheckRequest, AssessFulfilment and AssessBillingAccount on a running server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from quotary import messages
from quotary.v1 import (
    common_pb2,
    order_service_pb2,
    order_service_pb2_grpc,
    quote_service_pb2,
    quote_service_pb2_grpc,
    subscription_service_pb2,
    subscription_service_pb2_grpc,
)
from server.failures import violation_set

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Call = Callable[[Any], Any]


@pytest.fixture
def sale(channel: grpc.Channel) -> Call:
    return subscription_service_pb2_grpc.SubscriptionServiceStub(channel).AssessSale


@pytest.fixture
def account(channel: grpc.Channel) -> Call:
    return subscription_service_pb2_grpc.SubscriptionServiceStub(channel).AssessBillingAccount


@pytest.fixture
def asked(channel: grpc.Channel) -> Call:
    return quote_service_pb2_grpc.QuoteServiceStub(channel).CheckRequest


@pytest.fixture
def fulfilment(channel: grpc.Channel) -> Call:
    return order_service_pb2_grpc.OrderServiceStub(channel).AssessFulfilment


def test_a_refused_sale_is_an_answer(sale: Call) -> None:
    request = messages.read_file(EXAMPLES / "assess_sale.yaml", subscription_service_pb2.AssessSaleRequest())
    response = sale(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    first, second = response.lines
    assert first.outcome == common_pb2.OUTCOME_REFUSED
    assert first.sale_end_time.ToJsonString() == "2026-03-31T07:59:00Z"
    assert second.outcome == common_pb2.OUTCOME_GRANTED
    assert (second.term.end_date.year, second.term.end_date.month, second.term.end_date.day) == (2029, 3, 28)
    assert response.lifecycle_dates[0].event == "new_customer_sales_end"
    assert {(each.document, each.first_line) for each in response.lifecycle_dates[0].citations} == {
        ("000", 175),
        ("000", 193),
    }
    assert not response.answer.steps


def test_the_full_view_of_a_sale_names_each_line(sale: Call) -> None:
    request = messages.read_file(EXAMPLES / "assess_sale.yaml", subscription_service_pb2.AssessSaleRequest())
    request.view = common_pb2.VIEW_FULL
    steps = {(each.id, each.subject) for each in sale(request).answer.steps}
    assert ("EOL-DC-NEW-CUSTOMER-CUTOFF", "lines[0]") in steps
    assert ("EOL-DC-TERM-END", "lines[1]") in steps


def test_every_violation_of_a_sale_comes_at_once(sale: Call) -> None:
    request = messages.read_text(
        "edition: '1999'\nguard: {state: sold}\nresale: {intermediaries: [{address: {region_code: XX}}]}\n"
        "lines: [{product: {id: jirra}}, {}]",
        subscription_service_pb2.AssessSaleRequest(),
        "test",
    )
    assert violation_set(sale, request) == {
        ("edition", "UNKNOWN_EDITION"),
        ("deal", "REQUIRED"),
        ("guard.state", "UNKNOWN_VALUE"),
        ("resale.intermediaries[0].address.region_code", "UNKNOWN_COUNTRY"),
        ("lines[0].product.id", "UNKNOWN_PRODUCT"),
        ("lines[1].product", "REQUIRED"),
    }
    assert violation_set(sale, subscription_service_pb2.AssessSaleRequest()) == {
        ("deal", "REQUIRED"),
        ("lines", "REQUIRED"),
    }


def test_an_incomplete_request_names_what_it_lacks(asked: Call) -> None:
    request = messages.read_file(EXAMPLES / "check_request.yaml", quote_service_pb2.CheckRequestRequest())
    response = asked(request)
    assert response.answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert list(response.answer.missing) == ["deal.sold_to_party.address"]
    assert not response.complete
    assert [each.item for each in response.items if not each.supplied] == ["customer_address"]
    request.deal.sold_to_party.address.region_code = "AT"
    complete = asked(request)
    assert complete.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert complete.complete


def test_every_violation_of_a_request_comes_at_once(asked: Call) -> None:
    request = messages.read_text(
        "deal: {}\nactor: {roles: [king]}\nquote_origin: dream\nsurface: street\ntax: TITHE\n"
        "completed_steps: [dance]\nevidence: [{}]\ncontact: {roles: [queen]}\n"
        "co_term_end_date: {year: 2026, month: 2, day: 30}",
        quote_service_pb2.CheckRequestRequest(),
        "test",
    )
    assert violation_set(asked, request) == {
        ("kind", "REQUIRED"),
        ("deal.billing_party", "REQUIRED"),
        ("actor.roles[0]", "UNKNOWN_VALUE"),
        ("quote_origin", "UNKNOWN_VALUE"),
        ("surface", "UNKNOWN_VALUE"),
        ("tax", "UNKNOWN_VALUE"),
        ("completed_steps[0]", "UNKNOWN_VALUE"),
        ("evidence[0].kind", "REQUIRED"),
        ("contact.roles[0]", "UNKNOWN_VALUE"),
        ("co_term_end_date", "NOT_A_DATE"),
    }


def test_cloud_comes_with_the_order_and_keys_with_the_payment(fulfilment: Call) -> None:
    request = messages.read_file(EXAMPLES / "assess_fulfilment.yaml", order_service_pb2.AssessFulfilmentRequest())
    cloud, keys = fulfilment(request).fulfilments
    assert (cloud.trigger, cloud.available_time.ToJsonString()) == ("order_placed", "2025-09-01T10:00:00Z")
    assert (keys.trigger, keys.available_time.ToJsonString()) == ("payment_processed", "2025-09-12T08:00:00Z")


def test_a_payment_cannot_be_there_and_not_there(fulfilment: Call) -> None:
    request = messages.read_file(EXAMPLES / "assess_fulfilment.yaml", order_service_pb2.AssessFulfilmentRequest())
    request.payment_processed = False
    request.due_amount.currency_code = "EUR"
    assert violation_set(fulfilment, request) == {
        ("payment_processed", "CONFLICTING_FIELDS"),
        ("due_amount.currency_code", "CURRENCY_MISMATCH"),
    }


def test_guard_is_billed_with_the_account(account: Call) -> None:
    request = messages.read_file(
        EXAMPLES / "assess_billing_account.yaml", subscription_service_pb2.AssessBillingAccountRequest()
    )
    response = account(request)
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert (response.guard_monthly_amount.units, response.guard_annual_amount.units) == (440, 4400)
    assert [line.kind for line in response.invoices[0].lines] == ["subscription", "guard_standard", "guard_premium"]
    assert response.subscriptions[2].billing_experience == common_pb2.BILLING_EXPERIENCE_IMPROVED


def test_every_violation_of_an_account_comes_at_once(account: Call) -> None:
    request = messages.read_text(
        "billing_account: {subscriptions: [{}, {subscription: {}}]}\n"
        "guard_usage: {standard_unit_price: '4', standard_bands: [{unit_price: '-1'}], currency_code: ZZZ}",
        subscription_service_pb2.AssessBillingAccountRequest(),
        "test",
    )
    assert violation_set(account, request) == {
        ("billing_account.subscriptions[0].subscription", "REQUIRED"),
        ("billing_account.subscriptions[1].subscription.product", "REQUIRED"),
        ("guard_usage.standard_unit_price", "CONFLICTING_FIELDS"),
        ("guard_usage.standard_bands[0].unit_price", "NEGATIVE_AMOUNT"),
        ("guard_usage.currency_code", "UNKNOWN_CURRENCY"),
    }
    empty = subscription_service_pb2.AssessBillingAccountRequest()
    assert violation_set(account, empty) == {("billing_account", "REQUIRED")}
