"""Whether an applicant gets a programme: the rules of each programme asked in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from quotary_spec.model.application import Application, Criteria, EligibilityAssessment
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, Outcome, refused, remark, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rulebook import Book
from quotary_spec.rules.eligibility import (
    COMMUNITY_CRITERIA,
    Failed,
    academic_category,
    classroom_criteria,
    decided,
    exceeds_school_limit,
    excluding_conduct,
    excluding_group,
    expected_response,
    facts_are_complete,
    government_criteria,
    government_has_no_price,
    has_to_reapply,
    is_reviewed,
    lacks_standing,
    open_source_criteria,
    plan_is_open_source,
    programme_by_decision,
    programme_is_offered,
    types_are_listed_elsewhere,
    vendor_lets_it_stand,
    verification_stands,
    verifier,
)

_GUIDANCE = Keys("eligibility.guidance.*")


# ---- composition


def assess_eligibility(book: Book, application: Application, holidays: Collection[date]) -> EligibilityAssessment:
    """Whether an applicant meets the criteria of a programme, who verifies, who decides, and what follows."""
    programme = application.programme
    community = programme == "community" and book.serves(excluding_conduct)
    criteria = _criteria(book, application)
    findings = list(criteria.findings)
    conduct: Failed | Finding = ()
    if community:
        conduct = excluding_conduct(
            harmful=application.conduct.harmful,
            partisan=application.conduct.partisan,
            discriminatory=application.conduct.discriminatory,
        )
        findings += _as_findings(conduct, "CONDUCT_EXCLUDES", excluding_conduct.info.id)
        findings += _found(facts_are_complete(application.further_facts_supplied))
    verified_by = _verifier(book, programme)
    findings += _found(book.if_served(verification_stands, application.verified, verified_by))
    revocable = programme in book.texts("eligibility.revocable-programmes", silent=())
    findings += _decision(book, application, revocable, findings)
    reapply = _reapplication(book, application)
    if reapply:
        findings.append(replace(remark("REAPPLICATION_REQUIRED"), rule_id=has_to_reapply.info.id))
    offered = programme in book.texts("eligibility.programmes")
    return EligibilityAssessment(
        criteria=criteria,
        conduct_accepted=None if not community or isinstance(conduct, Finding) else not conduct,
        failed=(*criteria.failed, *(() if isinstance(conduct, Finding) else conduct)),
        verifier=verified_by,
        decider="vendor" if revocable else "",
        review_required=is_reviewed(application.licence_held) if community else None,
        reapplication_required=reapply,
        revocable=True if revocable else None,
        allowed_plans=book.texts("eligibility.open_source.plans", silent=()) if programme == "open_source" else (),
        expected_response_on=_response(book, application, holidays),
        licence_type=programme if offered and programme != "government" else "",
        guidance=book.guidance(_GUIDANCE[programme]),
        findings=tuple(findings),
    )


def _found(answer: bool | Finding | None) -> list[Finding]:
    return [answer] if isinstance(answer, Finding) else []


def _as_findings(answer: Failed | Finding, reason: str, rule_id: str) -> list[Finding]:
    """An open question as it is; criteria that failed as one refusal that names them."""
    if isinstance(answer, Finding):
        return [answer]
    return [replace(refused(reason, failed=", ".join(answer)), rule_id=rule_id)] if answer else []


def _settled(answer: Failed | Finding, rule_id: str, category: str = "") -> Criteria:
    findings = tuple(_as_findings(answer, "CRITERIA_NOT_MET", rule_id))
    if isinstance(answer, Finding):
        return Criteria(None, category, (), findings)
    return Criteria(not answer, "" if answer else category, answer, findings)


def _criteria(book: Book, application: Application) -> Criteria:
    """How the application stands with the printed criteria; without any, what the edition says instead."""
    programme = application.programme
    if book.serves(programme_by_decision):
        named = book.texts("eligibility.programmes")
        return Criteria(
            None, findings=tuple(_found(programme_by_decision(programme, named, application.vendor_decision)))
        )
    if book.serves(programme_is_offered):
        offered = programme_is_offered(programme, book.texts("eligibility.programmes"))
        if isinstance(offered, Finding):
            return Criteria(None, findings=(offered,))
    ask = {
        "community": _community,
        "academic": _academic,
        "classroom": _classroom,
        "open_source": _open_source,
        "government": _government,
    }
    return ask[programme](book, application)


def _community(book: Book, application: Application) -> Criteria:
    answer = COMMUNITY_CRITERIA(
        book.edition,
        recognised_nonprofit=application.recognised_nonprofit,
        valid_social_enterprise=application.valid_social_enterprise,
        governmental=application.is_governmental,
        political=application.is_political,
        commercial=application.commercial,
    )
    core = _settled(answer, book.version(COMMUNITY_CRITERIA).info.id)
    kind = application.organisation_type
    if not book.serves(excluding_group):
        elsewhere = core.met and types_are_listed_elsewhere(kind)
        note = replace(remark("ORGANISATION_TYPES_ELSEWHERE"), rule_id=types_are_listed_elsewhere.info.id)
        return replace(core, findings=(note,)) if elsewhere else core
    group = excluding_group(kind, {row["group"]: row["types"] for row in book.rows("eligibility.community.ineligible")})
    if isinstance(group, Finding):
        return Criteria(False if core.met is False else None, "", core.failed, (*core.findings, group))
    if not group:
        return core
    excluded = refused("ORGANISATION_TYPE_EXCLUDED", type=str(kind), group=group)
    excluded = replace(excluded, rule_id=excluding_group.info.id)
    return Criteria(False, group, (*core.failed, "organisation_type"), (*core.findings, excluded))


def _academic(book: Book, application: Application) -> Criteria:
    rows = book.rows("eligibility.academic.categories")
    category = academic_category(application.organisation_type, {row["category"]: row["types"] for row in rows})
    if isinstance(category, Finding):
        return Criteria(None, findings=(category,))
    if not category:
        return _settled(("organisation_type",), academic_category.info.id)
    if category == "k12_administration_office":
        limit = exceeds_school_limit(
            administration_use_only=application.administration_use_only,
            pupil_data_submitted=application.pupil_data_submitted,
        )
        return _settled(limit, exceeds_school_limit.info.id, category)
    needs = next(row.get("needs", "") for row in rows if row["category"] == category)
    if not needs:
        return Criteria(True, category)
    facts = {
        "nationally_accredited": application.nationally_accredited,
        "university_affiliated": application.university_affiliated,
        "statutorily_accredited": application.statutorily_accredited,
        "college_level": application.college_level,
    }
    return _settled(lacks_standing(needs, facts[needs]), lacks_standing.info.id, category)


def _classroom(book: Book, application: Application) -> Criteria:
    answer = classroom_criteria(
        application.person_type,
        application.uses,
        _platform(application),
        book.texts("eligibility.classroom.persons"),
        book.texts("eligibility.classroom.uses"),
    )
    return _settled(answer, classroom_criteria.info.id)


def _open_source(book: Book, application: Application) -> Criteria:
    answer = open_source_criteria(application.organisation_type, _platform(application), application.vendor_decision)
    core = _settled(answer, open_source_criteria.info.id)
    plan = application.product.plan if application.product is not None else None
    plans = book.texts("eligibility.open_source.plans")
    open_source = plan_is_open_source(plan, plans) if plan is not None else None
    if isinstance(open_source, Finding):
        return Criteria(False, "", (*core.failed, "product.plan"), (*core.findings, open_source))
    if plan is None and application.product is not None and core.met:
        unknown = undetermined("INPUT_MISSING", "product.plan").by(plan_is_open_source.info.id)
        return replace(core, met=None, findings=(*core.findings, unknown))
    # What is printed is met, but more is asked than is printed.
    return replace(core, met=None) if core.met else core


def _government(book: Book, application: Application) -> Criteria:
    if book.serves(government_has_no_price):
        return Criteria(False, findings=(government_has_no_price(application.party_kind),))
    answer = government_criteria(application.party_kind, application.country, _platform(application))
    core = _settled(answer, government_criteria.info.id)
    if core.met:
        note = replace(remark("GOVERNMENT_CLOUD_BY_ITSELF"), rule_id=government_criteria.info.id)
        return replace(core, findings=(note,))
    if core.met is False:
        refusal = replace(refused("NO_GOVERNMENT_PRICE"), rule_id=government_criteria.info.id)
        return replace(core, findings=(*core.findings, refusal))
    return core


def _platform(application: Application) -> Platform | None:
    return application.product.platform if application.product is not None else None


def _verifier(book: Book, programme: str) -> str:
    if not book.prints("eligibility.verifier"):
        return ""
    return verifier(programme, book.texts("eligibility.verified-programmes"), book.text("eligibility.verifier"))


def _decision(book: Book, application: Application, revocable: bool, before: Sequence[Finding]) -> list[Finding]:
    """What the vendor decided; that it still has to is said only where nothing else stands in the way."""
    decision = application.vendor_decision
    if not revocable:
        finding = decided(decision)
        return [] if finding is None else [finding]
    answer = _found(vendor_lets_it_stand(decision))
    return answer if decision is not None or weakest(before) is Outcome.GRANTED else []


def _reapplication(book: Book, application: Application) -> bool | None:
    holds_server_licence = application.academic_server_licence_held
    if application.programme != "academic" or holds_server_licence is None:
        return None
    return book.if_served(has_to_reapply, holds_server_licence)


def _response(book: Book, application: Application, holidays: Collection[date]) -> date | None:
    key = "eligibility.response.business-days"
    submitted_on = application.submitted_on
    named = application.programme in book.texts("eligibility.programmes")
    if submitted_on is None or not named or not book.prints(key):
        return None
    return expected_response(submitted_on, book.integer(key), holidays)
