"""Tax numbers: what their form and check digits say, and what a register says (R-14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType, ModuleType

import stdnum
from stdnum.au import abn
from stdnum.ca import bn
from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin, pan
from stdnum.us import ein

from quotary_spec.model.party import TaxIdentifier, Verdict
from quotary_spec.outcome import Finding, not_covered, refused, remark, undetermined
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book

FORMAT_ONLY = "FORMAT_ONLY"
UNVERIFIED = "TAX_NUMBER_UNVERIFIED"


class Standing(StrEnum):
    """How sure it is that a number is valid."""

    CONFIRMED = "confirmed"
    FORMAT_ONLY = "format_only"
    INVALID = "invalid"
    UNKNOWN = "unknown"


_ALGORITHMS: Mapping[tuple[str, str], ModuleType] = MappingProxyType(
    {
        ("pan", "IN"): pan,
        ("gst", "IN"): gstin,
        ("service_tax", "IN"): gstin,
        ("gst", "CA"): bn,
        ("abn", "AU"): abn,
        ("ein", "US"): ein,
    }
)

# Numbers without public check digits: who issues them prints their form.
_FORMS: Mapping[tuple[str, str], re.Pattern[str]] = MappingProxyType(
    {
        ("cin", "IN"): re.compile(r"[LU]\d{5}[A-Z]{2}\d{4}[A-Z]{3}\d{6}"),
        ("qst", "CA-QC"): re.compile(r"\d{10}TQ\d{4}"),
        ("pst", "CA-BC"): re.compile(r"(PST)?\d{8}"),
        ("pst", "CA-SK"): re.compile(r"\d{7}"),
    }
)


@cache
def _algorithm(kind: str, region: str) -> ModuleType | None:
    """The published algorithm for a kind of number of a country or subdivision."""
    if kind == "vat" and len(region) == 2:
        found = stdnum.get_cc_module(region.lower(), "vat")
        return found if isinstance(found, ModuleType) else None
    return _ALGORITHMS.get((kind, region)) or _ALGORITHMS.get((kind, region.partition("-")[0]))


def compact(value: str) -> str:
    """The number without spaces and punctuation, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", value.upper())


def method(kind: str, region: str) -> str:
    """Name of the check for a kind of number; empty when there is none."""
    if (kind, region) in _FORMS:
        return f"form of {kind} in {region}"
    module = _algorithm(kind, region)
    return module.__name__ if module is not None else ""


def is_well_formed(kind: str, region: str, value: str) -> bool | None:
    """Whether form and check digits are right; None when there is no way to tell."""
    form = _FORMS.get((kind, region))
    if form is not None:
        return form.fullmatch(compact(value)) is not None
    module = _algorithm(kind, region)
    if module is None:
        return None
    # Punctuation belongs to a few numbers (the older Irish ones), so the number as written may be right as well.
    return _passes(module, compact(value)) or _passes(module, value)


def _passes(module: ModuleType, number: str) -> bool:
    try:
        module.validate(number)
    except ValidationError:
        return False
    return True


@rule(
    "TAX-ID-STANDING",
    "002:310 002:432 002:442 002:589 000:242 000:410 000:422 000:436 000:637",
    rulings="R-14",
)
def number_standing(well_formed: bool | None, verdict: Verdict | None) -> Standing:
    """A number that frees from tax must be valid: a register's verdict decides, without one its form and check digits.

    Reading: a right form without a verdict counts and is marked; with neither form rule nor verdict nothing is known.
    """
    if verdict is Verdict.VALID:
        return Standing.CONFIRMED
    if verdict is Verdict.INVALID or well_formed is False:
        return Standing.INVALID
    return Standing.FORMAT_ONLY if well_formed else Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class IdentifierCheck:
    """What is known of a tax number.

    Attributes:
        standing: How sure it is; None when the edition says nothing on the validity of numbers.
        compact_value: The number without spaces and punctuation.
        method: Name of the check that was applied; empty when there is none.
        findings: Refused when it does not count, undetermined when that is not known, and remarks.
    """

    standing: Standing | None
    compact_value: str
    method: str
    findings: tuple[Finding, ...] = ()


def check_identifier(book: Book, identifier: TaxIdentifier) -> IdentifierCheck:
    """Whether a tax number counts as valid in an edition."""
    number, region = compact(identifier.value), identifier.region
    if book.edition not in number_standing.info.editions:
        return IdentifierCheck(None, number, "", (not_covered(edition=book.edition),))
    if region is None:
        finding = undetermined("INPUT_MISSING", "tax_identifier.region_code")
        return IdentifierCheck(Standing.UNKNOWN, number, "", (finding,))
    standing = number_standing(is_well_formed(identifier.kind, region, identifier.value), identifier.verdict)
    return IdentifierCheck(standing, number, method(identifier.kind, region), _of(standing, identifier.kind))


def _of(standing: Standing, kind: str) -> tuple[Finding, ...]:
    if standing is Standing.INVALID:
        return (refused("TAX_NUMBER_INVALID", number=kind),)
    if standing is Standing.UNKNOWN:
        return (undetermined(UNVERIFIED, "tax_identifier.register_verdict", number=kind),)
    return (remark(FORMAT_ONLY, number=kind),) if standing is Standing.FORMAT_ONLY else ()
