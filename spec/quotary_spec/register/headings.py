"""The headings of the documents: where each stands, a title of our own, and what the catalogue found under it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from quotary_spec.passage import Passage
from quotary_spec.register.files import read


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``none`` says why no entry stands under it."""

    at: Passage
    title: str
    entries: tuple[str, ...]
    none: str


def _load() -> tuple[Heading, ...]:
    headings = []
    for row in read("generated/headings.toml")["heading"]:
        at = Passage.parse(row["at"])
        entries = tuple(f"{at.document}:{id}" for id in row.get("entries", "").split())
        heading = Heading(at, row["title"], entries, row.get("none", ""))
        if bool(entries) == bool(heading.none):
            raise ValueError(f"the heading at {at} has entries, or a reason for having none")
        headings.append(heading)
    return tuple(headings)


HEADINGS = _load()
"""The headings, by document and line."""


@cache
def heading_above(passage: Passage) -> Heading | None:
    """The nearest heading at or above a passage; None where none stands above it."""
    above = [each for each in HEADINGS if each.at.document == passage.document and each.at.first <= passage.first]
    return max(above, key=lambda each: each.at.first, default=None)
