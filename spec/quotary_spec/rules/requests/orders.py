"""Orders, and what is asked of a quote that exists: a revision, a purchase order number, a common end date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from quotary_spec.model.order import Billing
from quotary_spec.model.request import CheckedRequest
from quotary_spec.outcome import Finding, refused, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rules.currency import check_currencies
from quotary_spec.rules.payment.methods import purchase_order_pays
from quotary_spec.rules.quote.validity import against_age, assess_revision, vendor_revises
from quotary_spec.rules.requests.checking import Check, found
from quotary_spec.rules.requests.forms import missing_for_alignment, missing_for_assisted_alignment
from quotary_spec.rules.requests.items import as_items, missing_items
from quotary_spec.rules.requests.quotes import reseller_form_quote, second_tier
from quotary_spec.rules.sales.offers import resale_is_declared
from quotary_spec.rules.terms import alignment_is_reviewed_by_hand

_NUMBER_ROLES = Keys("request.roles.purchase-order-number.*")
_NUMBER_GUIDANCE = Keys("request.guidance.purchase-order-number.*")
_CO_TERM = Keys("request.guidance.co-term.*")


@rule("QUOTE-ORDER-ROLE", "000:1116-1121 002:282", rulings="R-000-QUOTE-VIEW-IMPROVED")
def may_place_order(roles: Collection[str], named: Collection[str]) -> bool:
    """In the improved billing experience a billing admin places the order on a quote.

    Reading: that is what paying on a quote means there.
    """
    return not set(named).isdisjoint(roles)


@rule("ORDER-ACADEMIC-PROOF", "004:127")
def proof_is_missing(*, requested: bool, supplied: bool) -> bool:
    """Proof of accreditation or affiliation may be asked for with an order of an academic licence."""
    return requested and not supplied


@rule(
    "QUOTE-REVISION-OPEN",
    "000:258 002:321",
    rulings="R-23 R-002-QUOTE-CHANGE-IMPROVED",
)
def revision_needs_open_quote(quote_open: bool | None) -> bool | Finding:
    """A revision is asked for in the menu of the quote.

    Reading: while the quote is open.
    """
    if quote_open is None:
        return undetermined("INPUT_MISSING", "quote_open")
    return True if quote_open else refused("QUOTE_NOT_OPEN")


@rule("QUOTE-PO-UPDATE", "000:212-222 002:292-294 004:31 004:48", rulings="R-23")
def number_can_be_put_on(*, quote_exists: bool, quote_open: bool | None) -> bool | Finding:
    """A purchase order number is put on a quote as it is made, or on an open one later; that is no edit of it."""
    if not quote_exists:
        return True
    if quote_open is None:
        return undetermined("INPUT_MISSING", "quote_open")
    return True if quote_open else refused("QUOTE_NOT_OPEN")


@rule("QUOTE-PO-ROLE", "000:1098-1106 000:1116-1121 002:282 002:1008")
def may_put_number_on(roles: Collection[str], named: Collection[str]) -> bool:
    """Billing and technical contacts of the quote put the number on it, in the improved experience billing admins."""
    return not set(named).isdisjoint(roles)


@rule("QUOTE-PO-TERMS", "000:225 002:296")
def terms_of_purchase_order_bind(attached: bool) -> bool | Finding:
    """The terms that come with a purchase order are not accepted; its number alone is printed."""
    return refused("PURCHASE_ORDER_IS_NO_PAYMENT") if attached else True


# ---- the request


def check_order(check: Check) -> CheckedRequest:
    """An order: paid by what pays, without terms of the customer's own, declared where it is resold."""
    case = check.case
    if case.deal.channel is None:
        return check.lacks("deal.channel")
    if check.resold and check.platform is None:
        return check.lacks("lines" if not case.lines else "lines[0].product.platform")
    if check.resold and check.platform is not None and not check.platform.hosted:
        checked = reseller_form_quote(check)
    else:
        checked = CheckedRequest()
        if check.resold and check.platform in check.book.texts("sale.resale.declared-platforms"):
            checked = found(checked, resale_is_declared(case.resale.declared))
    if check.resold:
        checked = found(checked, *second_tier(check))
    if check.book.serves(terms_of_purchase_order_bind):
        checked = found(checked, terms_of_purchase_order_bind(case.order_terms is True))
        if case.payment_method is not None:
            checked = found(checked, purchase_order_pays(case.payment_method))
    if case.actor is not None and not check.resold and case.deal.billing is None and _on_either_engine(check):
        checked = found(checked, undetermined("INPUT_MISSING", "deal.billing_experience"))
    if not check.resold and case.deal.billing is Billing.IMPROVED:
        roles, findings = check.barred(may_place_order, "request.roles.order.improved")
        checked = replace(checked, allowed_roles=roles, guidance=check.book.guidance("request.guidance.order.improved"))
        checked = found(checked, *findings)
    used_on = case.day or case.deal.order_date
    checked = found(checked, against_age(check.book, case.deal.quote_date, used_on, "request_date"))
    checked = found(checked, *check_currencies(check.book, case.deal, check.products))
    return _with_proof(check, checked)


def _on_either_engine(check: Check) -> bool:
    """True where the engine decides who orders: for cloud, in editions with two."""
    hosted = check.platform is None or check.platform.hosted
    return hosted and bool(check.book.texts("request.roles.order.improved"))


def _with_proof(check: Check, checked: CheckedRequest) -> CheckedRequest:
    case = check.case
    if not check.book.serves(proof_is_missing) or case.proof_requested is None:
        return checked
    missing = ("proof",) if proof_is_missing(requested=case.proof_requested, supplied="proof" in check.given) else ()
    if not case.proof_requested:
        return checked
    more = check.with_items(as_items(("proof",), missing, proof_is_missing.info.id), proof_is_missing.info.id)
    return replace(checked, items=(*checked.items, *more.items), findings=(*checked.findings, *more.findings))


def check_revision(check: Check) -> CheckedRequest:
    """A change of a quote: by a revision, where the edition lets such a quote be changed."""
    book, case = check.book, check.case
    products = [line.product for line in case.lines] or ([check.product] if check.product is not None else [])
    if not products and book.serves(revision_needs_open_quote):
        return check.lacks("lines")
    finding = assess_revision(book, products, case.deal.billing)
    if finding is None:
        checked = CheckedRequest(guidance=check.book.guidance("request.guidance.revision.improved"), self_service=False)
        return found(checked, revision_needs_open_quote(case.quote_open))
    if finding.reason == "QUOTE_NOT_EDITABLE" and vendor_revises(editable=False):
        checked = CheckedRequest(guidance=check.book.guidance("request.guidance.revision.contact"), self_service=False)
        return found(checked, remark("REQUEST_WITH_VENDOR"))
    return CheckedRequest(findings=(finding,))


def check_purchase_order_number(check: Check) -> CheckedRequest:
    """A purchase order number, put on a quote as it is made or later."""
    book, case = check.book, check.case
    if check.seller not in book.texts("request.purchase-order-number.sellers", silent=()):
        return check.silent()
    exists = case.quote_number is not None or case.quote_open is not None
    put = number_can_be_put_on(quote_exists=exists, quote_open=case.quote_open)
    rule_id = number_can_be_put_on.info.id
    missing = missing_items(("purchase_order_number",), check.given)
    checked = found(check.with_items(as_items(("purchase_order_number",), missing, rule_id), rule_id), put)
    checked = found(checked, book.if_served(terms_of_purchase_order_bind, case.order_terms is True))
    if not exists:
        return replace(
            checked, guidance=check.book.guidance("request.guidance.purchase-order-number.new"), self_service=True
        )
    known = book.texts("request.purchase-order-number.billing")
    billing = case.deal.billing if len(known) > 1 else Billing(*known)
    if billing is None:
        return found(checked, undetermined("INPUT_MISSING", "deal.billing_experience"))
    roles, findings = check.barred(may_put_number_on, _NUMBER_ROLES[billing])
    checked = replace(checked, guidance=check.book.guidance(_NUMBER_GUIDANCE[billing]), self_service=True)
    return found(replace(checked, allowed_roles=roles), *findings)


def check_co_term(check: Check) -> CheckedRequest:
    """A common end of several licences, by the form or with the vendor's help."""
    assisted = check.case.vendor_assisted is True and check.book.prints("request.co-term.assisted")
    if assisted:
        checked = check.form(missing_for_assisted_alignment, "request.co-term.assisted")
    else:
        checked = check.form(missing_for_alignment, "request.co-term.form")
    way = "assisted" if assisted else "form"
    checked = replace(checked, guidance=check.book.guidance(_CO_TERM[way]), self_service=not assisted)
    by_hand = check.book.if_served(alignment_is_reviewed_by_hand, "vendor" if assisted else "order_form")
    return checked if by_hand is None else replace(checked, manual_review=by_hand)
