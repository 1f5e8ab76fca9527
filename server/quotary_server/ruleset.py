"""What every service shares: price book, tax rates, and the digests of what answers are computed with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from quotary.v1 import common_pb2
from quotary_server.settings import Settings
from quotary_spec import rulebook
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.supplements.price_book import PriceBook
from quotary_spec.supplements.rates import SupplementRow, canonical_bytes, load, memberships, parse_rates
from quotary_spec.supplements.tax_numbers import number_forms
from quotary_spec.supplements.territories import territories


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The rule book with one operator's prices and rates."""

    prices: PriceBook
    rates: Rates
    digests: common_pb2.Digests

    @classmethod
    def assemble(cls, prices: PriceBook, operator_rates: tuple[SupplementRow, ...] = ()) -> Ruleset:
        """A ruleset with its digests."""
        forms = (form for forms in number_forms().values() for form in forms)
        printed = canonical_bytes((*load(), *memberships(), *territories(), *forms))
        facts = printed + b"\0" + canonical_bytes(operator_rates)
        digests = common_pb2.Digests(
            rule_book=rulebook.digest(), price_book=prices.digest, tax_rates=hashlib.sha256(facts).hexdigest()
        )
        return cls(prices, Rates(operator_rates), digests)


def load_ruleset(settings: Settings) -> Ruleset:
    """The ruleset of the operator's files, or of the demonstration price book and the supplement alone.

    Raises:
        ValueError: a file has faults; the error lists all of them with their lines.
        OSError: a file cannot be read.
    """
    prices = PriceBook.demo()
    if settings.price_book is not None:
        prices = PriceBook.parse(settings.price_book.read_text("utf-8"), str(settings.price_book))
    rates: tuple[SupplementRow, ...] = ()
    if settings.tax_rates is not None:
        rates = parse_rates(settings.tax_rates.read_text("utf-8"), str(settings.tax_rates))
    return Ruleset.assemble(prices, rates)
