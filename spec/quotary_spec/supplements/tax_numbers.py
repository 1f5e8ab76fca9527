"""Forms of tax numbers, by kind and by who issues them (R-14). `tax_numbers.toml` says who prints each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from quotary_spec.supplements.operator_file import packaged

_CLASSES: Mapping[str, tuple[str, str]] = {
    "d": ("digit", "digits"),
    "a": ("letter", "letters"),
    "x": ("letter or digit", "letters or digits"),
    "s": ("letter, digit or sign", "letters, digits or signs"),
}


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers of one kind of one issuer are built and checked."""

    kind: str
    """Registered kind of tax identifier."""
    region: str
    """Who issues it: ISO 3166-1 alpha-2, or ISO 3166-2 for a subdivision."""
    forms: tuple[str, ...]
    """The number itself: d a digit, a a letter, x either, s either or a sign; all else stands for itself."""
    source: str
    """Who prints the form."""
    prefixes: tuple[str, ...] = ()
    """What may stand before it, the usual one first."""
    suffixes: tuple[str, ...] = ()
    """What may stand after it."""
    signs: str = ""
    """Characters beside digits and letters that belong to it."""
    check: str = ""
    """Published algorithm of its check digits; empty where none is public."""
    check_as: str = "{}"
    """How the number is handed to the algorithm."""
    written: str = ""
    """How it is usually written."""

    def fits(self, place: str, character: str) -> bool:
        """Whether a character may stand where a form has this sign."""
        if place == "d":
            return character.isdigit()
        if place == "a":
            return character.isalpha() and character not in self.signs
        if place == "x":
            return character not in self.signs
        return place == "s" or place == character

    def usual(self, number: str) -> str:
        """The number as it is usually written."""
        return (self.written or f"{''.join(self.prefixes[:1])}{{}}").format(number)

    @property
    def expected(self) -> str:
        """The form in words: "DE, 9 digits"."""
        before, _, after = self.usual("{}").partition("{}")
        return "; or ".join(", ".join(filter(None, (before, describe(form), after))) for form in self.forms)


def describe(form: str) -> str:
    """A form in words: "U, 8 digits"."""
    parts = []
    for place, run in groupby(form, key=lambda each: each if each in _CLASSES else ""):
        text = "".join(run)
        one, many = _CLASSES.get(place, (text, text))
        parts.append(text if not place else f"{len(text)} {many if len(text) > 1 else one}")
    return ", ".join(parts)


def expected_place(place: str) -> str:
    """What is expected in one place of a form, in words."""
    return f"a {_CLASSES[place][0]}" if place in _CLASSES else place


@cache
def number_forms() -> Mapping[tuple[str, str], tuple[NumberForm, ...]]:
    """The forms by kind and issuer, read once."""
    forms: dict[tuple[str, str], tuple[NumberForm, ...]] = {}
    for row in tomllib.loads(packaged("tax_numbers.toml"))["number"]:
        form = _form(row)
        key = form.kind, form.region
        forms[key] = (*forms.get(key, ()), form)
    return forms


def _form(row: Mapping[str, Any]) -> NumberForm:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return NumberForm(**values)
