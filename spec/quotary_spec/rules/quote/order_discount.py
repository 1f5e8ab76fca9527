"""A discount that is agreed for an order as a whole, split over its lines (R-07, R-09, R-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from quotary_spec.model.order import Deal, GivenDiscount
from quotary_spec.model.quote import AppliedDiscount, PricedLine
from quotary_spec.money import Rounding, allot, share
from quotary_spec.outcome import Finding
from quotary_spec.rule import rule
from quotary_spec.rules.discounts import RULE_OF_PROGRAMME
from quotary_spec.rules.price.line_price import discount_above_price

ORDER = "order"
"""Programme of a discount that the request gives for the whole order."""


@rule("DISCOUNT-OF-ORDER", "000:79-87 002:162 003:82 004:115", rulings="R-07 R-08 R-09 R-10")
def parts_of_order_discount(given: GivenDiscount, nets: Sequence[int], rounding: Rounding) -> tuple[int, ...]:
    """A discount that is agreed for an order is taken off its lines in proportion, and the parts add up to it.

    Reading: off what the lines cost after their own discounts and credits, never more than that; by largest remainder,
    ties to the earlier line. Fee and taxes follow on what is left.
    """
    whole = sum(nets)
    off = share(whole, given.rate, rounding) if given.rate is not None else min(given.amount or 0, whole)
    return allot(off, nets)


def discount_order(
    deal: Deal, given: GivenDiscount | None, lines: Sequence[PricedLine]
) -> tuple[tuple[PricedLine, ...], tuple[Finding, ...]]:
    """The lines less their parts of the order's discount, and what is to be said of it.

    The discount of the declared programme does not stack with it: a line that has it takes no part.
    """
    if given is None:
        return tuple(lines), ()
    sharing = [i for i, line in enumerate(lines) if not _has_programme(deal, line)]
    nets = [lines[i].net or 0 for i in sharing]
    parts = dict(zip(sharing, parts_of_order_discount(given, nets, deal.rounding.rounding), strict=True))
    beside = AppliedDiscount(ORDER, given.rate, 0, "DOES_NOT_STACK", parts_of_order_discount.info.id)
    not_given = (given.amount or 0) - sum(parts.values())
    findings: tuple[Finding, ...] = ()
    if given.rate is None and not_given > 0:
        findings = (discount_above_price(not_given, deal.currency.code).by(parts_of_order_discount.info.id),)
    return (
        tuple(
            replace(line, order_discount=parts[i], net=(line.net or 0) - parts[i])
            if i in parts
            else replace(line, other_discounts=(*line.other_discounts, beside))
            for i, line in enumerate(lines)
        ),
        findings,
    )


def _has_programme(deal: Deal, line: PricedLine) -> bool:
    applied = line.discount
    return (
        applied is not None
        and applied.programme == deal.programme
        and not applied.reason
        and applied.rule_id in RULE_OF_PROGRAMME.values()
    )
