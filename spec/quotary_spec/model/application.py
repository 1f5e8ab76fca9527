"""An application for a discounted programme, and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.party import PartyKind
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, Outcome, weakest


class VendorDecision(StrEnum):
    """What the vendor did with an application or a licence."""

    GRANTED = "granted"
    DENIED = "denied"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True, slots=True)
class Conduct:
    """Conduct that excludes an applicant.

    Attributes:
        harmful: Whether it works at the cost of the environment, human rights or dignity, or public safety.
        partisan: Whether it supports or opposes a party, candidate or campaign.
        discriminatory: Whether it discriminates against, marginalises or excludes people for what they are.
    """

    harmful: bool | None = None
    partisan: bool | None = None
    discriminatory: bool | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An application for a discounted programme.

    Attributes:
        programme: "community", "academic", "classroom", "open_source" or "government".
        licence_held: Whether it concerns a discounted licence that is held already.
        party_kind: Kind of applicant, where it is a public body.
        country: Country in which the organisation is registered.
        organisation_type: Registered type of organisation.
        recognised_nonprofit: Whether it is recognised as a nonprofit in its country under that country's criteria.
        valid_social_enterprise: Whether it is a valid social enterprise.
        governmental: Whether it is a government or a body that one controls.
        political: Whether it is political.
        commercial: Whether it is commercial in nature.
        conduct: How it conducts itself.
        nationally_accredited: Whether a national body recognises it as a teaching institution.
        university_affiliated: Whether an accredited university is tied to it.
        statutorily_accredited: Whether a statutory body of a government accredits it.
        administration_use_only: Whether its administration office alone uses the product.
        pupil_data_submitted: Whether data of pupils goes into the product.
        college_level: Whether it teaches at college level or above.
        person_type: Kind of person, for classroom licences.
        uses: Uses intended, for classroom licences; none stands for "not known".
        product: Product and plan wanted.
        academic_server_licence_held: Whether the applicant holds an academic Server licence.
        submitted_on: Day on which it was submitted.
        further_facts_supplied: Whether further information that was asked for has been supplied; None: none was.
        verified: What the verifier found; None when it was not asked.
        vendor_decision: What the vendor decided; None for nothing yet.
    """

    programme: str
    licence_held: bool | None = None
    party_kind: PartyKind | None = None
    country: str | None = None
    organisation_type: str | None = None
    recognised_nonprofit: bool | None = None
    valid_social_enterprise: bool | None = None
    governmental: bool | None = None
    political: bool | None = None
    commercial: bool | None = None
    conduct: Conduct = Conduct()
    nationally_accredited: bool | None = None
    university_affiliated: bool | None = None
    statutorily_accredited: bool | None = None
    administration_use_only: bool | None = None
    pupil_data_submitted: bool | None = None
    college_level: bool | None = None
    person_type: str | None = None
    uses: tuple[str, ...] = ()
    product: Product | None = None
    academic_server_licence_held: bool | None = None
    submitted_on: date | None = None
    further_facts_supplied: bool | None = None
    verified: bool | None = None
    vendor_decision: VendorDecision | None = None

    @property
    def is_governmental(self) -> bool | None:
        """Whether it is governmental, by the fact itself, its type or its kind."""
        return True if self.organisation_type == "governmental" or self.is_public_body else self.governmental

    @property
    def is_political(self) -> bool | None:
        """Whether it is political, by the fact itself or its type."""
        return True if self.organisation_type == "political_activity" else self.political

    @property
    def is_public_body(self) -> bool:
        """True for a public body of a nation, a state or a place."""
        return self.party_kind in PUBLIC_BODIES


PUBLIC_BODIES = (PartyKind.FEDERAL_GOVERNMENT, PartyKind.STATE_GOVERNMENT, PartyKind.LOCAL_GOVERNMENT)


@dataclass(frozen=True, slots=True)
class Criteria:
    """How an application stands with the printed criteria of its programme.

    Attributes:
        met: Whether they are met; None while it is not decided.
        category: Category that qualifies, or group that excludes; empty without one.
        failed: Criteria that are not met, as names of the application's fields.
        findings: What stands in the way, and remarks.
    """

    met: bool | None
    category: str = ""
    failed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class EligibilityAssessment:
    """What the rules say of an application.

    Attributes:
        criteria: How it stands with the printed criteria.
        conduct_accepted: Whether the conduct is free of what excludes; None while not decided or not asked.
        failed: Criteria and conduct that are not met.
        verifier: Who verifies; empty when nobody named does.
        decider: Who decides in the end; empty where the edition does not say.
        review_required: Whether it is reviewed.
        reapplication_required: Whether the holder has to apply again.
        revocable: Whether the vendor may end the licence at any time.
        allowed_plans: Plans that the programme holds; none when the documents name none.
        expected_response_on: Last business day on which an answer is usual.
        licence_type: Licence type that may be granted.
        guidance: Where to apply and ask.
        findings: Everything that decides it, and remarks.
    """

    criteria: Criteria
    conduct_accepted: bool | None
    failed: tuple[str, ...]
    verifier: str
    decider: str
    review_required: bool | None
    reapplication_required: bool | None
    revocable: bool | None
    allowed_plans: tuple[str, ...]
    expected_response_on: date | None
    licence_type: str
    guidance: Guidance | None
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Granted when the criteria are met and the vendor did not decide otherwise."""
        return weakest(self.findings)
