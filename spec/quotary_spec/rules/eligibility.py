"""Discounted programmes: whether an applicant meets the printed criteria, who verifies, and who decides in the end.

Meeting the criteria never gives a right to a licence: the vendor decides alone. Edition 2023 keeps the criteria of its
programmes outside the documents; edition 2021 has an academic programme and no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from quotary_spec.business_days import business_days_after
from quotary_spec.model.application import PUBLIC_BODIES, VendorDecision
from quotary_spec.model.party import PartyKind
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, not_covered, refused, remark, undetermined
from quotary_spec.rule import ByEdition, rule

Failed = tuple[str, ...]
"""Criteria that are not met, as names of the application's fields; none when all are."""


def _weigh(failed: Sequence[str], unknown: Sequence[str]) -> Failed | Finding:
    """What failed decides by itself; only then do unknown facts leave it open."""
    if failed or not unknown:
        return tuple(failed)
    return undetermined("INPUT_MISSING", *unknown)


# ---- community


@rule("ELIGIBILITY-COMMUNITY-CRITERIA", "000:53", rulings="R-000-ELIGIBILITY-COMMUNITY-CRITERIA")
def nonprofits_and_social_enterprises(
    *,
    recognised_nonprofit: bool | None,
    valid_social_enterprise: bool | None,
    governmental: bool | None,
    political: bool | None,
    commercial: bool | None,
) -> Failed | Finding:
    """A Community licence is for nonprofits and valid social enterprises, neither governmental nor political."""
    ways = {"recognised_nonprofit": recognised_nonprofit, "valid_social_enterprise": valid_social_enterprise}
    failed: list[str] = []
    unknown = [name for name, fact in ways.items() if fact is None]
    if True in ways.values():
        unknown = []
    elif not unknown:
        failed = list(ways)
    for name, excludes in (("governmental", governmental), ("political", political)):
        if excludes is None:
            unknown.append(name)
        elif excludes:
            failed.append(name)
    return _weigh(failed, unknown)


@rule("ELIGIBILITY-COMMUNITY-CORE", "002:85")
def nonprofits_alone(
    *,
    recognised_nonprofit: bool | None,
    valid_social_enterprise: bool | None,
    governmental: bool | None,
    political: bool | None,
    commercial: bool | None,
) -> Failed | Finding:
    """A Community licence is for recognised nonprofits that are neither governmental nor commercial nor political."""
    criteria = {
        "recognised_nonprofit": (recognised_nonprofit, True),
        "governmental": (governmental, False),
        "commercial": (commercial, False),
        "political": (political, False),
    }
    failed = [name for name, (fact, right) in criteria.items() if fact is not None and fact is not right]
    return _weigh(failed, [name for name, (fact, _) in criteria.items() if fact is None])


COMMUNITY_CRITERIA = ByEdition(nonprofits_alone, nonprofits_and_social_enterprises)


@rule(
    "ELIGIBILITY-COMMUNITY-INELIGIBLE-TYPES",
    "002:85 002:99-147",
    rulings="R-002-ELIGIBILITY-COMMUNITY-INELIGIBLE-TYPES",
)
def excluding_group(organisation_type: str | None, groups: Mapping[str, Collection[str]]) -> str | Finding:
    """Twenty-nine types of organisation in seven groups may not hold a Community licence.

    Reading: the headings of two groups are missing; they are named religion and funds here. Public money does not make
    a body governmental, and supporting the work of the British health service does not tie a charity to one of its
    bodies.
    """
    if organisation_type is None:
        return undetermined("INPUT_MISSING", "organisation_type")
    return next((group for group, types in groups.items() if organisation_type in types), "")


@rule("ELIGIBILITY-COMMUNITY-TYPES-ELSEWHERE", "000:53")
def types_are_listed_elsewhere(organisation_type: str | None) -> bool:
    """Which other types of organisation may not apply stands on a page outside the document."""
    return organisation_type not in ("nonprofit", "social_enterprise")


@rule("ELIGIBILITY-COMMUNITY-CONDUCT", "000:57-61 002:89-93")
def excluding_conduct(*, harmful: bool | None, partisan: bool | None, discriminatory: bool | None) -> Failed | Finding:
    """An applicant does no harm to environment, people or safety, takes no side in politics, and excludes nobody."""
    facts = {"conduct.harmful": harmful, "conduct.partisan": partisan, "conduct.discriminatory": discriminatory}
    return _weigh(
        [name for name, fact in facts.items() if fact], [name for name, fact in facts.items() if fact is None]
    )


@rule("ELIGIBILITY-COMMUNITY-REREVIEW", "000:63 002:95")
def is_reviewed(licence_held: bool | None) -> bool:
    """New applicants and holders of a Community licence are reviewed alike, by the same criteria."""
    return True


@rule("ELIGIBILITY-FURTHER-FACTS", "000:63 002:95", rulings="R-002-ELIGIBILITY-COMMUNITY-REVERIFY")
def facts_are_complete(further_facts_supplied: bool | None) -> bool | Finding:
    """The vendor may ask for more information before it grants a discount or lets it go on.

    Reading: no time limit is printed; until it is supplied the application stays open.
    """
    return undetermined("FURTHER_FACTS_OUTSTANDING") if further_facts_supplied is False else True


# ---- academic


@rule(
    "ELIGIBILITY-ACADEMIC-TYPES",
    "000:71-77 002:153-160 004:117-125",
    rulings="R-000-ELIGIBILITY-ACADEMIC-TYPES",
)
def academic_category(organisation_type: str | None, categories: Mapping[str, Collection[str]]) -> str | Finding:
    """An Academic licence is for the categories of teaching bodies that the edition lists; any one of them suffices.

    Reading: an office or board of education counts as academic although it is a public body.
    """
    if organisation_type is None:
        return undetermined("INPUT_MISSING", "organisation_type")
    return next((category for category, types in categories.items() if organisation_type in types), "")


@rule(
    "ELIGIBILITY-ACADEMIC-STANDING",
    "000:75-77 002:153 002:157-160 004:119 004:123-125",
    rulings="R-002-ELIGIBILITY-ACADEMIC-CATEGORIES R-004-DISCOUNT-ACADEMIC-ELIGIBILITY-004",
)
def lacks_standing(needs: str, fact: bool | None) -> Failed | Finding:
    """Some categories need an accreditation, the tie to an accredited university, or teaching at college level."""
    return _weigh([needs] if fact is False else [], [needs] if fact is None else [])


@rule("ELIGIBILITY-ACADEMIC-K12-LIMIT", "002:155")
def exceeds_school_limit(
    *, administration_use_only: bool | None, pupil_data_submitted: bool | None
) -> Failed | Finding:
    """A school below college qualifies for its administration office alone, and while no data of pupils goes in."""
    failed = ["administration_use_only"] if administration_use_only is False else []
    failed += ["pupil_data_submitted"] if pupil_data_submitted else []
    facts = {"administration_use_only": administration_use_only, "pupil_data_submitted": pupil_data_submitted}
    return _weigh(failed, [name for name, fact in facts.items() if fact is None])


@rule("ELIGIBILITY-ACADEMIC-SERVER-REAPPLY", "000:89 002:193")
def has_to_reapply(academic_server_licence_held: bool) -> bool:
    """Whoever holds an academic Server licence applies again, so that the criteria are checked anew."""
    return academic_server_licence_held


# ---- classroom, open source, government


@rule(
    "ELIGIBILITY-CLASSROOM",
    "000:112 002:215",
    rulings="R-000-ELIGIBILITY-CLASSROOM R-002-ELIGIBILITY-CLASSROOM",
)
def classroom_criteria(
    person_type: str | None,
    uses: Collection[str],
    platform: Platform | None,
    persons: Collection[str],
    accepted_uses: Collection[str],
) -> Failed | Finding:
    """Classroom licences are for college and graduate students and teachers who teach or learn with cloud products.

    Reading: students at college level or above, teachers at any; one of the two uses suffices.
    """
    failed: list[str] = []
    unknown: list[str] = []
    if person_type is None:
        unknown.append("person_type")
    elif person_type not in persons:
        failed.append("person_type")
    if not uses:
        unknown.append("uses")
    elif not set(uses) & set(accepted_uses):
        failed.append("uses")
    if platform is None:
        unknown.append("product.platform")
    elif not platform.hosted:
        failed.append("product.platform")
    return _weigh(failed, unknown)


@rule("ELIGIBILITY-OPEN-SOURCE-PROGRAM", "000:104-106 002:209")
def open_source_criteria(
    organisation_type: str | None, platform: Platform | None, vendor_decision: VendorDecision | None
) -> Failed | Finding:
    """Open source projects may apply for cloud products; the further criteria stand outside the documents."""
    failed = ["product.platform"] if platform is not None and not platform.hosted else []
    failed += ["organisation_type"] if organisation_type not in (None, "open_source_project") else []
    if failed or organisation_type is None:
        return _weigh(failed, ["organisation_type"])
    return undetermined("CRITERIA_ELSEWHERE", "vendor_decision") if vendor_decision is None else ()


@rule("ELIGIBILITY-OPEN-SOURCE-STANDARD-ONLY", "000:108 002:211")
def plan_is_open_source(plan: str, plans: Collection[str]) -> bool | Finding:
    """Open source licences for cloud exist on the Standard plan only."""
    return True if plan in plans else refused("PLAN_NOT_IN_PROGRAMME", plan=plan, plans=", ".join(plans))


@rule("ELIGIBILITY-GOVERNMENT-CLOUD", "000:98", rulings="R-31 R-000-DISCOUNT-GOVERNMENT-NONE")
def government_criteria(
    party_kind: PartyKind | None, country: str | None, platform: Platform | None
) -> Failed | Finding:
    """Public bodies get no special price; federal, state and local ones of the United States may buy government cloud.

    Reading: the sentence denies special prices to resellers, in answer to a question on governments, and is read as
    denying them to governments.
    """
    failed = ["party_kind"] if party_kind is not None and party_kind not in PUBLIC_BODIES else []
    failed += ["region_code"] if country not in (None, "US") else []
    failed += ["product.platform"] if platform not in (None, Platform.GOVERNMENT_CLOUD) else []
    facts = {"party_kind": party_kind, "region_code": country, "product.platform": platform}
    return _weigh(failed, [name for name, fact in facts.items() if fact is None])


@rule("ELIGIBILITY-GOVERNMENT-NONE", "002:116 002:199-201", rulings="R-31")
def government_has_no_price(party_kind: PartyKind | None) -> Finding:
    """Public bodies get no special price and buy commercial licences."""
    return refused("NO_GOVERNMENT_PRICE", licence_type="commercial")


# ---- programmes without printed criteria


@rule("ELIGIBILITY-NO-PROGRAMME", "004:111-117", rulings="R-31")
def programme_is_offered(programme: str, offered: Collection[str]) -> bool | Finding:
    """The edition gives no discounts but the special offers for teaching institutions."""
    return True if programme in offered else refused("PROGRAMME_NOT_OFFERED", programme=programme)


@rule("ELIGIBILITY-CRITERIA-ELSEWHERE", "003:82-84", only="2023", rulings="R-10 R-31")
def programme_by_decision(
    programme: str, named: Collection[str], vendor_decision: VendorDecision | None
) -> bool | Finding:
    """Discounts exist for registered nonprofits, academic institutions and public bodies; conditions are elsewhere."""
    if programme not in named:
        return not_covered(programme=programme)
    return True if vendor_decision is not None else undetermined("CRITERIA_ELSEWHERE", "vendor_decision")


# ---- who verifies and who decides


@rule("ELIGIBILITY-VERIFIER", "000:51 000:138 002:83 002:242")
def verifier(programme: str, verified_programmes: Collection[str], name: str) -> str:
    """A third party verifies nonprofits, teaching institutions, students and teachers, but not open source."""
    return name if programme in verified_programmes else ""


@rule(
    "ELIGIBILITY-DISCRETION",
    "000:138 002:242",
    rulings="R-10 R-000-ELIGIBILITY-DISCRETION R-002-ELIGIBILITY-DISCRETION",
)
def verification_stands(verified: bool | None, verified_by: str) -> bool | Finding:
    """An applicant whom the verifier does not confirm gets no licence; one whom it confirms has no right to one."""
    return refused("NOT_VERIFIED", verifier=verified_by) if verified is False and verified_by else True


def decided(vendor_decision: VendorDecision | None) -> Finding | None:
    """Why the vendor's decision stands against a programme; None where it does not."""
    if vendor_decision is VendorDecision.DENIED:
        return refused("VENDOR_DENIED")
    return refused("VENDOR_DISCONTINUED") if vendor_decision is VendorDecision.DISCONTINUED else None


@rule("ELIGIBILITY-REVOCATION", "000:140 002:242", rulings="R-10")
def vendor_lets_it_stand(vendor_decision: VendorDecision | None) -> bool | Finding:
    """The vendor alone grants, refuses and ends discounted licences, at any time and for any reason."""
    if vendor_decision is None:
        return remark("VENDOR_DECIDES")
    finding = decided(vendor_decision)
    return True if finding is None else finding


@rule("ELIGIBILITY-RESPONSE-TIME", "002:244", rulings="R-002-ELIGIBILITY-RESPONSE-TIME")
def expected_response(submitted_on: date, business_days: int, holidays: Collection[date]) -> date:
    """An applicant ordinarily hears back within one business day.

    Reading: Monday to Friday less the holidays given; an expectation, not a promise.
    """
    return business_days_after(submitted_on, business_days, holidays)
