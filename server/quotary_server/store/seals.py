"""Seals: with each fact stands a hash of all that is in its row, and it is compared when the row is read.

What a disk, a restore or a hand has changed is told instead of served. A seal holds no secret: whoever can write the
store and knows this program can seal anew, so that the rights of the database stay what keeps others out.

The trace of an answer is hashed apart, since most reads do without it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column, Insert, Row, RowMapping, Table

from quotary_server.store.database import StoreTampered

Values: TypeAlias = Mapping[str, Any] | RowMapping
"""The values of a row by the names of its columns."""

_NOT_SEALED = ("seal", "sequence")
"""The seal itself, and the number that the database gives a row."""

_APART = "trace"


def sealed(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new row of facts, with their seal."""
    return {**values, "seal": seal_of(table, values)}


def seal_of(table: Table, values: Values) -> bytes:
    """The hash of a row's trace, and then the hash of that and everything else (sha256, 32 bytes each)."""
    trace = hashlib.sha256(values.get(_APART, b"")).digest()
    return trace + _rest(table, values, trace)


def _rest(table: Table, values: Values, trace: bytes) -> bytes:
    digest = hashlib.sha256(table.name.encode() + b"\0" + trace)
    for name in sorted(column.name for column in table.columns):
        if name in _NOT_SEALED or name == _APART:
            continue
        value = values[name]
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        digest.update(f"\0{name}\0{type(value).__name__}\0{len(content)}\0".encode() + content)
    return digest.digest()


def with_seal(statement: Any, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a statement; those of a new fact with their seal."""
    if isinstance(statement, Insert) and isinstance(statement.table, Table) and "seal" in statement.table.columns:
        return sealed(statement.table, values)
    return values


def whole(table: Table, *, trace: bool = False) -> list[Column[Any]]:
    """What to select of a table of facts for ``verified``: each column, with the table's name before its own."""
    return [column.label(f"{table.name}_{column.name}") for column in table.columns if trace or column.name != _APART]  # type: ignore[misc]


def verified(table: Table, row: Row[*tuple[Any, ...]]) -> Mapping[str, Any]:
    """A row of facts that was selected with ``whole``, by the names of its columns.

    Raises:
        StoreTampered: it is not as it was kept.
    """
    mapping = row._mapping
    found = {
        column.name: mapping[label] for column in table.columns if (label := f"{table.name}_{column.name}") in mapping
    }
    if not holds(table, found):
        raise StoreTampered(name_of(table, found))
    return found


def holds(table: Table, values: Values) -> bool:
    """Whether a row is as it was kept; one that a release without seals kept is taken as it is."""
    seal = values["seal"]
    if seal is None:
        return True
    trace = seal[:32]
    if _APART in values and hashlib.sha256(values[_APART]).digest() != trace:
        return False
    return bool(_rest(table, values, trace) == seal[32:])


def name_of(table: Table, values: Values) -> str:
    """The table and the key of a row; of a numbered row its order and position: "payments AT-1234567 1"."""
    names = [column.name for column in table.primary_key.columns if column.name != "sequence"]
    return " ".join((table.name, *(str(values[name]) for name in names or ("order_number", "position"))))
