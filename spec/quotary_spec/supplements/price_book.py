"""Prices that the documents do not print: a price book that the operator loads, or the demonstration book."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceBook:
    """List prices in US dollars.

    Attributes:
        digest: Sha256 of its rows in hexadecimal; empty for a book without rows.
    """

    digest: str = ""

    @classmethod
    def empty(cls) -> PriceBook:
        """A book without prices, so that every price comes from the request."""
        return cls()
