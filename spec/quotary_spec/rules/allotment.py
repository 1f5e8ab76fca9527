"""How an amount of an order belongs to its components: the net of each line, its part of the fee, and of each tax.

The one way for every amount that is not the whole: part payments, odd refunds, and an amount that is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quotary_spec.model.refund import Amounts, PaidOrder, TaxPart, sum_of
from quotary_spec.money import allot, format_minor
from quotary_spec.outcome import Finding, refused
from quotary_spec.rule import rule
from quotary_spec.rules.refunds import refundable_amounts


@rule("AMOUNT-ALLOTMENT", "000:360 002:383-385 003:116-118 004:157-159", rulings="R-07 R-27")
def parts_of_amount(amount: int, components: Sequence[int]) -> tuple[int, ...]:
    """Money for a part of an order is money for each of its components in proportion; the parts add up to it.

    No part is more than its component, and the whole order is every component whole.

    Reading: the text knows whole orders only; cents are allotted as an order's own are, by largest remainder, ties to
    the earlier component. Of a line the net comes first, then its part of the fee, then its taxes.
    """
    return allot(amount, components)


@dataclass(frozen=True, slots=True)
class Allotment:
    """An amount by line and component, in minor units.

    Attributes:
        lines: For each position that takes part, what of the amount belongs to it; none while it is refused.
        left: What is left of those lines after the amount.
        findings: Why it is refused.
    """

    lines: tuple[tuple[int, Amounts], ...] = ()
    left: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def total(self) -> Amounts:
        """The amount by component, over all lines."""
        return sum_of(amounts for _, amounts in self.lines)


def allot_amount(order: PaidOrder, amount: int, positions: Sequence[int], currency: str) -> Allotment:
    """Split an amount over what was paid and has not gone back yet, of these lines or (none named) of all."""
    chosen = sorted(positions) or range(len(order.lines))
    left = [refundable_amounts(order.lines[i].paid, order.lines[i].refunded) for i in chosen]
    available = sum(amounts.total for amounts in left)
    if amount > available:
        return Allotment(findings=(refused("AMOUNT_ABOVE_LEFT", left=format_minor(available, currency)),))
    return Allotment(tuple(zip(chosen, split(left, amount), strict=True)), available - amount)


def split(lines: Sequence[Amounts], amount: int) -> tuple[Amounts, ...]:
    """An amount by line and component, in proportion to these."""
    parts = iter(parts_of_amount(amount, [each for line in lines for each in _components(line)]))
    return tuple(
        Amounts(
            next(parts),
            next(parts),
            tuple(TaxPart(tax.tax, tax.region, tax.locality, next(parts)) for tax in line.taxes),
        )
        for line in lines
    )


def _components(amounts: Amounts) -> Iterable[int]:
    yield amounts.net
    yield amounts.fee
    for tax in amounts.taxes:
        yield tax.amount
