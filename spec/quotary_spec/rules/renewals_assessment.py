"""The renewal of a subscription: when it is renewed, by whom, at which amount, and what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from quotary_spec.calendar import is_whole_months, whole_months
from quotary_spec.model.fulfilment import Trigger
from quotary_spec.model.order import Action, Billing, Cycle, Line, Prior
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.renewal import AssessedRenewal, AutomaticRenewal, Notice, RenewalCase
from quotary_spec.outcome import Finding, Outcome, as_remark, not_covered, refused, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rulebook import Book
from quotary_spec.rules.fulfilment import CLOUD_AVAILABILITY, CLOUD_WITH_PAYMENT
from quotary_spec.rules.lifecycle.data_center import effective_action
from quotary_spec.rules.maintenance import MaintenanceCase, assess_maintenance
from quotary_spec.rules.price.list_price import Pricing, list_price
from quotary_spec.rules.price.proration import prorated_price
from quotary_spec.rules.renewals import (
    Basis,
    automatic_renewal_day,
    automatic_renewal_is_offered,
    automatic_renewal_is_on,
    contact_window,
    increase_is_announced,
    increase_notice_day,
    is_renewed_for_customers,
    may_choose_automatic_renewal,
    may_renew_customers_site,
    may_renew_data_center_by_itself,
    renewal_channel,
    renewal_price_basis,
    renewal_quote_day,
    renewal_recipients,
    renews_by_default,
    takes_effect_on,
    transition_price_is_open,
)
from quotary_spec.rules.sales.conditions import against_order
from quotary_spec.rules.terms_assessment import check_terms
from quotary_spec.rules.terms_start import asked_term, default_months, full_months, settled
from quotary_spec.supplements.price_book import PriceBook

_ANNUAL_GUIDANCE = Keys("renewal.annual.guidance.*")
_MONTHLY_METHODS = Keys("renewal.monthly.methods.*")
_ANNUAL_AUTOMATIC = Keys("renewal.annual.automatic.*")
_QUOTE_RECIPIENTS = Keys("renewal.quote-recipients.*")


# ---- the whole


def assess_renewal(book: Book, case: RenewalCase) -> AssessedRenewal:
    """Whether and for what time something is renewed, at what price, and what happens around it."""
    current = case.subscription
    product = case.line.product if case.line is not None else current.product
    if product is None:
        return AssessedRenewal(findings=(undetermined("INPUT_MISSING", "subscription.product"),))
    platform = product.platform
    if platform is None:
        return AssessedRenewal(findings=(undetermined("INPUT_MISSING", "subscription.product.platform"),))
    if platform is Platform.SERVER:
        return _server(book, case)
    line = _wanted(case, product)
    if line.action is Action.DOWNGRADE and platform.hosted:
        # Only the sentences on Data Center speak of renewing for less; no price is given for it either.
        return AssessedRenewal(action=line.action, findings=(not_covered(edition=book.edition),))
    assessed = _timed_and_priced(book, case, line)
    return (
        _data_center(book, case, assessed) if platform is Platform.DATA_CENTER else _cloud(book, case, line, assessed)
    )


def _server(book: Book, case: RenewalCase) -> AssessedRenewal:
    """A Server licence is perpetual; what is renewed is its maintenance."""
    current = case.subscription
    months = _months_of_maintenance(case.line, current.end)
    # What could be bought instead is not asked here, so it does not matter what else is held.
    renewal = MaintenanceCase(
        current, Action.RENEWAL, case.deal.order_date, case.deal.paid_on, months, day=case.day, holds_data_center=False
    )
    maintenance = assess_maintenance(book, renewal)
    found = (finding.rebased(_in_deal) for finding in maintenance.findings)
    return AssessedRenewal(term=maintenance.term, findings=tuple(found))


def _months_of_maintenance(line: Line | None, held_end: date | None) -> int | None:
    """Months from the held end for which the line asks; 0 for an end that no whole number of them reaches."""
    end = None
    if line is not None:
        end = line.term.end if line.term is not None else line.term_end
    if line is None or end is None or held_end is None:
        return line.term_months if line is not None else None
    return whole_months(held_end, end) if end > held_end and is_whole_months(held_end, end) else 0


def _in_deal(path: str) -> str:
    """Where a renewal has what maintenance asks for: the day of the order stands in the deal."""
    return "deal.order_date" if path == "order_date" else path


def _wanted(case: RenewalCase, product: Product) -> Line:
    """The line that is wanted: as asked, or the same again for a full term from the present end."""
    current = case.subscription
    requested = case.line or Line(product, cycle=current.cycle, user_tier=current.user_tier)
    prior = requested.prior or Prior()
    return replace(
        requested,
        product=product,
        action=Action.DOWNGRADE if requested.action is Action.DOWNGRADE else Action.RENEWAL,
        cycle=requested.cycle or current.cycle,
        prior=prior
        if prior.end is not None
        else replace(prior, term=current.term, term_start=current.term_start, term_end=current.term_end),
        held_user_tier=current.user_tier if requested.held_user_tier is None else requested.held_user_tier,
    )


def _timed_and_priced(book: Book, case: RenewalCase, line: Line) -> AssessedRenewal:
    """Time, price and what the order is by the rules."""
    deal = case.deal
    months = full_months(line)
    if months is None and not line.names_length:
        return AssessedRenewal(findings=(undetermined("INPUT_MISSING", "subscription.billing_cycle"),))
    if line.term is None and line.held_end is None:
        return AssessedRenewal(
            findings=(undetermined("INPUT_MISSING", f"subscription.{case.subscription.absent_of_term}"),)
        )
    requested = settled(deal, line)
    if isinstance(requested, Finding):
        return AssessedRenewal(findings=(requested,))
    line = requested
    term = asked_term(deal, line, months)
    if term is None:
        return AssessedRenewal(findings=(undetermined("INPUT_MISSING", "deal.order_date"),))
    (checked,), (of_sale,) = check_terms(book, [line], [term]), against_order(book, deal, [line])
    found = dict.fromkeys((*checked.findings, *of_sale))
    assessed = AssessedRenewal(
        action=effective_action(book, line),
        term=checked.term,
        latest_end=checked.latest_end,
        findings=tuple(each.rebased(_of_what_is_held) for each in found),
    )
    return _priced(book, case, line, assessed)


_HELD = {
    "prior.term": "subscription.term",
    "held_user_tier": "subscription.user_tier",
    "product.platform": "subscription.product.platform",
    "billing_cycle": "subscription.billing_cycle",
}


def _of_what_is_held(path: str) -> str:
    """Where a renewal has what a condition of sale asks for: what is held stands in the subscription."""
    return _HELD.get(path, path if path.startswith("deal.") else f"line.{path}")


def _priced(book: Book, case: RenewalCase, line: Line, assessed: AssessedRenewal) -> AssessedRenewal:
    """The price of the time that is bought, where the request gives one."""
    basis: Basis | Finding = "line" if line.price is not None else "current_renewal_price"
    if case.model_available is not None and line.price is not None:
        basis = book.ask(renewal_price_basis, case.model_available)
    if isinstance(basis, Finding):
        return _open_amount(assessed, basis)
    months = default_months(line.product, line.cycle)
    if basis == "line":
        pricing = Pricing.of(book, case.deal, PriceBook.empty())
        full = list_price(pricing, line.product, line.cycle, line.quantity, line.user_tier, line.price)
        if isinstance(full, Finding):
            return _open_amount(assessed, full)
        price, months = full.amount, full.months
    elif case.current_price is None:
        missing = undetermined("INPUT_MISSING", "current_renewal_price")
        return assessed if case.model_available is not False else _open_amount(assessed, missing)
    else:
        price = case.current_price
    if assessed.term is None or months is None or any(each.reason == "EOL_REACHED" for each in assessed.findings):
        return assessed
    amount = prorated_price(price, assessed.term, months, case.deal.rounding.rounding)
    return replace(assessed, amount=amount, price_basis=basis)


def _open_amount(assessed: AssessedRenewal, finding: Finding) -> AssessedRenewal:
    return _found(assessed, as_remark(finding.rebased(_in_line), "amount"))


def _in_line(path: str) -> str:
    """Where a renewal has what a price asks for."""
    return path if path.startswith(("deal.", "current_renewal_price")) else f"line.{path}"


def _found(assessed: AssessedRenewal, *findings: Finding) -> AssessedRenewal:
    return replace(assessed, findings=(*assessed.findings, *findings))


def _data_center(book: Book, case: RenewalCase, assessed: AssessedRenewal) -> AssessedRenewal:
    assessed = replace(
        assessed,
        effective=assessed.term.start if assessed.term is not None and assessed.term.days else None,
        guidance=book.guidance("renewal.data-center.guidance")
        or book.guidance("request.guidance.renewal.reseller.form.renewal"),
        allowed_roles=book.texts("renewal.data-center.roles", silent=()),
    )
    if not book.prints("renewal.data-center.recipients"):
        spoken_of = is_renewed_for_customers(case.deal.channel)
        return assessed if spoken_of else _found(assessed, not_covered(edition=book.edition))
    end = case.subscription.end
    transition = None
    if case.licence_changed is not None:
        transition = transition_price_is_open(
            Platform.DATA_CENTER, licence_changed=case.licence_changed, vendor_offers=case.transition_offered
        )
    assessed = replace(
        assessed,
        transition=transition,
        automatic=_data_center_by_itself(book, case, end),
        notices=tuple(_data_center_notices(book, case, end)),
    )
    return _found(assessed, *_literal_window(book, end))


def _data_center_by_itself(book: Book, case: RenewalCase, end: date | None) -> AutomaticRenewal:
    roles = book.texts("renewal.data-center.automatic-roles")
    key = "eol.data-center.end"
    processed = automatic_renewal_day(end, book.if_printed(book.day, key)) if end is not None else None
    over = isinstance(processed, Finding)
    allowed = case.actor is None or may_renew_data_center_by_itself(sorted(case.actor.effective_roles), roles)
    on = case.subscription.auto_renewal if case.automatic_chosen is None else case.automatic_chosen and allowed
    return AutomaticRenewal(
        available=allowed and not over,
        enabled=False if over else on,
        processed=processed if isinstance(processed, date) else None,
        allowed_roles=roles,
        guidance=book.guidance("renewal.data-center.automatic"),
    )


def _data_center_notices(book: Book, case: RenewalCase, end: date | None) -> Iterator[Notice]:
    named = book.texts("renewal.data-center.recipients")
    id = renewal_recipients.info.id
    yield Notice("renewal_quote", id, recipients=renewal_recipients("renewal_quote", named))
    yield Notice("purchase_confirmation", id, recipients=renewal_recipients("purchase_confirmation", named))
    if end is None:
        return
    window = contact_window(end, book.integer("renewal.data-center.contact-days"))
    is_open = case.day in window if case.day is not None else None
    yield Notice("representative_contact", contact_window.info.id, window=window, window_open=is_open)


def _literal_window(book: Book, end: date | None) -> tuple[Finding, ...]:
    """What is to be said where the sentence counts the days of the call from the end on."""
    literally = "renewal.data-center.contact-literally-after-end"
    if end is None or not book.if_printed(book.flag, literally):
        return ()
    last = end + timedelta(days=book.integer("renewal.data-center.contact-days"))
    return (remark("CONTACT_WINDOW_LITERAL", first=end.isoformat(), last=last.isoformat()),)


def _cloud(book: Book, case: RenewalCase, line: Line, assessed: AssessedRenewal) -> AssessedRenewal:
    assessed = _with_effective_date(book, case, line, assessed)
    if not book.prints("renewal.quote-days"):
        return _cloud_of_resellers(book, case, line, assessed)
    annual = "renewal.guard.guidance" if line.product.id == "guard" else _ANNUAL_GUIDANCE[case.deal.billing]
    notices = tuple(_cloud_notices(book, case, line))
    assessed = replace(
        assessed,
        notices=tuple(each for each in notices if isinstance(each, Notice)),
        guidance=book.guidance(annual) if line.cycle is Cycle.ANNUAL else None,
    )
    assessed = _found(assessed, *(as_remark(each, "notices") for each in notices if isinstance(each, Finding)))
    automatic = _cloud_by_itself(book, case, line)
    if isinstance(automatic, Finding):
        return _found(assessed, as_remark(automatic, "automatic_renewal"))
    return replace(assessed, automatic=automatic)


def _with_effective_date(book: Book, case: RenewalCase, line: Line, assessed: AssessedRenewal) -> AssessedRenewal:
    if line.cycle is Cycle.MONTHLY:
        return assessed
    trigger = _trigger(book, case.deal.billing)
    effective = (
        trigger
        if isinstance(trigger, Finding)
        else takes_effect_on(trigger, case.deal.order_date, case.deal.payment_date)
    )
    if isinstance(effective, Finding):
        return _found(assessed, as_remark(effective, "effective_date"))
    return replace(assessed, effective=effective)


def _trigger(book: Book, billing: Billing | None) -> Trigger | Finding:
    """What makes a renewal available: in the reseller documents its payment, later as the billing experience has it."""
    if book.serves(CLOUD_WITH_PAYMENT):
        return book.ask(CLOUD_WITH_PAYMENT, Action.RENEWAL)
    if billing is None:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    return book.ask(CLOUD_AVAILABILITY, billing) or not_covered(edition=book.edition)


def _cloud_of_resellers(book: Book, case: RenewalCase, line: Line, assessed: AssessedRenewal) -> AssessedRenewal:
    """Annual cloud sites in the reseller documents; of monthly ones these say nothing."""
    if line.cycle is Cycle.MONTHLY:
        refusals = tuple(each for each in assessed.findings if each.outcome is Outcome.REFUSED)
        return AssessedRenewal(findings=(*refusals, not_covered(edition=book.edition)))
    roles = book.texts("renewal.cloud.roles", silent=())
    if case.actor is None or not roles:
        return replace(assessed, allowed_roles=roles, guidance=book.guidance("request.guidance.reseller.cloud"))
    actor_roles = case.actor.effective_roles
    purchaser = "original_purchaser" in actor_roles
    own = renewal_channel(purchaser) == "account_portal"
    guidance = book.guidance("request.guidance.reseller.cloud.purchaser" if own else "renewal.cloud.guidance.vendor")
    assessed = replace(assessed, allowed_roles=roles, guidance=guidance)
    if may_renew_customers_site(
        is_original_purchaser=purchaser, is_listed_contact=any(role in actor_roles for role in roles)
    ):
        return assessed
    barred = refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)).about("actor")
    return _found(assessed, barred)


def _cloud_by_itself(book: Book, case: RenewalCase, line: Line) -> AutomaticRenewal | Finding:
    if line.cycle is None:
        return undetermined("INPUT_MISSING", "subscription.billing_cycle")
    default_on = renews_by_default(line.cycle)
    on = case.subscription.auto_renewal
    processed = case.subscription.current_end
    billing = case.deal.billing
    if default_on:
        methods = book.texts(_MONTHLY_METHODS[billing], silent=()) if line.product.id != "guard" else ()
        return AutomaticRenewal(True, True, True if on is None else on, processed, methods=methods)
    if billing is None:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    guidance = book.guidance(_ANNUAL_AUTOMATIC[billing])
    if guidance is None:
        return not_covered(edition=book.edition)
    if billing is Billing.IMPROVED:
        return AutomaticRenewal(default_on, True, on, processed, guidance=guidance)
    roles = book.texts("renewal.annual.roles.original")
    return replace(_chosen_with_payment(case, roles), default_on=default_on, processed=processed, guidance=guidance)


def _chosen_with_payment(case: RenewalCase, roles: tuple[str, ...]) -> AutomaticRenewal:
    """Automatic renewal of an annual subscription in the original billing experience."""
    exists, paid, chosen = case.quote_exists, case.quote_paid, case.automatic_chosen
    allowed = case.actor is None or may_choose_automatic_renewal(sorted(case.actor.effective_roles), roles)
    available = None if exists is None else automatic_renewal_is_offered(exists) and allowed
    on = case.subscription.auto_renewal
    if available is not None and paid is not None and chosen is not None:
        on = available and automatic_renewal_is_on(renewal_quote_exists=exists is True, quote_paid=paid, chosen=chosen)
    return AutomaticRenewal(available=available, enabled=on, allowed_roles=roles)


def _cloud_notices(book: Book, case: RenewalCase, line: Line) -> Iterator[Notice | Finding]:
    """The notices that are sent, and what is missing to know of others."""
    guard = line.product.id == "guard"
    end, billing = case.subscription.end, case.deal.billing
    annual = line.cycle is Cycle.ANNUAL and (guard or billing is not Billing.IMPROVED)
    increase = guard and case.subscription.state != "trial"
    if end is None and (annual or increase):
        yield undetermined("INPUT_MISSING", f"subscription.{case.subscription.absent_of_term}")
    if annual and not guard and billing is None:
        yield undetermined("INPUT_MISSING", "deal.billing_experience")
    elif annual and end is not None:
        yield Notice(
            "renewal_quote",
            renewal_quote_day.info.id,
            sent=True,
            send_date=renewal_quote_day(end, book.integer("renewal.quote-days")),
            recipients=book.texts(_QUOTE_RECIPIENTS["guard" if guard else "original"]),
        )
    if increase and end is not None:
        yield from _increase_notice(book, case, end)


def _increase_notice(book: Book, case: RenewalCase, billing_date: date) -> Iterator[Notice]:
    if case.expected_amount is None or case.previous_amount is None:
        return
    sent = increase_is_announced(case.expected_amount, case.previous_amount)
    yield Notice(
        "amount_increase",
        increase_is_announced.info.id,
        sent=sent,
        send_date=increase_notice_day(billing_date, book.integer("renewal.guard.increase-days")) if sent else None,
        recipients=book.texts("renewal.guard.increase-recipients"),
    )
