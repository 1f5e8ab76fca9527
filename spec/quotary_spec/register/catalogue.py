"""The catalogue map: what each catalogued statement of the documents became in the rule book.

A file in ``catalogue/`` holds the entries of one area::

    [[entry]]
    id = "000:FEE-RATE"
    class = "rule"
    rules = ["FEE-RATE"]
    vectors = ["fee-turkey-2026"]

Classes: ``rule`` (computed by the functions in ``rules``), ``restatement`` (says again what ``rules`` say), ``lookup``,
``permission`` and ``statement`` (answered by ``statement``, and by ``rules`` where they have one), ``not_modelled``
(``note`` says why). ``superseded`` names the ruling that contradicts the entry's own example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.passage import Passage, passages
from quotary_spec.register.files import read_folder

COMPUTED = ("rule", "restatement")
STATED = ("lookup", "permission", "statement")
CLASSES = (*COMPUTED, *STATED, "not_modelled")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One catalogued statement.

    Attributes:
        id: Document and catalogue id ("000:FEE-RATE").
        area: Area of the rule book it belongs to.
        kind: One of ``CLASSES``.
        rules: Ids of the rules that compute it.
        vectors: Ids of the vectors that hold its worked examples.
        cites: Where it stands.
        statement: What it says, in our words; empty for rules, whose own statement serves.
        note: Why it is not modelled, or a slip of the catalogue that was corrected.
        superseded: Ruling that contradicts its example.
    """

    id: str
    area: str
    kind: str
    rules: tuple[str, ...]
    vectors: tuple[str, ...]
    cites: tuple[Passage, ...]
    statement: str
    note: str
    superseded: str

    @property
    def document(self) -> str:
        """The document it stands in."""
        return self.id.partition(":")[0]


def _load() -> Mapping[str, CatalogueEntry]:
    entries: dict[str, CatalogueEntry] = {}
    for area, data in read_folder("catalogue"):
        for row in data.get("entry", []):
            entry = CatalogueEntry(
                id=row["id"],
                area=area,
                kind=row["class"],
                rules=tuple(row.get("rules", [])),
                vectors=tuple(row.get("vectors", [])),
                cites=passages(row.get("cite", "")),
                statement=" ".join(row.get("statement", "").split()),
                note=" ".join(row.get("note", "").split()),
                superseded=row.get("superseded", ""),
            )
            if entry.id in entries:
                raise ValueError(f"{entry.id} stands twice in the catalogue map, the second time in {area}")
            if entry.kind not in CLASSES:
                raise ValueError(f"{entry.id} has no known class: {entry.kind}")
            if entry.kind in COMPUTED and not entry.rules:
                raise ValueError(f"{entry.id} names no rule")
            if entry.kind in STATED and not entry.statement:
                raise ValueError(f"{entry.id} has no statement")
            if entry.kind == "not_modelled" and not entry.note:
                raise ValueError(f"{entry.id} does not say why it is not modelled")
            entries[entry.id] = entry
    return MappingProxyType(entries)


CATALOGUE: Mapping[str, CatalogueEntry] = _load()
"""The entries by id."""
