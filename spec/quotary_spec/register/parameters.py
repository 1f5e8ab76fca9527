"""Figures and lists that an edition's documents print, each with its passage.

A file in ``parameters/`` holds, for each key, a table by edition::

    ["fee.rate.TR"]
    "2024 2026" = { decimal = "0.075", cite = "002:633 000:689", ruling = "R-12" }

The value stands under the name of its type: ``decimal`` (text), ``integer``, ``date`` (a TOML date), ``text``,
``texts`` (a list), ``flag``, or ``rows`` (a list of tables).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from quotary_spec.passage import passages
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION, EDITIONS
from quotary_spec.register.files import read_folder
from quotary_spec.rule import DataRow


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


def _load() -> Mapping[str, Mapping[str, DataRow]]:
    by_edition: dict[str, dict[str, DataRow]] = {edition: {} for edition in EDITIONS}
    for area, data in read_folder("parameters"):
        for key, versions in data.items():
            for editions, row in versions.items():
                cited = passages(row["cite"])
                for edition in editions.split():
                    if key in by_edition[edition]:
                        raise ValueError(f"{key} stands twice in {edition}, the second time in {area}")
                    here = tuple(each for each in cited if each.document in DOCUMENTS_OF_EDITION[edition])
                    if not here:
                        raise ValueError(f"{key} in {edition} cites no document of that edition")
                    rulings = tuple(row.get("ruling", "").split())
                    by_edition[edition][key] = DataRow(key, _value(key, row), "edition", here, rulings)
    return MappingProxyType({edition: MappingProxyType(rows) for edition, rows in by_edition.items()})


PARAMETERS: Mapping[str, Mapping[str, DataRow]] = _load()
"""For each edition, its parameters by key."""
