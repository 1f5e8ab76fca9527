"""The rulings: what was decided where the documents are silent or disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.register.files import read


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a contested passage."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RulingEntry:
    """A ruling. A contested one lists every reading that may pass, the rule book's own first."""

    id: str
    title: str
    text: str
    contested: bool
    parent: str
    readings: tuple[Reading, ...]


def _load() -> Mapping[str, RulingEntry]:
    entries = (
        RulingEntry(
            id=row["id"],
            title=row["title"],
            text=" ".join(row["text"].split()),
            contested=row["contested"],
            parent=row.get("parent", ""),
            readings=tuple(Reading(each["id"], each["text"]) for each in row.get("reading", [])),
        )
        for row in read("rulings.toml")["ruling"]
    )
    return MappingProxyType({entry.id: entry for entry in entries})


RULING: Mapping[str, RulingEntry] = _load()
"""The rulings by id."""
