"""Amounts of kept messages in minor units, as the tables and the rule book have them."""

from __future__ import annotations

from google.type import money_pb2

from quotary_spec.money import minor_digits


def to_minor_units(message: money_pb2.Money) -> int:
    """Minor units of an amount that this program wrote; an absent amount is zero."""
    if not message.currency_code:
        return 0
    digits = minor_digits(message.currency_code)
    # Units and nanos share their sign, and nanos hold whole minor units, so that the division is exact.
    return int(message.units * 10**digits + message.nanos // 10 ** (9 - digits))
