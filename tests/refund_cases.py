"""Paid orders that tests of refunds share."""

from __future__ import annotations

from datetime import date

from quotary_spec.model.order import Action, Channel, Cycle
from quotary_spec.model.party import Evidence
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.refund import (
    Amounts,
    PaidLine,
    PaidOrder,
    RefundAssessment,
    RefundKind,
    RefundRequest,
    TaxPart,
)
from quotary_spec.outcome import Outcome
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.refunds_assessment import assess_refund

PAID_ON = date(2026, 3, 1)
JIRA_CLOUD = Product("jira", Platform.CLOUD, "standard")
JIRA_DC = Product("jira", Platform.DATA_CENTER)
GUARD = Product("guard", Platform.CLOUD, "standard")
WHOLE = RefundRequest()


def line(product: Product = JIRA_CLOUD, **facts: object) -> PaidLine:
    known: dict[str, object] = {"paid": Amounts(100_00), "action": Action.NEW, "cycle": Cycle.ANNUAL}
    return PaidLine(product, **(known | facts))  # type: ignore[arg-type]


def order(*lines: PaidLine, **facts: object) -> PaidOrder:
    known: dict[str, object] = {"order_date": PAID_ON, "paid_on": PAID_ON, "channel": Channel.DIRECT}
    return PaidOrder(lines, **(known | facts))  # type: ignore[arg-type]


def ask(edition: str, paid: PaidOrder, on: date | None, request: RefundRequest = WHOLE) -> RefundAssessment:
    with tracing() as trace:
        answer = assess_refund(BOOK[edition], paid, request, on)
    assert trace.subject == ""
    # Every rule that takes part serves the edition that asks.
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    return answer


def codes(answer: RefundAssessment) -> list[str]:
    return [finding.reason for finding in answer.findings]


def sole(answer: RefundAssessment) -> tuple[Outcome, str]:
    """The outcome and the one reason of an answer."""
    (finding,) = answer.findings
    assert finding.outcome == answer.outcome
    return answer.outcome, finding.reason


# ---- the fee, tax alone, exchange

TURKISH = Amounts(180_00, 13_50, (TaxPart("VAT", "TR", "", 34_83),))
"""180.00 of Data Center in Turkey: 7.5 % fee, 18 % of 193.50."""
TEXAN = Amounts(100_00, 0, (TaxPart("US_SALES", "US-TX", "", 6_25),))
CERTIFICATE = Evidence("exemption_certificate", "US-TX")
TAX = RefundRequest(RefundKind.TAX, evidence=(CERTIFICATE,))
