"""One law: calls that answer the same question agree (R-41). Which do is read from ``docs/agreement.md``.

Facts are drawn close to the dates and numbers at which rules turn, and put to each call that they reach.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement_cases import _KINDS, PRODUCTS, QUESTIONS, REFUSED, Plain, differences, months
from quotary.v1 import (
    common_pb2,
)
from quotary_conformance import contract
from quotary_spec.register.editions import EDITIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"


def refusals_of(answer: common_pb2.Answer, subject: str) -> set[str]:
    """The reasons for which a part of it is refused."""
    return {each.code for each in answer.reasons if each.outcome == REFUSED and each.subject == subject}


# ---- the questions, each with the comparison of its calls

KEPT = {"kept-sale"}
"""Questions that need a store; they are put in ``tests/lifecycle/test_agreement_kept.py``."""

# ---- the page


def rows(heading: str) -> list[list[str]]:
    section = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return cells[2:]


def test_every_call_has_its_place_and_every_question_its_comparison() -> None:
    asked, alone = rows("Questions"), rows("Calls that share no question")
    assert {row[0] for row in asked} == set(QUESTIONS) | KEPT
    assert all(row[2] for row in asked)
    assert all(row[1] for row in alone)
    sharing = set(chain.from_iterable(row[1].split() for row in asked))
    apart = list(chain.from_iterable(row[0].split() for row in alone))
    assert len(apart) == len(set(apart))
    assert sharing.isdisjoint(apart)
    assert {*sharing, *apart} == {name.partition(".")[2] for name in contract.calls()}


# ---- facts

_TURNS = [
    date(2021, 2, 2),
    date(2024, 2, 15),
    date(2024, 10, 3),
    date(2026, 3, 30),
    date(2028, 3, 30),
    date(2028, 5, 1),
    date(2029, 3, 28),
]
order_days = st.builds(
    lambda day, n: (day + timedelta(days=n)).isoformat(), st.sampled_from(_TURNS), st.integers(-2, 2)
)
tiers = st.sampled_from([3, 4, 10, 11, 250, 500, 10_000, 10_001, 30_000, 30_001, 50_000, 50_001])


@st.composite
def plain_lines(draw: st.DrawFn, order_day: str) -> Plain:
    product = draw(st.sampled_from(PRODUCTS))
    line: Plain = {"product": product, "action": draw(st.sampled_from(list(_KINDS)))}
    if product["platform"].endswith("cloud"):
        line["billing_cycle"] = draw(st.sampled_from(["monthly", "annual"]))
    line |= {"user_tier": draw(tiers), "price": {"unit_price": "1200.00", "months": 12}}
    if draw(st.booleans()):
        line["host_user_tier"] = draw(tiers)
    ways: list[Plain] = [{}, {"months": draw(months)}, {"start_date": order_day, "months": draw(months)}]
    if way := draw(st.sampled_from(ways)):
        line["term"] = way
    if draw(st.booleans()) or line["action"] in ("downgrade", "upgrade", "renewal"):
        left = draw(st.sampled_from([0, 1, 89, 90, 91, 200]))
        end = date.fromisoformat(order_day) + timedelta(days=left)
        term = {"start_date": (end - timedelta(days=365)).isoformat(), "end_date": end.isoformat()}
        line["prior"] = {"quantity": draw(tiers), "term": term, "net_paid": "900.00 USD", "tier_price": "900.00 USD"}
    return line


@st.composite
def plain_orders(draw: st.DrawFn) -> Plain:
    """Orders as a file has them, close to where the conditions of sale turn."""
    day = draw(order_days)
    deal: Plain = {
        "order_date": day,
        "order_time": f"{day}T{draw(st.sampled_from(['07:58:59', '08:00:00', '23:00:00']))}Z",
        "payment_date": day,
        "channel": draw(st.sampled_from(["direct", "direct", "reseller"])),
        "billing_experience": draw(st.sampled_from(["original", "improved"])),
        "holds_data_center_subscription": draw(st.booleans()),
        "billing_party": {
            "kind": draw(st.sampled_from(["business", "state_government", "academic"])),
            "address": {"region_code": draw(st.sampled_from(["US", "DE", "AU", "JP"]))},
        },
    }
    if draw(st.booleans()):
        ago = draw(st.sampled_from([0, 29, 30, 31]))
        deal["quote_date"] = (date.fromisoformat(day) - timedelta(days=ago)).isoformat()
    lines = draw(st.lists(plain_lines(day), min_size=1, max_size=2))
    return {"deal": deal, "lines": lines}


@settings(max_examples=150)
@given(st.sampled_from(EDITIONS), plain_orders())
def test_what_one_call_refuses_no_other_grants(edition: str, order: Plain) -> None:
    assert differences("sale", edition, order) == []


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "sale"])
@settings(max_examples=40)
@given(st.sampled_from(EDITIONS), plain_orders())
def test_the_calls_agree(question: str, edition: str, order: Plain) -> None:
    assert differences(question, edition, order) == []
