"""Computed taxes, in minor units of the deal's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from quotary_spec.outcome import Finding
from quotary_spec.rules.tax.charge import Rate, Untaxed


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """One tax on one base.

    Attributes:
        tax: Name of the tax: "VAT", "GST", "HST", "PST", "QST", "JCT", "US_SALES", "CHICAGO_LTT" ...
        region: Country or subdivision whose tax it is.
        locality: Town whose tax it is.
        base: Amount on which it is computed.
        rate: Rate and where it was read.
        amount: The tax.
        lines: Positions of the lines taxed.
        parts: Each of those lines' part of the amount; they add up to it.
        rule_id: Rule that charges it.
        why: That rule in one sentence: why the tax is charged.
        exempting: Kinds of numbers and documents that would free from it; none when nothing does.
        evidence_due: Last day on which they would count; None when nothing frees, or that is not known.
        not_counted: Why each number and document that was shown does not count against it.
    """

    tax: str
    region: str
    locality: str
    base: int
    rate: Rate
    amount: int
    lines: tuple[int, ...]
    parts: tuple[int, ...]
    rule_id: str
    why: str = ""
    exempting: tuple[str, ...] = ()
    evidence_due: date | None = None
    not_counted: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxAlternative:
    """The taxes under one value of a fact that nobody confirmed."""

    id: str
    components: tuple[TaxComponent, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxResult:
    """The taxes of an order.

    Attributes:
        components: Taxes that are decided.
        findings: What stands in the way of others, and remarks.
        untaxed: Taxes that are not charged, and why.
        alternatives: Both outcomes of a number or document that nobody confirmed; empty when nothing hangs on one.
    """

    components: tuple[TaxComponent, ...]
    findings: tuple[Finding, ...] = ()
    alternatives: tuple[TaxAlternative, ...] = ()
    untaxed: tuple[Untaxed, ...] = ()
