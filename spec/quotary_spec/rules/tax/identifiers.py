"""Tax numbers: what their form and check digits say, and what a register says (R-14)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from types import ModuleType

import stdnum
from stdnum.ca import bn
from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin, pan
from stdnum.tr import vkn

from quotary_spec.model.party import Verdict
from quotary_spec.rule import rule


class Standing(StrEnum):
    """How sure it is that a number is valid."""

    CONFIRMED = "confirmed"
    FORMAT_ONLY = "format_only"
    INVALID = "invalid"
    UNKNOWN = "unknown"


# A member of a group registration shares these fifteen characters' structure with others, so only the form is checked.
_QST = re.compile(r"\d{10}TQ\d{4}")
_PST = {"CA-BC": re.compile(r"(PST)?\d{8}"), "CA-SK": re.compile(r"\d{7}")}
_CIN = re.compile(r"[LU]\d{5}[A-Z]{2}\d{4}[A-Z]{3}\d{6}")


@cache
def _module(kind: str, region: str) -> ModuleType | None:
    """The published algorithm for a kind of number of a country or subdivision."""
    fixed = {("pan", "IN"): pan, ("gst", "IN"): gstin, ("service_tax", "IN"): gstin, ("vat", "TR"): vkn}
    if (kind, region) in fixed:
        return fixed[kind, region]
    if kind == "gst" and region.startswith("CA"):
        return bn
    if kind == "vat" and len(region) == 2:
        found = stdnum.get_cc_module("el" if region == "GR" else region.lower(), "vat")
        return found if isinstance(found, ModuleType) else None
    return None


def compact(value: str) -> str:
    """The number without spaces and punctuation, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", value.upper())


def method(kind: str, region: str) -> str:
    """Name of the check for a kind of number; empty when there is none."""
    if (kind, region) == ("qst", "CA-QC"):
        return "form of a QST number"
    if (kind, region) == ("cin", "IN"):
        return "form of a CIN"
    module = _module(kind, region)
    return module.__name__ if module is not None else ""


def is_well_formed(kind: str, region: str, value: str) -> bool | None:
    """Whether form and check digits are right; None when there is no way to tell."""
    number = compact(value)
    if (kind, region) == ("qst", "CA-QC"):
        return _QST.fullmatch(number) is not None
    if (kind, region) == ("cin", "IN"):
        return _CIN.fullmatch(number) is not None
    module = _module(kind, region)
    if module is None:
        return None
    try:
        module.validate(number)
    except ValidationError:
        return False
    return True


@rule(
    "TAX-ID-STANDING",
    "002:310 002:432 002:442 002:589 000:242 000:410 000:422 000:436 000:637",
    editions="2024 2026",
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
