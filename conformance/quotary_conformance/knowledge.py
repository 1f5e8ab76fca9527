"""What the kit knows of the rule book: enough to check an answer's citations, and to say what a vector rests on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from quotary_conformance import data


@dataclass(frozen=True)
class Knowledge:
    """Rules, rulings, headings and reasons, as the release has them; empty in a working copy without ``make kit``.

    Attributes:
        rules: By id: statement, area, editions, passages by edition, rulings.
        rulings: By id: title, text and readings.
        headings: Document, line and title, in order.
        reasons: By code: outcome, text, remedy.
        documents: By edition: the documents that it rests on.
        figures: By key and edition: passages and rulings.
    """

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rulings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    headings: tuple[tuple[str, int, str], ...] = ()
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def _lines(self) -> list[tuple[str, int]]:
        return [(document, line) for document, line, _ in self.headings]

    def heading(self, passage: str) -> str:
        """The title of the heading under which a passage stands; empty when it is not known."""
        document, _, lines = passage.partition(":")
        place = bisect_right(self._lines, (document, int(lines.partition("-")[0]))) - 1
        found = self.headings[place] if place >= 0 else ("", 0, "")
        return found[2] if found[0] == document else ""

    def statement(self, rule: str) -> str:
        """What a rule says; empty when it is not known."""
        return str(self.rules.get(rule, {}).get("statement", ""))

    def resting_on(self, cites: Iterable[str], edition: str) -> list[str]:
        """The rules of an edition that rest on one of these passages."""
        cited = [_lines_of(each) for each in cites]
        return [
            id
            for id, rule in self.rules.items()
            if edition in rule["editions"]
            and any(_overlap(_lines_of(own), each) for own in rule["passages"] for each in cited)
        ]


def _lines_of(passage: str) -> tuple[str, int, int]:
    document, _, lines = passage.partition(":")
    first, _, last = lines.partition("-")
    return document, int(first), int(last or first)


def _overlap(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def knowledge_from(book: Mapping[str, Any], reasons: Mapping[str, Any]) -> Knowledge:
    """What the files rulebook.json and reasons.json hold."""
    return Knowledge(
        rules={each["id"]: each for each in book["rules"]},
        rulings={each["id"]: each for each in book["rulings"]},
        headings=tuple((each["document"], each["line"], each["title"]) for each in book["headings"]),
        reasons={each["code"]: each for each in reasons["reasons"]},
        figures={(each["key"], each["edition"]): each for each in book["figures"]},
        documents={each["id"]: tuple(each["documents"]) for each in book["editions"]},
    )


def load() -> Knowledge:
    """What came with the kit."""
    book, reasons = data.read(data.RULE_BOOK), data.read(data.REASONS)
    return Knowledge() if book is None or reasons is None else knowledge_from(book, reasons)
