"""Tax numbers as people write them: which number is meant, whose it is, and which character or part is wrong (R-14)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import ModuleType

import stdnum
import stdnum.kr.brn as korean
from stdnum.exceptions import InvalidChecksum, ValidationError

from quotary_spec.supplements.tax_numbers import NumberForm, describe, expected_place, number_forms

KOREAN = "check digit of a Korean business number"
"""The check that python-stdnum leaves out for Korea, under the name that an answer gives it."""

_SEPARATORS = frozenset("-./‐‑‒–—―·・－．／")
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


@dataclass(frozen=True, slots=True)
class NumberProblem:
    """What is wrong with a number.

    Attributes:
        part: "character", "length", "prefix", "check_digits", or "number" for a part that is never issued.
        text: The fault as a sentence.
        position: Position of the character as written, counted from 1; None for a fault of more than one.
        character: The character.
    """

    part: str
    text: str
    position: int | None = None
    character: str = ""


@dataclass(frozen=True, slots=True)
class NumberReading:
    """A tax number as it was read.

    Attributes:
        compact: What was written, without blanks, dots, dashes and slashes, in capitals and plain digits.
        region: Who issued it; None when neither the request nor its prefix says so.
        usual: The number as its issuer usually writes it; as ``compact`` where it fits no form.
        method: The check that was applied; empty when there is none.
        expected: The form that is expected, in words; empty when it is not known.
        well_formed: Whether form and check digits are right; None when there is no way to tell.
        problems: What is wrong with it.
    """

    compact: str
    region: str | None
    usual: str
    method: str = ""
    expected: str = ""
    well_formed: bool | None = None
    problems: tuple[NumberProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Written:
    """The characters that count, and where each stands in what was written."""

    text: str
    positions: tuple[int, ...]
    foreign: tuple[NumberProblem, ...]


def compact(value: str) -> str:
    """The number without what people put between its characters. A character of another script stays where it is."""
    return _written(value, "").text


def read_number(kind: str, value: str, region: str | None, address_region: str | None = None) -> NumberReading:
    """A number as its issuer reads it.

    Args:
        kind: Registered kind.
        value: What was written.
        region: Who issued it, when the request says so.
        address_region: Where its holder is. Without ``region`` a number that reads well there is one of there;
            otherwise its prefix says whose it is.
    """
    if region is not None:
        return _read_as(kind, value, region)
    own = _read_as(kind, value, address_region) if address_region else None
    if own is not None and own.well_formed:
        return own
    named = _country_of_prefix(kind, compact(value))
    if named is not None and named != address_region:
        return _read_as(kind, value, named)
    return own if own is not None else NumberReading(compact(value), None, compact(value))


def _read_as(kind: str, value: str, region: str) -> NumberReading:
    forms = _forms(kind, region)
    written = _written(value, "".join(form.signs for form in forms))
    if not forms:
        return _read_without_form(kind, written, region)
    readings = [_fitted(form, written) for form in forms]
    best = max(readings, key=lambda each: (bool(each.well_formed), not each.problems, -len(each.problems)))
    other = _country_of_prefix(kind, written.text)
    if not best.well_formed and other not in (None, region) and not written.foreign:
        text = f"The prefix is that of a number of {other}."
        best = replace(best, problems=(NumberProblem("prefix", text), *best.problems))
    expected = "; or ".join(dict.fromkeys(form.expected for form in forms))
    return replace(best, region=region, expected=expected)


def _fitted(form: NumberForm, written: _Written) -> NumberReading:
    """The number read by one form: the closest of the ways to take prefix and suffix off."""
    method = form.check or f"form of {form.kind} in {form.region}"
    if written.foreign:
        return NumberReading(written.text, None, written.text, method, "", False, written.foreign)
    bares = tuple(_bares(form, written.text))
    fitting = [
        bare for start, bare in bares if any(_fault(form, each, bare, written, start) is None for each in form.forms)
    ]
    right = next((bare for bare in fitting if _check(form, bare) is None), None)
    if right is not None:
        return NumberReading(written.text, None, form.usual(right), method, "", True)
    start, bare = bares[-1]
    if fitting:
        fault = _check(form, fitting[-1])
    else:
        pattern = min(form.forms, key=lambda each: (abs(len(each) - len(bare)), each))
        fault = _fault(form, pattern, bare, written, start)
    return NumberReading(written.text, None, written.text, method, "", False, (fault,) if fault is not None else ())


def _bares(form: NumberForm, text: str) -> Iterator[tuple[int, str]]:
    """The number itself with its start: as written, and without prefix and suffix, the most taken off last."""
    found = {(0, text): None}
    for suffix in ("", *form.suffixes):
        for prefix in ("", *form.prefixes):
            if text.startswith(prefix) and text.endswith(suffix) and len(text) > len(prefix) + len(suffix):
                found[len(prefix), text[len(prefix) : len(text) - len(suffix)]] = None
    yield from sorted(found, key=lambda each: (-len(each[1]), each))


def _fault(form: NumberForm, pattern: str, bare: str, written: _Written, start: int) -> NumberProblem | None:
    """The first fault of a number against one pattern."""
    if len(bare) != len(pattern):
        return NumberProblem("length", f"{len(bare)} characters stand where {describe(pattern)} are expected.")
    for i, (place, character) in enumerate(zip(pattern, bare, strict=True)):
        if not form.fits(place, character):
            position = written.positions[start + i]
            text = f"Character {position} is {character} where {expected_place(place)} is expected."
            return NumberProblem("character", text, position, character)
    return None


def _check(form: NumberForm, bare: str) -> NumberProblem | None:
    """Why the check digits, or a part that is never issued, are wrong; None when they are right or nobody can tell."""
    if not form.check:
        return None
    if form.check == KOREAN:
        return _ask(korean, bare) or (None if _korean_check_digit(bare) else _wrong_check_digits())
    return _ask(_module(form.check), form.check_as.format(bare))


def _korean_check_digit(bare: str) -> bool:
    """The last digit of a Korean number: weights 1 3 7 1 3 7 1 3 5, the tens of the ninth product added once more."""
    digits = [int(each) for each in bare]
    total = sum(digit * weight for digit, weight in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False))
    return (10 - (total + digits[8] * 5 // 10) % 10) % 10 == digits[9]


def _ask(module: ModuleType, number: str) -> NumberProblem | None:
    try:
        module.validate(number)
    except InvalidChecksum:
        return _wrong_check_digits()
    except ValidationError:
        return NumberProblem("number", "A part of the number is not one that is ever issued.")
    return None


def _wrong_check_digits() -> NumberProblem:
    return NumberProblem("check_digits", "The check digits do not fit the rest of the number.")


def _read_without_form(kind: str, written: _Written, region: str) -> NumberReading:
    """A number whose form is not in the data: checked by the published algorithm of its country, if there is one."""
    found = stdnum.get_cc_module(region.lower(), "vat") if kind == "vat" and len(region) == 2 else None
    method = found.__name__ if isinstance(found, ModuleType) else ""
    if written.foreign:
        return NumberReading(written.text, region, written.text, method, "", False, written.foreign)
    if not isinstance(found, ModuleType):
        return NumberReading(written.text, region, written.text)
    plain = written.text.removeprefix(region)
    problem = min((_ask(found, each) for each in {written.text, plain}), key=lambda each: each is not None)
    problems = () if problem is None else (problem,)
    return NumberReading(written.text, region, written.text, method, "", problem is None, problems)


def _country_of_prefix(kind: str, text: str) -> str | None:
    """The country that the prefix of a VAT number names."""
    if kind != "vat":
        return None
    for (each, region), forms in number_forms().items():
        if each == "vat" and any(text.startswith(prefix) for form in forms for prefix in form.prefixes):
            return region
    return None


def _forms(kind: str, region: str) -> tuple[NumberForm, ...]:
    forms = number_forms()
    return forms.get((kind, region)) or forms.get((kind, region.partition("-")[0]), ())


def _written(value: str, signs: str) -> _Written:
    characters: list[str] = []
    positions: list[int] = []
    foreign: list[NumberProblem] = []
    for position, original in enumerate(value, 1):
        character = original.translate(_FULL_WIDTH)
        if character.isspace() or character in _SEPARATORS:
            continue
        character = character.upper() if character.isascii() else character
        if not (character.isascii() and character.isalnum()) and character not in signs:
            name = unicodedata.name(original, f"U+{ord(original):04X}")
            text = f"Character {position} is {original} ({name}), neither a digit nor a letter from A to Z."
            foreign.append(NumberProblem("character", text, position, original))
        characters.append(character)
        positions.append(position)
    return _Written("".join(characters), tuple(positions), tuple(foreign))


@cache
def _module(name: str) -> ModuleType:
    return import_module(name)
