"""Amounts, decimals, dates and explanations, by the cases that the clients of every language share."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.type import date_pb2, money_pb2

from quotary import values
from quotary.explain import explain, explain_answer, receipt
from quotary.v1 import quote_service_pb2

CASES: dict[str, Any] = json.loads((Path(__file__).parents[2] / "helper-cases.json").read_text("utf-8"))


def money(plain: dict[str, Any]) -> money_pb2.Money:
    return json_format.ParseDict(plain, money_pb2.Money())


@pytest.mark.parametrize("case", CASES["money"], ids=lambda case: case["text"])
def test_money(case: dict[str, Any]) -> None:
    amount, minor = money(case["money"]), int(case["minor"])
    assert values.to_minor(amount) == minor
    assert values.from_minor(minor, amount.currency_code) == amount
    assert values.money_text(amount) == case["text"]
    assert values.parse_money(case["text"]) == amount


@pytest.mark.parametrize("case", CASES["money_finer_than_minor_units"], ids=lambda case: case["text"])
def test_what_is_finer_than_the_minor_unit_is_told_whole(case: dict[str, Any]) -> None:
    amount = money(case["money"])
    assert values.money_text(amount) == case["text"]
    assert values.parse_money(case["text"]) == amount
    with pytest.raises(ValueError, match="finer"):
        values.to_minor(amount)


@pytest.mark.parametrize("case", CASES["money_wrong"], ids=lambda case: case["why"])
def test_what_is_no_amount(case: dict[str, Any]) -> None:
    for read in (values.to_minor, values.money_text):
        with pytest.raises(ValueError, match=r"without a currency|do not go together"):
            read(money(case["money"]))


@pytest.mark.parametrize("text", CASES["money_text_wrong"])
def test_what_is_no_text_of_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        values.parse_money(text)


@pytest.mark.parametrize("case", CASES["dates"], ids=lambda case: case["text"])
def test_dates(case: dict[str, Any]) -> None:
    message = json_format.ParseDict(case["date"], date_pb2.Date())
    assert values.to_date(message).isoformat() == case["text"]
    assert values.from_date(values.to_date(message)) == message


@pytest.mark.parametrize("plain", CASES["dates_wrong"], ids=str)
def test_what_is_no_date(plain: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is out of range|must be in"):
        values.to_date(json_format.ParseDict(plain, date_pb2.Date()))


@pytest.mark.parametrize("text", CASES["decimals"])
def test_decimals(text: str) -> None:
    assert values.to_decimal(text) == Decimal(text)
    assert values.decimal_text(Decimal(text)) == text


def test_a_decimal_is_written_without_an_exponent() -> None:
    assert values.decimal_text(Decimal("1E-7")) == "0.0000001"
    assert values.decimal_text(Decimal("1E+3")) == "1000"
    with pytest.raises(ValueError, match="is no number"):
        values.decimal_text(Decimal("NaN"))


@pytest.mark.parametrize("text", CASES["decimals_wrong"])
def test_what_is_no_decimal(text: str) -> None:
    with pytest.raises(ValueError, match="is no decimal"):
        values.to_decimal(text)


@pytest.mark.parametrize("case", CASES["priced"], ids=lambda case: case["response"]["answer"]["outcome"])
def test_explanations(case: dict[str, Any]) -> None:
    response = json_format.ParseDict(case["response"], quote_service_pb2.PriceQuoteResponse())
    assert receipt(response) == case["receipt"]
    assert explain_answer(response.answer) == case["explained_answer"]
    assert explain(response) == case["explained"]
