"""The published documents and the dated editions made of them (R-01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.register.files import read


@dataclass(frozen=True, slots=True)
class Document:
    """A published document."""

    id: str
    file: str
    family: str
    languages: tuple[str, ...]
    title: str
    lines: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Edition:
    """The newest document of each family at one time. The id is a label for order, not a date of force."""

    id: str
    documents: tuple[str, ...]
    note: str


def _load() -> tuple[tuple[Document, ...], tuple[Edition, ...]]:
    data = read("editions.toml")
    documents = tuple(Document(**{**row, "languages": tuple(row["languages"])}) for row in data["document"])
    editions = tuple(Edition(row["id"], tuple(row["documents"]), row["note"]) for row in data["edition"])
    return documents, editions


_documents, _editions = _load()

DOCUMENT: Mapping[str, Document] = MappingProxyType({document.id: document for document in _documents})
"""The documents by id."""

EDITION: Mapping[str, Edition] = MappingProxyType({edition.id: edition for edition in _editions})
"""The editions by id, oldest first."""

EDITIONS = tuple(EDITION)
DEFAULT_EDITION = EDITIONS[-1]

DOCUMENTS_OF_EDITION: Mapping[str, frozenset[str]] = MappingProxyType(
    {edition.id: frozenset(edition.documents) for edition in _editions}
)
"""The documents that speak in each edition."""
