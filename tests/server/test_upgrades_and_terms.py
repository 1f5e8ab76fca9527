"""LicenceTierService.PriceUpgrade and CheckTerm on a running server."""

from pathlib import Path

import grpc
import pytest

from quotary import messages
from quotary.v1 import common_pb2, licence_tier_service_pb2, licence_tier_service_pb2_grpc
from server.failures import violation_set

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Upgrade = licence_tier_service_pb2.PriceUpgradeRequest
Check = licence_tier_service_pb2.CheckTermRequest
Service = licence_tier_service_pb2_grpc.LicenceTierServiceStub


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def test_the_example_of_an_upgrade(service: Service) -> None:
    request = messages.read_file(EXAMPLES / "price_upgrade.yaml", Upgrade())
    priced = service.PriceUpgrade(request)
    assert priced.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert priced.method == licence_tier_service_pb2.UPGRADE_METHOD_PRORATED_DIFFERENCE
    assert (priced.charge.units, priced.charge.nanos) == (6821, 920_000_000)
    assert (priced.remaining_days, priced.term_days, priced.line.user_tier) == (166, 365, 500)
    assert "UPGRADE-DIFFERENCE" in priced.answer.rule_ids
    assert not priced.answer.steps
    assert len(priced.answer.digests.price_book) == 64
    request.view = common_pb2.VIEW_FULL
    steps = {step.id: step for step in service.PriceUpgrade(request).answer.steps}
    assert steps["UPGRADE-DIFFERENCE"].citations[0].document == "000"
    request.edition = "2023"
    assert service.PriceUpgrade(request).answer.outcome == common_pb2.OUTCOME_NOT_COVERED


def test_the_example_of_terms(service: Service) -> None:
    request = messages.read_file(EXAMPLES / "check_term.yaml", Check())
    checked = service.CheckTerm(request)
    assert checked.answer.outcome == common_pb2.OUTCOME_GRANTED
    trello, jira = checked.terms
    assert (trello.anchor_line, trello.core_product, jira.core_product) == (1, False, True)
    assert checked.guidance.channel == "order_form"
    del request.lines[1]
    alone = service.CheckTerm(request)
    assert [(each.code, each.subject) for each in alone.answer.reasons] == [("TERM_NEEDS_ANCHOR", "lines[0]")]
    assert alone.terms[0].outcome == common_pb2.OUTCOME_REFUSED


def test_every_fault_of_an_upgrade_is_named(service: Service) -> None:
    assert violation_set(service.PriceUpgrade, Upgrade()) == {("deal", "REQUIRED"), ("line", "REQUIRED")}
    text = """
edition: "1999"
dual_licence_months: 0
target_end_date: {year: 2026, month: 2, day: 30}
deal: {billing_party: {}}
line: {product: {id: nothing}, price: {unit_price: "-1"}}
other_lines: [{product: {}}]
"""
    assert violation_set(service.PriceUpgrade, messages.read_text(text, Upgrade(), "test")) == {
        ("edition", "UNKNOWN_EDITION"),
        ("dual_licence_months", "OUT_OF_RANGE"),
        ("target_end_date", "NOT_A_DATE"),
        ("line.product.id", "UNKNOWN_PRODUCT"),
        ("line.price.unit_price", "NEGATIVE_AMOUNT"),
        ("other_lines[0].product.id", "REQUIRED"),
    }


def test_every_fault_of_a_check_is_named(service: Service) -> None:
    assert violation_set(service.CheckTerm, Check()) == {("deal", "REQUIRED"), ("lines", "REQUIRED")}
    text = """
deal: {billing_party: {}}
lines: [{product: {id: jira}}, {product: {id: trello}}]
request_channel: letter
co_terms:
  - {lines: [0, 2], end_date: 2027-01-01}
  - {lines: [1, 0]}
  - {end_date: 2027-01-01}
"""
    assert violation_set(service.CheckTerm, messages.read_text(text, Check(), "test")) == {
        ("request_channel", "UNKNOWN_VALUE"),
        ("co_terms[0].lines[1]", "OUT_OF_RANGE"),
        ("co_terms[1].lines[1]", "CONFLICTING_FIELDS"),
        ("co_terms[1].end_date", "REQUIRED"),
        ("co_terms[2].lines", "REQUIRED"),
    }
