"""EntitlementService.CheckPermission on a running server."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import json_format

from quotary import messages
from quotary.v1 import common_pb2, entitlement_service_pb2, entitlement_service_pb2_grpc
from quotary_conformance.vectors import Vector, load
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_permissions import read_permission_case
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules import permissions_assessment
from server.failures import violation_set

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "check_permission.yaml"
Request = entitlement_service_pb2.CheckPermissionRequest
Service = entitlement_service_pb2_grpc.EntitlementServiceStub
VECTORS = [vector for vector in load() if vector.call == "EntitlementService.CheckPermission"]


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def read(text: str) -> Request:
    return messages.read_text(text, Request(), "test")


def test_the_last_billing_admin_stays(service: Service) -> None:
    request = messages.read_file(EXAMPLE, Request())
    response = service.CheckPermission(request)
    assert response.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert [each.code for each in response.answer.reasons] == ["LAST_BILLING_ADMIN", "FEW_BILLING_ADMINS"]
    assert response.answer.reasons[0].rule_id == "ROLE-BILLING-ADMIN-LAST-REMAINS"
    assert response.answer.reasons[0].remedy
    assert list(response.allowed_roles) == ["billing_admin"]
    assert (response.recommended_billing_admin_count, response.recommendation_met) == (2, False)
    assert (response.guidance.channel, response.guidance.place) == ("billing_console", "admin.atlassian.com/billing")
    assert len(response.answer.digests.rule_book) == 64
    assert not response.answer.steps


def test_with_three_of_them_one_may_go(service: Service) -> None:
    request = messages.read_file(EXAMPLE, Request())
    request.actor.billing_admin_count = 3
    response = service.CheckPermission(request)
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert not response.answer.reasons
    assert response.recommendation_met


def test_editions_differ(service: Service) -> None:
    request = messages.read_file(EXAMPLE, Request())
    outcomes = {}
    for edition in ("2021", "2023", "2024", "2026"):
        request.edition = edition
        outcomes[edition] = service.CheckPermission(request).answer.outcome
    silent, refused = common_pb2.OUTCOME_NOT_COVERED, common_pb2.OUTCOME_REFUSED
    assert outcomes == {"2021": silent, "2023": silent, "2024": refused, "2026": refused}


def test_the_full_view_shows_the_row_of_the_table_with_its_passage(service: Service) -> None:
    request = read(
        """
        action: view_licence_key
        actor: {roles: [reseller, original_purchaser]}
        product: {id: confluence, platform: data_center}
        payment_processed: true
        view: full
        """
    )
    answer = service.CheckPermission(request).answer
    assert answer.outcome == common_pb2.OUTCOME_GRANTED
    by_id = {each.id: each for each in answer.steps}
    assert {"LICENCE-KEY-ORIGINAL-BUYER", "ORDER-AVAILABILITY-KEYS"} <= by_id.keys()
    row = by_id["permission.view_licence_key.original_purchaser"]
    assert ("003", 68) in {(each.document, each.first_line) for each in row.citations}


def test_what_is_missing_is_named_by_its_path(service: Service) -> None:
    request = read(
        """
        action: edit_email
        actor: {roles: [organisation_admin]}
        """
    )
    answer = service.CheckPermission(request).answer
    assert answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert list(answer.missing) == ["target.managed"]


def test_effects_and_details(service: Service) -> None:
    request = read(
        """
        action: add_contact
        actor: {roles: [technical_contact]}
        billing_experience: original
        target: {exists: false}
        """
    )
    response = service.CheckPermission(request)
    assert response.further_details_required
    assert not response.HasField("recommendation_met")
    request = read(
        """
        action: deactivate_account
        actor: {roles: [organisation_admin]}
        target: {managed: true}
        """
    )
    response = service.CheckPermission(request)
    assert list(response.effects) == ["access_lost"]
    assert not response.HasField("further_details_required")
    request = read(
        """
        action: manage_billing
        actor: {roles: [billing_contact, site_admin]}
        billing_experience: improved
        """
    )
    assert list(service.CheckPermission(request).equivalent_roles) == ["billing_admin", "site_admin"]


def test_every_violation_comes_at_once(service: Service) -> None:
    request = read(
        """
        edition: "1999"
        action: dance
        actor: {roles: [emperor], billing_admin_count: -1}
        product: {id: jirra}
        subscription: {state: asleep}
        target: {licence_count: -1, administered_account_count: -1}
        role: duke
        surface: window
        service: tea
        payment_instrument: {method: gold}
        guard: {state: awake}
        installation: {server_count: -1}
        active_site_admin_count: -1
        batch_size: 0
        """
    )
    assert violation_set(service.CheckPermission, request) == {
        ("edition", "UNKNOWN_EDITION"),
        ("action", "UNKNOWN_VALUE"),
        ("actor.roles[0]", "UNKNOWN_VALUE"),
        ("actor.billing_admin_count", "OUT_OF_RANGE"),
        ("product.id", "UNKNOWN_PRODUCT"),
        ("subscription.state", "UNKNOWN_VALUE"),
        ("target.licence_count", "OUT_OF_RANGE"),
        ("target.administered_account_count", "OUT_OF_RANGE"),
        ("role", "UNKNOWN_VALUE"),
        ("surface", "UNKNOWN_VALUE"),
        ("service", "UNKNOWN_VALUE"),
        ("payment_instrument.method", "UNKNOWN_VALUE"),
        ("guard.state", "UNKNOWN_VALUE"),
        ("installation.server_count", "OUT_OF_RANGE"),
        ("active_site_admin_count", "OUT_OF_RANGE"),
        ("batch_size", "OUT_OF_RANGE"),
    }


NOBODY_MAY = ("vendor", "not_at")
LOST = {("2024", "permission.close_account.all")}
"""Rows whose condition is lost from the text: neither side is decided."""


def test_every_row_is_asked_on_both_sides() -> None:
    """Some vector is let by each row, and some person or circumstance is not."""
    reached = {(edition, key, granted) for vector in VECTORS for edition, key, granted in rows_reached(vector)}
    wanted = set()
    for edition, key in {
        (edition, key) for (edition, _), keys in permissions_assessment._KEYS.items() for key in keys
    } - LOST:
        (row,) = BOOK[edition].rows(key)
        if row.keys().isdisjoint(NOBODY_MAY):
            wanted.add((edition, key, True))
        if not row.keys().isdisjoint({*NOBODY_MAY, "roles", "roles_from", "conditions"}):
            wanted.add((edition, key, False))
    assert sorted(wanted - reached) == []


def rows_reached(vector: Vector) -> Iterator[tuple[str, str, bool]]:
    """The rows that surely speak of a vector's case: the one that decides, or all where none names the person."""
    faults = Faults()
    request = json_format.ParseDict(dict(vector.request), Request())
    case = read_permission_case(faults, request)
    book, facts = BOOK[vector.edition], permissions_assessment._facts(case)
    rows = permissions_assessment._permissions(book, case, facts)
    chosen, _ = permissions_assessment._decide(book, case, rows, case.actor.effective_roles)
    granted = weakest(permissions_assessment.check_permission(book, case).findings) is Outcome.GRANTED
    for key in permissions_assessment._KEYS.get((book.edition, case.action), ()):
        (row,) = book.rows(key)
        if permissions_assessment._missing(row, case, facts) == () and (chosen is None or chosen.row == row):
            yield book.edition, key, granted


def test_an_empty_request_names_what_it_needs(service: Service) -> None:
    assert violation_set(service.CheckPermission, Request()) == {("actor", "REQUIRED"), ("action", "REQUIRED")}
