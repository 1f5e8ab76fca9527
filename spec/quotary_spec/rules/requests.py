"""What a request must contain, who may make it, and where it is made.

What taxes ask of a customer is in ``tax.claims`` and ``tax.address``, the life of a quote in ``quote_life``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing, Channel, Cycle
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.request import CheckedRequest, RequestCase, RequestItem, RequestKind
from quotary_spec.outcome import Finding, not_covered, refused, remark, undetermined
from quotary_spec.rule import RuleFunction, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.payment.methods import purchase_order_pays
from quotary_spec.rules.quote_life import assess_revision, last_valid_day
from quotary_spec.rules.renewals import renewal_channel
from quotary_spec.rules.request_forms import (
    RESELLER_FORM,
    RESELLER_RENEWAL,
    Missing,
    missing_for_alignment,
    missing_for_assisted_alignment,
    missing_for_cloud_trial,
    missing_for_customers_site,
    missing_for_data_center_renewal,
    missing_for_data_center_trial,
    missing_for_existing_site,
    missing_for_new_site,
    missing_for_reseller_cloud_renewal,
    missing_for_site_of_other_purchaser,
)
from quotary_spec.rules.request_items import as_items, missing_items, supplied
from quotary_spec.rules.sales import buys_directly, resale_is_declared
from quotary_spec.rules.tax.address import address_has_to_be_updated
from quotary_spec.rules.tax.claims import (
    exemption_can_be_claimed,
    missing_from_exemption_claim,
    number_can_be_entered,
    withholding_statement_is_missing,
)
from quotary_spec.rules.terms import alignment_is_reviewed_by_hand

_LATE = "2023 2024 2026"
_PURCHASING = "2024 2026"


# ---- quotes for resellers


@rule("QUOTE-SITE-NOT-REQUIRED", "003:61", editions=_LATE, rulings="R-38")
def quote_needs_no_site(site_exists: bool) -> bool:
    """An annual cloud quote can be made before the customer has a cloud site."""
    return True


@rule("QUOTE-SITE-LIVE", "004:66-68", editions="2021", rulings="R-38")
def quote_waits_for_site(site_live: bool | None) -> bool | Finding:
    """A quote for a customer's trial is asked for once its cloud site is in operation."""
    if site_live is None:
        return undetermined("INPUT_MISSING", "site_live")
    return True if site_live else refused("SITE_NOT_LIVE")


@rule("QUOTE-FORM-STEPS", "004:16-23", editions="2021", rulings="R-38")
def next_step(done: Collection[str], order: Sequence[str]) -> str:
    """The order form has six steps in a fixed order; the next is the first that was not done."""
    return next((step for step in order if step not in done), "")


@rule("ORDER-PAY-OR-QUOTE", "004:23", editions="2021", rulings="R-38")
def form_result(method: str | None, methods: Collection[str]) -> str | Finding:
    """At the end of the order form one pays at once by credit card, or takes a quote, which comes as a PDF."""
    if method is None:
        return "quote"
    return "order" if method in methods else refused("NOT_PAYABLE_AT_CHECKOUT", methods=", ".join(methods))


# ---- quotes


@rule("QUOTE-REQUEST-ROLE", "000:1116-1121 002:272 002:1017", editions=_PURCHASING)
def may_ask_for_quote(roles: Collection[str], named: Collection[str]) -> bool:
    """In the improved billing experience a billing admin asks for cloud quotes."""
    return not set(named).isdisjoint(roles)


@rule("QUOTE-AUTHENTICITY", "002:270", editions="2024", rulings="R-002-QUOTE-AUTHENTICITY")
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
    editions=_PURCHASING,
    rulings="R-000-QUOTE-GUARD-REQUEST R-002-QUOTE-GUARD-NO-DOMAIN",
)
def guard_quote_needs_domain(billing: Billing | None) -> bool | Finding:
    """In the improved billing experience a Guard quote is made without a verified domain.

    Reading: in the original one the domain has to be verified first, as the text implies.
    """
    return undetermined("INPUT_MISSING", "deal.billing_experience") if billing is None else billing is Billing.ORIGINAL


@rule("QUOTE-GUARD-ANNUAL", "001:262-264 001:326-327", editions=_PURCHASING)
def guard_annual_quote_is_self_made(state: str | None) -> bool | Finding:
    """An annual Guard quote is made by the vendor during the trial, and by oneself with a paid monthly subscription."""
    if state is None:
        return undetermined("INPUT_MISSING", "guard.state")
    return not_covered() if state not in ("trial", "paid_monthly") else state == "paid_monthly"


@rule("QUOTE-GUARD-ANNUAL-ROLE", "001:264 001:326-327", editions=_PURCHASING)
def may_ask_for_guard_quote(roles: Collection[str], named: Collection[str]) -> bool:
    """An organisation admin asks for the annual quote of Guard."""
    return not set(named).isdisjoint(roles)


@rule("QUOTE-ORDER-ROLE", "000:1116-1121 002:282", editions=_PURCHASING, rulings="R-000-QUOTE-VIEW-IMPROVED")
def may_place_order(roles: Collection[str], named: Collection[str]) -> bool:
    """In the improved billing experience a billing admin places the order on a quote.

    Reading: that is what paying on a quote means there.
    """
    return not set(named).isdisjoint(roles)


@rule("QUOTE-GUARD-PAY-NOW", "001:264 001:327", editions=_PURCHASING)
def guard_switch_is_paid_by(method: str | None, methods: Collection[str]) -> bool | Finding:
    """Who switches Guard from months to years pays the quote later, or at once by credit card."""
    if method is None or method in methods:
        return True
    return refused("NOT_PAYABLE_AT_CHECKOUT", methods=", ".join(methods))


@rule("QUOTE-GUARD-UPGRADE", "001:321-323", editions=_PURCHASING)
def guard_upgrade_quote_is_made_at(surface: str | None, closed: Collection[str]) -> bool | Finding:
    """A quote for more annual users of Guard is asked of the vendor; the portals do not make it."""
    return refused("NO_QUOTE_ON_SURFACE", surface=surface) if surface in closed and surface else True


@rule(
    "QUOTE-REVISION-OPEN",
    "000:258 002:321",
    editions=_PURCHASING,
    rulings="R-23 R-002-QUOTE-CHANGE-IMPROVED",
)
def revision_needs_open_quote(quote_open: bool | None) -> bool | Finding:
    """A revision is asked for in the menu of the quote.

    Reading: while the quote is open.
    """
    return refused("QUOTE_NOT_OPEN") if quote_open is False else True


@rule("QUOTE-PO-UPDATE", "000:212-222 002:292-294 004:31 004:48", editions="2021 2024 2026", rulings="R-23")
def number_can_be_put_on(quote_exists: bool, quote_open: bool | None) -> bool | Finding:
    """A purchase order number is put on a quote as it is made, or on an open one later; that is no edit of it."""
    if not quote_exists:
        return True
    if quote_open is None:
        return undetermined("INPUT_MISSING", "quote_open")
    return True if quote_open else refused("QUOTE_NOT_OPEN")


@rule("QUOTE-PO-TERMS", "000:225 002:296", editions=_PURCHASING)
def terms_of_purchase_order_bind(attached: bool) -> bool | Finding:
    """The terms that come with a purchase order are not accepted; its number alone is printed."""
    return refused("PURCHASE_ORDER_IS_NO_PAYMENT") if attached else True


# ---- renewals and upgrades


@rule("RENEWAL-CONTACT-LISTED", "000:952 002:854", editions=_PURCHASING)
def contact_is_of_licence(listed: bool | None) -> bool | Finding:
    """The e-mail address has to belong to a current contact of the licence, whichever."""
    return refused("CONTACT_NOT_LISTED") if listed is False else True


@rule("RENEWAL-RESELLER-TAB", "003:37 004:39", editions="2021 2023 2024 2026", rulings="R-38")
def form_tab(kind: RequestKind) -> str:
    """The order form has a tab of its own for renewals and one for upgrades."""
    return "Renew" if kind is RequestKind.RENEWAL else "Upgrade"


@rule("RENEWAL-RESELLER-CLOUD-CONTACT", "003:39", editions=_LATE, rulings="R-38")
def contact_is_authorised(roles: Collection[str], authorised: Collection[str]) -> bool:
    """Billing and technical contacts and site admins are authorised contacts of a cloud site.

    Reading: the list is of examples; a contact of whom no role is given is taken to be authorised.
    """
    return not roles or not set(authorised).isdisjoint(roles)


# ---- other requests


@rule("TRIAL-EXTENSION-DC-ROLE", "000:1131-1137 002:1021", editions=_PURCHASING)
def may_generate_trial_key(roles: Collection[str], named: Collection[str]) -> bool:
    """Billing and technical contacts generate trial licences."""
    return not set(named).isdisjoint(roles)


@rule("ORDER-ACADEMIC-PROOF", "004:127", editions="2021")
def proof_is_missing(requested: bool, supplied: bool) -> bool:
    """Proof of accreditation or affiliation may be asked for with an order of an academic licence."""
    return requested and not supplied


@rule("TAX-ADDRESS-EFFECTIVE", "000:673 002:620", editions=_PURCHASING)
def address_is_known_by(updated: datetime, hours: int) -> datetime:
    """The vendor's systems follow a change of the billing address within 24 hours."""
    return updated + timedelta(hours=hours)


@rule("QUOTE-DELIVERY", "000:186-189 000:1098-1121 002:274 003:33 004:23 004:27", editions="2021 2023 2024 2026")
def quote_reaches_customer(channels: Sequence[str]) -> tuple[str, ...]:
    """A quote comes by mail or stands in the portal of the billing experience, as the edition says."""
    return tuple(channels)


@rule("QUOTE-COST", "002:270", editions="2024", rulings="R-002-QUOTE-DC-CREATE")
def quote_costs(amount: int) -> int:
    """A Data Center quote is free of charge and binds to nothing."""
    return amount


# ---- the whole request

Form = RuleFunction[[frozenset[str], Sequence[str]], Missing]
"""A rule on what a request of one kind must contain."""


def check_request(book: Book, case: RequestCase) -> CheckedRequest:
    """Whether a request contains what it must, whether the person may make it, and where it is made."""
    return _CHECKS[case.kind](_Check(book, case))


@dataclass(frozen=True, slots=True)
class _Check:
    """One request under one edition."""

    book: Book
    case: RequestCase

    @property
    def given(self) -> frozenset[str]:
        return supplied(self.case)

    @property
    def resold(self) -> bool:
        return self.case.deal.channel not in (None, Channel.DIRECT)

    @property
    def product(self) -> Product | None:
        """What the request is about: what is held, else the first line."""
        held = self.case.subscription.product
        return held if held is not None else self.case.lines[0].product if self.case.lines else None

    @property
    def is_guard(self) -> bool:
        return self.product is not None and self.product.id == "guard"

    @property
    def platform(self) -> Platform | None:
        if self.product is not None:
            return self.product.platform
        # An address of a cloud site says what is asked about.
        return Platform.CLOUD if self.case.site_uri or self.case.site_exists is not None else None

    def form(self, ask: Form, key: str) -> CheckedRequest:
        """The items of a form, and what of them is missing."""
        if not self.book.prints(key):
            return self.silent()
        required = self.book.texts(key)
        return self.with_items(as_items(required, ask(self.given, required), ask.info.id), ask.info.id)

    def with_items(self, items: tuple[RequestItem, ...], rule_id: str) -> CheckedRequest:
        paths = [path for item in items if not item.supplied for path in self._paths(item)]
        findings = (replace(undetermined("REQUEST_INCOMPLETE", *paths), rule_id=rule_id),) if paths else ()
        return CheckedRequest(items=items, findings=findings)

    def _paths(self, item: RequestItem) -> Iterator[str]:
        """Where a missing item has to be put; each line that lacks it."""
        start, _, rest = item.path.partition(".")
        if start != "lines" or not rest:
            yield item.path
            return
        if not self.case.lines:
            yield "lines"
        for i, line in enumerate(self.case.lines):
            lacks = line.user_tier is None if rest == "user_tier" else line.term is None and line.term_months is None
            if lacks:
                yield f"lines[{i}].{rest}"

    def barred(
        self, may: Callable[[Collection[str], Collection[str]], bool], key: str
    ) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
        """The roles that may make the request, and what stands against the person who does."""
        roles = self.book.texts(key)
        if self.case.actor is None or not roles or may(sorted(self.case.actor.held), roles):
            return roles, ()
        return roles, (refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)).about("actor"),)

    def guidance(self, key: str) -> Guidance | None:
        return self.book.guidance(f"request.guidance.{key}")

    def silent(self) -> CheckedRequest:
        return CheckedRequest(findings=(not_covered(edition=self.book.edition),))

    def lacks(self, path: str) -> CheckedRequest:
        return CheckedRequest(findings=(undetermined("INPUT_MISSING", path),))


def _found(checked: CheckedRequest, *results: object) -> CheckedRequest:
    """The same answer, with what stands against the request."""
    return replace(checked, findings=(*checked.findings, *(each for each in results if isinstance(each, Finding))))


# ---- quotes


def _quote(check: _Check) -> CheckedRequest:
    case = check.case
    if case.deal.channel is None and not check.is_guard:
        return check.lacks("deal.channel")
    if check.is_guard and not check.resold:
        return _guard_quote(check)
    if check.platform is None:
        return check.lacks("lines" if not case.lines else "lines[0].product.platform")
    hosted = check.platform.hosted
    if check.resold:
        checked = _reseller_cloud_quote(check) if hosted else _reseller_form_quote(check)
        checked = _found(checked, *_second_tier(check))
    else:
        checked = _direct_quote(check, hosted)
    return _with_quote_facts(check, checked, hosted)


def _with_quote_facts(check: _Check, checked: CheckedRequest, hosted: bool) -> CheckedRequest:
    """What is said of every quote: how it comes, what it costs, in which currencies, and until when it is good."""
    book, case = check.book, check.case
    if book.prints("request.quote.official-origins") and case.quote_origin is not None:
        origins = book.texts("request.quote.official-origins")
        checked = _found(checked, quote_is_official(hosted, case.quote_origin, origins))
    if book.prints("request.quote.delivery"):
        checked = replace(checked, delivery=quote_reaches_customer(book.texts("request.quote.delivery")))
    if not hosted and book.prints("request.quote.cost.self-managed"):
        checked = replace(checked, cost=quote_costs(book.integer("request.quote.cost.self-managed")))
    if case.day is not None and book.prints("quote.valid-days"):
        checked = replace(checked, valid_through=last_valid_day(case.day, book.integer("quote.valid-days")))
    return replace(checked, currencies=_currencies(book, case.deal.billing))


def _currencies(book: Book, billing: Billing | None) -> tuple[str, ...]:
    if billing is Billing.IMPROVED and book.prints("currency.improved-billing"):
        return book.texts("currency.improved-billing")
    return book.texts("currency.offered")


def _direct_quote(check: _Check, hosted: bool) -> CheckedRequest:
    book, billing = check.book, check.case.deal.billing
    if not book.prints("request.roles.quote.improved"):
        return check.silent()
    if not hosted:
        return CheckedRequest(guidance=check.guidance("quote.self-managed"), self_service=_form_serves(book))
    if billing is None:
        return check.lacks("deal.billing_experience")
    guidance = check.guidance(f"quote.cloud.{billing}")
    if billing is Billing.ORIGINAL:
        return CheckedRequest(guidance=guidance)
    roles, against = check.barred(may_ask_for_quote, "request.roles.quote.improved")
    return CheckedRequest(guidance=guidance, allowed_roles=roles, self_service=False, findings=against)


def _form_serves(book: Book) -> bool | None:
    return True if book.prints("request.guidance.quote.self-managed") else None


def _reseller_cloud_quote(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    exists = case.site_exists if case.site_exists is not None else True if case.site_uri else None
    if book.edition in missing_for_customers_site.info.editions:
        live = quote_waits_for_site(True if case.site_live is None and case.entitlement_number else case.site_live)
        checked = _found(check.form(missing_for_customers_site, "request.quote.reseller.existing-site"), live)
    elif exists is None and not case.entitlement_number:
        checked = check.lacks("site_exists")
    elif exists is False:
        quote_needs_no_site(exists)
        checked = check.form(missing_for_new_site, "request.quote.reseller.new-site")
    else:
        checked = check.form(missing_for_existing_site, "request.quote.reseller.existing-site")
    return replace(checked, guidance=check.guidance("reseller.cloud"), self_service=False)


def _reseller_form_quote(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if check.platform is Platform.SERVER and not book.prints("sale.server.end"):
        return check.silent()

    checked = check.form(RESELLER_FORM.versions[book.edition], "request.quote.reseller.form")
    checked = replace(checked, guidance=check.guidance("quote.reseller.form"), self_service=True)
    if case.resale.declared is False:
        checked = _found(checked, resale_is_declared(case.resale.declared))
    if not book.prints("request.form.steps"):
        return checked
    ends = form_result(case.payment_method, book.texts("request.form.payment-methods"))
    step = next_step(case.completed_steps, book.texts("request.form.steps"))
    return _found(replace(checked, next_step=step), ends)


def _second_tier(check: _Check) -> Iterator[Finding]:
    intermediaries = max(1, len(check.case.resale.intermediaries))
    direct = buys_directly(intermediaries, check.book.integer("sale.resale.most-intermediaries"))
    if isinstance(direct, Finding):
        yield direct.about("resale.intermediaries")


def _guard_quote(check: _Check) -> CheckedRequest:
    """The annual quote of Guard, asked for by the organisation itself."""
    book, case = check.book, check.case
    if not book.prints("request.roles.guard"):
        return check.silent()
    self_made = guard_annual_quote_is_self_made(case.guard.state)
    roles, against = check.barred(may_ask_for_guard_quote, "request.roles.guard")
    needed = guard_quote_needs_domain(case.deal.billing)
    checked = CheckedRequest(
        allowed_roles=roles,
        self_service=self_made if isinstance(self_made, bool) else None,
        guidance=_guard_guidance(check),
        domain_verification=needed if isinstance(needed, bool) else None,
        findings=against,
    )
    new_engine = case.deal.billing is Billing.IMPROVED
    checked = _found(checked, None if new_engine and isinstance(self_made, Finding) else self_made, needed)
    if needed is True and case.guard.verified_domains is not None and case.guard.verified_domains < 1:
        checked = _found(checked, refused("GUARD_DOMAIN_NOT_VERIFIED"))
    elif needed is True and case.guard.verified_domains is None:
        checked = _found(checked, undetermined("INPUT_MISSING", "guard.verified_domain_count"))
    if self_made is True:
        paid = guard_switch_is_paid_by(case.payment_method, book.texts("request.guard.switch.pay-now"))
        checked = _found(checked, paid)
    return _with_quote_facts(check, checked, hosted=True)


def _guard_guidance(check: _Check) -> Guidance | None:
    if check.case.guard.state in ("trial", "paid_monthly"):
        return check.guidance(f"guard.{check.case.guard.state}")
    return check.guidance("guard.improved") if check.case.deal.billing is Billing.IMPROVED else None


# ---- renewals, upgrades, downgrades


def _renewal(check: _Check) -> CheckedRequest:
    case = check.case
    if check.is_guard and case.kind is RequestKind.UPGRADE:
        return _guard_upgrade(check)
    if check.platform is None:
        return check.lacks("subscription.product.platform")
    if check.platform.hosted:
        return _reseller_cloud_renewal(check) if check.resold else _direct_cloud_renewal(check)
    if check.resold and not _newer_sentence(check):
        return _reseller_form_renewal(check)
    if check.platform is not Platform.DATA_CENTER or case.kind is not RequestKind.RENEWAL:
        return check.silent()
    checked = check.form(missing_for_data_center_renewal, "request.renewal.data-center")
    if not checked.items:
        return checked
    checked = replace(checked, guidance=check.guidance("renewal.data-center"), self_service=True)
    return _found(checked, contact_is_of_licence(case.contact.listed))


def _newer_sentence(check: _Check) -> bool:
    """True where the purchasing document says what a Data Center renewal needs, of anybody: it is the newer (R-02)."""
    renewal = check.case.kind is RequestKind.RENEWAL and check.platform is Platform.DATA_CENTER
    return renewal and check.book.prints("request.renewal.data-center")


def _reseller_form_renewal(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if book.edition != "2021" and check.platform is not Platform.DATA_CENTER:
        return check.silent()
    checked = check.form(RESELLER_RENEWAL.versions[book.edition], "request.renewal.reseller.form")
    form_tab(case.kind)
    return replace(checked, guidance=check.guidance(f"renewal.reseller.form.{case.kind}"), self_service=True)


def _reseller_cloud_renewal(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if book.prints("request.renewal.reseller.cloud-by-vendor"):
        purchaser = case.actor is not None and "original_purchaser" in case.actor.held
        if renewal_channel(purchaser) == "account_portal":
            return CheckedRequest(guidance=check.guidance("reseller.cloud.purchaser"), self_service=True)
        key = "request.renewal.reseller.cloud-by-vendor"
        checked = check.form(missing_for_site_of_other_purchaser, key)
    else:
        checked = check.form(missing_for_reseller_cloud_renewal, "request.renewal.reseller.cloud")
        authorised = book.texts("request.roles.renewal.reseller.cloud")
        if not contact_is_authorised(sorted(case.contact.roles), authorised):
            checked = _found(checked, refused("CONTACT_NOT_LISTED").about("contact"))
    return replace(checked, guidance=check.guidance("reseller.cloud"), self_service=False)


def _direct_cloud_renewal(check: _Check) -> CheckedRequest:
    """An annual renewal is asked for as a quote, in the editions that say so."""
    book, case = check.book, check.case
    cycle = case.subscription.cycle or (case.lines[0].cycle if case.lines else None)
    if case.kind is not RequestKind.RENEWAL or not book.prints("sale.cloud.cycles"):
        return check.silent()
    if cycle is None:
        return check.lacks("subscription.billing_cycle")
    if case.deal.billing is None:
        return check.lacks("deal.billing_experience")
    guidance = book.guidance(f"sale.guidance.cloud.{cycle}.{case.deal.billing}")
    if guidance is None:
        return CheckedRequest(findings=(not_covered("PASSAGE_LOST"),))
    return CheckedRequest(guidance=guidance, self_service=cycle is Cycle.MONTHLY)


def _guard_upgrade(check: _Check) -> CheckedRequest:
    book = check.book
    if not book.prints("request.guard.upgrade.closed-surfaces"):
        return check.silent()
    made = guard_upgrade_quote_is_made_at(check.case.surface, book.texts("request.guard.upgrade.closed-surfaces"))
    return _found(CheckedRequest(guidance=check.guidance("guard.upgrade"), self_service=False), made)


# ---- orders, quotes that exist, dates


def _order(check: _Check) -> CheckedRequest:
    """An order: paid by what pays, without terms of the customer's own, declared where it is resold."""
    case = check.case
    if check.resold and check.platform is not None and not check.platform.hosted:
        checked = _reseller_form_quote(check)
    else:
        checked = CheckedRequest()
        if check.resold and check.platform in check.book.texts("sale.resale.declared-platforms"):
            checked = _found(checked, resale_is_declared(case.resale.declared))
    if check.resold:
        checked = _found(checked, *_second_tier(check))
    if check.book.edition in terms_of_purchase_order_bind.info.editions:
        checked = _found(checked, terms_of_purchase_order_bind(case.order_terms is True))
        if case.payment_method is not None and case.order_terms is not True:
            checked = _found(checked, purchase_order_pays(case.payment_method))
    if not check.resold and case.deal.billing is Billing.IMPROVED:
        roles, against = check.barred(may_place_order, "request.roles.order.improved")
        checked = replace(checked, allowed_roles=roles, guidance=check.guidance("order.improved"))
        checked = _found(checked, *against)
    return _with_proof(check, checked)


def _with_proof(check: _Check, checked: CheckedRequest) -> CheckedRequest:
    case = check.case
    if check.book.edition not in proof_is_missing.info.editions or not case.proof_requested:
        return checked
    missing = ("proof",) if proof_is_missing(requested=True, supplied=case.proof_supplied is True) else ()
    more = check.with_items(as_items(("proof",), missing, proof_is_missing.info.id), proof_is_missing.info.id)
    return replace(checked, items=(*checked.items, *more.items), findings=(*checked.findings, *more.findings))


def _revision(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    products = [line.product for line in case.lines] or ([check.product] if check.product is not None else [])
    if not products and book.edition in revision_needs_open_quote.info.editions:
        return check.lacks("lines")
    against = assess_revision(book, products, case.deal.billing)
    if against is None:
        checked = CheckedRequest(guidance=check.guidance("revision.improved"), self_service=False)
        return _found(checked, revision_needs_open_quote(case.quote_open))
    contact = check.guidance("revision.contact") if against.reason == "QUOTE_NOT_EDITABLE" else None
    return CheckedRequest(guidance=contact, self_service=False if contact else None, findings=(against,))


def _purchase_order_number(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if book.edition not in number_can_be_put_on.info.editions or (book.edition == "2021" and not check.resold):
        return check.silent()
    exists = case.quote_number is not None or case.quote_open is not None
    put = number_can_be_put_on(exists, case.quote_open)
    rule_id = number_can_be_put_on.info.id
    missing = missing_items(("purchase_order_number",), check.given)
    checked = _found(check.with_items(as_items(("purchase_order_number",), missing, rule_id), rule_id), put)
    if book.edition in terms_of_purchase_order_bind.info.editions:
        checked = _found(checked, terms_of_purchase_order_bind(case.order_terms is True))
    if not exists:
        return replace(checked, guidance=check.guidance("purchase-order-number.new"), self_service=True)
    billing = case.deal.billing if book.edition != "2021" else Billing.ORIGINAL
    if billing is None:
        return _found(checked, undetermined("INPUT_MISSING", "deal.billing_experience"))
    roles, against = check.barred(may_put_number_on, f"request.roles.purchase-order-number.{billing}")
    checked = replace(checked, guidance=check.guidance(f"purchase-order-number.{billing}"), self_service=True)
    return _found(replace(checked, allowed_roles=roles), *against)


@rule("QUOTE-PO-ROLE", "000:1098-1106 000:1116-1121 002:282 002:1008", editions=_PURCHASING)
def may_put_number_on(roles: Collection[str], named: Collection[str]) -> bool:
    """Billing and technical contacts of the quote put the number on it, in the improved experience billing admins."""
    return not set(named).isdisjoint(roles)


def _co_term(check: _Check) -> CheckedRequest:
    assisted = check.case.vendor_assisted is True and check.book.prints("request.co-term.assisted")
    if assisted:
        checked = check.form(missing_for_assisted_alignment, "request.co-term.assisted")
    else:
        checked = check.form(missing_for_alignment, "request.co-term.form")
    way = "assisted" if assisted else "form"
    checked = replace(checked, guidance=check.guidance(f"co-term.{way}"), self_service=not assisted)
    if check.book.edition not in alignment_is_reviewed_by_hand.info.editions:
        return checked
    return replace(checked, manual_review=alignment_is_reviewed_by_hand("vendor" if assisted else "order_form"))


# ---- taxes and trials


def _country(case: RequestCase) -> str | None:
    return case.deal.billing_party.country


def _tax_exemption(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if book.edition not in missing_from_exemption_claim.info.editions:
        return check.silent()
    checked = CheckedRequest(guidance=check.guidance("tax-exemption"), self_service=False)
    country = _country(case)
    if country is None and case.tax != "JCT":
        checked = _found(checked, undetermined("INPUT_MISSING", "deal.billing_party.address.region_code"))
    possible = exemption_can_be_claimed(case.tax or "", country or "")
    number = case.tax_identifier is not None
    missing = missing_from_exemption_claim(bool(case.evidence), number, case.quote_number)
    rule_id = missing_from_exemption_claim.info.id
    wanted = check.with_items(as_items(("evidence|tax_identifier", "quote_number"), missing, rule_id), rule_id)
    if isinstance(possible, Finding):
        return _found(checked, possible)
    return replace(_found(checked, *wanted.findings), items=wanted.items)


def _tax_id(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if not book.prints("tax.numbers-in-profile"):
        return check.silent()
    checked = CheckedRequest(guidance=check.guidance("tax-id"), self_service=True)
    rule_id = number_can_be_entered.info.id
    missing = missing_items(("tax_identifier",), check.given)
    wanted = check.with_items(as_items(("tax_identifier",), missing, rule_id), rule_id)
    checked = replace(_found(checked, *wanted.findings), items=wanted.items)
    if case.tax_identifier is None:
        return checked
    country = _country(case)
    if country is None:
        return _found(checked, undetermined("INPUT_MISSING", "deal.billing_party.address.region_code"))
    entered = number_can_be_entered(case.tax_identifier.kind, country, book.texts("tax.numbers-in-profile"))
    return _found(checked, not_covered(edition=book.edition) if entered is False else entered)


def _billing_address(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if not book.prints("tax.address-update-hours"):
        return check.silent()
    checked = CheckedRequest(guidance=check.guidance("billing-address"), self_service=True)
    if book.edition in address_has_to_be_updated.info.editions and case.address_complete is not None:
        rule_id = address_has_to_be_updated.info.id
        missing = ("billing_address",) if address_has_to_be_updated(case.address_complete) else ()
        wanted = check.with_items(as_items(("billing_address",), missing, rule_id), rule_id)
        checked = replace(_found(checked, *wanted.findings), items=wanted.items)
    if case.address_updated is None:
        return checked
    hours = book.integer("tax.address-update-hours")
    return replace(checked, effective=address_is_known_by(case.address_updated, hours))


def _withholding(check: _Check) -> CheckedRequest:
    book, case = check.book, check.case
    if book.edition not in withholding_statement_is_missing.info.editions:
        return check.silent()
    checked = CheckedRequest(guidance=check.guidance("withholding"), self_service=False)
    if case.tax_withheld is None:
        return _found(checked, undetermined("INPUT_MISSING", "tax_withheld"))
    given = any(each.kind == "withholding_statement" for each in case.evidence)
    lacks = withholding_statement_is_missing(case.tax_withheld, given)
    rule_id = withholding_statement_is_missing.info.id
    required = ("evidence",) if case.tax_withheld else ()
    wanted = check.with_items(as_items(required, ("evidence",) if lacks else (), rule_id), rule_id)
    return replace(_found(checked, *wanted.findings), items=wanted.items)


def _trial_extension(check: _Check) -> CheckedRequest:
    if check.platform is None:
        return check.lacks("subscription.product.platform")
    if check.platform.hosted:
        checked = check.form(missing_for_cloud_trial, "request.trial-extension.cloud")
        if checked.items and checked.complete:
            checked = _found(checked, remark("REQUEST_WITH_VENDOR"))
        return replace(checked, guidance=check.guidance("trial-extension.cloud"), self_service=False)
    if check.platform is not Platform.DATA_CENTER:
        return check.silent()
    checked = check.form(missing_for_data_center_trial, "request.trial-extension.data_center")
    roles, against = check.barred(may_generate_trial_key, "request.roles.trial-extension.data_center")
    guidance = check.guidance("trial-extension.data_center")
    return _found(replace(checked, allowed_roles=roles, guidance=guidance, self_service=True), *against)


def _downgrade(check: _Check) -> CheckedRequest:
    return check.silent()


_CHECKS: dict[RequestKind, Callable[[_Check], CheckedRequest]] = {
    RequestKind.QUOTE: _quote,
    RequestKind.RENEWAL: _renewal,
    RequestKind.UPGRADE: _renewal,
    RequestKind.DOWNGRADE: _downgrade,
    RequestKind.ORDER: _order,
    RequestKind.REVISION: _revision,
    RequestKind.CO_TERM: _co_term,
    RequestKind.PURCHASE_ORDER_NUMBER: _purchase_order_number,
    RequestKind.TAX_EXEMPTION: _tax_exemption,
    RequestKind.TAX_ID: _tax_id,
    RequestKind.BILLING_ADDRESS: _billing_address,
    RequestKind.WITHHOLDING: _withholding,
    RequestKind.TRIAL_EXTENSION: _trial_extension,
}
