"""The published documents and the dated editions made of them (R-01)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from quotary_spec.passage import Passage
from quotary_spec.register.files import read


@dataclass(frozen=True, slots=True)
class Document:
    """A published document.

    Attributes:
        id: How passages name it.
        file: Name of its file, as published.
        family: What it is a snapshot of; an edition has the newest of each family, and what amends it.
        languages: Languages it is written in.
        title: What it is, in our words.
        lines: Number of its lines.
        sha256: Hash of the file.
        heading: Its own title; empty where it has none.
        published: Day of publication, where known.
        retrieved: Day on which it was read, where known.
        address: Where it was read; empty where that is not known.
    """

    id: str
    file: str
    family: str
    languages: tuple[str, ...]
    title: str
    lines: int
    sha256: str
    heading: str = ""
    published: date | None = None
    retrieved: date | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """The newest document of each family at one time. The id is a label for order, not a date of force.

    Attributes:
        id: How requests name it.
        documents: The ids of its documents.
        note: What it brings.
        default: True for the edition of a request that names none.
    """

    id: str
    documents: tuple[str, ...]
    note: str
    default: bool = False


def _load() -> tuple[tuple[Document, ...], tuple[Edition, ...]]:
    data = read("editions.toml")
    documents = tuple(Document(**{**row, "languages": tuple(row["languages"])}) for row in data["document"])
    editions = tuple(Edition(**{**row, "documents": tuple(row["documents"])}) for row in data["edition"])
    if sum(edition.default for edition in editions) != 1:
        raise ValueError("editions.toml: one edition says default = true")
    known = {document.id for document in documents}
    for edition in editions:
        if strangers := [each for each in edition.documents if each not in known]:
            raise ValueError(
                f"editions.toml: {edition.id} has documents that are not registered: {', '.join(strangers)}"
            )
    return documents, editions


_documents, _editions = _load()

DOCUMENT: Mapping[str, Document] = MappingProxyType({document.id: document for document in _documents})
"""The documents by id."""

EDITION: Mapping[str, Edition] = MappingProxyType({edition.id: edition for edition in _editions})
"""The editions by id, oldest first."""

EDITIONS = tuple(EDITION)
DEFAULT_EDITION = next(edition.id for edition in _editions if edition.default)

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
    remaining = tuple(edition for edition in found if (edition in named) == bool(only))
    if remaining in ((), found):
        raise ValueError(f"{name} is narrowed to nothing, or not at all: its citations give {' '.join(found)}")
    return remaining
