"""Figures and lists that an edition's documents print, each with its passage.

A file in ``parameters/`` holds one table a row, under the row's key::

    [["fee.rate.TR"]]
    decimal = "0.075"
    cite = "002:633 000:689"
    ruling = "R-12"

The value stands under the name of its type: ``decimal`` (text), ``integer``, ``date`` (a TOML date), ``text``,
``texts`` (a list), ``flag``, or ``rows`` (a list of tables). A row holds in each edition that has a document which it
cites. ``only`` names those of them in which alone it holds (a later edition replaced it), ``not_in`` those in which it
does not (an earlier edition has another). Two rows of a key may not claim one edition. Where only a cell of a table
differs between documents it is told by document, ``place = { "000" = "admin.example" }``, and is absent in the editions
that have none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from quotary_spec.passage import Passage, passages
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION, EDITIONS, cited_editions
from quotary_spec.register.files import line_of, read_folder
from quotary_spec.rule import DataRow

_TYPES = ("decimal", "integer", "flag", "date", "text", "texts", "rows")
_WORDS = frozenset((*_TYPES, "cite", "ruling", "only", "not_in"))
_GUIDANCE = "channel place steps documents contact"
_COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        prefix: frozenset(columns.split())
        for prefix, columns in {
            "": _GUIDANCE,
            "discount.list.": "rate platform product plans host cycle users_above",
            "eligibility.academic.categories": "category types needs",
            "eligibility.community.ineligible": "group types",
            "export.rows": "product name platform artefact number ccats self_classified exception cite",
            "maintenance.printed-months": "months",
            "payment.net_": "minimum maximum inclusive",
            "payment.time.": "minimum maximum calendar_days",
            "permission.": f"{_GUIDANCE} apps billing conditions cycles effects for_roles guard_states methods "
            "not_at not_products open plans platforms products roles roles_from rule services vendor",
            "services.": f"{_GUIDANCE} standing provider contents delivery documents_needed guaranteed reason "
            "start end",
            "tax.local-currencies": "country currency",
            "tier.limits": "product platform plans unit maximum scope",
        }.items()
    }
)
"""The columns that a table may have, by the longest prefix of its key; any other says how something is done."""


def _columns(key: str) -> frozenset[str]:
    return _COLUMNS[max((prefix for prefix in _COLUMNS if key.startswith(prefix)), key=len)]


def _check_words(area: str, key: str, place: int, row: Mapping[str, Any]) -> None:
    """Refuse a word that nothing reads, of the row or of its table, with file and line."""
    strange = row.keys() - _WORDS
    for each in row.get("rows", ()):
        strange |= each.keys() - _columns(key)
    if strange:
        line = line_of(f"parameters/{area}.toml", f'[["{key}"]]', place)
        where = f"parameters/{area}.toml:{line}: {key}"
        raise ValueError(f"{where} has words that nothing reads: {', '.join(sorted(strange))}")


def _value(key: str, row: Mapping[str, Any]) -> object:
    match row:
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"integer": int(number)} | {"flag": bool(number)}:
            return number
        case {"date": date() as day}:
            return day
        case {"text": str(text)}:
            return text
        case {"texts": list(texts)}:
            return tuple(texts)
        case {"rows": list(rows)}:
            return tuple(MappingProxyType(each) for each in rows)
        case _:
            raise ValueError(f"{key} has no value of a known type: {dict(row)}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is written: the file's name without ending, the key, the editions it holds in, and what it says."""

    area: str
    key: str
    editions: tuple[str, ...]
    value: object
    passages: tuple[Passage, ...]
    rulings: tuple[str, ...]


def rows() -> Iterator[Row]:
    """Every row of every file, in their order."""
    for area, data in read_folder("parameters"):
        for key, written in data.items():
            name = f"parameters/{area}.toml: {key}"
            for place, row in enumerate(written):
                _check_words(area, key, place, row)
                cited = passages(row["cite"])
                editions = cited_editions(name, cited, row.get("only", ""), row.get("not_in", ""))
                for holding, whole in _by_documents(name, row, editions):
                    yield Row(area, key, holding, _value(name, whole), cited, tuple(row.get("ruling", "").split()))


def _by_documents(
    name: str, row: Mapping[str, Any], editions: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The row as its editions have it, once for all of them unless it has cells that are told by document."""
    told = [cell for each in row.get("rows", ()) for cell in each.values() if isinstance(cell, dict)]
    if not told:
        yield editions, row
        return
    strange = {document for cell in told for document in cell} - {each.document for each in passages(row["cite"])}
    if strange:
        raise ValueError(f"{name} tells a cell by {', '.join(sorted(strange))} and does not cite it")
    for edition in editions:
        yield (edition,), {**row, "rows": [_cells(name, each, edition) for each in row["rows"]]}


def _cells(name: str, each: Mapping[str, Any], edition: str) -> dict[str, Any]:
    here: dict[str, Any] = {}
    for column, cell in each.items():
        values = [cell]
        if isinstance(cell, dict):
            values = [value for document, value in cell.items() if document in DOCUMENTS_OF_EDITION[edition]]
        if len(values) > 1:
            raise ValueError(f"{name} has two cells {column} in {edition}")
        here.update((column, value) for value in values)
    return here


def _load() -> Mapping[str, Mapping[str, DataRow]]:
    by_edition: dict[str, dict[str, DataRow]] = {edition: {} for edition in EDITIONS}
    for row in rows():
        for edition in row.editions:
            if row.key in by_edition[edition]:
                raise ValueError(f"parameters/{row.area}.toml: {row.key} stands twice in {edition}: narrow one row")
            here = tuple(each for each in row.passages if each.document in DOCUMENTS_OF_EDITION[edition])
            by_edition[edition][row.key] = DataRow(row.key, row.value, "edition", here, row.rulings)
    return MappingProxyType({edition: MappingProxyType(found) for edition, found in by_edition.items()})


PARAMETERS: Mapping[str, Mapping[str, DataRow]] = _load()
"""For each edition, its parameters by key."""


class Keys:
    """Keys of rows that are told apart by facts: ``Keys("fee.rate.*")["TR"]`` is looked for among the rows.

    A star stands for one part of a key, between points. Facts for which no row is written give the key that such a row
    would have, which no edition prints.

    Raises:
        ValueError: no row has such a key.
    """

    __slots__ = ("_by_facts", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        shape = re.compile(re.escape(pattern).replace(r"\*", "([^.]+)"))
        every = {key for rows in PARAMETERS.values() for key in rows}
        self._by_facts = {match.groups(): key for key in every if (match := shape.fullmatch(key))}
        if not self._by_facts:
            raise ValueError(f"no row of figures is called {pattern}")

    def __getitem__(self, facts: str | tuple[str | None, ...] | None) -> str:
        parts = facts if isinstance(facts, tuple) else (facts,)
        found = self._by_facts.get(parts)
        return self.pattern.replace("*", "{}").format(*parts) if found is None else found
