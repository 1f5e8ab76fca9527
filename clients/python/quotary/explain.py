"""Answers in words: reasons as lines, a priced order as a receipt, and the whole explanation of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from google.type import money_pb2

from quotary.v1 import common_pb2, quote_service_pb2
from quotary.values import money_text


class Answered(Protocol):
    """A response that carries an answer, as nearly every pure call's does."""

    @property
    def answer(self) -> common_pb2.Answer:
        """Outcome, reasons, rules and trace."""


def outcome_name(outcome: common_pb2.Outcome.ValueType) -> str:
    """``NOT_COVERED`` for OUTCOME_NOT_COVERED; a number that the contract does not have is shown as it is."""
    known = common_pb2.Outcome.DESCRIPTOR.values_by_number.get(outcome)
    return known.name.removeprefix("OUTCOME_") if known is not None else str(outcome)


def reason_lines(answer: common_pb2.Answer) -> list[str]:
    """A line for each reason, with what to do next, and one for each path of the request that is missing."""
    return [*map(_reason_line, answer.reasons), *(f"missing {path}" for path in answer.missing)]


def receipt(response: quote_service_pb2.PriceQuoteResponse) -> str:
    """Net, fee, each tax and total of a priced order, and what makes the fee."""
    rows = [("net", _amount(response, "net_total"))]
    if response.HasField("fee"):
        rows.append(("fee", _amount(response.fee, "amount")))
    rows += [(f"{each.tax} {each.region_code}", _amount(each, "amount")) for each in response.tax_components]
    rows.append(("total", _amount(response, "total")))
    label, figure = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{name:<{label}}  {amount:>{figure}}" for name, amount in rows]
    if response.fee.rule_id:
        step = next((each for each in response.answer.steps if each.id == response.fee.rule_id), None)
        source = f", passage {_passages(step.citations)}" if step is not None and step.citations else ""
        lines.append(f"fee by rule {response.fee.rule_id}{source}")
    return _text(lines)


def explain(response: Answered) -> str:
    """The whole explanation of a response; of a priced order with its receipt. Ask for VIEW_FULL to have the trace."""
    told = explain_answer(response.answer)
    return f"{receipt(response)}\n{told}" if isinstance(response, quote_service_pb2.PriceQuoteResponse) else told


def explain_answer(answer: common_pb2.Answer) -> str:
    """Outcome, edition, reasons, what is missing, and each step of the trace."""
    lines = [f"{outcome_name(answer.outcome)}, edition {answer.edition}", *reason_lines(answer)]
    for step in answer.steps:
        lines += _step_lines(step)
    if answer.steps_omitted:
        lines.append(f"{answer.steps_omitted} more steps")
    return _text(lines)


def _reason_line(reason: common_pb2.Reason) -> str:
    facts = ", ".join(f"{key} {value}" for key, value in sorted(reason.metadata.items()))
    parts = (
        outcome_name(reason.outcome),
        reason.code,
        reason.subject,
    )
    head = " ".join(part for part in parts if part)
    rest = (reason.text, f"({facts})" if facts else "", f"Next: {reason.remedy}" if reason.remedy else "")
    return f"{head}: {' '.join(part for part in rest if part)}"


def _step_lines(step: common_pb2.Step) -> Iterator[str]:
    yield f"{step.id}{f' on {step.subject}' if step.subject else ''}: {step.statement}"
    given = ", ".join(f"{fact.name} {fact.value}" for fact in step.inputs)
    yield f"  {given} -> {step.result}" if given else f"  {step.result}"
    sources = [part for part in (_passages(step.citations), ", ".join(step.rulings)) if part]
    if sources:
        yield f"  {'; '.join(sources)}"


def _passages(citations: Iterable[common_pb2.Citation]) -> str:
    return ", ".join(
        f"{each.document}:{each.first_line}" + (f"-{each.last_line}" if each.last_line > each.first_line else "")
        for each in citations
    )


def _amount(message: object, field: str) -> str:
    if not message.HasField(field):  # type: ignore[attr-defined]
        return "undecided"
    money: money_pb2.Money = getattr(message, field)
    return money_text(money)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
