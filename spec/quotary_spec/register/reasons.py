"""The catalogue of reasons: each a code, the outcome it leads to, a sentence, and what the caller can do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.register.files import read_folder


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    """A reason of the catalogue; outcome "ERROR" marks a fault of the request."""

    code: str
    outcome: str
    text: str
    remedy: str


def _load() -> Mapping[str, ReasonEntry]:
    entries: dict[str, ReasonEntry] = {}
    for area, data in read_folder("reasons"):
        for row in data.get("reason", []):
            entry = ReasonEntry(**row)
            if entry.code in entries:
                raise ValueError(f"two reasons are called {entry.code}, the second in {area}")
            entries[entry.code] = entry
    return MappingProxyType(entries)


REASON: Mapping[str, ReasonEntry] = _load()
"""The reasons by code."""
