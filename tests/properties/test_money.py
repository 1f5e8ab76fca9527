"""Money: rounding is to the nearest and mirrors, splits add up, amounts are written exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quotary_spec.money import (
    Money,
    Rounding,
    RoundingPolicy,
    allot,
    decimal_text,
    exact_decimal,
    format_minor,
    half_even,
    half_up,
    is_currency,
    minor_digits,
    share,
    to_minor,
)
from strategies import rates, roundings, signed_amounts

denominators = st.integers(1, 10**6)
currencies = st.sampled_from(["USD", "JPY", "BHD", "CLF"])
"""With two, no, three and four decimal places."""


@given(signed_amounts, denominators, roundings)
def test_rounding_goes_to_the_nearest(numerator: int, denominator: int, rounding: Rounding) -> None:
    assert abs(Fraction(numerator, denominator) - rounding(numerator, denominator)) <= Fraction(1, 2)


@given(signed_amounts, denominators, roundings)
@example(1, 2, half_up)
@example(1, 2, half_even)
@example(3, 2, half_even)
def test_the_opposite_amount_rounds_to_the_opposite(numerator: int, denominator: int, rounding: Rounding) -> None:
    assert rounding(-numerator, denominator) == -rounding(numerator, denominator)


@given(signed_amounts)
def test_a_tie_goes_away_from_zero_or_to_the_even_neighbour(whole: int) -> None:
    tie = 2 * whole + 1  # halves: between whole and whole + 1
    assert half_up(tie, 2) == (whole + 1 if tie > 0 else whole)
    assert half_even(tie, 2) == (whole if whole % 2 == 0 else whole + 1)


@given(signed_amounts, signed_amounts, denominators, roundings)
def test_rounding_keeps_the_order(one: int, other: int, denominator: int, rounding: Rounding) -> None:
    low, high = sorted((one, other))
    assert rounding(low, denominator) <= rounding(high, denominator)


@given(signed_amounts, denominators, st.integers(1, 1000), roundings)
def test_rounding_depends_on_the_quotient_alone(
    numerator: int, denominator: int, factor: int, rounding: Rounding
) -> None:
    assert rounding(numerator * factor, denominator * factor) == rounding(numerator, denominator)


@pytest.mark.parametrize(
    ("policy", "rounding", "by_line"),
    [
        (RoundingPolicy.DOCUMENT_HALF_UP, half_up, False),
        (RoundingPolicy.LINE_HALF_UP, half_up, True),
        (RoundingPolicy.DOCUMENT_HALF_EVEN, half_even, False),
        (RoundingPolicy.LINE_HALF_EVEN, half_even, True),
    ],
)
def test_a_policy_says_how_and_where(policy: RoundingPolicy, rounding: Rounding, by_line: bool) -> None:
    assert policy.rounding is rounding
    assert policy.by_line is by_line


@given(signed_amounts, rates)
def test_a_share_is_the_exact_product_rounded_once(amount: int, rate: Decimal) -> None:
    exact = Fraction(rate) * amount
    assert share(amount, rate) == half_up(exact.numerator, exact.denominator)
    assert share(amount, Fraction(rate)) == share(amount, rate)
    assert share(amount, rate, half_even) == half_even(exact.numerator, exact.denominator)


def test_a_share_of_half_a_cent_goes_up_unless_asked_otherwise() -> None:
    assert share(1, Decimal("0.5")) == 1
    assert share(1, Decimal("0.5"), half_even) == 0
    assert share(-1, Decimal("0.5")) == -1


@given(signed_amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
@example(10, [0, 0, 0])
@example(-10, [1, 1, 1])
@example(0, [1, 2])
def test_parts_add_up_and_lie_next_to_their_exact_shares(amount: int, weights: list[int]) -> None:
    parts = allot(amount, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == amount
    total = sum(weights)
    if total:
        assert all(
            abs(part - Fraction(amount * weight, total)) < 1 for part, weight in zip(parts, weights, strict=True)
        )
        assert allot(-amount, weights) == tuple(-part for part in parts)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], (34, 33, 33)),  # equal remainders: the earlier part
        (-100, [1, 1, 1], (-34, -33, -33)),
        (200, [1, 1, 1], (67, 67, 66)),
        (10, [1, 2], (3, 7)),  # 3.33 and 6.67: the larger remainder
        (1, [1, 2], (0, 1)),
        (7, [0, 5], (0, 7)),
        (7, [0, 0], (7, 0)),
        (1, [0, 0, 0], (1, 0, 0)),
        (0, [], ()),
        (0, [3, 4], (0, 0)),
    ],
)
def test_splits_worked_by_hand(amount: int, weights: list[int], parts: tuple[int, ...]) -> None:
    assert allot(amount, weights) == parts


def test_a_split_needs_someone_to_give_to_and_no_negative_weight() -> None:
    for amount in (1, -1):
        with pytest.raises(ValueError, match="at least one weight"):
            allot(amount, [])
    with pytest.raises(ValueError, match="negative"):
        allot(10, [3, -1])
    assert allot(10, [0, 1]) == (0, 10)


@given(signed_amounts, currencies)
@example(0, "USD")
@example(-1, "USD")
@example(5, "USD")
@example(-7, "JPY")
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    text = decimal_text(minor, currency)
    read = exact_decimal(text)
    assert read is not None
    assert to_minor(read, currency) == minor
    assert format_minor(minor, currency) == f"{text} {currency}" == str(Money(minor, currency))
    assert len(text.partition(".")[2]) == minor_digits(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (33453, "USD", "334.53"),
        (5, "USD", "0.05"),
        (-5, "USD", "-0.05"),
        (100, "USD", "1.00"),
        (0, "USD", "0.00"),
        (1200, "JPY", "1200"),
        (-1, "JPY", "-1"),
        (0, "JPY", "0"),
        (1, "BHD", "0.001"),
    ],
)
def test_amounts_as_people_write_them(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text


def test_a_decimal_amount_is_rounded_once_to_the_currency() -> None:
    assert to_minor(Decimal("0.005"), "USD") == 1
    assert to_minor(Decimal("0.005"), "USD", half_even) == 0
    assert to_minor(Decimal("-0.005"), "USD") == -1
    assert to_minor(Decimal("0.0049"), "USD") == 0
    assert to_minor(Decimal("0.5"), "JPY") == 1


@pytest.mark.parametrize(
    "text", ["", "1e3", "+1", " 1", "1 ", "1,5", "1_000", "--1", "1.2.3", "-", ".", "NaN", "٣", "1" * 41]
)
def test_what_is_not_plain_digits_is_no_number(text: str) -> None:
    assert exact_decimal(text) is None


@pytest.mark.parametrize("text", ["0", "-0.5", ".5", "12.", "0.075", "1" * 40])
def test_plain_digits_are_a_number(text: str) -> None:
    assert exact_decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    ("code", "known"), [("USD", True), ("JPY", True), ("usd", False), ("ABC", False), ("XAU", False)]
)
def test_a_currency_has_a_minor_unit(code: str, known: bool) -> None:
    assert is_currency(code) is known
    if not known:
        with pytest.raises(ValueError):  # noqa: PT011 - whose words they are depends on the code
            minor_digits(code)
