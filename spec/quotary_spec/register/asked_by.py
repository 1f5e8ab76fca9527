"""Which calls ask each rule, with a request to try, and which figures of the register each rule is given.

``generated/asked_by.json`` is written by ``make asked-by`` from the conformance vectors; it explains the rule book and
decides nothing, so it is no part of its digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from quotary_spec.register.files import ROOT


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that asks a rule, and a request with which it does: its fields as proto3 JSON has them, by their names."""

    call: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """The key of a row that a rule is given, and a call and request with which it is."""

    key: str
    call: str
    request: Mapping[str, Any]


@cache
def _data() -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads(ROOT.joinpath("generated", "asked_by.json").read_text("utf-8")))


@cache
def asked_by() -> Mapping[str, tuple[Asking, ...]]:
    """The calls that ask each rule, by its id."""
    requests = _data()["requests"]
    return MappingProxyType(
        {
            rule: tuple(Asking(call, requests[vector]) for call, vector in calls.items())
            for rule, calls in _data()["rules"].items()
        }
    )


@cache
def figures() -> Mapping[str, tuple[Figure, ...]]:
    """The rows of the register that each rule is given, by its id."""
    requests = _data()["requests"]
    return MappingProxyType(
        {
            rule: tuple(Figure(key, call, requests[vector]) for key, (call, vector) in keys.items())
            for rule, keys in _data()["figures"].items()
        }
    )
