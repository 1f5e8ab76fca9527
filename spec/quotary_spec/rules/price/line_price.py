"""The price of a line that buys or renews: list price, prorated, less the one discount that it gets (R-08, R-09)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from quotary_spec.calendar import add_months
from quotary_spec.model.order import Channel, GivenDiscount, Line
from quotary_spec.model.quote import AppliedDiscount, PricedLine
from quotary_spec.money import format_minor
from quotary_spec.outcome import Finding, Outcome, remark, undetermined
from quotary_spec.rules.discounts import (
    RULE_OF_PROGRAMME,
    channel_has_special_prices,
    discounted_price,
    has_special_prices,
    programme_discount,
)
from quotary_spec.rules.lifecycle.data_center import has_end
from quotary_spec.rules.price.list_price import REQUEST, Pricing, list_price
from quotary_spec.rules.price.proration import prorated_price
from quotary_spec.rules.terms_assessment import cut
from quotary_spec.rules.terms_start import starts_at_held_end

GIVEN = "given"
"""Programme of a discount that the request gives without one."""

_OUTSIDE_PROGRAMMES = (remark("AGREED_DISCOUNT_OUTSIDE_PROGRAMMES"),)


def open_line(line: Line, *findings: Finding) -> PricedLine:
    """A line that is not priced, with what stands in the way."""
    return PricedLine(line.product, line.quantity, line.user_tier or 0, findings=findings)


def price_line(pricing: Pricing, line: Line) -> PricedLine:
    """The price of a line that buys or renews for its term."""
    listing = list_price(pricing, line.product, line.cycle, line.quantity, line.user_tier, line.price)
    if isinstance(listing, Finding):
        return open_line(line, listing)
    term = pricing.term_of(line, listing.months)
    amount = listing.amount
    findings: tuple[Finding, ...] = ()
    # One full term of what has no end of life costs the list price, whatever its days.
    if line.names_length or has_end(pricing.book, line) or starts_at_held_end(line):
        if term is None:
            absent = "prior.term" if starts_at_held_end(line) else "deal.order_date"
            return open_line(line, undetermined("INPUT_MISSING", absent))
        if listing.months is None:
            return open_line(line, undetermined("INPUT_MISSING", "billing_cycle"))
        term, findings = cut(pricing.book, line, term)
        if term.end != add_months(term.start, listing.months):
            amount = prorated_price(amount, term, listing.months, pricing.rounding)
    listed = rounded(pricing, listing.amount)
    prorated = listed if amount is listing.amount else rounded(pricing, amount)
    after = discount_line(pricing, line, amount, prorated, listing.tier, listing.source)
    return PricedLine(
        line.product,
        line.quantity,
        listing.tier,
        listing.unit,
        term,
        listed,
        prorated,
        after.applied,
        0,
        after.net,
        listing.source,
        after.others,
        (*findings, *after.findings),
    )


def rounded(pricing: Pricing, amount: int | Fraction) -> int:
    """An exact amount in whole minor units."""
    return amount if isinstance(amount, int) else pricing.rounding(amount.numerator, amount.denominator)


class Discounted(NamedTuple):
    """A price after discount.

    Attributes:
        net: Minor units; None while the discount is not decided.
        applied: The discount.
        others: Discounts that could have applied but do not stack, or were looked for in vain.
        findings: What stands in the way, and remarks.
    """

    net: int | None
    applied: AppliedDiscount | None = None
    others: tuple[AppliedDiscount, ...] = ()
    findings: tuple[Finding, ...] = ()


def discount_line(
    pricing: Pricing, line: Line, amount: int | Fraction, shown: int, tier: int, source: str
) -> Discounted:
    """The price of a line after discount.

    Args:
        amount: Exact price before discount, in minor units.
        shown: The same, rounded.
        tier: Tier priced, 0 where the price is by user.
        source: Where the price comes from.
    """
    deal = pricing.deal
    others = tuple(_other_programmes(pricing, line, amount, shown, tier))
    failed: AppliedDiscount | None = None
    findings: tuple[Finding, ...] = ()
    if deal.programme is not None:
        answer = programme_discount(pricing.book, deal.programme, line.product, line.cycle, tier or line.user_tier)
        if isinstance(answer, Decimal):
            net = discounted_price(amount, answer, pricing.rounding)
            applied = AppliedDiscount(deal.programme, answer, shown - net, "", RULE_OF_PROGRAMME[deal.programme])
            return Discounted(net, applied, (*others, *_displaced(pricing, line, amount, shown)))
        if answer.outcome is not Outcome.GRANTED:
            return _without_size(pricing, line, answer, amount, shown, others)
        failed = AppliedDiscount(deal.programme, Decimal(0), 0, answer.reason, answer.rule_id)
        findings = (answer, *_commercial_licence(pricing, deal.programme))
    agreed = _agreed(pricing, line, amount, shown, source)
    findings = (*findings, *agreed.findings)
    if failed is None:
        return Discounted(agreed.net, agreed.applied, others, findings)
    if agreed.applied is None and agreed.net is not None:
        return Discounted(agreed.net, failed, others, findings)
    return Discounted(agreed.net, agreed.applied, (failed, *others), findings)


def _given(
    pricing: Pricing, given: GivenDiscount, programme: str, amount: int | Fraction, shown: int, rule_id: str = ""
) -> Discounted:
    """A discount of the request: a fraction of the price, or an amount that takes no more than the price."""
    if given.rate is not None:
        net = discounted_price(amount, given.rate, pricing.rounding)
        applied = AppliedDiscount(programme, given.rate, shown - net, "", rule_id or discounted_price.info.id)
        return Discounted(net, applied)
    requested = given.amount or 0
    taken = min(shown, requested)
    above = (discount_above_price(requested - taken, pricing.deal.currency.code),) if requested > taken else ()
    return Discounted(shown - taken, AppliedDiscount(programme, None, taken, "", rule_id), findings=above)


def discount_above_price(not_given: int, currency: str) -> Finding:
    """The remark that a discount of the request is more than the price that it lowers, by so many minor units."""
    return remark("DISCOUNT_ABOVE_PRICE", not_given=format_minor(not_given, currency))


def _agreed(pricing: Pricing, line: Line, amount: int | Fraction, shown: int, source: str) -> Discounted:
    """Without a programme's discount: the special price of the channel, or the discount of the request."""
    channel, given = pricing.deal.channel, line.discount
    if channel in (None, Channel.DIRECT) or not has_special_prices(pricing.book, channel):
        if given is None:
            return Discounted(shown)
        agreed = _given(pricing, given, GIVEN, amount, shown)
        outside = _OUTSIDE_PROGRAMMES if pricing.has_no_discounts() else ()
        return agreed._replace(findings=(*outside, *agreed.findings))
    if given is not None:
        return _given(pricing, given, channel, amount, shown, channel_has_special_prices.info.id)
    if source == REQUEST:
        as_given = remark("SPECIAL_PRICE_AS_GIVEN", channel=channel)
        return Discounted(shown, findings=(as_given.by(channel_has_special_prices.info.id),))
    unknown = undetermined("DISCOUNT_SIZE_NOT_KNOWN", "discount", channel=channel)
    return Discounted(None, findings=(unknown.by(channel_has_special_prices.info.id),))


def _without_size(
    pricing: Pricing,
    line: Line,
    answer: Finding,
    amount: int | Fraction,
    shown: int,
    others: tuple[AppliedDiscount, ...],
) -> Discounted:
    """A programme whose discount the edition does not print: the request's, or nothing decided."""
    sized = answer.reason == "DISCOUNT_SIZE_NOT_KNOWN" or answer.outcome is Outcome.NOT_COVERED
    if line.discount is None or not sized:
        return Discounted(None, None, others, (answer,))
    programme = pricing.deal.programme if answer.outcome is Outcome.UNDETERMINED else GIVEN
    agreed = _given(pricing, line.discount, programme or GIVEN, amount, shown, answer.rule_id)
    return agreed._replace(others=others)


def _displaced(pricing: Pricing, line: Line, amount: int | Fraction, shown: int) -> Iterator[AppliedDiscount]:
    """What the declared programme displaces: a discount of the request, or a special price of unprinted size."""
    channel = pricing.deal.channel
    special = channel not in (None, Channel.DIRECT) and has_special_prices(pricing.book, channel)
    name = channel if special and channel is not None else GIVEN
    if line.discount is not None:
        displaced = _given(pricing, line.discount, name, amount, shown).applied
        assert displaced is not None
        yield replace(displaced, reason="DOES_NOT_STACK")
    elif special:
        yield AppliedDiscount(name, None, 0, "DOES_NOT_STACK", channel_has_special_prices.info.id)


def _other_programmes(
    pricing: Pricing, line: Line, amount: int | Fraction, shown: int, tier: int
) -> Iterator[AppliedDiscount]:
    """What each programme that the customer could claim besides would take off."""
    for programme in pricing.deal.other_programmes:
        answer = programme_discount(pricing.book, programme, line.product, line.cycle, tier or line.user_tier)
        if isinstance(answer, Decimal):
            off = shown - discounted_price(amount, answer, pricing.rounding)
            yield AppliedDiscount(programme, answer, off, "DOES_NOT_STACK", RULE_OF_PROGRAMME[programme])
        else:
            yield AppliedDiscount(programme, None, 0, answer.reason, answer.rule_id)


def _commercial_licence(pricing: Pricing, programme: str) -> tuple[Finding, ...]:
    key = "discount.government.commercial-licence"
    required = programme == "government" and pricing.book.if_printed(pricing.book.flag, key) is True
    return (remark("COMMERCIAL_LICENCE_REQUIRED"),) if required else ()
