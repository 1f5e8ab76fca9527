"""Requests for a quote: by resellers, by customers themselves, and for Guard.

The life of a quote that exists is in ``quote.validity``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing
from quotary_spec.model.product import Platform
from quotary_spec.model.request import CheckedRequest
from quotary_spec.outcome import Finding, Outcome, as_remark, not_covered, refused, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.currency import check_currencies, currencies_of
from quotary_spec.rules.quote.validity import last_valid_day
from quotary_spec.rules.requests.checking import Check, found
from quotary_spec.rules.requests.forms import (
    RESELLER_FORM,
    missing_for_customers_site,
    missing_for_existing_site,
    missing_for_new_site,
)
from quotary_spec.rules.sales.offers import buys_directly, resale_is_declared

_CLOUD_QUOTE = Keys("request.guidance.quote.cloud.*")
_GUARD_BY_STATE = Keys("request.guidance.guard.*")


# ---- quotes for resellers


@rule("QUOTE-SITE-NOT-REQUIRED", "003:61", rulings="R-38")
def quote_needs_no_site(site_exists: bool) -> bool:
    """An annual cloud quote can be made before the customer has a cloud site."""
    return True


@rule("QUOTE-SITE-LIVE", "004:66-68", rulings="R-38")
def quote_waits_for_site(site_live: bool | None) -> bool | Finding:
    """A quote for a customer's trial is asked for once its cloud site is in operation."""
    if site_live is None:
        return undetermined("INPUT_MISSING", "site_live")
    return True if site_live else refused("SITE_NOT_LIVE")


@rule("QUOTE-FORM-STEPS", "004:16-23", rulings="R-38")
def next_step(done: Collection[str], order: Sequence[str]) -> str:
    """The order form has six steps in a fixed order; the next is the first that was not done."""
    return next((step for step in order if step not in done), "")


@rule("ORDER-PAY-OR-QUOTE", "004:23", rulings="R-38")
def form_result(method: str | None, methods: Collection[str]) -> str | Finding:
    """At the end of the order form one pays at once by credit card, or takes a quote, which comes as a PDF."""
    if method is None:
        return "quote"
    return "order" if method in methods else refused("NOT_PAYABLE_AT_CHECKOUT", methods=", ".join(methods))


# ---- quotes


@rule("QUOTE-REQUEST-ROLE", "000:1116-1121 002:272 002:1017")
def may_ask_for_quote(roles: Collection[str], named: Collection[str]) -> bool:
    """In the improved billing experience a billing admin asks for cloud quotes."""
    return not set(named).isdisjoint(roles)


@rule("QUOTE-AUTHENTICITY", "002:270", rulings="R-002-QUOTE-AUTHENTICITY")
def quote_is_official(hosted: bool, origin: str, official: Collection[str]) -> bool | Finding:
    """A Data Center quote is valid only when it was made in the online form; a picture of a cart is no quote.

    Reading: the sentence stands with the Data Center form; a cloud quote that the vendor made is official.
    """
    if origin in official or (hosted and origin == "vendor"):
        return True
    return refused("QUOTE_NOT_OFFICIAL", origin=origin)


@rule(
    "QUOTE-GUARD-DOMAIN",
    "000:849 002:806",
    rulings="R-000-QUOTE-GUARD-REQUEST R-002-QUOTE-GUARD-NO-DOMAIN",
)
def guard_quote_needs_domain(billing: Billing | None) -> bool | Finding:
    """In the improved billing experience a Guard quote is made without a verified domain.

    Reading: in the original one the domain has to be verified first, as the text implies.
    """
    return undetermined("INPUT_MISSING", "deal.billing_experience") if billing is None else billing is Billing.ORIGINAL


@rule("QUOTE-GUARD-ANNUAL", "001:262-264 001:326-327")
def guard_annual_quote_is_self_made(state: str | None) -> bool | Finding:
    """An annual Guard quote is made by the vendor during the trial, and by oneself with a paid monthly subscription."""
    if state is None:
        return undetermined("INPUT_MISSING", "guard.state")
    return not_covered() if state not in ("trial", "paid_monthly") else state == "paid_monthly"


@rule("QUOTE-GUARD-ANNUAL-ROLE", "001:264 001:326-327")
def may_ask_for_guard_quote(roles: Collection[str], named: Collection[str]) -> bool:
    """An organisation admin asks for the annual quote of Guard."""
    return not set(named).isdisjoint(roles)


@rule("QUOTE-GUARD-PAY-NOW", "001:264 001:327")
def guard_switch_is_paid_by(method: str | None, methods: Collection[str]) -> bool | Finding:
    """Who switches Guard from months to years pays the quote later, or at once by credit card."""
    if method is None or method in methods:
        return True
    return refused("NOT_PAYABLE_AT_CHECKOUT", methods=", ".join(methods))


@rule("QUOTE-DELIVERY", "000:186-189 000:1098-1121 002:274 003:33 004:23 004:27")
def quote_reaches_customer(channels: Sequence[str]) -> tuple[str, ...]:
    """A quote comes by mail or stands in the portal of the billing experience, as the edition says."""
    return tuple(channels)


@rule("QUOTE-COST", "002:270", rulings="R-002-QUOTE-DC-CREATE")
def quote_costs(amount: int) -> int:
    """A Data Center quote is free of charge and binds to nothing."""
    return amount


# ---- the request


def check_quote(check: Check) -> CheckedRequest:
    """A quote: by whom it is asked for decides what it takes."""
    case = check.case
    if case.deal.channel is None and not check.is_guard:
        return check.lacks("deal.channel")
    if check.is_guard and not check.resold:
        return _guard_quote(check)
    if check.platform is None:
        return check.lacks("lines" if not case.lines else "lines[0].product.platform")
    hosted = check.platform.hosted
    if check.resold:
        checked = _reseller_cloud_quote(check) if hosted else reseller_form_quote(check)
        checked = found(checked, *second_tier(check))
    else:
        checked = _direct_quote(check, hosted)
    return _with_quote_facts(check, checked, hosted)


def _with_quote_facts(check: Check, checked: CheckedRequest, hosted: bool) -> CheckedRequest:
    """What is said of every quote: how it comes, what it costs, in which currencies, and until when it is good."""
    book, case = check.book, check.case
    if book.prints("request.quote.official-origins") and case.quote_origin is not None:
        origins = book.texts("request.quote.official-origins")
        checked = found(checked, quote_is_official(hosted, case.quote_origin, origins))
    if book.prints("request.quote.delivery"):
        checked = replace(checked, delivery=quote_reaches_customer(book.texts("request.quote.delivery")))
    if not hosted and book.prints("request.quote.cost.self-managed"):
        checked = replace(checked, cost=quote_costs(book.integer("request.quote.cost.self-managed")))
    if case.day is not None and book.prints("quote.valid-days"):
        checked = replace(checked, valid_through=last_valid_day(case.day, book.integer("quote.valid-days")))
    offered, unknown = currencies_of(book, case.deal, check.products)
    checked = found(replace(checked, currencies=offered), *check_currencies(book, case.deal, check.products))
    if weakest(checked.findings) is not Outcome.GRANTED:
        return checked
    return found(checked, *(as_remark(finding, "currency_codes") for finding in unknown))


def _direct_quote(check: Check, hosted: bool) -> CheckedRequest:
    book, billing = check.book, check.case.deal.billing
    if not book.prints("request.roles.quote.improved"):
        return check.silent()
    if not hosted:
        return CheckedRequest(
            guidance=check.book.guidance("request.guidance.quote.self-managed"), self_service=_form_serves(book)
        )
    if billing is None:
        return check.lacks("deal.billing_experience")
    guidance = check.book.guidance(_CLOUD_QUOTE[billing])
    if billing is Billing.ORIGINAL:
        return CheckedRequest(guidance=guidance)
    roles, findings = check.barred(may_ask_for_quote, "request.roles.quote.improved")
    return CheckedRequest(guidance=guidance, allowed_roles=roles, self_service=False, findings=findings)


def _form_serves(book: Book) -> bool | None:
    return True if book.prints("request.guidance.quote.self-managed") else None


def _reseller_cloud_quote(check: Check) -> CheckedRequest:
    book, case = check.book, check.case
    exists = case.site_exists if case.site_exists is not None else True if case.site_uri else None
    if book.serves(missing_for_customers_site):
        live = quote_waits_for_site(True if case.site_live is None and case.entitlement_number else case.site_live)
        checked = found(check.form(missing_for_customers_site, "request.quote.reseller.existing-site"), live)
    elif exists is None and not case.entitlement_number:
        checked = check.lacks("site_exists")
    elif exists is False:
        quote_needs_no_site(exists)
        checked = check.form(missing_for_new_site, "request.quote.reseller.new-site")
    else:
        checked = check.form(missing_for_existing_site, "request.quote.reseller.existing-site")
    return replace(checked, guidance=check.book.guidance("request.guidance.reseller.cloud"), self_service=False)


def reseller_form_quote(check: Check) -> CheckedRequest:
    """What a reseller enters in the order form of self-managed licences."""
    book, case = check.book, check.case
    if check.platform is Platform.SERVER and not book.prints("sale.server.end"):
        return check.silent()
    checked = check.form(book.version(RESELLER_FORM), "request.quote.reseller.form")
    checked = replace(checked, guidance=check.book.guidance("request.guidance.quote.reseller.form"), self_service=True)
    if case.resale.declared is False:
        checked = found(checked, resale_is_declared(case.resale.declared))
    if not book.prints("request.form.steps"):
        return checked
    ends = form_result(case.payment_method, book.texts("request.form.payment-methods"))
    step = next_step(case.completed_steps, book.texts("request.form.steps"))
    return found(replace(checked, next_step=step), ends)


def second_tier(check: Check) -> Iterator[Finding]:
    """What stands against a reseller that buys from another one."""
    intermediaries = max(1, len(check.case.resale.intermediaries))
    direct = buys_directly(intermediaries, check.book.integer("sale.resale.most-intermediaries"))
    if isinstance(direct, Finding):
        yield direct.about("resale.intermediaries")


def _guard_quote(check: Check) -> CheckedRequest:
    """The annual quote of Guard, asked for by the organisation itself."""
    book, case = check.book, check.case
    if not book.prints("request.roles.guard"):
        return check.silent()
    self_made = guard_annual_quote_is_self_made(case.guard.state)
    roles, findings = check.barred(may_ask_for_guard_quote, "request.roles.guard")
    needed = guard_quote_needs_domain(case.deal.billing)
    checked = CheckedRequest(
        allowed_roles=roles,
        self_service=self_made if isinstance(self_made, bool) else None,
        guidance=_guard_guidance(check),
        domain_verification=needed if isinstance(needed, bool) else None,
        findings=findings,
    )
    new_engine = case.deal.billing is Billing.IMPROVED
    # In the new engine the way is the same for all; how it is paid at once still hangs on the standing.
    of_standing = (
        self_made if not new_engine or (case.guard.state is None and case.payment_method is not None) else None
    )
    checked = found(checked, of_standing, needed)
    if needed is True and case.guard.verified_domains is not None and case.guard.verified_domains < 1:
        checked = found(checked, refused("GUARD_DOMAIN_NOT_VERIFIED"))
    elif needed is True and case.guard.verified_domains is None:
        checked = found(checked, undetermined("INPUT_MISSING", "guard.verified_domain_count"))
    if self_made is True:
        paid = guard_switch_is_paid_by(case.payment_method, book.texts("request.guard.switch.pay-now"))
        checked = found(checked, paid)
    return _with_quote_facts(check, checked, hosted=True)


def _guard_guidance(check: Check) -> Guidance | None:
    if check.case.guard.state in ("trial", "paid_monthly"):
        return check.book.guidance(_GUARD_BY_STATE[check.case.guard.state])
    return (
        check.book.guidance("request.guidance.guard.improved") if check.case.deal.billing is Billing.IMPROVED else None
    )
