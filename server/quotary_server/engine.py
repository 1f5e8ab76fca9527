"""What every service shares: price book, tax rates, and the digests of what answers are computed with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from quotary.v1 import common_pb2
from quotary_spec import rulebook
from quotary_spec.supplements.price_book import PriceBook
from quotary_spec.rules.tax.rates import Rates

from quotary_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Engine:
    """The rule book with one operator's prices and rates."""

    prices: PriceBook
    rates: Rates
    digests: common_pb2.Digests

    @classmethod
    def assemble(cls, prices: PriceBook, rates: Rates) -> Engine:
        """An engine with its digests."""
        return cls(
            prices,
            rates,
            common_pb2.Digests(rule_book=rulebook.digest(), price_book=prices.digest, tax_rates=rates.digest),
        )


def load_engine(settings: Settings) -> Engine:
    """The engine of the operator's files, or of the demonstration price book and the supplement alone.

    Raises:
        PriceBookError, RatesError: a file has faults; the error lists all of them with their lines.
        OSError: a file cannot be read.
    """
    prices = (
        PriceBook.parse(settings.price_book.read_text("utf-8"), str(settings.price_book))
        if settings.price_book is not None
        else PriceBook.demo()
    )
    rates = (
        Rates.with_operator(settings.tax_rates.read_text("utf-8"), str(settings.tax_rates))
        if settings.tax_rates is not None
        else Rates.supplement_only()
    )
    return Engine.assemble(prices, rates)
