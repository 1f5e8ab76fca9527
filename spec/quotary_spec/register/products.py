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
        core: Editions in which it can anchor the end date of other licences, with the list that says so (R-20).
        usd_only: Editions in which it can be quoted in US dollars only, with the sentence (R-34).
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    platforms: tuple[str, ...]
    plans: tuple[str, ...]
    kind: str
    cites: tuple[Passage, ...]
    core: Mapping[str, Passage]
    usd_only: Mapping[str, Passage]


def _by_edition(row: Mapping[str, str]) -> Mapping[str, Passage]:
    return MappingProxyType({edition: Passage.parse(text) for edition, text in row.items()})


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
            core=_by_edition(row.get("core", {})),
            usd_only=_by_edition(row.get("usd_only", {})),
        )
        for row in read("products.toml")["product"]
    )


PRODUCT: Mapping[str, ProductEntry] = MappingProxyType({entry.id: entry for entry in _load()})
"""The products by id."""

_named: dict[str, ProductEntry] = dict(PRODUCT) | {
    alias: entry for entry in PRODUCT.values() for alias in entry.aliases
}


def find_product(name: str) -> ProductEntry | None:
    """The product of that id or alias."""
    return _named.get(name)
