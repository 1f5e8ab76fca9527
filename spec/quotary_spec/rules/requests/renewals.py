"""Requests to renew, to upgrade and to downgrade."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform
from quotary_spec.model.request import CheckedRequest, RequestKind
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rules.price.changes import against_downgrade
from quotary_spec.rules.renewals import renewal_channel
from quotary_spec.rules.requests.checking import Check, found
from quotary_spec.rules.requests.forms import (
    RESELLER_RENEWAL,
    missing_for_data_center_renewal,
    missing_for_reseller_cloud_renewal,
    missing_for_site_of_other_purchaser,
)
from quotary_spec.rules.sales.offers import cloud_cycles

_RESELLER_FORM = Keys("request.guidance.renewal.reseller.form.*")
_CLOUD_SALE = Keys("sale.guidance.cloud.*.*")


@rule("RENEWAL-CONTACT-LISTED", "000:952 002:854")
def contact_is_of_licence(listed: bool | None) -> bool | Finding:
    """The e-mail address has to belong to a current contact of the licence, whichever."""
    if listed is None:
        return undetermined("INPUT_MISSING", "contact.listed")
    return True if listed else refused("CONTACT_NOT_LISTED")


@rule("RENEWAL-RESELLER-TAB", "003:37 004:39", rulings="R-38")
def form_tab(kind: RequestKind) -> str:
    """The order form has a tab of its own for renewals and one for upgrades."""
    return "Renew" if kind is RequestKind.RENEWAL else "Upgrade"


@rule("RENEWAL-RESELLER-CLOUD-CONTACT", "003:39", rulings="R-38")
def contact_is_authorised(roles: Collection[str], authorised: Collection[str]) -> bool:
    """Billing and technical contacts and site admins are authorised contacts of a cloud site.

    Reading: the list is of examples; a contact of whom no role is given is taken to be authorised.
    """
    return not roles or not set(authorised).isdisjoint(roles)


@rule("QUOTE-GUARD-UPGRADE", "001:321-323")
def guard_upgrade_quote_is_made_at(surface: str | None, closed: Collection[str]) -> bool | Finding:
    """A quote for more annual users of Guard is asked of the vendor; the portals do not make it."""
    return refused("NO_QUOTE_ON_SURFACE", surface=surface) if surface in closed and surface else True


@rule("UPGRADE-DC-SELF-SERVICE", "002:1054 000:1198")
def change_is_made_by_oneself(kind: RequestKind) -> bool:
    """A customer changes the tier of Data Center itself: in the online cart, or by an upgrade quote of the portal."""
    return kind in (RequestKind.UPGRADE, RequestKind.DOWNGRADE)


# ---- the request


def check_renewal(check: Check) -> CheckedRequest:
    """A renewal or an upgrade: platform and seller decide what it takes."""
    case = check.case
    if check.is_guard and case.kind is RequestKind.UPGRADE:
        return _guard_upgrade(check)
    if check.platform is None:
        return check.lacks("subscription.product.platform")
    if check.platform.hosted:
        return _reseller_cloud_renewal(check) if check.resold else _direct_cloud_renewal(check)
    if check.resold and not _newer_sentence(check):
        return _reseller_form_renewal(check)
    if check.platform is not Platform.DATA_CENTER:
        return check.silent()
    if case.kind is RequestKind.UPGRADE:
        return _data_center_change(check, check.book.guidance("upgrade.check-price"))
    checked = check.form(missing_for_data_center_renewal, "request.renewal.data-center")
    if not checked.items:
        return checked
    checked = replace(checked, guidance=check.book.guidance("request.guidance.renewal.data-center"), self_service=True)
    if not checked.complete or not case.contact.email:
        # The technical contact, whose e-mail serves as well, is one of the licence.
        return checked if case.contact.listed is not False else found(checked, contact_is_of_licence(False))
    return found(checked, contact_is_of_licence(case.contact.listed))


def _newer_sentence(check: Check) -> bool:
    """True where the purchasing document says what a Data Center renewal needs, of anybody: it is the newer (R-02)."""
    renewal = check.case.kind is RequestKind.RENEWAL and check.platform is Platform.DATA_CENTER
    return renewal and check.book.prints("request.renewal.data-center")


def _reseller_form_renewal(check: Check) -> CheckedRequest:
    book, case = check.book, check.case
    if check.platform not in book.texts("request.renewal.reseller.form.platforms"):
        return check.silent()
    checked = check.form(book.version(RESELLER_RENEWAL), "request.renewal.reseller.form")
    form_tab(case.kind)
    return replace(checked, guidance=check.book.guidance(_RESELLER_FORM[case.kind]), self_service=True)


def _reseller_cloud_renewal(check: Check) -> CheckedRequest:
    book, case = check.book, check.case
    if book.prints("request.renewal.reseller.cloud-by-vendor"):
        purchaser = case.actor is not None and "original_purchaser" in case.actor.effective_roles
        if renewal_channel(purchaser) == "account_portal":
            return CheckedRequest(
                guidance=check.book.guidance("request.guidance.reseller.cloud.purchaser"), self_service=True
            )
        key = "request.renewal.reseller.cloud-by-vendor"
        checked = check.form(missing_for_site_of_other_purchaser, key)
    else:
        checked = check.form(missing_for_reseller_cloud_renewal, "request.renewal.reseller.cloud")
        authorised = book.texts("request.roles.renewal.reseller.cloud")
        if not contact_is_authorised(sorted(case.contact.roles), authorised):
            checked = found(checked, refused("CONTACT_NOT_LISTED").about("contact"))
    return replace(checked, guidance=check.book.guidance("request.guidance.reseller.cloud"), self_service=False)


def _direct_cloud_renewal(check: Check) -> CheckedRequest:
    """An annual renewal is asked for as a quote, in the editions that say so."""
    book, case = check.book, check.case
    cycle = case.subscription.cycle or (case.lines[0].cycle if case.lines else None)
    if case.kind is not RequestKind.RENEWAL or not book.prints("sale.cloud.cycles"):
        return check.silent()
    if cycle is None:
        return check.lacks("subscription.billing_cycle")
    if case.deal.billing is None:
        return check.lacks("deal.billing_experience")
    guidance = book.guidance(_CLOUD_SALE[cycle, case.deal.billing])
    if guidance is None:
        return CheckedRequest(findings=(not_covered("PASSAGE_LOST"),))
    cloud_cycles(check.platform or Platform.CLOUD, book.texts("sale.cloud.cycles"))
    return CheckedRequest(guidance=guidance, self_service=cycle is Cycle.MONTHLY)


def _guard_upgrade(check: Check) -> CheckedRequest:
    book = check.book
    if not book.prints("request.guard.upgrade.closed-surfaces"):
        return check.silent()
    made = guard_upgrade_quote_is_made_at(check.case.surface, book.texts("request.guard.upgrade.closed-surfaces"))
    return found(
        CheckedRequest(guidance=check.book.guidance("request.guidance.guard.upgrade"), self_service=False), made
    )


def check_downgrade(check: Check) -> CheckedRequest:
    """A downgrade; of that of Data Center one edition says how a customer makes it."""
    if check.platform is None:
        return check.lacks("subscription.product.platform")
    if check.platform is not Platform.DATA_CENTER or check.resold:
        return check.silent()
    late = against_downgrade(
        check.book, check.case.deal.order_date or check.case.day, check.case.subscription.current_end
    )
    if late is not None:
        late = late.rebased(lambda path: "subscription.term" if path == "prior.term" else path)
    return found(_data_center_change(check, check.book.guidance("request.guidance.downgrade.data-center")), late)


def _data_center_change(check: Check, guidance: Guidance | None) -> CheckedRequest:
    """Another tier of Data Center, for which nothing is asked beside what is on the line."""
    if guidance is None:
        return check.silent()
    return CheckedRequest(guidance=guidance, self_service=change_is_made_by_oneself(check.case.kind))
