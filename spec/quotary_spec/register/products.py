"""The products that the documents name, with the names they went by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.passage import Passage
from quotary_spec.register.files import read


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product of the register.

    Attributes:
        id: Stable id, the same on every platform.
        name: Name to show.
        aliases: Other ids it may be asked for by.
        platforms: Platforms the documents show; empty where they show none.
        plans: Plans a document names for it; empty where none is named.
        kind: "app", "bundle", "marketplace_app" ...
        cites: Where it is named.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    platforms: tuple[str, ...]
    plans: tuple[str, ...]
    kind: str
    cites: tuple[Passage, ...]


def _load() -> tuple[ProductEntry, ...]:
    return tuple(
        ProductEntry(
            id=row["id"],
            name=row["name"],
            aliases=tuple(row["aliases"]),
            platforms=tuple(row["platforms"]),
            plans=tuple(row["plans"]),
            kind=row["kind"],
            cites=tuple(Passage.parse(text) for text in row["cite"]),
        )
        for row in read("products.toml")["product"]
    )


PRODUCT: Mapping[str, ProductEntry] = MappingProxyType({entry.id: entry for entry in _load()})
"""The products by id."""

PLANS: Mapping[str, None] = MappingProxyType({plan: None for entry in PRODUCT.values() for plan in entry.plans})
"""The plans that the documents name, of whichever product. One that they do not name for a product is no mistake: what
they print of it lacks that plan (R-03)."""

_named: dict[str, ProductEntry] = dict(PRODUCT) | {
    alias: entry for entry in PRODUCT.values() for alias in entry.aliases
}


def find_product(name: str) -> ProductEntry | None:
    """The product of that id or alias."""
    return _named.get(name)
