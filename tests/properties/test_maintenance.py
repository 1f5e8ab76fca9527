"""Maintenance (000:904-920, 002:820-836, 003:128-134, 004:60, 004:169-175): what holds for every licence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Action
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.lifecycle.server import SERVER_IS_SUPPORTED, SERVER_MAINTENANCE_IS_SOLD
from quotary_spec.rules.maintenance import (
    AssessedMaintenance,
    MaintenanceCase,
    alternatives_to_server,
    assess_maintenance,
    benefits_of_subscription,
    included_time_is_kept,
    installation_state,
    maintenance_of_new_licence,
    maintenance_of_renewal,
    maintenance_of_server_licence,
    maintenance_of_upgrade,
    maintenance_runs,
    renewed_server_maintenance,
)
from strategies import days, days_around, editions, known_or_not, paid_terms, subscriptions, yes_no

DATA_CENTER = Product("jira", Platform.DATA_CENTER)
SERVER = Product("jira", Platform.SERVER)
END_OF_LIFE = date(2029, 3, 28)
BOTH = st.sampled_from(["2024", "2026"])
lengths = st.integers(1, 36)

cases = st.builds(
    MaintenanceCase,
    subscriptions,
    st.sampled_from([None, *Action]),
    known_or_not(days),
    known_or_not(days),
    known_or_not(lengths),
    yes_no,
    known_or_not(days),
    yes_no,
)


def outcome(assessed: AssessedMaintenance) -> Outcome:
    return weakest(assessed.findings)


def test_the_trace_says_what_an_active_subscription_gives_by_itself() -> None:
    """Beside support, which maintenance gives already (000:908)."""
    with tracing() as trace:
        assess_maintenance(BOOK["2026"], MaintenanceCase(Subscription(DATA_CENTER)))
    (given_by_it,) = (
        step.result
        for step in trace.steps()
        if isinstance(step, RuleStep) and step.info.id == "MAINTENANCE-SUBSCRIPTION-BENEFITS"
    )
    assert given_by_it == ("latest_features", "technical_support", "continued_development")


@given(editions, cases)
def test_every_edition_answers_every_licence(edition: str, case: MaintenanceCase) -> None:
    with tracing() as trace:
        assessed = assess_maintenance(BOOK[edition], case)
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    if outcome(assessed) is Outcome.UNDETERMINED:
        assert any(finding.missing for finding in assessed.findings)
    if assessed.active is False or (assessed.supported is False and assessed.state is None):
        assert assessed.services == ()
    if assessed.state is not None:
        assert edition in ("2024", "2026")


@given(days, lengths)
def test_lengths_are_whole_months_from_the_day_that_starts_them(start: date, months: int) -> None:
    whole = Term(start, add_months(start, months))
    assert maintenance_of_new_licence(start, months) == whole
    assert maintenance_of_upgrade(start, months) == whole
    assert maintenance_of_server_licence(start, months) == whole
    assert renewed_server_maintenance(start, months) == whole


@given(days, known_or_not(days), lengths)
def test_the_day_of_purchase_does_not_move_a_renewal(end: date, purchased: date | None, months: int) -> None:
    assert maintenance_of_renewal(end, purchased, months) == Term(end, add_months(end, months))


@given(BOTH, paid_terms, known_or_not(days))
def test_renewals_leave_no_gap_and_no_overlap(edition: str, held: Term, paid: date | None) -> None:
    case = MaintenanceCase(Subscription(DATA_CENTER, term=held), Action.RENEWAL, paid_on=paid)
    assessed = assess_maintenance(BOOK[edition], case)
    if edition == "2026" and held.end >= END_OF_LIFE:
        assert outcome(assessed) is Outcome.REFUSED
    else:
        assert assessed.term is not None
        assert assessed.term.start == held.end
        assert assessed.term.end == (
            min(add_months(held.end, 12), END_OF_LIFE) if edition == "2026" else add_months(held.end, 12)
        )


@given(days_around(END_OF_LIFE - timedelta(days=200), END_OF_LIFE), st.sampled_from([Action.NEW, Action.UPGRADE]))
def test_no_maintenance_of_data_center_outlives_it(paid: date, action: Action) -> None:
    assessed = assess_maintenance(BOOK["2026"], MaintenanceCase(Subscription(DATA_CENTER), action, paid_on=paid))
    if paid >= END_OF_LIFE:
        assert outcome(assessed) is Outcome.REFUSED
    else:
        assert assessed.term == Term(paid, min(add_months(paid, 12), END_OF_LIFE))


@given(lengths)
def test_how_long_data_center_may_be_bought(months: int) -> None:
    case = MaintenanceCase(Subscription(DATA_CENTER), Action.NEW, paid_on=date(2025, 3, 1), months=months)
    assert (outcome(assess_maintenance(BOOK["2026"], case)) is Outcome.GRANTED) is (months == 12)
    assert (outcome(assess_maintenance(BOOK["2024"], case)) is Outcome.GRANTED) is (12 <= months <= 24)


@given(days, days, st.booleans())
def test_an_installation_is_full_as_long_as_maintenance_runs(end: date, day: date, renewed: bool) -> None:
    runs = maintenance_runs(end, day, renewed)
    assert runs is (renewed or day < end)
    assert installation_state(end, day, renewed) == ("full" if runs else "read_only")


@given(BOTH, paid_terms, days, yes_no)
def test_state_and_activity_agree_within_and_after_the_term(
    edition: str, held: Term, day: date, renewed: bool | None
) -> None:
    case = MaintenanceCase(Subscription(DATA_CENTER, term=held), day=day, renewed=renewed)
    assessed = assess_maintenance(BOOK[edition], case)
    full = day < held.end or renewed is True
    assert assessed.state == ("full" if full else "read_only")
    assert assessed.active is (full and day >= held.start)
    assert assessed.term is None


@given(lengths)
def test_the_included_year_is_not_shortened(months: int) -> None:
    assert included_time_is_kept(months, 12) is (months >= 12)
    for product in (SERVER, DATA_CENTER):
        case = MaintenanceCase(Subscription(product), Action.UPGRADE, paid_on=date(2020, 5, 10), months=months)
        assert (outcome(assess_maintenance(BOOK["2021"], case)) is Outcome.REFUSED) is (months < 12)


@given(editions, known_or_not(days_around(date(2024, 2, 2), date(2024, 2, 15))))
def test_until_when_server_maintenance_is_sold(edition: str, ordered: date | None) -> None:
    sold = SERVER_MAINTENANCE_IS_SOLD(edition, ordered, date(2024, 2, 15))
    if edition == "2024" and ordered is None:
        assert isinstance(sold, Finding)
    else:
        on_sale = {"2021": True, "2023": True, "2024": ordered is not None and ordered < date(2024, 2, 15)}
        assert sold is on_sale.get(edition, False)


@given(editions, days_around(date(2024, 2, 2), date(2024, 2, 15)))
def test_until_when_server_is_supported(edition: str, day: date) -> None:
    assessed = assess_maintenance(BOOK[edition], MaintenanceCase(Subscription(SERVER), day=day))
    end = {"2021": date(2024, 2, 2), "2023": date(2024, 2, 2), "2024": date(2024, 2, 15)}.get(edition)
    assert assessed.support_end == end
    assert assessed.supported is (end is not None and day < end)
    assert SERVER_IS_SUPPORTED(edition, day, end) is assessed.supported


@given(days, known_or_not(st.integers(1, 24)))
def test_a_server_renewal_is_a_year(end: date, months: int | None) -> None:
    held = Subscription(SERVER, maintenance_end=end)
    assessed = assess_maintenance(BOOK["2023"], MaintenanceCase(held, Action.RENEWAL, months=months))
    if months in (None, 12):
        assert assessed.term == Term(end, add_months(end, 12))
    else:
        assert [finding.reason for finding in assessed.findings] == ["MAINTENANCE_RENEWAL_LENGTH"]


@given(known_or_not(days_around(date(2026, 3, 30))), known_or_not(days_around(date(2026, 3, 30))), st.booleans())
def test_data_center_is_offered_while_it_is_sold(ordered: date | None, last: date | None, held: bool) -> None:
    options = ("cloud_migration_trial", "data_center", "migration_programme")
    offered = alternatives_to_server(options, ordered, last, held)
    closed = ordered is not None and last is not None and ordered > last and not held
    assert ("data_center" in offered) is not closed
    assert set(options) - set(offered) <= {"data_center"}


def test_only_an_active_subscription_gives_benefits() -> None:
    assert benefits_of_subscription(True, ["technical_support"]) == ("technical_support",)
    assert benefits_of_subscription(False, ["technical_support"]) == ()


@pytest.mark.parametrize("action", [Action.DOWNGRADE, Action.EXPANSION])
def test_of_other_changes_of_server_nothing_is_said(action: Action) -> None:
    for book in BOOK.values():
        case = MaintenanceCase(Subscription(SERVER), action, paid_on=date(2020, 5, 10))
        assert outcome(assess_maintenance(book, case)) is Outcome.NOT_COVERED


def test_a_server_licence_is_perpetual_in_every_edition() -> None:
    for book in BOOK.values():
        assert assess_maintenance(book, MaintenanceCase(Subscription(SERVER))).perpetual is True


def test_the_purchase_date_stands_in_for_a_licence_that_is_only_asked_about() -> None:
    held = Subscription(SERVER, purchased_on=date(2020, 5, 10))
    asked = assess_maintenance(BOOK["2021"], MaintenanceCase(held))
    assert asked.term == Term(date(2020, 5, 10), date(2021, 5, 10))
    unknown = assess_maintenance(BOOK["2021"], MaintenanceCase(Subscription(SERVER)))
    assert [finding.missing for finding in unknown.findings] == [("subscription.purchase_date",)]
    assert outcome(unknown) is Outcome.GRANTED
    bought = assess_maintenance(BOOK["2021"], MaintenanceCase(held, Action.NEW, ordered_on=date(2021, 1, 1)))
    assert bought.term is not None
    assert bought.term.start == date(2021, 1, 1)


def test_a_downgrade_of_data_center_comes_with_its_renewal() -> None:
    held = Subscription(DATA_CENTER, term=Term(date(2024, 5, 1), date(2025, 5, 1)))
    renewed, smaller = (
        assess_maintenance(BOOK["2024"], MaintenanceCase(held, action)) for action in (Action.RENEWAL, Action.DOWNGRADE)
    )
    assert renewed.term == smaller.term == Term(date(2025, 5, 1), date(2026, 5, 1))


def test_a_cancelled_subscription_is_not_active() -> None:
    held = Subscription(DATA_CENTER, term=Term(date(2024, 5, 1), date(2025, 5, 1)), state="cancelled")
    case = MaintenanceCase(held, day=date(2024, 6, 1))
    assert assess_maintenance(BOOK["2026"], case).active is False
    assert assess_maintenance(BOOK["2026"], replace(case, day=None)).active is None
