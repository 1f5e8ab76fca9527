"""Places in the published documents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """Lines of a document, counted from 1, the last included."""

    document: str
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Passage:
        """The passage that ``000:689`` or ``000:693-700`` names."""
        document, _, lines = text.partition(":")
        first, _, last = lines.partition("-")
        passage = cls(document, int(first), int(last or first))
        if not 1 <= passage.first <= passage.last:
            raise ValueError(f"{text} is not a passage")
        return passage

    def overlaps(self, other: Passage) -> bool:
        """True when both have a line in common."""
        return self.document == other.document and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        lines = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.document}:{lines}"


def passages(text: str) -> tuple[Passage, ...]:
    """The passages that a text such as ``000:689 002:633-635`` names."""
    return tuple(Passage.parse(part) for part in text.split())
