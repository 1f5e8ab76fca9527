"""What differs between one order's quotes under several editions, and which rules and rows of data moved it."""

from __future__ import annotations

from collections.abc import Iterable

from google.type import money_pb2

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_spec.money import minor_digits
from quotary_spec.rule import registered_rules

# What moves a fee or a tax: rules by the first part of their area, rows of data by the first part of their key. All
# else moves lines.
_FEE = {"fees", "fee"}
_TAX = {"tax", "supplement", "operator"}


def write_differences(response: quote_service_pb2.CompareEditionsResponse) -> None:
    """Compare each quote with the first and append what differs."""
    base, *others = response.quotes
    base_figures = dict(quote_figures(base))
    for other in others:
        figures = dict(quote_figures(other))
        for path in dict.fromkeys((*base_figures, *figures)):
            left, right = base_figures.get(path, ""), figures.get(path, "")
            if left == right:
                continue
            base_moved, moved = _moved(path, base.answer, other.answer)
            response.differences.add(
                path=path,
                base_edition=base.answer.edition,
                edition=other.answer.edition,
                base_value=left,
                value=right,
                base_rule_ids=base_moved,
                rule_ids=moved,
            )


def quote_figures(quote: quote_service_pb2.PriceQuoteResponse) -> Iterable[tuple[str, str]]:
    """The figures of a priced order that are worth comparing, each with its path."""
    """Every figure of a quote that can differ, by its path."""
    for line in quote.lines:
        path = f"lines[{line.position}]"
        yield f"{path}.outcome", common_pb2.Outcome.Name(line.outcome)
        if line.HasField("discount"):
            yield f"{path}.discount.amount", _text(line.discount.amount)
        if line.HasField("net_amount"):
            yield f"{path}.net_amount", _text(line.net_amount)
    if quote.HasField("net_total"):
        yield "net_total", _text(quote.net_total)
    if quote.HasField("fee"):
        yield "fee.amount", _text(quote.fee.amount)
    for component in quote.tax_components:
        path = f"tax_components[{component.tax}:{component.region_code}]"
        yield f"{path}.rate", component.rate
        yield f"{path}.base", _text(component.base)
        yield f"{path}.amount", _text(component.amount)
    if quote.HasField("tax_total"):
        yield "tax_total", _text(quote.tax_total)
    if quote.HasField("total"):
        yield "total", _text(quote.total)
    yield "answer.outcome", common_pb2.Outcome.Name(quote.answer.outcome)
    for reason in quote.answer.reasons:
        yield f"answer.reasons[{reason.subject}:{reason.code}]", common_pb2.Outcome.Name(reason.outcome)


def _text(money: money_pb2.Money) -> str:
    digits = minor_digits(money.currency_code)
    sign = "-" if money.units < 0 or money.nanos < 0 else ""
    fraction = f".{abs(money.nanos):09d}"[: digits + 1] if digits else ""
    return f"{sign}{abs(money.units)}{fraction} {money.currency_code}"


def _moved(path: str, base: common_pb2.Answer, other: common_pb2.Answer) -> tuple[list[str], list[str]]:
    """Ids of the steps that stand, or answer, differently in the one and in the other."""
    left, right = _steps(base, path), _steps(other, path)
    return (
        list(dict.fromkeys(key[0] for key in left if left[key] != right.get(key))),
        list(dict.fromkeys(key[0] for key in right if right[key] != left.get(key))),
    )


def _steps(answer: common_pb2.Answer, path: str) -> dict[tuple[str, str], str]:
    return {(step.id, step.subject): step.result for step in answer.steps if _can_move(path, _kind(step.id))}


def _can_move(path: str, kind: str) -> bool:
    """Whether rules or rows of this kind can move the figure; a total, an outcome or a reason can be moved by any."""
    if path.startswith(("lines", "net_total")):
        return kind not in _FEE | _TAX
    if path.startswith("fee"):
        return kind in _FEE
    if path.startswith("tax_components"):
        return kind in _TAX
    return not path.startswith("tax_total") or kind in _FEE | _TAX


def _kind(id: str) -> str:
    function = registered_rules().get(id)
    return (function.info.area if function is not None else id).partition(".")[0]
