"""Permissions: the table, its conditions, and how its rows are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from permission_cases import codes, outcome, person
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.permission import PermissionCase, TargetAccount
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import DataStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules import permissions, permissions_assessment
from quotary_spec.rules.licence_keys import key_is_in_one_place
from quotary_spec.rules.permissions import (
    account_is_managed,
    billing_admin_remains,
    closing_answer_is_lost,
    has_enough_billing_admins,
    may_act,
    organisation_admin_remains,
    roles_in_improved,
)
from quotary_spec.rules.permissions_assessment import check_permission
from strategies import (
    ROLES,
)

# ---- the table

WORDS_OF_A_ROW = {
    *("roles", "roles_from", "rule", "open", "vendor", "not_at", "conditions", "effects"),
    *("billing", "products", "not_products", "apps", "platforms", "plans", "cycles", "guard_states"),
    *("methods", "for_roles", "services"),
    *("channel", "place", "steps", "contact"),
}
KEYS = [(edition, key) for (edition, _), keys in permissions_assessment._KEYS.items() for key in keys]


def row_of(edition: str, key: str) -> Mapping[str, Any]:
    (row,) = BOOK[edition].rows(key)
    return row


@pytest.mark.parametrize(("edition", "key"), KEYS, ids=lambda each: each)
def test_every_row_is_made_of_registered_words(edition: str, key: str) -> None:
    row = row_of(edition, key)
    assert key.split(".")[1] in VOCABULARY["permission_action"]
    assert {*row.get("roles", ()), *row.get("for_roles", ())} <= VOCABULARY["role"].keys()
    assert "roles_from" not in row or BOOK[edition].texts(row["roles_from"])
    assert row.get("rule", "PERMISSION-ROLES") in permissions_assessment._ROLES
    assert set(row.get("conditions", ())) <= permissions_assessment._CONDITION.keys()
    assert set(row.get("services", ())) <= VOCABULARY["account_service"].keys()
    assert set(row.get("methods", ())) <= VOCABULARY["payment_method"].keys()
    assert set(row.get("guard_states", ())) <= VOCABULARY["guard_state"].keys()
    assert row.keys() <= WORDS_OF_A_ROW


def test_every_condition_is_used() -> None:
    used = {name for edition, key in KEYS for name in row_of(edition, key).get("conditions", ())}
    assert used == permissions_assessment._CONDITION.keys()


# ---- single rules


def reason(answer: object) -> str:
    assert isinstance(answer, Finding)
    return answer.reason


def test_roles_are_compared_by_name() -> None:
    assert may_act(["site_admin"], ["site_admin", "organisation_admin"])
    assert not may_act([], ["site_admin"])
    assert not may_act(["site_admin"], [])


def test_the_last_billing_admin() -> None:
    assert reason(billing_admin_remains(1, 1, 1)) == "LAST_BILLING_ADMIN"
    assert billing_admin_remains(2, 1, 1) is True
    assert reason(billing_admin_remains(3, 3, 1)) == "LAST_BILLING_ADMIN"
    assert reason(billing_admin_remains(None, 1, 1)) == "INPUT_MISSING"
    assert not has_enough_billing_admins(1, 2)
    assert has_enough_billing_admins(2, 2)


def test_the_last_organisation_admin() -> None:
    assert organisation_admin_remains(2, 1) is True
    assert reason(organisation_admin_remains(1, 2)) == "LAST_ORGANISATION_ADMIN"
    answer = organisation_admin_remains(1, 1)
    assert isinstance(answer, Finding)
    assert (answer.reason, answer.outcome) == ("LAST_ORGANISATION_ADMIN", Outcome.NOT_COVERED)


@pytest.mark.parametrize(
    ("managed", "verified", "expected"),
    [
        (True, None, True),
        (None, True, True),
        (True, False, True),
        (False, True, "ACCOUNT_NOT_MANAGED"),
        (None, False, "ACCOUNT_NOT_MANAGED"),
        (None, None, "INPUT_MISSING"),
    ],
)
def test_managed_accounts(managed: bool | None, verified: bool | None, expected: object) -> None:
    answer = account_is_managed(managed=managed, domain_verified=verified)
    assert (answer.reason if isinstance(answer, Finding) else answer) == expected


@pytest.mark.parametrize(
    ("production", "servers", "expected"),
    [
        (1, 1, True),
        (0, 0, True),
        (2, 1, "TOO_MANY_INSTALLATIONS"),
        (1, 2, "TOO_MANY_INSTALLATIONS"),
        (None, 2, "TOO_MANY_INSTALLATIONS"),
        (1, None, "INPUT_MISSING"),
        (None, None, "INPUT_MISSING"),
    ],
)
def test_a_key_serves_one_place(production: int | None, servers: int | None, expected: object) -> None:
    answer = key_is_in_one_place(production, servers, 1, 1)
    assert (answer.reason if isinstance(answer, Finding) else answer) == expected


def test_contacts_become_billing_admins_once() -> None:
    contacts = ["billing_contact", "technical_contact"]
    assert roles_in_improved([*contacts, "site_admin"], contacts) == ("billing_admin", "site_admin")


def test_a_lost_answer_is_silence() -> None:
    assert reason(closing_answer_is_lost(0)) == "PASSAGE_LOST"


def test_the_trace_names_the_row_and_its_passage() -> None:
    app = Product("marketplace-app", Platform.CLOUD, app=True)
    with tracing() as trace:
        checked = check_permission(BOOK["2026"], PermissionCase("start_trial", person("site_admin"), app))
    assert outcome(checked) is Outcome.GRANTED
    assert checked.allowed_roles == ("site_admin",)
    assert trace.rule_ids() == ["TRIAL-APP-STARTER"]
    read = {step.row.key for step in trace.steps() if isinstance(step, DataStep)}
    assert {"permission.start_trial.app_cloud", "trial.app.roles.cloud"} <= read


def test_a_billing_admin_stands_in_the_improved_experience() -> None:
    case = PermissionCase("pay_invoice", person("billing_admin"))
    assert outcome(check_permission(BOOK["2026"], case)) is Outcome.GRANTED
    contact = PermissionCase("pay_invoice", person("billing_contact"))
    assert outcome(check_permission(BOOK["2026"], contact)) is Outcome.UNDETERMINED
    original = replace(case, billing=Billing.ORIGINAL)
    assert outcome(check_permission(BOOK["2026"], original)) is Outcome.REFUSED


def test_nobody_at_the_customer_edits_an_enterprise_entitlement() -> None:
    for role in ROLES:
        checked = check_permission(BOOK["2026"], PermissionCase("edit_enterprise_entitlement", person(role)))
        assert codes(checked) == {"VENDOR_ACTS"}


# ---- how the rows are put together


def test_roles_are_those_of_the_rows_that_surely_speak() -> None:
    contact = person("billing_contact")
    unknown = check_permission(BOOK["2026"], PermissionCase("pay_invoice", contact))
    assert set(unknown.allowed_roles) == {"billing_contact", "technical_contact", "billing_admin"}
    assert [each.missing for each in unknown.findings] == [("billing_experience",)]
    known = check_permission(BOOK["2026"], PermissionCase("pay_invoice", contact, billing=Billing.ORIGINAL))
    assert known.allowed_roles == ("billing_contact", "technical_contact")
    assert known.guidance is not None
    assert known.guidance.place == "my.atlassian.com"


def test_whom_no_circumstance_would_let_is_refused_before_they_are_known() -> None:
    refused = check_permission(BOOK["2026"], PermissionCase("pay_invoice", person("site_admin")))
    (finding,) = refused.findings
    assert (finding.reason, finding.subject, finding.rule_id) == ("ROLE_NOT_ALLOWED", "actor", "PERMISSION-ROLES")
    assert dict(finding.detail)["roles"].split(", ") == list(refused.allowed_roles)


def test_a_condition_of_a_sure_row_comes_before_the_facts_of_another() -> None:
    both = person("original_purchaser", "technical_contact")
    data_center = Product("jira", Platform.DATA_CENTER)
    case = PermissionCase("view_licence_key", both, data_center, payment_processed=False)
    checked = check_permission(BOOK["2026"], case)
    (finding,) = checked.findings
    assert (finding.reason, finding.rule_id) == ("PAYMENT_NOT_PROCESSED", "ORDER-AVAILABILITY-KEYS")
    paid = check_permission(BOOK["2026"], replace(case, payment_processed=True))
    assert outcome(paid) is Outcome.GRANTED


def test_one_row_that_grants_is_enough() -> None:
    both = person("reseller", "original_purchaser")
    case = PermissionCase("renew_subscription", both, Product("jira", Platform.CLOUD), support_number_known=False)
    assert outcome(check_permission(BOOK["2021"], case)) is Outcome.GRANTED
    reseller = replace(case, actor=person("reseller"))
    assert codes(check_permission(BOOK["2021"], reseller)) == {"SUPPORT_NUMBER_NEEDED"}


def test_the_vendor_acts_only_in_the_circumstances_of_its_row() -> None:
    contact = person("billing_contact")
    original = PermissionCase("change_quote", contact, billing=Billing.ORIGINAL)
    assert codes(check_permission(BOOK["2024"], original)) == {"VENDOR_ACTS"}
    improved = replace(original, billing=Billing.IMPROVED)
    assert check_permission(BOOK["2024"], improved).effects == ("vendor_makes_quote",)
    assert outcome(check_permission(BOOK["2024"], replace(original, billing=None))) is Outcome.UNDETERMINED


def test_a_portal_that_does_not_serve_is_not_spoken_of() -> None:
    case = PermissionCase("pay_invoice", person("billing_admin"), surface="identity_site")
    assert outcome(check_permission(BOOK["2026"], case)) is Outcome.NOT_COVERED
    assert outcome(check_permission(BOOK["2026"], replace(case, surface="billing_console"))) is Outcome.GRANTED


@pytest.mark.parametrize(
    ("edition", "action", "cycle", "role"),
    [
        ("2024", "view_quote", None, "billing_contact"),
        ("2024", "view_invoice", None, "billing_contact"),
        ("2024", "update_payment_method", Cycle.MONTHLY, "technical_contact"),
        ("2024", "update_payment_method", Cycle.MONTHLY, "site_admin"),
        ("2024", "update_payment_method", Cycle.ANNUAL, "site_admin"),
        ("2026", "update_payment_method", Cycle.MONTHLY, "technical_contact"),
        ("2026", "update_payment_method", Cycle.MONTHLY, "site_admin"),
        ("2026", "update_payment_method", Cycle.ANNUAL, "site_admin"),
    ],
)
def test_guard_has_people_of_its_own(edition: str, action: str, cycle: Cycle | None, role: str) -> None:
    """001:250 and 001:337: the primary billing contact and the organisation admin, where others act for Jira."""
    jira = Product("jira", Platform.CLOUD)
    case = PermissionCase(action, person(role), jira, Subscription(cycle=cycle), Billing.ORIGINAL, method="credit_card")
    assert outcome(check_permission(BOOK[edition], case)) is Outcome.GRANTED
    guard = check_permission(BOOK[edition], replace(case, product=Product("guard", plan="standard")))
    assert codes(guard) == {"ROLE_NOT_ALLOWED"}
    assert "primary_billing_contact" in guard.allowed_roles


def test_details_are_asked_in_the_original_experience_alone() -> None:
    nobody_yet = TargetAccount(exists=False)
    contact = PermissionCase("add_contact", person("billing_contact"), billing=Billing.ORIGINAL, target=nobody_yet)
    assert check_permission(BOOK["2024"], contact).details_required is True
    admin = PermissionCase("add_contact", person("billing_admin"), target=nobody_yet)
    assert check_permission(BOOK["2024"], admin).details_required is None
    other = replace(contact, action="pay_invoice")
    assert check_permission(BOOK["2024"], other).details_required is None


@pytest.mark.parametrize(
    ("action", "admins", "batch", "succeeded", "met"),
    [
        ("add_billing_admin", 1, 1, None, True),
        ("add_billing_admin", 1, 1, False, False),
        ("add_billing_admin", 0, 1, True, False),
        ("remove_billing_admin", 3, 1, True, True),
        ("remove_billing_admin", 2, 1, True, False),
        ("remove_billing_admin", 2, 1, False, True),
        ("remove_billing_admin", 3, 3, None, True),
    ],
)
def test_the_advice_counts_what_is_there_afterwards(
    action: str, admins: int, batch: int, succeeded: bool | None, met: bool
) -> None:
    actor = person("billing_admin", billing_admins=admins)
    checked = check_permission(BOOK["2026"], PermissionCase(action, actor, batch=batch, succeeded=succeeded))
    assert (checked.recommended_billing_admins, checked.recommendation_met) == (2, met)
    assert ("FEW_BILLING_ADMINS" in codes(checked)) is not met


def test_licences_follow_only_where_it_is_said() -> None:
    case = PermissionCase("change_own_email", target=TargetAccount(licences=1), billing=Billing.ORIGINAL)
    assert check_permission(BOOK["2026"], case).effects == ("licences_follow",)
    assert check_permission(BOOK["2026"], replace(case, billing=Billing.IMPROVED)).effects == ()
    assert check_permission(BOOK["2024"], case).effects == ()
    assert check_permission(BOOK["2026"], replace(case, action="change_own_password")).effects == ()


def test_roles_are_translated_in_the_improved_experience_alone() -> None:
    case = PermissionCase("manage_billing", person("primary_billing_contact"), billing=Billing.IMPROVED)
    assert check_permission(BOOK["2026"], case).equivalent_roles == ("billing_admin",)
    assert check_permission(BOOK["2024"], case).equivalent_roles == ()
    assert check_permission(BOOK["2026"], replace(case, billing=Billing.ORIGINAL)).equivalent_roles == ()
    other = replace(case, actor=person("site_admin"))
    assert check_permission(BOOK["2026"], other).equivalent_roles == ()


ANSWERS: list[tuple[Callable[..., object], tuple[object, ...] | dict[str, object], object]] = [
    (permissions.added_one_at_a_time, (1,), True),
    (permissions.added_one_at_a_time, (2,), "ONE_AT_A_TIME"),
    (permissions.is_one_person, (True,), "DISTRIBUTION_LIST"),
    (permissions.is_one_person, (False,), True),
    (permissions.is_one_person, (None,), True),
    (permissions.may_administer_another, (None,), True),
    (permissions.may_administer_another, (9,), True),
    (permissions.changes_it_without_vendor, ("enterprise",), "VENDOR_ACTS"),
    (permissions.changes_it_without_vendor, ("premium",), True),
    (permissions.changes_it_without_vendor, ("basic",), True),
    (permissions.changes_it_without_vendor, (None,), "INPUT_MISSING"),
    (permissions.details_are_asked, (False,), True),
    (permissions.details_are_asked, (True,), False),
    (permissions.becomes_organisation_admin, {"site_admin": False, "appointed": True}, True),
    (permissions.becomes_organisation_admin, {"site_admin": True, "appointed": False}, "NOT_APPOINTED"),
    (permissions.becomes_organisation_admin, {"site_admin": True, "appointed": None}, "INPUT_MISSING"),
    (permissions.organisation_admin_remains, (None, 1), "INPUT_MISSING"),
    (permissions.guard_is_in_force, ("trial", ["trial"]), True),
    (permissions.guard_is_in_force, ("none", ["trial"]), "GUARD_SUBSCRIPTION_NEEDED"),
    (permissions.guard_is_in_force, (None, ["trial"]), "INPUT_MISSING"),
    (permissions.account_serves, (True,), True),
    (permissions.account_serves, (False,), "ACCOUNT_DEACTIVATED"),
    (permissions.account_serves, (None,), "INPUT_MISSING"),
    (permissions.nobody_administers_site, (0,), True),
    (permissions.nobody_administers_site, (1,), "SITE_ADMIN_ACTIVE"),
    (permissions.nobody_administers_site, (None,), "INPUT_MISSING"),
    (permissions.licences_follow, (1, True), True),
    (permissions.licences_follow, (1, None), True),
    (permissions.licences_follow, (1, False), False),
    (permissions.licences_follow, (0, True), False),
    (permissions.licences_follow, (None, True), False),
    (permissions.account_is_empty, (0,), True),
    (permissions.account_is_empty, (1,), "LICENCES_ON_ACCOUNT"),
    (permissions.account_is_empty, (None,), "INPUT_MISSING"),
    (permissions.server_id_is_known, (True,), True),
    (permissions.server_id_is_known, (False,), "SERVER_ID_NEEDED"),
    (permissions.server_id_is_known, (None,), "INPUT_MISSING"),
]


@pytest.mark.parametrize(("condition", "facts", "expected"), ANSWERS)
def test_each_condition_answers(
    condition: Callable[..., object], facts: tuple[object, ...] | dict[str, object], expected: object
) -> None:
    answer = condition(**facts) if isinstance(facts, dict) else condition(*facts)
    assert (answer.reason if isinstance(answer, Finding) else answer) == expected
