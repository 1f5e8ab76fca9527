"""Applications that tests of eligibility share."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from quotary_spec.model.application import Application, Conduct, EligibilityAssessment
from quotary_spec.model.party import PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.eligibility_assessment import assess_eligibility

TYPES = list(VOCABULARY["organisation_type"])
GOOD_CONDUCT = Conduct(False, False, False)
CLOUD = Product("jira", Platform.CLOUD, "standard")
NONPROFIT = Application(
    "community",
    organisation_type="nonprofit",
    recognised_nonprofit=True,
    valid_social_enterprise=False,
    governmental=False,
    political=False,
    commercial=False,
    conduct=GOOD_CONDUCT,
)
SCHOOLS = {"preschool", "primary_school", "secondary_school", "charter_school"}
COLLEGES = {"higher_education", "vocational_school", "graduate_school", "university", "undergraduate_college"}
TIED = {"research_institute", "teaching_hospital"}
QUALIFIED = Application(
    "academic",
    nationally_accredited=True,
    university_affiliated=True,
    statutorily_accredited=True,
    administration_use_only=True,
    pupil_data_submitted=False,
    college_level=True,
)
NEEDS = {
    # Which fact each type cannot do without, by edition.
    "2021": dict.fromkeys(SCHOOLS | COLLEGES | {"special_education"}, "nationally_accredited"),
    "2024": dict.fromkeys(COLLEGES, "nationally_accredited") | {"homeschool_programme": "college_level"},
    "2026": {},
}


def ask(edition: str, application: Application, holidays: frozenset[date] = frozenset()) -> EligibilityAssessment:
    with tracing() as trace:
        answer = assess_eligibility(BOOK[edition], application, holidays)
    # Every rule that takes part serves the edition that asks.
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    return answer


def codes(answer: EligibilityAssessment) -> list[str]:
    return [finding.reason for finding in answer.findings]


# ---- classroom, open source, government

CLASSROOM = Application("classroom", person_type="teacher", uses=("classroom_activity",), product=CLOUD)
OPEN_SOURCE = Application("open_source", organisation_type="open_source_project", product=CLOUD)
GOVERNMENT = Application(
    "government",
    party_kind=PartyKind.STATE_GOVERNMENT,
    country="US",
    product=Product("jira", Platform.GOVERNMENT_CLOUD),
)

# ---- the whole

known = st.none() | st.booleans()
