"""Which calls ask each rule, with a request to try.

``generated/asked_by.json`` is written by ``make asked-by`` from the conformance vectors; it explains the rule book and
decides nothing, so it is no part of its digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from quotary_spec.register.files import ROOT


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that asks a rule, and a request with which it does: its fields as proto3 JSON has them, by their names."""

    call: str
    request: Mapping[str, Any]


@cache
def asked_by() -> Mapping[str, tuple[Asking, ...]]:
    """The calls that ask each rule, by its id."""
    data = json.loads(ROOT.joinpath("generated", "asked_by.json").read_text("utf-8"))
    requests = data["requests"]
    return MappingProxyType(
        {
            rule: tuple(Asking(call, requests[vector]) for call, vector in calls.items())
            for rule, calls in data["rules"].items()
        }
    )
