"""What holds of every answer: each invariant passes a sound answer and catches one that breaks it, and only it."""

from copy import deepcopy
from typing import Any

import pytest
from google.protobuf import json_format

from quotary_conformance.contract import calls, message_class
from quotary_conformance.invariants import INVARIANTS, Asked, broken
from quotary_conformance.knowledge import Knowledge

KNOWLEDGE = Knowledge(
    rules={
        "FEE": {"statement": "A fee.", "editions": ["2026"], "passages": ["000:689", "003:3-4"], "rulings": ["R-08"]},
        "OLD": {"statement": "An old fee.", "editions": ["2021"], "passages": ["004:12"], "rulings": []},
    },
    documents={"2026": ("000", "001")},
    figures={("fee.rate", "2026"): {"passages": ["000:690"], "rulings": []}},
    reasons={"NUMBER_NOT_KNOWN": {}, "NOT_SOLD": {}},
)


def usd(text: str) -> dict[str, Any]:
    units, _, cents = text.partition(".")
    return {"currency_code": "USD", "units": units, "nanos": int(cents or 0) * 10**7}


SOUND: dict[str, Any] = {
    "answer": {
        "outcome": "OUTCOME_GRANTED",
        "edition": "2026",
        "rule_ids": ["FEE"],
        "citations": [{"document": "000", "first_line": 689, "last_line": 689}],
        "steps": [
            {
                "id": "FEE",
                "citations": [{"document": "000", "first_line": 689, "last_line": 689}],
                "rulings": ["R-08"],
            },
            {"id": "fee.rate", "citations": [{"document": "000", "first_line": 690, "last_line": 690}]},
        ],
    },
    "lines": [
        {
            "list_amount": usd("100.00"),
            "prorated_amount": usd("100.00"),
            "net_amount": usd("90.00"),
            "fee_amount": usd("6.75"),
            "tax_amount": usd("17.42"),
        },
        {
            "position": 1,
            "list_amount": usd("10.00"),
            "prorated_amount": usd("10.00"),
            "net_amount": usd("10.00"),
            "tax_amount": usd("1.80"),
        },
    ],
    "list_total": usd("110.00"),
    "discount_total": usd("10.00"),
    "net_total": usd("100.00"),
    "fee": {"amount": usd("6.75"), "lines": [0]},
    "tax_components": [{"amount": usd("19.22"), "lines": [0, 1], "line_amounts": [usd("17.42"), usd("1.80")]}],
    "tax_total": usd("19.22"),
    "total": usd("125.97"),
}
OPEN: dict[str, Any] = {
    "answer": {
        "outcome": "OUTCOME_UNDETERMINED",
        "edition": "2026",
        "rule_ids": ["FEE"],
        "missing": ["order.deal.order_date"],
        "reasons": [{"code": "NUMBER_NOT_KNOWN", "outcome": "OUTCOME_UNDETERMINED"}],
    },
}

BAD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("edition-asked", SOUND, {"answer.edition": "2024", "answer.rule_ids": [], "answer.citations": []}),
    ("edition-asked", SOUND, {"answer": None}),
    ("outcome-of-weakest", SOUND, {"answer.reasons": [{"code": "NOT_SOLD", "outcome": "OUTCOME_REFUSED"}]}),
    ("outcome-of-weakest", OPEN, {"answer.reasons": []}),
    ("outcome-of-weakest", OPEN, {"answer.outcome": "OUTCOME_UNSPECIFIED", "answer.reasons": []}),
    ("missing-is-a-field", OPEN, {"answer.missing": ["order.deal.order_dat"]}),
    ("missing-is-a-field", OPEN, {"answer.missing": ["order.lines[1].product"]}),
    ("missing-is-a-field", OPEN, {"answer.missing": ["order.deal.order_date"] * 2}),
    ("missing-where-open", SOUND, {"answer.missing": ["order.deal.order_date"]}),
    ("reasons-catalogued", OPEN, {"answer.reasons.0.code": "NUMBER_UNKNOWN"}),
    ("rules-exist", OPEN, {"answer.rule_ids": ["FEE", "FEES"]}),
    ("rules-exist", OPEN, {"answer.rule_ids": ["FEE", "OLD"]}),
    ("rules-exist", OPEN, {"answer.rule_ids": ["FEE", "FEE"]}),
    ("rules-named", OPEN, {"answer.rule_ids": []}),
    ("citations-in-edition", SOUND, {"answer.citations.0.document": "004", "answer.steps": []}),
    ("citations-in-edition", SOUND, {"answer.citations.0.first_line": 690, "answer.steps": []}),
    ("steps-complete", SOUND, {"answer.steps.0.id": "fee.rate"}),
    ("steps-complete", SOUND, {"answer.steps.0.citations.0.first_line": 688}),
    (
        "steps-as-published",
        SOUND,
        {"answer.steps.0.citations.0.first_line": 690, "answer.steps.0.citations.0.last_line": 690},
    ),
    ("steps-as-published", SOUND, {"answer.steps.0.rulings": []}),
    ("steps-as-published", SOUND, {"answer.steps.1.citations": []}),
    ("steps-as-published", SOUND, {"answer.steps.1.rulings": ["R-12"]}),
    ("one-currency", SOUND, {"lines.0.list_amount": {"currency_code": "EUR", "units": "100"}}),
    ("totals-add-up", SOUND, {"total": usd("125.98")}),
    ("totals-add-up", SOUND, {"discount_total": usd("10.01")}),
    ("lines-add-up", SOUND, {"lines.1.tax_amount": usd("1.81")}),
    ("lines-add-up", SOUND, {"lines.1.net_amount": usd("10.01")}),
    ("lines-add-up", SOUND, {"lines.1.prorated_amount": usd("10.01")}),
    ("lines-add-up", SOUND, {"lines.0.fee_amount": usd("6.76")}),
    ("parts-add-up", SOUND, {"tax_components.0.line_amounts.1": usd("1.81")}),
    ("parts-add-up", SOUND, {"tax_components.0.lines": [0]}),
    ("total-where-granted", SOUND, {"total": None}),
    ("total-where-granted", OPEN, {"total": usd("1.00")}),
    ("total-where-granted", SOUND, {"net_total": None}),
    ("total-where-granted", SOUND, {"lines.1.tax_amount": None}),
]


def altered(answer: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """An answer with fields at some paths replaced, or left out."""
    made = deepcopy(answer)
    for path, value in change.items():
        *above, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = made
        for part in above:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return made


def broken_by(answer: dict[str, Any], allowed: frozenset[str] = frozenset()) -> set[str]:
    call = calls()["QuoteService.PriceQuote"]
    request = message_class(call.request.full_name)()
    json_format.ParseDict({"order": {"lines": [{}]}}, request)
    message = json_format.ParseDict(answer, message_class(call.response.full_name)())
    asked = Asked(request, message, "2026", ("FEE",), KNOWLEDGE)
    return {each.invariant for each in broken(asked, allowed)}


@pytest.mark.parametrize("answer", [SOUND, OPEN])
def test_a_sound_answer_breaks_none(answer: dict[str, Any]) -> None:
    assert broken_by(answer) == set()


@pytest.mark.parametrize(("invariant", "answer", "change"), BAD)
def test_a_bad_answer_is_caught(invariant: str, answer: dict[str, Any], change: dict[str, Any]) -> None:
    bad = altered(answer, change)
    assert invariant in broken_by(bad)
    assert invariant not in broken_by(bad, frozenset({invariant}))


def test_each_invariant_says_what_it_is_and_is_shown_to_catch_something() -> None:
    assert {name for name, _, _ in BAD} == set(INVARIANTS)
    assert all(check.__doc__ for check in INVARIANTS.values())


def test_refunds_add_up_too() -> None:
    call = calls()["RefundService.AssessRefund"]
    answer = {
        "answer": {"outcome": "OUTCOME_GRANTED", "edition": "2026"},
        "lines": [{"amounts": {"net_amount": usd("10.00"), "fee_amount": usd("1.00")}}],
        "net_total": usd("10.00"),
        "fee_total": usd("1.00"),
        "tax_total": usd("2.00"),
        "total": usd("13.00"),
    }
    for change, caught in (({}, set()), ({"net_total": usd("9.00"), "total": usd("12.00")}, {"lines-add-up"})):
        message = json_format.ParseDict(answer | change, message_class(call.response.full_name)())
        assert {each.invariant for each in broken(Asked(None, message, "2026", (), Knowledge()))} == caught
