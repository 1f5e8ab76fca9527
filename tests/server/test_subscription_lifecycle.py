"""Trials, renewals, cancellations and maintenance on a running server."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from quotary import messages
from quotary.v1 import common_pb2, subscription_service_pb2, subscription_service_pb2_grpc
from server.failures import violation_set

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pb = subscription_service_pb2
Service = subscription_service_pb2_grpc.SubscriptionServiceStub


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def example(name: str, into: Message) -> Any:
    return messages.read_file(EXAMPLES / f"{name}.yaml", into)


def read(text: str, into: Message) -> Any:
    return messages.read_text(text, into, "test")


def on(date: Any) -> str:
    return f"{date.year}-{date.month:02}-{date.day:02}"


# ---- trials


def test_the_trial_of_the_example_becomes_a_paid_month(service: Service) -> None:
    response = service.AssessTrial(example("assess_trial", pb.AssessTrialRequest()))
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert response.answer.edition == "2026"
    assert len(response.answer.digests.rule_book) == 64
    assert not response.answer.steps
    assert (on(response.term.start_date), on(response.term.end_date), response.days) == ("2026-01-10", "2026-02-09", 30)
    assert response.running
    assert response.features_available
    assert response.HasField("price")
    assert response.price.units == 0
    after = response.continuation
    assert (after.state, after.billing_cycle) == ("paid", common_pb2.BILLING_CYCLE_MONTHLY)
    assert (after.charge_amount.units, after.charge_amount.currency_code) == (100, "USD")
    assert on(after.charge_term.end_date) == "2026-03-09"
    assert not after.HasField("charged_automatically")


def test_the_full_view_of_a_trial_cites_each_rule_and_row(service: Service) -> None:
    request = example("assess_trial", pb.AssessTrialRequest())
    request.view = common_pb2.VIEW_FULL
    answer = service.AssessTrial(request).answer
    steps = {step.id: step for step in answer.steps}
    assert {"GUARD-TRIAL-LENGTH", "GUARD-TRIAL-FIRST-AMOUNT", "guard.trial.days.standard"} <= set(steps)
    assert all(step.citations for step in answer.steps)
    assert steps["guard.trial.days.standard"].result == "30"
    assert {citation.document for citation in answer.citations} == {"001"}


def test_a_trial_is_priced_in_the_currency_of_its_price(service: Service) -> None:
    request = example("assess_trial", pb.AssessTrialRequest())
    request.price.currency_code = "JPY"
    request.price.unit_price = "450"
    response = service.AssessTrial(request)
    assert (response.continuation.charge_amount.units, response.price.currency_code) == (11250, "JPY")


def test_every_fault_of_a_trial_request_is_reported(service: Service) -> None:
    request = read(
        """
        trial:
          product: {id: gard, platform: cloud}
          start_date: {year: 2026, month: 2, day: 30}
          completed_steps: [open_console, jump]
          payment_instrument: {card_brand: visa}
          lapse_grace_days: -1
          migration_source: {state: sleeping, user_tier: 0}
        actor: {roles: [king]}
        guard: {state: away, verified_domain_count: -1}
        price: {unit_price: "-4", months: 12}
        billable_user_count: -5
        edition: "1999"
        """,
        pb.AssessTrialRequest(),
    )
    assert violation_set(service.AssessTrial, request) == {
        ("trial.product.id", "UNKNOWN_PRODUCT"),
        ("trial.start_date", "NOT_A_DATE"),
        ("trial.completed_steps[1]", "UNKNOWN_VALUE"),
        ("trial.payment_instrument.method", "REQUIRED"),
        ("trial.lapse_grace_days", "OUT_OF_RANGE"),
        ("trial.migration_source.state", "UNKNOWN_VALUE"),
        ("trial.migration_source.user_tier", "OUT_OF_RANGE"),
        ("actor.roles[0]", "UNKNOWN_VALUE"),
        ("guard.state", "UNKNOWN_VALUE"),
        ("guard.verified_domain_count", "OUT_OF_RANGE"),
        ("price.unit_price", "NEGATIVE_AMOUNT"),
        ("price.months", "OUT_OF_RANGE"),
        ("billable_user_count", "OUT_OF_RANGE"),
        ("edition", "UNKNOWN_EDITION"),
    }


def test_an_empty_trial_request_says_what_it_needs(service: Service) -> None:
    assert violation_set(service.AssessTrial, pb.AssessTrialRequest()) == {("trial", "REQUIRED")}
    request = pb.AssessTrialRequest(trial=pb.Trial())
    assert violation_set(service.AssessTrial, request) == {("trial.product", "REQUIRED")}
    long = read("{trial: {product: {id: guard}, lapse_grace_days: 4000}}", pb.AssessTrialRequest())
    assert violation_set(service.AssessTrial, long) == {("trial.lapse_grace_days", "OUT_OF_RANGE")}
    coin = read(
        "{trial: {product: {id: guard}}, price: {unit_price: '1', currency_code: XXZ}}", pb.AssessTrialRequest()
    )
    assert violation_set(service.AssessTrial, coin) == {("price.currency_code", "UNKNOWN_CURRENCY")}


def test_too_many_roles_are_one_fault(service: Service) -> None:
    request = example("assess_trial", pb.AssessTrialRequest())
    request.actor.roles[:] = ["site_admin"] * 51
    assert violation_set(service.AssessTrial, request) == {("actor.roles", "TOO_MANY")}


# ---- renewals


def test_the_renewal_of_the_example_is_cut_at_the_end_of_life(service: Service) -> None:
    response = service.AssessRenewal(example("assess_renewal", pb.AssessRenewalRequest()))
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert response.action == common_pb2.LINE_ACTION_RENEWAL
    assert on(response.term.end_date) == "2029-03-28"
    assert (response.amount.units, response.amount.nanos) == (5950, 680_000_000)
    assert response.price_basis == "current_renewal_price"
    assert {"TERM_CUT_AT_END_OF_LIFE", "CONTACT_WINDOW_LITERAL"} <= {each.code for each in response.answer.reasons}
    window = next(notice for notice in response.notices if notice.kind == "representative_contact")
    assert window.window_open
    assert window.rule_id == "RENEWAL-DC-REP-90"
    assert on(response.automatic_renewal.processing_date) == "2028-09-28"


def test_a_refused_renewal_is_an_answer(service: Service) -> None:
    request = example("assess_renewal", pb.AssessRenewalRequest())
    request.subscription.term.end_date.year = 2029
    response = service.AssessRenewal(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert not response.HasField("amount")


def test_every_fault_of_a_renewal_request_is_reported(service: Service) -> None:
    request = read(
        """
        subscription: {licence_type: gratis, term: {start_date: 2026-01-01, end_date: 2026-01-01}}
        line: {product: {id: jira, platform: data_center}, price: {unit_price: free}}
        deal: {currency: {currency_code: JPY}}
        current_renewal_price: 12.50 JPY
        expected_amount: 10.00 USD
        edition: "2031"
        """,
        pb.AssessRenewalRequest(),
    )
    assert violation_set(service.AssessRenewal, request) == {
        ("subscription.licence_type", "UNKNOWN_VALUE"),
        ("subscription.term.end_date", "CONFLICTING_FIELDS"),
        ("line.price.unit_price", "NOT_A_DECIMAL"),
        ("deal.billing_party", "REQUIRED"),
        ("current_renewal_price", "TOO_PRECISE"),
        ("expected_amount.currency_code", "CURRENCY_MISMATCH"),
        ("edition", "UNKNOWN_EDITION"),
    }


def test_a_renewal_needs_something_that_is_held(service: Service) -> None:
    assert violation_set(service.AssessRenewal, pb.AssessRenewalRequest()) == {("subscription", "REQUIRED")}
    request = pb.AssessRenewalRequest(subscription=common_pb2.Subscription())
    assert violation_set(service.AssessRenewal, request) == {("subscription.product", "REQUIRED")}
    request.line.product.id = "jira"
    assert service.AssessRenewal(request).answer.missing == ["subscription.product.platform"]


# ---- cancellations


def test_the_cancellation_of_the_example_can_be_undone_for_two_weeks(service: Service) -> None:
    response = service.AssessCancellation(example("assess_cancellation", pb.AssessCancellationRequest()))
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert response.confirmed
    assert response.HasField("deferred")
    assert not response.deferred
    effects = response.guard_effects
    assert on(effects.security_end_date) == "2026-04-01"
    assert not effects.HasField("security_end_time")
    assert (effects.single_sign_on_available, effects.password_reset_required) == (False, True)
    assert on(response.reactivation_deadline_date) == on(effects.config_retention_date) == "2026-04-15"
    assert response.config_restored


def test_a_refused_cancellation_names_rule_and_person(service: Service) -> None:
    request = example("assess_cancellation", pb.AssessCancellationRequest())
    request.actor.roles[:] = ["technical_contact"]
    request.confirmation_word = "Afmelden"
    answer = service.AssessCancellation(request).answer
    assert answer.outcome == common_pb2.OUTCOME_REFUSED
    assert {(each.code, each.subject) for each in answer.reasons} == {
        ("ROLE_NOT_ALLOWED", "actor"),
        ("CONFIRMATION_WORD_WRONG", "confirmation_word"),
    }
    assert all(each.text and each.remedy for each in answer.reasons)


def test_every_fault_of_a_cancellation_request_is_reported(service: Service) -> None:
    request = read(
        """
        subscription: {state: gone}
        cancellation_date: 2026-04-10
        reactivation_date: 2026-04-01
        language_code: "n\\u0007l"
        """,
        pb.AssessCancellationRequest(),
    )
    request.view = 9
    assert violation_set(service.AssessCancellation, request) == {
        ("subscription.product", "REQUIRED"),
        ("subscription.state", "UNKNOWN_VALUE"),
        ("reactivation_date", "CONFLICTING_FIELDS"),
        ("language_code", "INVALID_TEXT"),
        ("view", "UNKNOWN_VALUE"),
    }
    assert violation_set(service.AssessCancellation, pb.AssessCancellationRequest()) == {("subscription", "REQUIRED")}


# ---- maintenance


def test_the_maintenance_of_the_example_has_ended(service: Service) -> None:
    response = service.AssessMaintenance(example("assess_maintenance", pb.AssessMaintenanceRequest()))
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert response.installation_state == "read_only"
    assert response.HasField("active")
    assert not response.active
    assert list(response.services) == []
    assert (on(response.term.start_date), on(response.term.end_date)) == ("2026-03-01", "2027-03-01")


def test_server_is_sent_elsewhere(service: Service) -> None:
    request = read(
        "{subscription: {product: {id: jira, platform: server}}, action: renewal}", pb.AssessMaintenanceRequest()
    )
    response = service.AssessMaintenance(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert "data_center" in response.alternatives
    assert response.HasField("renewal_available")
    assert not response.renewal_available
    assert not response.HasField("support_end_date")


def test_every_fault_of_a_maintenance_request_is_reported(service: Service) -> None:
    request = read(
        """
        subscription: {purchase_date: {year: 2020, month: 13, day: 1}, user_tier: -1}
        months: 0
        """,
        pb.AssessMaintenanceRequest(),
    )
    request.action = 17
    assert violation_set(service.AssessMaintenance, request) == {
        ("subscription.product", "REQUIRED"),
        ("subscription.purchase_date", "NOT_A_DATE"),
        ("subscription.user_tier", "OUT_OF_RANGE"),
        ("months", "OUT_OF_RANGE"),
        ("action", "UNKNOWN_VALUE"),
    }
    assert violation_set(service.AssessMaintenance, pb.AssessMaintenanceRequest()) == {("subscription", "REQUIRED")}
