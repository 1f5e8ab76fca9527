"""Currencies: which an order may be quoted in, and how a dollar price is brought into them."""

from __future__ import annotations

from decimal import Decimal

from quotary_spec.money import Rounding, to_minor
from quotary_spec.rule import rule


@rule("CURRENCY-FX-MARGIN", "000:231 002:302", editions="2024 2026", rulings="R-08 R-09 R-10")
def converted_price(usd_price: Decimal, rate: Decimal, margin: Decimal, currency: str, rounding: Rounding) -> int:
    """A dollar price in another currency is the price times an exchange rate that contains a margin for fluctuation.

    Rounded once, to the currency's minor unit.
    """
    return to_minor(usd_price * rate * (1 + margin), currency, rounding)
