"""What the register accounts for of the catalogue: `make coverage`, or `python tests/coverage_report.py --check`.

The catalogue stands beside the project (``../shared/rules``). Without it only the map itself is checked: that the
rules, vectors and rulings it names are there. The last line is ``unaccounted: N``; with ``--check`` any other N than 0
fails.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from quotary_conformance.vectors import Vector, load
from quotary_spec import rules
from quotary_spec.comparison import changes
from quotary_spec.passage import Passage
from quotary_spec.register.catalogue import CATALOGUE, CLASSES, COMPUTED, CatalogueEntry
from quotary_spec.register.counterparts import COUNTERPARTS
from quotary_spec.register.editions import DOCUMENT
from quotary_spec.register.headings import HEADINGS
from quotary_spec.register.rulings import RULING
from quotary_spec.rule import registered_rules

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "rules"


SETTLED = {
    "A36": "the fee starts on the same civil date in both, whatever the time zone (R-06)",
    "B10": "the same statement in another tense",
    "C2": "2024 lost the sentence, and its general place of taxation decides the same (R-13)",
    "C11": "the choice between one invoice and one for each site stands in both (002:773)",
    "C15": "repeats a note that both have",
    "C16": "2024 lost the footnote; how an exemption is claimed stands elsewhere in it",
    "C17": "repeats what both say where maintenance starts",
}
"""Differences in wording between the purchasing documents that are none in substance."""


@dataclass(frozen=True, slots=True)
class Catalogued:
    """An entry of the catalogue, as far as it has to be accounted for."""

    id: str
    kind: str
    examples: int


@dataclass(slots=True)
class Account:
    """What is not accounted for, by kind of fault."""

    faults: dict[str, list[str]] = field(default_factory=dict)

    def note(self, fault: str, ids: Iterable[str]) -> None:
        """Count each id as unaccounted for."""
        self.faults.setdefault(fault, []).extend(sorted(ids))

    @property
    def unaccounted(self) -> int:
        """How many things are not accounted for."""
        return sum(map(len, self.faults.values()))


@cache
def shipped_vectors() -> tuple[Vector, ...]:
    """The vectors of the project."""
    return tuple(load())


def read_catalogue(folder: Path) -> dict[str, Catalogued]:
    """The entries of the catalogue by document and id."""
    found: dict[str, Catalogued] = {}
    for document in DOCUMENT:
        rows: list[dict[str, Any]] = yaml.load((folder / f"{document}.yaml").read_text("utf-8"), Loader=LOADER)
        for row in rows:
            id = f"{document}:{row['id']}"
            found[id] = Catalogued(id, row["kind"], len(row["example"] or []))
    return found


def read_headings(folder: Path) -> set[str]:
    """Document and line of every heading of the catalogue."""
    return {
        f"{document}:{line.partition(chr(9))[0]}"
        for document in DOCUMENT
        for line in (folder / f"{document}-headings.tsv").read_text("utf-8").splitlines()[1:]
    }


def account_for_map(account: Account, entries: Mapping[str, CatalogueEntry], vectors: set[str]) -> None:
    """What the map names and is not there."""
    rules.load()
    known = registered_rules()
    named = [(entry.id, id) for entry in entries.values() for id in entry.rules]
    account.note("unknown rules", (f"{id} (in {entry})" for entry, id in named if id not in known))
    named = [(entry.id, id) for entry in entries.values() for id in entry.vectors]
    account.note("unknown vectors", (f"{id} (in {entry})" for entry, id in named if id not in vectors))
    account.note(
        "superseded by an unknown ruling",
        (entry.id for entry in entries.values() if entry.superseded and not is_ruling(entry.superseded)),
    )


def is_ruling(id: str) -> bool:
    """True for a ruling of the series, a contested point, or the reading of one entry (``R-000-TRIAL-...``)."""
    return id in RULING or id[:6] in {f"R-{document}-" for document in DOCUMENT}


def account_for_catalogue(
    account: Account, catalogue: Mapping[str, Catalogued], entries: Mapping[str, CatalogueEntry]
) -> None:
    """What the catalogue has and the map has not, and the other way round."""
    account.note("entries without a place in the map", catalogue.keys() - entries.keys())
    account.note("entries that the catalogue does not have", entries.keys() - catalogue.keys())
    account.note(
        "worked examples without a vector",
        (
            f"{id} ({each.examples})"
            for id, each in catalogue.items()
            if id in entries and each.examples and lacks_vectors(entries[id])
        ),
    )
    named = {id for heading in HEADINGS for id in heading.entries} | COUNTERPARTS.keys()
    account.note("entries named elsewhere that the catalogue does not have", named - catalogue.keys())


def read_differences(folder: Path) -> dict[str, list[Passage]]:
    """The rows of the comparison of the two purchasing documents, each with the passages that it names."""
    found: dict[str, list[Passage]] = {}
    section = ""
    for line in (folder / "000-vs-002.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:4]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].isdigit():
            found[f"{section}{cells[0]} {cells[1]}"] = [*_lines("002", cells[2]), *_lines("000", cells[3])]
    return found


def _lines(document: str, cell: str) -> list[Passage]:
    """The line numbers of a cell: in its last brackets, or all of it."""
    bracketed = re.findall(r"\(((?:\d+(?:-\d+)?(?:, )?)+)(?: [a-z]+)?\)", cell)
    numbers = bracketed or ([cell] if re.match(r"[\d, .-]+(?: [a-z]+)?$", cell) else [])
    return [Passage.parse(f"{document}:{number}") for group in numbers for number in re.findall(r"\d+(?:-\d+)?", group)]


def account_for_differences(account: Account, rows: Mapping[str, list[Passage]]) -> None:
    """Differences between the purchasing documents that a comparison of their editions does not show.

    Where one document merely lost text that the other has (the sections D and E), nothing has to differ.
    """
    shown = [passage for change in changes("2024", "2026") for passage in (*change.base_passages, *change.passages)]
    account.note(
        "differences that DiffEditions does not show",
        (
            row
            for row, named in rows.items()
            if row[0] in "ABC"
            and row.partition(" ")[0] not in SETTLED
            and not any(here.overlaps(there) for here in named for there in shown)
        ),
    )


def lacks_vectors(entry: CatalogueEntry) -> bool:
    """A computed entry holds its examples in vectors, unless a ruling contradicts them."""
    return entry.kind in COMPUTED and not entry.vectors and not entry.superseded


def by_document(entries: Iterable[CatalogueEntry], catalogue: Mapping[str, Catalogued]) -> Table:
    """How many entries of each document are of which class."""
    table = Table("document", "catalogued", "mapped", *CLASSES, title="by document")
    for document in DOCUMENT:
        here = [entry for entry in entries if entry.document == document]
        classes = Counter(entry.kind for entry in here)
        listed = sum(id.startswith(document) for id in catalogue) if catalogue else "?"
        table.add_row(document, str(listed), str(len(here)), *(str(classes[each]) for each in CLASSES))
    return table


def by_area(entries: Iterable[CatalogueEntry]) -> Table:
    """How many entries of each area are of which class, and how many rules answer them."""
    table = Table("area", "mapped", *CLASSES, "rules", "vectors", title="by area")
    entries = list(entries)
    for area in sorted({entry.area for entry in entries}):
        here = [entry for entry in entries if entry.area == area]
        classes = Counter(entry.kind for entry in here)
        named = len({id for entry in here for id in entry.rules})
        held = len({id for entry in here for id in entry.vectors})
        table.add_row(area, str(len(here)), *(str(classes[each]) for each in CLASSES), str(named), str(held))
    return table


def main(arguments: list[str]) -> int:
    """Print the account; 1 when it must be whole and is not."""
    console = Console(width=160, highlight=False)
    account = Account()
    account_for_map(account, CATALOGUE, {vector.id for vector in shipped_vectors()})
    catalogue: dict[str, Catalogued] = {}
    if SHARED.is_dir():
        catalogue = read_catalogue(SHARED)
        account_for_catalogue(account, catalogue, CATALOGUE)
        at = {str(heading.at) for heading in HEADINGS}
        account.note("headings that are not registered", read_headings(SHARED) - at)
        account_for_differences(account, read_differences(SHARED))
    else:
        console.print("the catalogue is not there (../shared/rules): only the map itself is checked", markup=False)
    console.print(by_document(CATALOGUE.values(), catalogue))
    console.print(by_area(CATALOGUE.values()))
    lonely = registered_rules().keys() - {id for entry in CATALOGUE.values() for id in entry.rules}
    if lonely:
        console.print(f"rules that no entry names: {', '.join(sorted(lonely))}", markup=False)
    for fault, ids in account.faults.items():
        if ids:
            console.print(f"{fault} ({len(ids)}): {', '.join(ids)}", markup=False)
    console.print(f"unaccounted: {account.unaccounted}", markup=False)
    return 1 if "--check" in arguments and account.unaccounted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
