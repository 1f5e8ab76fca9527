"""The runner itself: files, what agrees, and what counts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from conformance.runner_cases import GOOD, vector, write
from quotary.v1 import common_pb2, quote_service_pb2, rulebook_service_pb2
from quotary_conformance import strict_yaml
from quotary_conformance.comparing import differences
from quotary_conformance.contract import problems
from quotary_conformance.running import Report, Result, Verdict
from quotary_conformance.vectors import VectorError, load

# ---- files


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: NO", {"a": "NO"}),
        ("a: 000:689", {"a": "000:689"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 2021-10-12", {"a": "2021-10-12"}),
        ("a: 007", {"a": "007"}),
        ("a: -12", {"a": -12}),
        ("a: true", {"a": True}),
        ("a: null", {"a": None}),
        ("a:", {"a": None}),
        ("a: 13.50 USD", {"a": "13.50 USD"}),
        ('a: "0.075"', {"a": "0.075"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
    ],
)
def test_yaml_holds_no_surprises(text: str, value: object) -> None:
    assert strict_yaml.load(text) == value


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: {b: 1, b: 2}", "a: 0.075", "a: 1.", "1: a", "a: ["])
def test_yaml_that_could_mislead_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        strict_yaml.load(text)


def test_a_vector_is_named_by_area_topic_and_id(tmp_path: Path) -> None:
    (vector,) = load(write(tmp_path, GOOD))
    assert vector.name == "area/topic/one"
    assert list(problems(vector)) == []


READINGS = [
    {"ruling": "R-12-SAAS", "id": "a", "expect": {"area": "fees"}},
    {"ruling": "R-12-SAAS", "id": "b", "expect": {"area": "tax"}},
]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, "no such keys: colour"),
        ({"cites": None}, "cites is a list"),
        ({"cites": []}, "cites no passage"),
        ({"level": "OPTIONAL"}, "level is one of"),
        ({"expect": {}}, "expects nothing"),
        ({"level": "CONTESTED"}, "CONTESTED and no other level has readings"),
        ({"readings": READINGS}, "CONTESTED and no other level has readings"),
        ({"level": "CONTESTED", "readings": READINGS[:1], "expect": None}, "two readings or more"),
        ({"level": "CONTESTED", "readings": READINGS}, "both in expect and in the reading a: area"),
        ({"error": {"code": "NOT_FOUND"}}, "an error stands alone"),
        ({"expect": None, "error": {"reason": "X"}}, "error has no code"),
        ({"uses": "prices"}, "uses is one of"),
    ],
)
def test_a_vector_of_another_form_is_refused(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    row = {key: value for key, value in (GOOD | change).items() if key == "cites" or value is not None}
    with pytest.raises(VectorError, match=fault):
        load(write(tmp_path, row))


def test_every_fault_of_all_files_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD, {"id": "two"}, topic="a/b")
    write(tmp_path, GOOD, topic="a/c")
    (tmp_path / "a" / "d.yaml").write_text("vectors: [{id: x, id: y}]")
    with pytest.raises(VectorError) as raised:
        load(tmp_path)
    told = str(raised.value)
    assert "a/b.yaml: two: missing: call" in told
    assert "a/c.yaml: one: the id stands in a/b.yaml too" in told
    assert "the key id stands twice" in told


PRICE = "QuoteService.PriceQuote"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"call": "QuoteService.Price"}, "no call"),
        ({"request": {"nom": "x"}}, "nom"),
        ({"request": []}, "is an object"),
        ({"view": "VIEW_FULL"}, "view"),
        ({"call": PRICE, "request": {}, "view": "VIEW_HALF"}, "VIEW_HALF"),
        ({"call": PRICE, "request": {}, "expect": {"totl": "1.00 USD"}}, "totl: .* no such field"),
        ({"call": PRICE, "request": {}, "expect": {"total": "1,00 USD"}}, "not an amount"),
        ({"call": PRICE, "request": {}, "expect": {"answer": {"outcome": "GRANTED"}}}, "no value GRANTED"),
        ({"call": PRICE, "request": {}, "expect": {"lines": {"all": []}}}, "a list is expected"),
        ({"call": PRICE, "request": {"order": {"deal": {"order_date": "12.10.2021"}}}}, "not a date"),
        ({"expect": None, "error": {"code": "INVALID"}}, "no status"),
    ],
)
def test_a_vector_of_what_the_contract_lacks_is_refused(change: dict[str, Any], fault: str) -> None:
    assert [problem for problem in problems(vector(**change)) if re.search(fault, problem)]


# ---- what agrees

ANSWER = json_format.ParseDict(
    {
        "answer": {"outcome": "OUTCOME_GRANTED", "rule_ids": ["A", "B"], "reasons": [{"metadata": {"k": "v"}}]},
        "lines": [
            {"position": 0, "quantity": "3", "net_amount": {"currency_code": "USD", "units": "1"}},
            {"position": 1},
        ],
        "fee": {"rate": "0.075", "amount": {"currency_code": "USD", "units": "13", "nanos": 500000000}, "lines": [1]},
    },
    quote_service_pb2.PriceQuoteResponse(),
)


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"fee": {"amount": "13.50 USD"}},
        {"fee": {"amount": {"currency_code": "USD", "units": 13, "nanos": 500000000}}},
        {"fee": {"lines": [1], "rate": "0.075"}},
        {"total": None, "tax_components": []},
        {"tax_components": None},
        {"lines": [{"quantity": 3}, {}]},
        {"lines": [{"quantity": "3"}, {"quantity": None, "net_amount": None}]},
        {"lines": {"contains": [{"position": 1}]}},
        {"lines": {"any_order": [{"position": 1}, {}]}},
        {"answer": {"outcome": "OUTCOME_GRANTED", "rule_ids": {"any_order": ["B", "A"]}}},
        {"answer": {"reasons": [{"metadata": {"k": "v"}, "code": ""}]}},
    ],
)
def test_what_is_named_and_equal_agrees(expect: dict[str, Any]) -> None:
    assert list(differences(expect, ANSWER)) == []


@pytest.mark.parametrize(
    ("expect", "path"),
    [
        ({"fee": {"amount": "13.51 USD"}}, "fee.amount"),
        ({"fee": {"amount": "13.50 EUR"}}, "fee.amount"),
        ({"fee": {"amount": "-13.50 USD"}}, "fee.amount"),
        ({"fee": {"rate": "0.0750"}}, "fee.rate"),
        ({"fee": {"lines": []}}, "fee.lines"),
        ({"fee": {"lines": [1, 2]}}, "fee.lines"),
        ({"fee": {"lines": ["1x"]}}, "fee.lines[0]"),
        ({"fee": None}, "fee"),
        ({"total": "0.00 USD"}, "total"),
        ({"total": {}}, "total"),
        ({"lines": [{"quantity": 3}]}, "lines"),
        ({"lines": [{"quantity": True}, {}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1}, {"position": 0}]}, "lines[0].position"),
        ({"lines": {"contains": [{"position": 1}, {"position": 1}]}}, "lines"),
        ({"lines": {"any_order": [{"position": 1}]}}, "lines"),
        ({"answer": {"outcome": "OUTCOME_REFUSED"}}, "answer.outcome"),
        ({"answer": {"rule_ids": ["B", "A"]}}, "answer.rule_ids[0]"),
        ({"answer": {"reasons": [{"metadata": {"k": "w"}}]}}, "answer.reasons[0].metadata[k]"),
        ({"answer": {"reasons": [{"metadata": {"l": "v"}}]}}, "answer.reasons[0].metadata[l]"),
        ({"currency_code": "USD"}, "currency_code"),
    ],
)
def test_what_is_named_and_not_equal_disagrees(expect: dict[str, Any], path: str) -> None:
    assert path in [each.path for each in differences(expect, ANSWER)]


def test_an_entry_that_fits_two_leaves_the_other_to_its_neighbour() -> None:
    """A list is matched as a whole: the first expected entry must not take the only one that the second fits."""
    expect = {"lines": {"any_order": [{}, {"position": 0}]}}
    assert list(differences(expect, ANSWER)) == []


def test_the_entry_that_is_nearly_right_is_told() -> None:
    expect = {"lines": {"contains": [{"quantity": 3, "net_amount": "1.00 USD", "user_tier": 7}]}}
    assert [str(each) for each in differences(expect, ANSWER)] == ["lines[0].user_tier: expected 7, got 0"]
    far = {"lines": {"contains": [{"quantity": 4, "net_amount": "2.00 USD", "user_tier": 7}]}}
    assert [each.path for each in differences(far, ANSWER)] == ["lines"]


VALUES: list[tuple[Any, Any, bool]] = [
    (True, True, True),
    (1, 1, True),
    (True, 1, False),
    (0, False, False),
    ("1", 1, False),
    ({"a": 1}, {"a": 1, "b": 2}, True),
    ({"a": 1}, {"b": 2}, False),
    ([1, 2], [1, 2], True),
    ([1], [1, 2], False),
    ([{"a": 1}], [{"a": 1, "b": 2}], True),
]


@pytest.mark.parametrize(("expected", "actual", "agrees"), VALUES)
def test_plain_values_are_compared_as_such(expected: Any, actual: Any, agrees: bool) -> None:
    message = rulebook_service_pb2.EvaluateRuleResponse()
    json_format.ParseDict(actual, message.result)
    assert (not list(differences({"result": expected}, message))) is agrees


def test_no_value_is_not_null() -> None:
    message = rulebook_service_pb2.EvaluateRuleResponse()
    assert list(differences({"result": None}, message)) == []
    message.result.bool_value = False
    assert list(differences({"result": None}, message)) != []


outcomes = st.sampled_from(common_pb2.Outcome.values())
amounts = st.integers(-(10**6), 10**6)


@given(st.builds(lambda o, n, r: (o, n, r), outcomes, amounts, st.lists(st.sampled_from("ABC"), max_size=4)))
def test_every_answer_agrees_with_itself_and_with_no_other(parts: tuple[int, int, list[str]]) -> None:
    outcome, cents, rule_ids = parts
    message = quote_service_pb2.PriceQuoteResponse()
    message.answer.outcome = outcome  # type: ignore[assignment]
    message.answer.rule_ids.extend(rule_ids)
    message.total.currency_code = "USD"
    sign = -1 if cents < 0 else 1
    message.total.units, message.total.nanos = sign * (abs(cents) // 100), sign * (abs(cents) % 100) * 10**7
    itself = json_format.MessageToDict(message, preserving_proto_field_name=True)
    assert list(differences(itself, message)) == []
    written = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
    assert list(differences({"total": f"{written} USD"}, message)) == []
    assert list(differences({"total": f"{written}1 USD"}, message)) != []
    assert list(differences({"answer": {"rule_ids": [*rule_ids, "D"]}}, message)) != []


# ---- what counts


@pytest.mark.parametrize(
    ("verdict", "known", "status"),
    [
        (Verdict.AGREED, "", 0),
        (Verdict.DISAGREED, "", 1),
        (Verdict.MISSING, "", 2),
        (Verdict.DISAGREED, "why", 0),
        (Verdict.AGREED, "why", 1),
        (Verdict.MISSING, "why", 2),
    ],
)
def test_one_result_decides_the_status(verdict: Verdict, known: str, status: int) -> None:
    agreed = Result(vector(), Verdict.AGREED)
    assert Report("t", [agreed, Result(vector(), verdict, known=known), agreed]).exit_code == status


def test_disagreement_outranks_a_missing_result_and_no_result_is_no_agreement() -> None:
    results = [Result(vector(), Verdict.MISSING), Result(vector(), Verdict.DISAGREED)]
    assert Report("t", results).exit_code == 1
    assert Report("t").exit_code == 2


def test_mixed_readings_are_told() -> None:
    results = [Result(vector(), Verdict.AGREED, (), ("R-12-SAAS", id)) for id in ("a", "b", "a")]
    assert Report("t", results).mixed_readings() == {"R-12-SAAS": {"a", "b"}}
    assert Report("t", results[:1]).mixed_readings() == {}
