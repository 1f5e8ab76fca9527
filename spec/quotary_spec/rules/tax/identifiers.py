"""Tax numbers: what their form and check digits say, and what a register says (R-14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from quotary_spec.model.party import TaxIdentifier, Verdict
from quotary_spec.outcome import Finding, not_covered, refused, remark, undetermined
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.tax.number_reading import NumberReading, read_number

FORMAT_ONLY = "FORMAT_ONLY"
UNVERIFIED = "TAX_NUMBER_UNVERIFIED"


class Validity(StrEnum):
    """How sure it is that a number is valid."""

    CONFIRMED = "confirmed"
    FORMAT_ONLY = "format_only"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@rule(
    "TAX-ID-STANDING",
    "002:310 002:432 002:442 002:589 000:242 000:410 000:422 000:436 000:637",
    rulings="R-14",
    general=True,
)
def number_standing(well_formed: bool | None, verdict: Verdict | None) -> Validity:
    """A number that frees from tax must be valid: a register's verdict decides, without one its form and check digits.

    Reading: a right form without a verdict counts and is marked; with neither form rule nor verdict nothing is known.
    """
    if verdict is Verdict.VALID:
        return Validity.CONFIRMED
    if verdict is Verdict.INVALID or well_formed is False:
        return Validity.INVALID
    return Validity.FORMAT_ONLY if well_formed else Validity.UNKNOWN


@dataclass(frozen=True, slots=True)
class FreedTax:
    """A tax that a number frees from, if it counts: its name, its places, and the rule that charges it."""

    tax: str
    regions: tuple[str, ...]
    rule_id: str


@dataclass(frozen=True, slots=True)
class IdentifierCheck:
    """What is known of a tax number.

    Attributes:
        standing: How sure it is; None when the edition says nothing on the validity of numbers.
        reading: What it was read as, and what is wrong with it.
        frees: Taxes that a number of its kind and issuer frees from when it counts; none where it cannot.
        findings: Refused when it does not count, undetermined when that is not known, and remarks.
    """

    standing: Validity | None
    reading: NumberReading
    frees: tuple[FreedTax, ...] = ()
    findings: tuple[Finding, ...] = ()


def _nothing(kind: str, issuer: str) -> tuple[FreedTax, ...]:
    return ()


def check_identifier(
    book: Book, identifier: TaxIdentifier, frees: Callable[[str, str], tuple[FreedTax, ...]] = _nothing
) -> IdentifierCheck:
    """Whether a tax number counts as valid in an edition, and what is wrong with it.

    Args:
        book: The edition.
        identifier: The number as written.
        frees: What numbers of a kind and issuer free from.
    """
    reading = read_number(identifier.kind, identifier.value, identifier.region)
    if not book.serves(number_standing):
        return IdentifierCheck(None, reading, (), (not_covered(edition=book.edition),))
    if reading.region is None:
        finding = undetermined("INPUT_MISSING", "tax_identifier.region_code")
        return IdentifierCheck(Validity.UNKNOWN, reading, (), (finding,))
    standing = number_standing(reading.well_formed, identifier.verdict)
    return IdentifierCheck(
        standing, reading, frees(identifier.kind, reading.region), _of(standing, identifier, reading)
    )


def _of(standing: Validity, identifier: TaxIdentifier, reading: NumberReading) -> tuple[Finding, ...]:
    number = identifier.kind
    if standing is Validity.INVALID:
        return (refused("TAX_NUMBER_INVALID", number=number, problem=why_invalid(identifier, reading)),)
    if standing is Validity.UNKNOWN:
        return (undetermined(UNVERIFIED, "tax_identifier.register_verdict", number=number),)
    return (remark(FORMAT_ONLY, number=number),) if standing is Validity.FORMAT_ONLY else ()


def why_invalid(identifier: TaxIdentifier, reading: NumberReading) -> str:
    """Why a number is not valid, as a sentence."""
    if identifier.verdict is Verdict.INVALID:
        return "The register of its country rejected it."
    return " ".join(problem.text for problem in reading.problems)
