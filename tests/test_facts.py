"""Facts in plain form: into arguments, with every fault and its path, and back."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec import rules
from quotary_spec.calendar import Term
from quotary_spec.facts import decode, encode, inputs
from quotary_spec.model.order import Channel
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding, half_even, half_up
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import RuleFunction, RuleInfo, registered_rules
from strategies import deals, lines, loose_products, parties, terms, unknown_parties

rules.load()


def as_rule(function: Any) -> RuleFunction[..., object]:
    """A function as if it were registered, without touching the register."""
    function.logic = function
    function.info = RuleInfo("TEST", "test", (), (), (), (), "", "")
    return function  # type: ignore[no-any-return]


def fee(
    net: int,
    rate: Decimal,
    rounding: Rounding,
    product: Product,
    on: date,
    term: Term | None,
    tags: Collection[str] = (),
) -> int:
    return 0


FEE = as_rule(fee)
GOOD: dict[str, object] = {
    "net": 180_00,
    "rate": "0.075",
    "rounding": "half_up",
    "product": {"id": "jira", "platform": "data_center"},
    "on": "2021-10-12",
}


def test_good_facts_become_typed_arguments() -> None:
    arguments, faults = decode(FEE, GOOD)
    assert faults == []
    assert arguments == {
        "net": 18000,
        "rate": Decimal("0.075"),
        "rounding": half_up,
        "product": Product("jira", Platform.DATA_CENTER),
        "on": date(2021, 10, 12),
        "term": None,
    }


def test_every_fault_is_found_at_once_with_its_path() -> None:
    facts = {
        "net": "many",
        "rate": True,
        "rounding": "up",
        "product": {"platform": "attic", "colour": "red"},
        "on": "2021-02-30",
        "term": {"start": "2022-01-01", "end": "2021-01-01"},
        "tags": ["a", 3],
        "extra": 1,
    }
    _, faults = decode(FEE, facts)
    assert {(each.path, each.reason) for each in faults} == {
        ("net", "WRONG_TYPE"),
        ("rate", "NOT_A_DECIMAL"),
        ("rounding", "UNKNOWN_VALUE"),
        ("product.id", "REQUIRED"),
        ("product.platform", "UNKNOWN_VALUE"),
        ("product.colour", "UNKNOWN_FACT"),
        ("on", "NOT_A_DATE"),
        ("term", "CONFLICTING_FIELDS"),
        ("tags[1]", "WRONG_TYPE"),
        ("extra", "UNKNOWN_FACT"),
    }


def test_what_must_be_given_is_listed_and_what_need_not_is_not() -> None:
    _, faults = decode(FEE, {})
    assert [each.path for each in faults] == ["net", "rate", "rounding", "product", "on"]
    assert {each.reason for each in faults} == {"REQUIRED"}
    assert [each.name for each in inputs(FEE) if each.required] == [each.path for each in faults]


def one(hint: Any, value: object) -> tuple[object, list[str]]:
    def function(x: Any) -> int:
        return 0

    function.__annotations__["x"] = hint
    arguments, faults = decode(as_rule(function), {"x": value})
    return arguments["x"], [f"{each.path} {each.reason}" for each in faults]


@pytest.mark.parametrize(
    ("hint", "given_as", "value"),
    [
        (int, "12345678901234567", 12345678901234567),
        (int, -3, -3),
        (Decimal, 3, Decimal(3)),
        (int, 10**18, 10**18),
        (str, "x" * 10_000, "x" * 10_000),
        (list[int], [0] * 10_000, (0,) * 10_000),
        (Fraction, "300/365", Fraction(300, 365)),
        (Fraction, "3", Fraction(3)),
        (Fraction, 3, Fraction(3)),
        (datetime, "2026-03-30T23:59:00-08:00", datetime.fromisoformat("2026-03-31T07:59:00+00:00")),
        (datetime, "2026-03-30T23:59:00Z", datetime(2026, 3, 30, 23, 59, tzinfo=UTC)),
        (tuple[int, str], [3, "x"], (3, "x")),
        (tuple[int, ...], [3, 4], (3, 4)),
        (frozenset[str], ["b", "a", "b"], frozenset({"a", "b"})),
        (Mapping[str, int], {"a": 1}, {"a": 1}),
        (Mapping[str, Any], {"a": [1, None, "x"]}, {"a": (1, None, "x")}),
        (Channel | None, "partner", Channel.PARTNER),
        (Decimal | str, "x", "x"),
        (bool | Finding, False, False),
        (Rounding, "half_even", half_even),
    ],
)
def test_a_value_of_each_type_is_read(hint: Any, given_as: object, value: object) -> None:
    assert one(hint, given_as) == (value, [])


@pytest.mark.parametrize(
    ("hint", "given_as", "fault"),
    [
        (int, True, "x WRONG_TYPE"),
        (int, 1.5, "x WRONG_TYPE"),
        (int, 10**18 + 1, "x OUT_OF_RANGE"),
        (int, -(10**18) - 1, "x OUT_OF_RANGE"),
        (int, "9" * 41, "x WRONG_TYPE"),
        (bool, 1, "x WRONG_TYPE"),
        (bool, "true", "x WRONG_TYPE"),
        (str, 5, "x WRONG_TYPE"),
        (str, "x" * 10_001, "x TOO_LONG"),
        (Decimal, 0.075, "x NOT_A_DECIMAL"),
        (Decimal, "1e3", "x NOT_A_DECIMAL"),
        (Fraction, "1/0", "x OUT_OF_RANGE"),
        (date, "20211012", "x NOT_A_DATE"),
        (date, 20211012, "x NOT_A_DATE"),
        (datetime, "2021-10-12T00:00:00", "x NOT_A_DATE"),
        (list[str], "abc", "x WRONG_TYPE"),
        (list[int], [1, None], "x[1] REQUIRED"),
        (list[int], [0] * 10_001, "x TOO_MANY"),
        (tuple[int, str], [3], "x OUT_OF_RANGE"),
        (Mapping[str, int], {"a": "b"}, "x.a WRONG_TYPE"),
        (Mapping[str, Any], {"a": 0.5}, "x.a WRONG_TYPE"),
        (Product, "jira", "x WRONG_TYPE"),
        (int, None, "x REQUIRED"),
    ],
)
def test_a_value_of_another_type_is_a_fault(hint: Any, given_as: object, fault: str) -> None:
    assert one(hint, given_as)[1] == [fault]


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int, "integer"),
        (Decimal | str | None, "decimal or text"),
        (bool | Finding, "true or false"),
        (object, "anything"),
        (Rounding, "half_up | half_even"),
        (Literal["a", "b"], "a | b"),
        (Channel, "direct | reseller | partner | corporate_reseller"),
        (tuple[int, str], "list of integer, text"),
        (tuple[int, int, int], "list of integer, integer, integer"),
        (tuple[int, ...], "list of (integer)"),
        (frozenset[str], "list of (text)"),
        (Mapping[str, int], "object of (integer) by text"),
    ],
)
def test_a_type_is_told_in_words(hint: Any, words: str) -> None:
    def function(x: Any) -> int:
        return 0

    function.__annotations__["x"] = hint
    (told,) = inputs(as_rule(function))
    assert (told.name, told.type) == ("x", words)


def test_an_unknown_fact_is_told_what_is_known() -> None:
    def function() -> int:
        return 0

    _, (fault,) = decode(as_rule(function), {"x" * 61: 1})
    assert (fault.path, fault.detail) == ("x" * 60, "known are no facts")
    _, faults = decode(FEE, {"other": 1})
    assert faults[-1].detail.startswith("known are ")
    assert "rate" in faults[-1].detail


@pytest.mark.parametrize(
    ("value", "plain"),
    [(2**53, 2**53), (2**53 + 1, str(2**53 + 1)), (-(2**53), -(2**53)), (-(2**53) - 1, str(-(2**53) - 1))],
)
def test_a_number_that_not_every_reader_keeps_is_written_as_text(value: int, plain: object) -> None:
    assert encode(value) == plain


def test_a_type_that_facts_cannot_be_given_as_is_a_defect_of_the_rule() -> None:
    with pytest.raises(TypeError):
        one(type, "x")


@pytest.mark.parametrize("id", sorted(registered_rules()))
def test_every_rule_says_what_it_takes(id: str) -> None:
    rule = registered_rules()[id]
    assert [each.name for each in inputs(rule)] == list(rule.info.inputs)
    assert all(each.type for each in inputs(rule))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (True, True),
        (Decimal("0.0750"), "0.075"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0"), "0"),
        (Platform.CLOUD, "cloud"),
        (Fraction(1, 3), "1/3"),
        (date(2026, 1, 31), "2026-01-31"),
        (frozenset({"b", "a"}), ["a", "b"]),
        (half_up, "half_up"),
        (None, None),
        (Term(date(2026, 1, 1), date(2026, 2, 1)), {"start": "2026-01-01", "end": "2026-02-01"}),
        (
            undetermined("INPUT_MISSING", "a.b"),
            {"outcome": "UNDETERMINED", "reason": "INPUT_MISSING", "missing": ["a.b"]},
        ),
    ],
)
def test_a_result_is_written_in_plain_form(value: object, plain: object) -> None:
    assert encode(value) == plain


@given(st.one_of(loose_products, unknown_parties, parties(), deals(), lines(), terms))
def test_what_is_written_is_read_as_the_same(noun: object) -> None:
    assert one(type(noun), encode(noun)) == (noun, [])


@given(loose_products)
def test_a_change_of_a_noun_changes_what_is_written(product: Product) -> None:
    assert encode(replace(product, id=product.id + "x")) != encode(product)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "term", "tags", "other"]), plain))
def test_no_facts_whatever_break_the_reader(facts: dict[str, object]) -> None:
    arguments, faults = decode(FEE, facts)
    if not faults:
        assert set(arguments) >= set(GOOD)


@given(st.sampled_from(sorted(registered_rules())), st.data())
def test_no_facts_whatever_break_a_rules_reader(id: str, data: st.DataObject) -> None:
    rule = registered_rules()[id]
    facts = {name: data.draw(plain) for name in rule.info.inputs}
    decode(rule, facts)
