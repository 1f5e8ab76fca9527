"""What the documents say of the same matter: which catalogue entries answer one another, and whose text was lost.

``counterparts.toml`` holds::

    [stands]
    "000:LEGAL-AGREEMENT-SECTIONS" = "002:890"

    [entries]
    "002:TRIAL-DC-DURATION" = "000:TRIAL-DC-LENGTH differs"

    [[lost]]
    here = "002:368"
    there = "000:344"

An entry says the same as its counterpart or something else. Under ``stands``, another document says the same in lines
for which the catalogue has no entry. Under ``lost``, the text ``here`` is missing from its
document, while ``there`` another document still has it, so that silence ``here`` proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.passage import Passage, passages
from quotary_spec.register.files import read


@dataclass(frozen=True, slots=True)
class Counterpart:
    """An entry of another document on the same matter."""

    id: str
    same: bool


@dataclass(frozen=True, slots=True)
class LostText:
    """Text that one document lost and another still has."""

    here: Passage
    there: Passage


def _load() -> tuple[Mapping[str, tuple[Counterpart, ...]], Mapping[str, tuple[Passage, ...]], tuple[LostText, ...]]:
    data = read("counterparts.toml")
    found: dict[str, dict[str, bool]] = {}
    for id, text in data.get("entries", {}).items():
        for other, relation in (part.split() for part in text.split(",")):
            if relation not in ("same", "differs"):
                raise ValueError(f"{id}: an entry says the same or differs, not {relation}")
            found.setdefault(id, {})[other] = relation == "same"
            found.setdefault(other, {})[id] = relation == "same"
    lost = tuple(LostText(Passage.parse(row["here"]), Passage.parse(row["there"])) for row in data.get("lost", []))
    return (
        MappingProxyType({id: tuple(Counterpart(*pair) for pair in others.items()) for id, others in found.items()}),
        MappingProxyType({id: passages(text) for id, text in data.get("stands", {}).items()}),
        lost,
    )


COUNTERPARTS, STANDS, LOST = _load()
"""The counterparts of each entry by its id, in both directions; where else an entry stands; and the lost texts."""
