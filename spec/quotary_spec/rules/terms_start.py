"""When a line begins and how long it lasts, as it is asked for and where it is not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Action, Cycle, Deal, Line
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, refused


def default_months(product: Product, cycle: Cycle | None) -> int | None:
    """Months of one full term by the cycle; what is not hosted is sold by the year. None for cloud of unknown cycle."""
    if cycle is Cycle.MONTHLY:
        return 1
    if cycle is Cycle.ANNUAL or (product.platform is not None and not product.platform.hosted):
        return 12
    return None


def full_months(line: Line) -> int | None:
    """Months of one full term of a line: those that its price is for, else by its cycle."""
    if line.price is not None and line.price.months is not None:
        return line.price.months
    return default_months(line.product, line.cycle)


def moves_platform(line: Line) -> bool:
    """True when the line takes the place of a product on another platform; the vendor's two clouds count as one."""
    current = line.prior.product.platform if line.prior is not None and line.prior.product is not None else None
    platform = line.product.platform
    return (
        current is not None
        and platform is not None
        and current is not platform
        and not (current.hosted and platform.hosted)
    )


def is_upgrade(line: Line) -> bool:
    """True for a change within the term that is held: an upgrade, or more users of what the line says is held.

    A move to another platform starts a full term of its own (R-21).
    """
    if moves_platform(line):
        return False
    return line.action is Action.UPGRADE or (line.action is Action.EXPANSION and line.held_end is not None)


def starts_at_held_end(line: Line) -> bool:
    """True for what follows on the term that is held: a downgrade of Data Center and a dual licence (R-37)."""
    lower = line.action is Action.DOWNGRADE and line.product.platform is Platform.DATA_CENTER
    return not moves_platform(line) and (lower or line.dual_licence is True)


def start_of(deal: Deal, line: Line) -> date | None:
    """First day of the line's term where it is not asked for: the day of the order, with these exceptions.

    A renewal, a downgrade of Data Center and a dual licence start where the term before them ends; an upgrade of what
    is not hosted starts with its payment.
    """
    if line.term is not None:
        return line.term.start
    if line.term_start is not None:
        return line.term_start
    if starts_at_held_end(line):
        return line.held_end
    if line.action is Action.RENEWAL and line.held_end is not None:
        return line.held_end
    platform = line.product.platform
    grows = is_upgrade(line) or line.action is Action.UPGRADE
    return deal.paid_on if grows and platform is not None and not platform.hosted else deal.order_date


def settled(deal: Deal, line: Line) -> Line | Finding:
    """The line with the whole term that it asks for by its months or its end, where the first day is known.

    Every composition that meets a line settles it first, so that the rules see one way to ask for a term. An end that
    is not after the first day contradicts it.
    """
    if line.term is not None or not line.names_length:
        return line
    start = start_of(deal, line)
    if start is None:
        return line
    end = line.term_end or add_months(start, line.term_months or 0)
    if end <= start:
        return refused("TERM_ENDS_BEFORE_START", start=start.isoformat(), end=end.isoformat())
    return replace(line, term=Term(start, end))


def settled_lines(deal: Deal, lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Finding | None, ...]]:
    """The lines settled, and for each what contradicts; a line that contradicts itself stays as it is."""
    requested = [settled(deal, line) for line in lines]
    return (
        tuple(line if isinstance(each, Finding) else each for each, line in zip(requested, lines, strict=True)),
        tuple(each if isinstance(each, Finding) else None for each in requested),
    )


def asked_term(deal: Deal, line: Line, months: int | None) -> Term | None:
    """The term of a settled line, by default one full term of so many months. None while its days are not known.

    An upgrade of what is hosted runs by default to the end of the term that is held.
    """
    if line.term is not None:
        return line.term
    start = start_of(deal, line)
    if start is None or line.names_length:
        return None
    platform, end = line.product.platform, line.held_end
    if end is not None and is_upgrade(line) and platform is not None and platform.hosted:
        return Term(start, end) if start < end else None
    return None if months is None else Term.of_months(start, months)
