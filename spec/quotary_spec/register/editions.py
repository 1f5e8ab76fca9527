"""The published documents and the dated editions made of them (R-01)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.passage import Passage
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


def cited_editions(name: str, cited: Iterable[Passage], only: str = "", not_in: str = "") -> tuple[str, ...]:
    """The editions in which something holds that cites these passages: those that have one of their documents.

    Args:
        name: What it is, for the message.
        cited: Its passages.
        only: Of those editions the only ones, as ``2021 2023``.
        not_in: Of those editions the ones to leave out, as ``2024``.

    Raises:
        ValueError: no edition has the documents, both words narrow, or one narrows nothing or all.
    """
    documents = {passage.document for passage in cited}
    found = tuple(edition for edition in EDITIONS if documents & DOCUMENTS_OF_EDITION[edition])
    if unknown := sorted(documents - DOCUMENT.keys()):
        raise ValueError(f"{name} cites what is no document: {', '.join(unknown)}")
    if not found:
        raise ValueError(f"{name} cites no document of any edition")
    if not only and not not_in:
        return found
    named = (only or not_in).split()
    if only and not_in:
        raise ValueError(f"{name} says only and not_in: one of them is enough")
    if strangers := [each for each in named if each not in found]:
        raise ValueError(f"{name} is narrowed to what its citations do not give: {', '.join(strangers)}")
    kept = tuple(edition for edition in found if (edition in named) == bool(only))
    if kept in ((), found):
        raise ValueError(f"{name} is narrowed to nothing, or not at all: its citations give {' '.join(found)}")
    return kept
