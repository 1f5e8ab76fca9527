"""Discounted programmes: every type of organisation and every criterion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eligibility_cases import (
    CLASSROOM,
    CLOUD,
    COLLEGES,
    GOOD_CONDUCT,
    GOVERNMENT,
    NEEDS,
    NONPROFIT,
    OPEN_SOURCE,
    QUALIFIED,
    SCHOOLS,
    TIED,
    TYPES,
    ask,
    codes,
)
from quotary_spec.model.application import Application, VendorDecision
from quotary_spec.model.party import PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Outcome
from quotary_spec.register.vocabulary import VOCABULARY

GROUPS = {
    "business": {"professional_society", "mutual_organisation", "fraternity"},
    "health": {
        "public_hospital",
        "nhs_charity_trust",
        "private_hospital",
        "speciality_hospital",
        "health_insurance",
        "group_health_plan",
    },
    "law_and_politics": {"political_activity", "governmental"},
    "religion": {
        "place_of_worship",
        "religious_activity",
        "religious_institution",
        "religious_education",
        "religious_advocacy",
    },
    "schools": {
        "preschool",
        "primary_school",
        "secondary_school",
        "higher_education",
        "vocational_school",
        "alumni_group",
        "parent_teacher_association",
        "graduate_school",
        "university",
        "undergraduate_college",
        "charter_school",
    },
    "sports": {"professional_sports"},
    "funds": {"endowment_fund"},
}
GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
OFFICES = {"education_administration", "k12_administration_office"}
ACADEMIC = {
    "2021": SCHOOLS
    | COLLEGES
    | OFFICES
    | TIED
    | {"special_education", "public_library", "homeschool_programme", "training_organisation"},
    "2024": SCHOOLS | COLLEGES | OFFICES | TIED | {"public_library", "homeschool_programme", "training_organisation"},
    "2026": SCHOOLS | COLLEGES | OFFICES | TIED | {"special_education", "training_organisation"},
}

# ---- community


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_a_recognised_nonprofit_meets_the_criteria_and_the_vendor_decides(edition: str) -> None:
    answer = ask(edition, NONPROFIT)
    assert answer.outcome is Outcome.GRANTED
    assert answer.criteria.met is True
    assert answer.conduct_accepted is True
    assert codes(answer) == ["VENDOR_DECIDES"]
    assert (answer.verifier, answer.decider, answer.licence_type) == ("goodstack", "vendor", "community")
    assert (answer.review_required, answer.revocable, answer.reapplication_required) == (True, True, None)
    assert answer.allowed_plans == ()
    assert answer.guidance is not None


def test_social_enterprises_came_with_2026_and_the_commercial_bar_went() -> None:
    social = replace(
        NONPROFIT, organisation_type="social_enterprise", recognised_nonprofit=False, valid_social_enterprise=True
    )
    assert ask("2026", social).outcome is Outcome.GRANTED
    assert ask("2024", social).failed == ("recognised_nonprofit",)
    commercial = replace(NONPROFIT, commercial=True)
    assert ask("2026", commercial).outcome is Outcome.GRANTED
    assert ask("2024", commercial).failed == ("commercial",)
    neither = replace(NONPROFIT, recognised_nonprofit=False)
    assert ask("2026", neither).failed == ("recognised_nonprofit", "valid_social_enterprise")
    assert ask("2026", neither).criteria.met is False


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize(
    "change",
    [
        {"governmental": True},
        {"organisation_type": "governmental"},
        {"party_kind": PartyKind.LOCAL_GOVERNMENT},
        {"political": True},
        {"organisation_type": "political_activity"},
    ],
)
def test_governments_and_politics_are_excluded(edition: str, change: dict[str, object]) -> None:
    answer = ask(edition, replace(NONPROFIT, **change))  # type: ignore[arg-type]
    assert answer.outcome is Outcome.REFUSED
    assert answer.criteria.met is False
    wanted = "political" if "politic" in str(change) else "governmental"
    assert wanted in answer.failed
    assert ask(edition, replace(NONPROFIT, party_kind=PartyKind.NONPROFIT)).outcome is Outcome.GRANTED


@pytest.mark.parametrize("kind", TYPES)
def test_twenty_nine_types_are_excluded_in_2024(kind: str) -> None:
    answer = ask("2024", replace(NONPROFIT, organisation_type=kind))
    group = GROUP_OF.get(kind, "")
    assert answer.criteria.category == group
    assert ("organisation_type" in answer.failed) is bool(group)
    assert ("ORGANISATION_TYPE_EXCLUDED" in codes(answer)) is bool(group)
    assert (answer.outcome is Outcome.REFUSED) is bool(group)
    newest = ask("2026", replace(NONPROFIT, organisation_type=kind))
    if kind not in ("governmental", "political_activity"):
        assert newest.outcome is Outcome.GRANTED
        elsewhere = kind not in ("nonprofit", "social_enterprise")
        assert ("ORGANISATION_TYPES_ELSEWHERE" in codes(newest)) is elsewhere


def test_the_seven_groups_hold_twenty_nine_types() -> None:
    assert [len(kinds) for kinds in GROUPS.values()] == [3, 6, 2, 5, 11, 1, 1]
    assert set(GROUP_OF) <= set(TYPES)
    assert len(GROUP_OF) == 29


COMMUNITY_FACTS = ["recognised_nonprofit", "governmental", "political"]


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("fact", COMMUNITY_FACTS)
def test_an_unknown_fact_leaves_the_criteria_open(edition: str, fact: str) -> None:
    application = replace(NONPROFIT, **{fact: None})  # type: ignore[arg-type]
    answer = ask(edition, application)
    assert answer.outcome is Outcome.UNDETERMINED
    assert answer.criteria.met is None
    assert answer.findings[0].missing == (fact,)
    assert "VENDOR_DECIDES" not in codes(answer)
    # What fails decides all the same.
    other = "political" if fact != "political" else "governmental"
    assert ask(edition, replace(application, **{other: True})).outcome is Outcome.REFUSED  # type: ignore[arg-type]


def test_unknown_facts_of_one_edition_alone() -> None:
    assert ask("2024", replace(NONPROFIT, commercial=None)).findings[0].missing == ("commercial",)
    assert ask("2026", replace(NONPROFIT, commercial=None)).outcome is Outcome.GRANTED
    typeless = ask("2024", replace(NONPROFIT, organisation_type=None))
    assert (typeless.criteria.met, typeless.findings[0].missing) == (None, ("organisation_type",))
    failing = ask("2024", replace(NONPROFIT, organisation_type=None, political=True))
    assert (failing.criteria.met, failing.outcome) == (False, Outcome.REFUSED)
    unsure = replace(NONPROFIT, recognised_nonprofit=False, valid_social_enterprise=None)
    assert ask("2026", unsure).findings[0].missing == ("valid_social_enterprise",)
    nothing = replace(NONPROFIT, recognised_nonprofit=None, valid_social_enterprise=None)
    assert ask("2026", nothing).findings[0].missing == ("recognised_nonprofit", "valid_social_enterprise")
    known = replace(NONPROFIT, recognised_nonprofit=None, valid_social_enterprise=True)
    assert ask("2026", known).outcome is Outcome.GRANTED


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("fact", ["harmful", "partisan", "discriminatory"])
def test_each_conduct_excludes(edition: str, fact: str) -> None:
    bad = ask(edition, replace(NONPROFIT, conduct=replace(GOOD_CONDUCT, **{fact: True})))
    assert bad.outcome is Outcome.REFUSED
    assert (bad.criteria.met, bad.conduct_accepted, bad.failed) == (True, False, (f"conduct.{fact}",))
    assert codes(bad) == ["CONDUCT_EXCLUDES"]
    unknown = ask(edition, replace(NONPROFIT, conduct=replace(GOOD_CONDUCT, **{fact: None})))
    assert (unknown.conduct_accepted, unknown.findings[0].missing) == (None, (f"conduct.{fact}",))


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_further_facts_keep_an_application_open(edition: str) -> None:
    for held in (None, False, True):
        waiting = ask(edition, replace(NONPROFIT, licence_held=held, further_facts_supplied=False))
        assert waiting.outcome is Outcome.UNDETERMINED
        assert codes(waiting) == ["FURTHER_FACTS_OUTSTANDING"]
        assert waiting.review_required is True
    assert ask(edition, replace(NONPROFIT, further_facts_supplied=True)).outcome is Outcome.GRANTED


# ---- academic


@pytest.mark.parametrize("edition", ACADEMIC)
@pytest.mark.parametrize("kind", TYPES)
def test_academic_categories(edition: str, kind: str) -> None:
    qualified = replace(QUALIFIED, organisation_type=kind)
    answer = ask(edition, qualified)
    good = kind in ACADEMIC[edition]
    assert (answer.outcome is Outcome.GRANTED) is good
    assert bool(answer.criteria.category) is good
    if not good:
        assert answer.failed == ("organisation_type",)
        assert codes(answer) == ["CRITERIA_NOT_MET"]
        return
    for name in ("nationally_accredited", "university_affiliated", "statutorily_accredited", "college_level"):
        lacking = ask(edition, replace(qualified, **{name: False}))  # type: ignore[arg-type]
        unknown = ask(edition, replace(qualified, **{name: None}))  # type: ignore[arg-type]
        if NEEDS[edition].get(kind) == name:
            assert (lacking.outcome, lacking.failed, lacking.criteria.category) == (Outcome.REFUSED, (name,), "")
            assert unknown.findings[0].missing == (name,)
            assert unknown.criteria.category
        else:
            assert lacking.outcome is unknown.outcome is Outcome.GRANTED


@pytest.mark.parametrize("kind", sorted(SCHOOLS | {"k12_administration_office"}))
def test_schools_of_2024_qualify_for_their_office_without_data_of_pupils(kind: str) -> None:
    office = replace(QUALIFIED, organisation_type=kind)
    assert ask("2024", office).criteria.category == "k12_administration_office"
    taught = ask("2024", replace(office, administration_use_only=False, pupil_data_submitted=True))
    assert taught.failed == ("administration_use_only", "pupil_data_submitted")
    assert ask("2024", replace(office, pupil_data_submitted=True)).failed == ("pupil_data_submitted",)
    assert ask("2024", replace(office, administration_use_only=False)).failed == ("administration_use_only",)
    unknown = replace(office, administration_use_only=None, pupil_data_submitted=None)
    assert ask("2024", unknown).findings[0].missing == ("administration_use_only", "pupil_data_submitted")
    assert ask("2026", unknown).outcome is Outcome.GRANTED


def test_an_academic_application_needs_a_type() -> None:
    for edition in ACADEMIC:
        assert ask(edition, Application("academic")).findings[0].missing == ("organisation_type",)


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_holders_of_academic_server_licences_apply_again(edition: str) -> None:
    university = replace(QUALIFIED, organisation_type="university")
    held = ask(edition, replace(university, academic_server_licence_held=True))
    assert held.reapplication_required is True
    assert codes(held) == ["VENDOR_DECIDES", "REAPPLICATION_REQUIRED"]
    assert ask(edition, replace(university, academic_server_licence_held=False)).reapplication_required is False
    assert ask(edition, university).reapplication_required is None
    other = replace(NONPROFIT, academic_server_licence_held=True)
    assert ask(edition, other).reapplication_required is None
    assert ask("2021", replace(university, academic_server_licence_held=True)).reapplication_required is None


# ---- classroom, open source, government


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_classroom_licences_are_for_students_and_teachers_of_cloud_products(edition: str) -> None:
    for person in VOCABULARY["person_type"]:
        answer = ask(edition, replace(CLASSROOM, person_type=person))
        assert (answer.outcome is Outcome.GRANTED) is (person != "pupil")
        assert answer.failed == (("person_type",) if person == "pupil" else ())
    for uses, good in ((("learning_activity",), True), (("other", "learning_activity"), True), (("other",), False)):
        answer = ask(edition, replace(CLASSROOM, uses=uses))
        assert (answer.outcome is Outcome.GRANTED) is good
    server = replace(CLASSROOM, product=Product("jira", Platform.DATA_CENTER))
    assert ask(edition, server).failed == ("product.platform",)
    empty = ask(edition, Application("classroom"))
    assert empty.findings[0].missing == ("person_type", "uses", "product.platform")
    assert ask(edition, replace(CLASSROOM, person_type="pupil", uses=())).outcome is Outcome.REFUSED
    assert ask(edition, CLASSROOM).verifier == "goodstack"


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_open_source_is_decided_by_the_vendor(edition: str) -> None:
    waiting = ask(edition, OPEN_SOURCE)
    assert (waiting.outcome, codes(waiting)) == (Outcome.UNDETERMINED, ["CRITERIA_ELSEWHERE"])
    assert waiting.findings[0].missing == ("vendor_decision",)
    assert (waiting.criteria.met, waiting.verifier, waiting.decider) == (None, "", "vendor")
    assert (waiting.allowed_plans, waiting.licence_type) == (("standard",), "open_source")
    granted = replace(OPEN_SOURCE, vendor_decision=VendorDecision.GRANTED)
    assert ask(edition, granted).outcome is Outcome.GRANTED
    assert ask(edition, granted).criteria.met is None
    premium = replace(granted, product=Product("jira", Platform.CLOUD, "premium"))
    assert (ask(edition, premium).failed, codes(ask(edition, premium))) == (
        ("product.plan",),
        ["PLAN_NOT_IN_PROGRAMME"],
    )
    server = replace(granted, product=Product("jira", Platform.DATA_CENTER))
    assert ask(edition, server).failed == ("product.platform",)
    assert ask(edition, replace(granted, organisation_type="nonprofit")).failed == ("organisation_type",)
    assert ask(edition, replace(granted, organisation_type=None)).findings[0].missing == ("organisation_type",)
    assert ask(edition, replace(granted, product=None)).outcome is Outcome.GRANTED
    # The verifier does not look at open source, so that its word does not count.
    assert ask(edition, replace(granted, verified=False)).outcome is Outcome.GRANTED


def test_public_bodies_of_the_united_states_may_buy_government_cloud_in_2026() -> None:
    for kind in (PartyKind.FEDERAL_GOVERNMENT, PartyKind.STATE_GOVERNMENT, PartyKind.LOCAL_GOVERNMENT):
        answer = ask("2026", replace(GOVERNMENT, party_kind=kind))
        assert (answer.outcome, codes(answer)) == (Outcome.GRANTED, ["GOVERNMENT_CLOUD_BY_ITSELF"])
        assert (answer.licence_type, answer.decider, answer.revocable) == ("", "", None)
    for change, failed in (
        ({"party_kind": PartyKind.BUSINESS}, "party_kind"),
        ({"country": "CA"}, "region_code"),
        ({"product": CLOUD}, "product.platform"),
    ):
        answer = ask("2026", replace(GOVERNMENT, **change))
        assert answer.failed == (failed,)
        assert codes(answer) == ["CRITERIA_NOT_MET", "NO_GOVERNMENT_PRICE"]
    unknown = ask("2026", Application("government"))
    assert unknown.findings[0].missing == ("party_kind", "region_code", "product.platform")
    assert unknown.guidance is not None
    assert unknown.guidance.contact == "Carahsoft"


def test_public_bodies_in_the_older_editions() -> None:
    assert codes(ask("2024", GOVERNMENT)) == ["NO_GOVERNMENT_PRICE"]
    assert ask("2024", GOVERNMENT).criteria.met is False
    assert codes(ask("2023", GOVERNMENT)) == ["CRITERIA_ELSEWHERE"]
    assert codes(ask("2021", GOVERNMENT)) == ["PROGRAMME_NOT_OFFERED"]
