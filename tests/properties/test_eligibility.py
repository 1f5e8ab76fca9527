"""Discounted programmes: who verifies, who decides, and what holds of every application."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility_cases import (
    CLASSROOM,
    GOVERNMENT,
    NEEDS,
    NONPROFIT,
    OPEN_SOURCE,
    QUALIFIED,
    TIED,
    TYPES,
    ask,
    codes,
    known,
)
from quotary_spec.model.application import Application, Conduct, VendorDecision
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.party import PartyKind
from quotary_spec.outcome import Outcome
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rulebook import BOOK
from quotary_spec.rules import eligibility as rules
from strategies import days, loose_products

PROGRAMMES = list(VOCABULARY["programme"])
for needs in NEEDS.values():
    needs |= dict.fromkeys(TIED, "university_affiliated") | {"training_organisation": "statutorily_accredited"}

# ---- who decides


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("application", [NONPROFIT, CLASSROOM, replace(QUALIFIED, organisation_type="university")])
def test_verification_is_necessary_and_never_sufficient(edition: str, application: Application) -> None:
    assert codes(ask(edition, replace(application, verified=True))) == ["VENDOR_DECIDES"]
    assert codes(ask(edition, replace(application, verified=False))) == ["NOT_VERIFIED"]
    for decision, code in (("DENIED", "VENDOR_DENIED"), ("DISCONTINUED", "VENDOR_DISCONTINUED")):
        against = replace(application, verified=True, vendor_decision=VendorDecision[decision])
        assert (ask(edition, against).outcome, codes(ask(edition, against))) == (Outcome.REFUSED, [code])
    granted = replace(application, vendor_decision=VendorDecision.GRANTED)
    assert ask(edition, granted).findings == ()


def test_the_vendors_grant_does_not_mend_criteria() -> None:
    unmet = replace(NONPROFIT, political=True, vendor_decision=VendorDecision.GRANTED)
    assert ask("2026", unmet).outcome is Outcome.REFUSED


def test_2023_names_programmes_and_leaves_them_to_the_vendor() -> None:
    for programme in ("community", "academic", "government"):
        waiting = ask("2023", Application(programme))
        assert (waiting.outcome, waiting.findings[0].missing) == (Outcome.UNDETERMINED, ("vendor_decision",))
        assert waiting.criteria.met is None
        granted = ask("2023", Application(programme, vendor_decision=VendorDecision.GRANTED))
        assert granted.outcome is Outcome.GRANTED
        denied = ask("2023", Application(programme, vendor_decision=VendorDecision.DENIED))
        assert codes(denied) == ["VENDOR_DENIED"]
    assert ask("2023", Application("academic")).licence_type == "academic"
    assert ask("2023", NONPROFIT).review_required is None
    for programme in ("classroom", "open_source"):
        assert codes(ask("2023", Application(programme))) == ["EDITION_SILENT"]
        assert ask("2023", Application(programme)).licence_type == ""


def test_2021_has_an_academic_programme_and_no_other() -> None:
    for programme in PROGRAMMES:
        answer = ask("2021", Application(programme, organisation_type="public_library"))
        assert (answer.outcome is Outcome.GRANTED) is (programme == "academic")
        assert (answer.verifier, answer.decider, answer.revocable) == ("", "", None)
    denied = Application("academic", organisation_type="public_library", vendor_decision=VendorDecision.DENIED)
    assert codes(ask("2021", denied)) == ["VENDOR_DENIED"]
    assert ask("2021", Application("academic")).guidance == Guidance(
        "order", documents=("proof_of_accreditation_or_affiliation",)
    )


def test_an_answer_is_usual_within_a_business_day_in_2024() -> None:
    friday = replace(NONPROFIT, submitted_on=date(2024, 9, 6))
    assert ask("2024", friday).expected_response_on == date(2024, 9, 9)
    assert ask("2024", friday, frozenset({date(2024, 9, 9)})).expected_response_on == date(2024, 9, 10)
    assert ask("2024", NONPROFIT).expected_response_on is None
    assert ask("2024", replace(GOVERNMENT, submitted_on=date(2024, 9, 6))).expected_response_on is None
    for edition in ("2021", "2023", "2026"):
        assert ask(edition, friday).expected_response_on is None


# ---- the whole

applications = st.builds(
    Application,
    programme=st.sampled_from(PROGRAMMES),
    licence_held=known,
    party_kind=st.sampled_from([None, *PartyKind]),
    country=st.sampled_from([None, "US", "DE"]),
    organisation_type=st.sampled_from([None, *TYPES]),
    recognised_nonprofit=known,
    valid_social_enterprise=known,
    governmental=known,
    political=known,
    commercial=known,
    conduct=st.builds(Conduct, known, known, known),
    nationally_accredited=known,
    university_affiliated=known,
    statutorily_accredited=known,
    administration_use_only=known,
    pupil_data_submitted=known,
    college_level=known,
    person_type=st.sampled_from([None, *VOCABULARY["person_type"]]),
    uses=st.lists(st.sampled_from(list(VOCABULARY["licence_use"])), max_size=2).map(tuple),
    product=st.none() | loose_products,
    academic_server_licence_held=known,
    submitted_on=st.none() | days,
    further_facts_supplied=known,
    verified=known,
    vendor_decision=st.sampled_from([None, *VendorDecision]),
)


@given(st.sampled_from(list(BOOK)), applications)
def test_every_application_gets_an_answer(edition: str, application: Application) -> None:
    answer = ask(edition, application)
    if answer.outcome is Outcome.GRANTED:
        assert answer.criteria.met is not False
        assert answer.failed == ()
        assert application.vendor_decision in (None, VendorDecision.GRANTED)
    if answer.failed or answer.criteria.met is False:
        assert answer.outcome is Outcome.REFUSED
    if answer.criteria.met and answer.criteria.category:
        assert application.programme == "academic"
    for finding in answer.findings:
        assert finding.outcome is not Outcome.UNDETERMINED or finding.missing or "OUTSTANDING" in finding.reason


@given(st.sampled_from(list(BOOK)), applications, st.sampled_from(["DENIED", "DISCONTINUED"]))
def test_nothing_stands_against_the_vendor(edition: str, application: Application, decision: str) -> None:
    against = replace(application, vendor_decision=VendorDecision[decision])
    assert ask(edition, against).outcome is Outcome.REFUSED


# ---- rules by themselves


def test_what_a_rule_grants_is_a_plain_yes() -> None:
    assert rules.is_reviewed(True) is True
    assert rules.facts_are_complete(None) is True
    assert rules.plan_is_open_source("standard", ["standard"]) is True
    assert rules.programme_is_offered("academic", ["academic"]) is True
    assert rules.programme_by_decision("academic", ["academic"], VendorDecision.GRANTED) is True
    assert rules.verification_stands(True, "goodstack") is True
    assert rules.vendor_lets_it_stand(VendorDecision.GRANTED) is True


def test_words_are_compared_by_what_they_say() -> None:
    programme, kind = "".join(["commu", "nity"]), "".join(["govern", "mental"])
    answer = ask("2026", replace(NONPROFIT, programme=programme, organisation_type=kind))
    assert (answer.failed, answer.conduct_accepted) == (("governmental",), True)
    academic = replace(QUALIFIED, programme="".join(["aca", "demic"]), organisation_type="university")
    assert ask("2026", replace(academic, academic_server_licence_held=True)).reapplication_required is True
    assert ask("2026", replace(GOVERNMENT, programme="".join(["govern", "ment"]))).licence_type == ""
    source = "_".join(["open", "source"])
    assert ask("2026", replace(OPEN_SOURCE, programme=source)).allowed_plans == ("standard",)
    project = "_".join(["open", "source", "project"])
    assert ask("2026", replace(OPEN_SOURCE, organisation_type=project)).outcome is Outcome.UNDETERMINED
