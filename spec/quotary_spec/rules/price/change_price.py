"""What a change of tier, plan or platform costs, put together from its rules (R-21)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from quotary_spec.calendar import Term
from quotary_spec.model.order import Action, Cycle, Line, Prior
from quotary_spec.model.product import Platform
from quotary_spec.model.quote import AppliedDiscount, PricedLine
from quotary_spec.outcome import Finding, not_covered, refused, remark, undetermined
from quotary_spec.rulebook import Book
from quotary_spec.rules.discounts import discounted_price
from quotary_spec.rules.price.changes import (
    against_late_change,
    credit_for_months_left,
    dual_licence_discount,
    dual_licence_fits,
    full_months_left,
    migration_discount,
    price_less_credit,
    prorated_difference,
    step_up_credit,
    step_up_is_approved,
    value_held,
)
from quotary_spec.rules.price.line_price import Discounted, discount_line, open_line, price_line, rounded
from quotary_spec.rules.price.list_price import ListPrice, Pricing, list_price
from quotary_spec.rules.price.proration import part_of_price, prorated_price
from quotary_spec.rules.terms_assessment import cut
from quotary_spec.rules.terms_start import asked_term, is_upgrade, moves_platform, start_of


class UpgradeMethod(StrEnum):
    """How the price of a change is made."""

    PRORATED_DIFFERENCE = "prorated_difference"
    NEW_TERM_LESS_CREDIT = "new_term_less_credit"
    CO_TERM_LESS_CREDIT = "co_term_less_credit"
    STEP_UP = "step_up"
    DUAL_LICENCE = "dual_licence"
    DOWNGRADE = "downgrade"


@dataclass(frozen=True, slots=True)
class TierChange:
    """The price of a change, in minor units of the deal's currency.

    Attributes:
        method: How it is made; None where the edition prints no way.
        line: The line as a quote prices it.
        old_tier: Price of the tier held after discount, for the term that is held.
        new_tier: Price of the new tier after discount; for the same term where days are counted, else for a full one.
        value: Value of what is held.
        credit: Value of what was paid and is not yet used, before it is held to the price.
        days_left: Days from the change to the end of the term held.
        days_of_term: Days of the term held.
        months_left: Whole months from the change to the end of the term held.
        months_of_term: Whole months of the term held.
    """

    method: UpgradeMethod | None
    line: PricedLine
    old_tier: int | None = None
    new_tier: int | None = None
    credit: int | None = None
    days_left: int | None = None
    days_of_term: int | None = None
    months_left: int | None = None
    months_of_term: int | None = None
    value: int | None = None


def method_of(line: Line) -> UpgradeMethod | None:
    """The rule book's own way to price a line that changes what is held; None for a line that buys or renews.

    A product held on another platform makes it a move. More of a product without a term that is held is a purchase.
    """
    platform = line.product.platform
    if moves_platform(line):
        return UpgradeMethod.STEP_UP
    if line.dual_licence:
        return UpgradeMethod.DUAL_LICENCE
    if line.action is Action.DOWNGRADE:
        return UpgradeMethod.DOWNGRADE
    if not is_upgrade(line):
        return None
    if platform is None or platform.hosted:
        return UpgradeMethod.PRORATED_DIFFERENCE
    return UpgradeMethod.CO_TERM_LESS_CREDIT if line.names_length else UpgradeMethod.NEW_TERM_LESS_CREDIT


def price_change(pricing: Pricing, line: Line, method: UpgradeMethod) -> TierChange:
    """The price of a line that changes what is held."""
    if method is UpgradeMethod.STEP_UP:
        return _step_up(pricing, line)
    if method is UpgradeMethod.DUAL_LICENCE:
        return TierChange(method, _dual_licence(pricing, line))
    if method is UpgradeMethod.DOWNGRADE:
        return TierChange(method, _downgrade(pricing, line))
    return _upgrade(pricing, line, method)


def _upgrade(pricing: Pricing, line: Line, method: UpgradeMethod) -> TierChange:
    platform, prior = line.product.platform, line.prior
    if not pricing.book.serves(prorated_difference) or platform is Platform.SERVER:
        return TierChange(None, open_line(line, not_covered(edition=pricing.book.edition)))
    if platform is None:
        return TierChange(method, open_line(line, undetermined("INPUT_MISSING", "product.platform")))
    if prior is None or prior.term is None:
        absent = "prior.term" if prior is None else prior.absent_of_term
        return TierChange(method, open_line(line, undetermined("INPUT_MISSING", absent)))
    listing = list_price(pricing, line.product, line.cycle, line.quantity, line.user_tier, line.price)
    if isinstance(listing, Finding):
        return TierChange(method, open_line(line, listing))
    if method is UpgradeMethod.PRORATED_DIFFERENCE:
        return _prorated_difference(pricing, line, prior, prior.term, listing)
    return _less_credit(pricing, line, prior, prior.term, listing, method)


def _prorated_difference(
    pricing: Pricing, line: Line, prior: Prior, current_term: Term, listing: ListPrice
) -> TierChange:
    """The difference of the tiers by days to the current end; where it runs on, the new tier from there."""
    method = UpgradeMethod.PRORATED_DIFFERENCE
    day = _day_of_change(pricing, line)
    if day is None:
        return TierChange(method, open_line(line, undetermined("INPUT_MISSING", "deal.order_date")))
    over = against_late_change(pricing.book, day, current_term.end)
    if over is not None:
        return TierChange(method, open_line(line, over))
    new = after_discount(pricing, line, listing)
    old = _old_tier(pricing, line, prior, current_term, listing.months)
    if new.net is None or isinstance(old, Finding):
        findings = (*new.findings, old) if isinstance(old, Finding) else new.findings
        return TierChange(method, replace(open_line(line, *findings), other_discounts=new.others), new_tier=new.net)
    # Without months, the price is for the term that is held.
    months = listing.months or current_term.months
    if not months:
        return TierChange(method, open_line(line, undetermined("INPUT_MISSING", "price.months")))
    new_held = _for_held_term(pricing, new.net, current_term, listing.months)
    list_held = listing.amount if listing.months is None else part_of_price(listing.amount, current_term, months)
    days_left = min((current_term.end - day).days, current_term.days)
    charge = prorated_difference(new_held, old, days_left, current_term.days, pricing.rounding)
    prorated = pricing.rounding(list_held.numerator * days_left, list_held.denominator * current_term.days)
    discounted = pricing.rounding(new_held * days_left, current_term.days)
    credit = discounted - charge
    further = Term(current_term.end, current_term.end if line.term is None else max(line.term.end, current_term.end))
    prorated += prorated_price(listing.amount, further, months, pricing.rounding)
    discounted += prorated_price(new.net, further, months, pricing.rounding)
    not_above = remark("NOT_ABOVE_HELD_TIER").by(prorated_difference.info.id)
    findings = new.findings if new_held > old else (*new.findings, not_above)
    return TierChange(
        method,
        _priced(pricing, line, listing, Term(day, further.end), prorated, discounted, new, credit, findings),
        old_tier=old,
        new_tier=new_held,
        credit=credit,
        days_left=days_left,
        days_of_term=current_term.days,
    )


def _for_held_term(pricing: Pricing, price: int, current_term: Term, months: int | None) -> int:
    """A price for so many months as the price of the term that is held; None: it is for that term already."""
    return price if months is None else prorated_price(price, current_term, months, pricing.rounding)


def _less_credit(
    pricing: Pricing, line: Line, prior: Prior, current_term: Term, listing: ListPrice, method: UpgradeMethod
) -> TierChange:
    """The new tier for a term of its own, less the whole months left of what was paid."""
    start = start_of(pricing.deal, line)
    if start is None:
        return TierChange(method, open_line(line, undetermined("INPUT_MISSING", "deal.order_date")))
    usual = pricing.book.integer("upgrade.data-center.term-months")
    requested = line.term or Term.of_months(start, usual)
    term, findings = cut(pricing.book, line, requested)
    prorated = prorated_price(listing.amount, term, listing.months or usual, pricing.rounding)
    new = discount_line(pricing, line, prorated, prorated, listing.tier, listing.source)
    findings = (*findings, *new.findings)
    if prior.net_paid is None:
        findings = (*findings, undetermined("INPUT_MISSING", "prior.net_paid"))
    if new.net is None or prior.net_paid is None:
        return TierChange(method, replace(open_line(line, *findings), other_discounts=new.others))
    months_left = full_months_left(start, current_term.end)
    value = value_held(prior.net_paid, prior.credit)
    credit = credit_for_months_left(value, current_term.months, months_left, pricing.rounding)
    applied = new.net - price_less_credit(new.net, credit)
    if credit > new.net:
        findings = (*findings, remark("CREDIT_ABOVE_PRICE").by(price_less_credit.info.id))
    return TierChange(
        method,
        _priced(pricing, line, listing, term, prorated, new.net, new, applied, findings),
        new_tier=after_discount(pricing, line, listing).net,
        credit=credit,
        months_left=months_left,
        months_of_term=current_term.months,
        value=value,
    )


def _step_up(pricing: Pricing, line: Line) -> TierChange:
    """A line in place of another platform: its own price; from Data Center to cloud less the worth of the days left."""
    change = TierChange(UpgradeMethod.STEP_UP, price_line(pricing, line))
    change = replace(change, new_tier=change.line.net)
    current = line.prior.product if line.prior is not None else None
    to_cloud = line.product.platform is not None and line.product.platform.hosted
    if current is None or current.platform is not Platform.DATA_CENTER or not to_cloud:
        return change
    if pricing.book.serves(migration_discount) and line.discount is None:
        return replace(change, line=_with(change.line, migration_discount()))
    if not pricing.book.serves(step_up_credit):
        return change
    approved = step_up_is_approved(line.step_up_approved)
    if isinstance(approved, Finding):
        return replace(change, line=_with(change.line, approved))
    if not approved:
        return replace(
            change,
            line=replace(
                change.line,
                findings=(*change.line.findings, remark("STEP_UP_NOT_APPROVED").by(step_up_is_approved.info.id)),
            ),
        )
    return _credited(pricing, line, change)


def _credited(pricing: Pricing, line: Line, change: TierChange) -> TierChange:
    prior, day, priced = line.prior, _day_of_change(pricing, line), change.line
    current_term, net_paid = (prior.term, prior.net_paid) if prior is not None else (None, None)
    if current_term is None or net_paid is None or day is None:
        term = prior.absent_of_term if prior is not None else "prior.term"
        facts = {term: current_term, "prior.net_paid": net_paid, "deal.order_date": day}
        absent = [name for name, value in facts.items() if value is None]
        return replace(change, line=_with(priced, undetermined("INPUT_MISSING", *absent)))
    assert prior is not None
    value = value_held(net_paid, prior.credit)
    credit = step_up_credit(value, current_term, day, pricing.rounding)
    days_left = min(max((current_term.end - day).days, 0), current_term.days)
    change = replace(change, credit=credit, days_left=days_left, days_of_term=current_term.days, value=value)
    if priced.net is None:
        return change
    applied = min(credit, priced.net)
    findings = (remark("CREDIT_ABOVE_PRICE").by(step_up_credit.info.id),) if credit > priced.net else ()
    net = priced.net - applied
    return replace(change, line=replace(priced, credit=applied, net=net, findings=(*priced.findings, *findings)))


def _dual_licence(pricing: Pricing, line: Line) -> PricedLine:
    """The Data Center subscription that runs on, free of charge, beside the cloud."""
    book = pricing.book
    rule_id = dual_licence_rule_id(book)
    if rule_id is None:
        return open_line(line, not_covered(edition=book.edition))
    if line.product.platform is None:
        return open_line(line, undetermined("INPUT_MISSING", "product.platform").by(rule_id))
    if line.product.platform is not Platform.DATA_CENTER:
        return open_line(line, refused("DUAL_LICENCE_DATA_CENTER_ONLY").by(rule_id))
    most = book.integer("upgrade.dual-licence.most-months")
    requested = asked_term(pricing.deal, line, most)
    if requested is None:
        return open_line(line, undetermined("INPUT_MISSING", "prior.term"))
    if not book.ask(dual_licence_fits, requested, most):
        return open_line(line, refused("DUAL_LICENCE_TOO_LONG", most_months=str(most)).by(rule_id))
    listing = list_price(pricing, line.product, line.cycle, line.quantity, line.user_tier, line.price)
    if isinstance(listing, Finding):
        return open_line(line, listing)
    term, findings = cut(book, line, requested)
    prorated = prorated_price(listing.amount, term, listing.months or most, pricing.rounding)
    rate = dual_licence_discount(book.decimal("upgrade.dual-licence.rate"))
    free = AppliedDiscount("dual_licence", rate, prorated, "", dual_licence_discount.info.id)
    net = discounted_price(prorated, rate, pricing.rounding)
    return _priced(pricing, line, listing, term, prorated, net, Discounted(net, free), 0, findings)


def dual_licence_rule_id(book: Book) -> str | None:
    """Id of the edition's rule on dual licences; None when it has none."""
    return book.version(dual_licence_fits).info.id if book.serves(dual_licence_fits) else None


def _downgrade(pricing: Pricing, line: Line) -> PricedLine:
    """The renewal at the lower tier; what was paid for the current term stays as it is.

    Of what a downgrade costs only the sentences on Data Center speak.
    """
    if line.product.platform is None:
        return open_line(line, undetermined("INPUT_MISSING", "product.platform"))
    if line.product.platform is not Platform.DATA_CENTER:
        return open_line(line, not_covered(edition=pricing.book.edition))
    priced = price_line(pricing, line)
    if priced.term is not None and not priced.term.days:
        return priced
    return replace(priced, findings=(*priced.findings, remark("DOWNGRADE_AT_RENEWAL")))


def _day_of_change(pricing: Pricing, line: Line) -> date | None:
    return line.term.start if line.term is not None else line.term_start or pricing.deal.order_date


def after_discount(pricing: Pricing, line: Line, listing: ListPrice) -> Discounted:
    """The price of the new tier for a full term after discount."""
    shown = rounded(pricing, listing.amount)
    return discount_line(pricing, line, listing.amount, shown, listing.tier, listing.source)


def _old_tier(pricing: Pricing, line: Line, prior: Prior, current_term: Term, months: int | None) -> int | Finding:
    """The price of the tier that is held for its term after discount: as given, or booked with the same discount.

    Given, it is for the same length as the new price: for so many months.
    """
    if prior.tier_price is not None:
        return _for_held_term(pricing, prior.tier_price, current_term, prior.tier_months or months)
    agreed_amount = line.discount is not None and line.discount.amount is not None
    if line.price is not None or prior.quantity is None or agreed_amount:
        return undetermined("INPUT_MISSING", "prior.tier_price")
    product = prior.product or line.product
    by_user = line.cycle is Cycle.MONTHLY
    quantity = prior.quantity if by_user else line.quantity
    listing = list_price(pricing, product, line.cycle, quantity, None if by_user else prior.quantity, None)
    if isinstance(listing, Finding):
        return undetermined("INPUT_MISSING", "prior.tier_price")
    net = after_discount(pricing, replace(line, product=product, user_tier=prior.quantity), listing).net
    if net is None or listing.months is None:
        return undetermined("INPUT_MISSING", "prior.tier_price")
    return _for_held_term(pricing, net, current_term, listing.months)


def _priced(
    pricing: Pricing,
    line: Line,
    listing: ListPrice,
    term: Term,
    prorated: int,
    discounted: int,
    new: Discounted,
    credit: int,
    findings: tuple[Finding, ...],
) -> PricedLine:
    """The line of an upgrade: the new tier's price for the time left, after discount, less the credit."""
    discount = None if new.applied is None else replace(new.applied, amount=prorated - discounted)
    return PricedLine(
        product=line.product,
        quantity=line.quantity,
        user_tier=listing.tier,
        unit_price=listing.unit,
        term=term,
        list_amount=rounded(pricing, listing.amount),
        prorated=prorated,
        discount=discount,
        credit=credit,
        net=discounted - credit,
        price_source=listing.source,
        other_discounts=new.others,
        findings=findings,
    )


def _with(priced: PricedLine, finding: Finding) -> PricedLine:
    """The line with something open, and so without a net amount."""
    return replace(priced, net=None, findings=(*priced.findings, finding))
