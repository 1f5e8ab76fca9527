"""Services beside the products: support, backup, residency, privacy, legal matters and training.

What the documents merely state is data, a row of ``parameters/services.toml`` for each service, and one rule reads how
it stands. A few services depend on the facts of the case; rules of their own decide those.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, as_remark, not_covered, refused, remark, undetermined
from quotary_spec.rule import ByEdition, rule

# ---- what is merely stated


@rule(
    "SERVICE-OFFERED",
    "000:39-41 000:902 000:983 000:1208 000:1214-1224 000:1230-1249 000:1259-1271 001:389 001:393-395 002:41-43 "
    "002:809-811 002:1065-1229 003:140 004:181",
    rulings="R-02 R-03",
)
def service_is_offered(standing: str | None, provider: str, refusal: str) -> bool | Finding:
    """A service is had where the edition offers it, from the vendor or, with professional services, from a partner.

    Reading: a question whose answer is lost is not covered, nor is a service that is not named at all.
    """
    match standing:
        case None:
            return not_covered()
        case "lost":
            return not_covered("PASSAGE_LOST")
        case "offered":
            return remark("PARTNERS_PROVIDE") if provider == "partner" else True
    return refused(refusal)


@rule(
    "PRIVACY-LAW-IN-FORCE",
    "000:1230 002:1085 002:1108 002:1143-1159",
    rulings="R-01 R-000-PRIVACY-GDPR-EFFECTIVE R-002-PRIVACY-GDPR-START R-002-PRIVACY-SHIELD",
)
def law_is_in_force(day: date | None, start: date | None, end: date | None) -> bool:
    """A privacy law binds from the day it takes effect, and a framework until the day a court declares it void.

    Reading: where no day is named, the time of the edition is meant, to which all these days are past.
    """
    if day is None:
        return end is None
    return (start is None or start <= day) and (end is None or day < end)


@rule("PRIVACY-THIRD-PARTY-APPS", "002:1192-1200", rulings="R-03 R-002-PRIVACY-MARKETPLACE")
def vendor_policy_covers_app(built_by_vendor: bool | None) -> bool | Finding:
    """The vendor's privacy policy does not cover apps that third parties built.

    Reading: of the vendor's own apps the passage says nothing; an app is a third party's unless said otherwise.
    """
    return not_covered() if built_by_vendor else refused("POLICY_OF_THIRD_PARTY")


# ---- support


@rule(
    "SUPPORT-LICENCE-HOLDERS",
    "000:1259 002:1217",
    rulings="R-000-SUPPORT-LICENCE-HOLDERS R-002-TRAINING-NO-PROFESSIONAL-SERVICES",
)
def licence_holder_gets_support(licence_type: str | None, active: bool, types: Collection[str]) -> bool | None:
    """Holders of commercial and academic licences get support while their maintenance runs.

    Reading: the passage gives a right to two types and takes it from none; it does not decide on other types.
    """
    return active if licence_type in types else None


@rule("SUPPORT-ACTIVE-SUBSCRIPTION", "000:908 002:825 003:134 004:175")
def subscription_brings_service(active: bool) -> bool | Finding:
    """Updates and technical support need an active subscription or running maintenance."""
    return True if active else refused("SUBSCRIPTION_NOT_ACTIVE")


@rule("SUPPORT-REQUEST-SEN", "003:138", rulings="R-003-SUPPORT-REQUEST-SEN-003")
def support_number_is_advised(known: bool) -> bool | Finding:
    """Support is asked for in the support system, and the support entitlement number should be at hand.

    Reading: it should; a request without it is not turned down by the text.
    """
    return True if known else remark("SUPPORT_NUMBER_ADVISED")


@rule("SUPPORT-REQUEST-SEN-REQUIRED", "004:179")
def support_number_is_required(known: bool) -> bool | Finding:
    """Support is asked for in the support system, and the support entitlement number must be at hand."""
    return True if known else refused("SUPPORT_NUMBER_ABSENT")


SUPPORT_NUMBER = ByEdition(support_number_is_advised, support_number_is_required)


# ---- residency and data


@rule("PRIVACY-DATA-RESIDENCY", "002:1126-1130", rulings="R-03 R-002-PRIVACY-DATA-RESIDENCY")
def content_can_be_pinned(platform: Platform, plan: str | None, plan_that_pins: str) -> bool | Finding:
    """Where data lies follows performance and is guaranteed to nobody; content of an Enterprise plan can be pinned.

    Reading: Data Center is not hosted by the vendor, which thus pins nothing; of Server nothing is said.
    """
    if not platform.hosted:
        return refused("NOT_HOSTED_BY_VENDOR") if platform is Platform.DATA_CENTER else not_covered()
    if plan is None:
        return undetermined("INPUT_MISSING", "product.plan")
    return True if plan == plan_that_pins else refused("PLAN_WITHOUT_RESIDENCY", plan=plan)


@rule("PRIVACY-PINNING-CONTENT", "002:1128", rulings="R-03 R-002-PRIVACY-DATA-RESIDENCY")
def content_is_eligible(eligible: bool | None) -> bool | Finding:
    """Only product content that belongs to what residency covers is pinned.

    Reading: which content that is, is not printed and is an input.
    """
    if eligible is None:
        return as_remark(undetermined("INPUT_MISSING", "content_eligible"), "content")
    return True if eligible else refused("CONTENT_NOT_ELIGIBLE")


@rule("PRIVACY-PINNING-ROLE", "002:1128")
def role_pins_content(roles: Collection[str], roles_that_pin: Collection[str]) -> bool | Finding:
    """Organisation admins pin content to a realm."""
    return True if any(role in roles_that_pin for role in roles) else refused("ROLE_NOT_ALLOWED")


@rule(
    "PRIVACY-DC-COLLECTION",
    "000:1253 002:1178 002:1188-1190",
    rulings="R-000-PRIVACY-DC-OPT-OUT R-002-PRIVACY-DC-DATA",
)
def data_is_collected(
    kind: str, kinds: Collection[str], *, permitted: bool | None, blocked: bool | None
) -> bool | Finding:
    """Of Data Center the vendor takes three kinds of data, where the administrator permits it and nothing blocks it.

    Reading: the network blocks nothing unless that is said.
    """
    if kind not in kinds:
        return refused("DATA_NOT_COLLECTED", data_kind=kind)
    if blocked:
        return refused("COLLECTION_BLOCKED")
    if permitted is None:
        return undetermined("INPUT_MISSING", "data_collection.permitted")
    return True if permitted else refused("COLLECTION_NOT_PERMITTED")


# ---- publicity


@rule("LEGAL-PUBLICITY", "000:1214 002:1072")
def needs_consent(disclosure: str, without_consent: Collection[str]) -> bool:
    """The vendor lists a few customers without asking; any other disclosure needs cooperation and consent."""
    return disclosure not in without_consent


@rule("LEGAL-PUBLICITY-OPT-OUT", "000:1216", rulings="R-000-LEGAL-PUBLICITY-OPT-OUT")
def may_be_named(opted_out: bool) -> bool | Finding:
    """A customer that asked not to be named is named nowhere, lists of customers included.

    Reading: nor with a consent given beside; whoever consents anew has given the request up.
    """
    return refused("CUSTOMER_OPTED_OUT") if opted_out else True
