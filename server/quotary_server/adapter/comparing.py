"""What differs between one order's quotes under several editions, and which rules and rows of data make it differ."""

from __future__ import annotations

from collections.abc import Iterable

from google.type import money_pb2

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.writing import MoneyWriter
from quotary_spec.exchange import Difference, Place
from quotary_spec.money import minor_digits
from quotary_spec.rule import registered_rules

_REASON = "reason "


def write_difference(
    message: quote_service_pb2.QuoteDifference, base: str, later: str, found: Difference, money: MoneyWriter
) -> None:
    """Fill a figure that two editions answer differently."""
    message.path = path_of(found.place)
    message.base_edition = base
    message.edition = later
    message.base_value = _shown(found.base_value, money)
    message.value = _shown(found.value, money)
    message.base_rule_ids.extend(found.base_causes)
    message.rule_ids.extend(found.causes)


def path_of(place: Place) -> str:
    """Where a figure stands in a PriceQuoteResponse."""
    position, name = place
    if name.startswith(_REASON):
        subject = f"order.lines[{position}]:" if position is not None else ""
        return f"answer.reasons[{subject}{name.removeprefix(_REASON)}]"
    return name if position is None else f"lines[{position}].{name}"


def _shown(value: int | str | None, money: MoneyWriter) -> str:
    if isinstance(value, int):
        amount = money_pb2.Money()
        money(amount, value)
        return money_text(amount)
    return value or ""


def quote_figures(quote: quote_service_pb2.PriceQuoteResponse) -> Iterable[tuple[str, str]]:
    """Every figure of a quote as it was kept, by its path."""
    for line in quote.lines:
        path = f"lines[{line.position}]"
        yield f"{path}.outcome", common_pb2.Outcome.Name(line.outcome)
        if line.HasField("discount"):
            yield f"{path}.discount.amount", money_text(line.discount.amount)
        if line.HasField("order_discount"):
            yield f"{path}.order_discount", money_text(line.order_discount)
        if line.HasField("net_amount"):
            yield f"{path}.net_amount", money_text(line.net_amount)
    if quote.HasField("net_total"):
        yield "net_total", money_text(quote.net_total)
    if quote.HasField("fee"):
        yield "fee.amount", money_text(quote.fee.amount)
    for component in quote.tax_components:
        path = f"tax_components[{component.tax}:{component.region_code}]"
        yield f"{path}.rate", component.rate
        yield f"{path}.base", money_text(component.base)
        yield f"{path}.amount", money_text(component.amount)
    if quote.HasField("tax_total"):
        yield "tax_total", money_text(quote.tax_total)
    if quote.HasField("total"):
        yield "total", money_text(quote.total)
    yield "answer.outcome", common_pb2.Outcome.Name(quote.answer.outcome)
    for reason in quote.answer.reasons:
        yield f"answer.reasons[{reason.subject}:{reason.code}]", common_pb2.Outcome.Name(reason.outcome)


def money_text(money: money_pb2.Money) -> str:
    """An amount as differences show it."""
    digits = minor_digits(money.currency_code)
    sign = "-" if money.units < 0 or money.nanos < 0 else ""
    fraction = f".{abs(money.nanos):09d}"[: digits + 1] if digits else ""
    return f"{sign}{abs(money.units)}{fraction} {money.currency_code}"


def stored_differences(
    stored: quote_service_pb2.PriceQuoteResponse, again: quote_service_pb2.PriceQuoteResponse
) -> Iterable[tuple[str, str, str]]:
    """The figures of a kept quote that today's books answer otherwise: path, kept and new value."""
    before, after = dict(quote_figures(stored)), dict(quote_figures(again))
    for path in dict.fromkeys((*before, *after)):
        if before.get(path, "") != after.get(path, ""):
            yield path, before.get(path, ""), after.get(path, "")


def moving_rules(stored: common_pb2.Answer, again: common_pb2.Answer, path: str = "") -> list[str]:
    """Ids of the rows that changed and of the rules that answer the same facts otherwise; all that can move the figure.

    A rule that was given something else only hands on what another rule or row has changed. Where there is none of
    these, it is what was asked then and is no more, or the other way round.
    """
    before, after = _steps(stored, path), _steps(again, path)
    shared = before.keys() & after.keys()
    changed = [key for key in after if key in shared and _changed(before[key], after[key])]
    alone = [key for key in (*before, *after) if key not in shared]
    return list(dict.fromkeys(id for id, _, _ in (changed or alone)))


_Key = tuple[str, str, int]


def _steps(answer: common_pb2.Answer, path: str) -> dict[_Key, common_pb2.Step]:
    found: dict[_Key, common_pb2.Step] = {}
    times: dict[tuple[str, str], int] = {}
    for step in answer.steps:
        if not _can_move(path, step):
            continue
        number = times[step.id, step.subject] = times.get((step.id, step.subject), 0) + 1
        found[step.id, step.subject, number] = step
    return found


def _can_move(path: str, step: common_pb2.Step) -> bool:
    """Whether a step can move a figure: not that of another line, nor fee and taxes that of a line."""
    if not path.startswith("lines["):
        return True
    if step.subject.startswith("lines["):
        return path.startswith(f"{step.subject}.")
    function = registered_rules().get(step.id)
    kind = (function.info.area if function is not None else step.id).partition(".")[0]
    return kind not in ("fees", "fee", "tax", "supplement", "operator")


def _changed(before: common_pb2.Step, after: common_pb2.Step) -> bool:
    return before.result != after.result and list(before.inputs) == list(after.inputs)
