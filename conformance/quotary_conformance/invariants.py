"""What holds of every right answer, whatever was asked: checked beside what a vector expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from google.protobuf.message import Message

from quotary_conformance.forms import short, text
from quotary_conformance.knowledge import Knowledge

GRANTED, NOT_COVERED, UNDETERMINED, REFUSED = 1, 2, 3, 4
_ORDERS = ("PriceQuoteResponse", "CalculateTaxResponse")
_OUTCOMES = {GRANTED: "GRANTED", NOT_COVERED: "NOT_COVERED", UNDETERMINED: "UNDETERMINED", REFUSED: "REFUSED"}


@dataclass(frozen=True)
class Asked:
    """An answer with what is known of the question.

    Attributes:
        request: What was asked; None where it was a stream.
        rules: Rules that the vector says the answer names.
    """

    request: Message | None
    answer: Message
    edition: str
    rules: tuple[str, ...]
    knowledge: Knowledge

    @cached_property
    def messages(self) -> list[tuple[str, Any]]:
        """The answer and every message in it, by path; a trace is left out, which is looked at as one."""
        return list(_messages(self.answer))

    @cached_property
    def answers(self) -> list[tuple[str, Any]]:
        """Every Answer in the response, by path."""
        return [(path, each) for path, each in self.messages if each.DESCRIPTOR.full_name == "quotary.v1.Answer"]


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that an answer breaks."""

    invariant: str
    path: str
    fault: str

    def __str__(self) -> str:
        return f"{self.path or 'answer'}: {self.fault} (invariant {self.invariant})"


def broken(question: Asked, allowed: frozenset[str] = frozenset()) -> Iterator[Broken]:
    """Every invariant that an answer breaks, except those that are allowed to be broken."""
    for name, check in INVARIANTS.items():
        if name not in allowed:
            yield from (Broken(name, path, fault) for path, fault in check(question))


Found = Iterator[tuple[str, str]]


def _amount(money: Any) -> int:
    return int(money.units) * 10**9 + int(money.nanos)


def _get(message: Message, name: str) -> Any:
    """A field that is set; None when it is not set, or not in the contract."""
    field = message.DESCRIPTOR.fields_by_name.get(name)
    if field is None or (field.has_presence and not message.HasField(name)):
        return None
    return getattr(message, name)


def _messages(message: Message, path: str = "") -> Iterator[tuple[str, Message]]:
    yield path, message
    for field, value in message.ListFields():
        of = field.message_type
        if of is None or field.name == "steps" or of.GetOptions().map_entry:
            continue
        here = f"{path}.{field.name}" if path else field.name
        if field.is_repeated:
            for place, each in enumerate(value):
                yield from _messages(each, f"{here}[{place}]")
        else:
            yield from _messages(value, here)


def edition_asked(question: Asked) -> Found:
    """An answer says which edition it is from: the one that was asked."""
    answer = _get(question.answer, "answer")
    if answer is None and "answer" in question.answer.DESCRIPTOR.fields_by_name:
        yield "answer", "there is none"
    elif answer is not None and answer.edition != question.edition:
        yield "answer.edition", f"{text(answer.edition)} answered, {question.edition} was asked"


def outcome_of_weakest(question: Asked) -> Found:
    """An answer is as decided as its weakest reason: no refusal in GRANTED, and what is not granted has its reason."""
    for path, answer in question.answers:
        if answer.outcome not in _OUTCOMES:
            yield f"{path}.outcome", "there is none"
        for place, reason in enumerate(answer.reasons):
            if reason.outcome > answer.outcome:
                pair = f"{_OUTCOMES.get(reason.outcome)} within {_OUTCOMES.get(answer.outcome)}"
                yield f"{path}.reasons[{place}].outcome", f"{reason.code}: {pair}"
        if answer.outcome in (NOT_COVERED, UNDETERMINED, REFUSED) and not any(
            each.outcome == answer.outcome for each in answer.reasons
        ):
            yield f"{path}.reasons", f"none says why the answer is {_OUTCOMES[answer.outcome]}"


def missing_is_a_field(question: Asked) -> Found:
    """What an answer misses are fields of the request, each named once."""
    answer = _get(question.answer, "answer")
    if answer is None or question.request is None:
        return
    if len(set(answer.missing)) != len(answer.missing):
        yield "answer.missing", f"one is named twice: {text(list(answer.missing))}"
    for place, path in enumerate(answer.missing):
        if not _is_field(question.request, path):
            yield f"answer.missing[{place}]", f"{text(path)} is no field of the request"


def _is_field(message: Message, path: str) -> bool:
    """Whether a path such as ``lines[0].term.months`` leads to a field; an entry that it names has to be there."""
    name, _, rest = path.partition(".")
    name, _, place = name.partition("[")
    if message.DESCRIPTOR.full_name.startswith("google."):
        return True
    field = message.DESCRIPTOR.fields_by_name.get(name)
    if field is None:
        return False
    value = getattr(message, name)
    if place:
        entry = int(place[:-1]) if place[:-1].isdigit() else -1
        if not field.is_repeated or not 0 <= entry < len(value):
            return False
        value = value[entry]
    return not rest or (isinstance(value, Message) and _is_field(value, rest))


def missing_where_open(question: Asked) -> Found:
    """Nothing is missing for an order whose amount to pay is decided."""
    answer, total = _get(question.answer, "answer"), _get(question.answer, "total")
    if question.answer.DESCRIPTOR.name in _ORDERS and None not in (answer, total) and answer.missing:
        yield "answer.missing", f"{text(list(answer.missing))}, though the total is decided"


def reasons_catalogued(question: Asked) -> Found:
    """Every reason has a code of the catalogue."""
    for path, answer in question.answers if question.knowledge.reasons else ():
        for place, reason in enumerate(answer.reasons):
            if reason.code not in question.knowledge.reasons:
                yield f"{path}.reasons[{place}].code", f"no reason is called {text(reason.code)}"


def rules_exist(question: Asked) -> Found:
    """Rules that are named exist and serve the edition that answers; each is named once."""
    rules = question.knowledge.rules
    for path, answer in question.answers:
        if len(set(answer.rule_ids)) != len(answer.rule_ids):
            yield f"{path}.rule_ids", f"one is named twice: {text(list(answer.rule_ids))}"
        for place, id in enumerate(answer.rule_ids if rules else ()):
            if id not in rules:
                yield f"{path}.rule_ids[{place}]", f"no rule is called {text(id)}"
            elif answer.edition not in rules[id]["editions"]:
                yield f"{path}.rule_ids[{place}]", f"{id} does not serve {answer.edition}"


def rules_named(question: Asked) -> Found:
    """An answer names the rules that rest on the passages which the vector cites, as far as they decide."""
    answer = _get(question.answer, "answer")
    if answer is not None and (absent := [id for id in question.rules if id not in answer.rule_ids]):
        yield "answer.rule_ids", f"{text(absent)} not named among {text(list(answer.rule_ids))}"


def citations_in_edition(question: Asked) -> Found:
    """Citations are lines of passages that the rules named, or the rows read, rest on: first before last, each once."""
    for path, answer in question.answers:
        seen = [(each.document, each.first_line, each.last_line) for each in answer.citations]
        if len(set(seen)) != len(seen):
            yield f"{path}.citations", "one stands twice"
        known = {each for id in answer.rule_ids for each in question.knowledge.rules.get(id, {}).get("passages", ())}
        cited = {f"{d}:{f}" if f == last else f"{d}:{f}-{last}" for d, f, last in seen}
        documents = {each.partition(":")[0] for each in question.knowledge.rules and known}
        if seen and known and not documents & {document for document, _, _ in seen}:
            yield f"{path}.citations", f"{text(sorted(cited))} are in no document that the rules named rest on"
        for place, (_, first, last) in enumerate(seen):
            if not 1 <= first <= last:
                yield f"{path}.citations[{place}]", f"lines {first} to {last}"


def steps_complete(question: Asked) -> Found:
    """A trace that is shown whole has a step of every rule that is named, and one that rests on each passage cited."""
    for path, answer in question.answers:
        if not answer.steps or answer.steps_omitted:
            continue
        shown = {step.id for step in answer.steps}
        if absent := [id for id in answer.rule_ids if id not in shown]:
            yield f"{path}.steps", f"no step of {text(absent)}"
        rested_on = [short(each) for step in answer.steps for each in step.citations]
        if any(short(each) not in rested_on for each in answer.citations):
            yield f"{path}.citations", "the answer cites a passage on which no step rests"


def steps_as_published(question: Asked) -> Found:
    """A step that is a published rule or figure cites its passages in the edition's documents, and its rulings."""
    knows = question.knowledge
    for path, answer in question.answers:
        own = knows.documents.get(answer.edition, ())
        for place, step in enumerate(answer.steps if own else ()):
            published = knows.rules.get(step.id) or knows.figures.get((step.id, answer.edition))
            if published is None:
                continue
            resting = [each for each in published["passages"] if each.partition(":")[0] in own]
            cited = [_lines(each) for each in step.citations]
            if sorted(cited) != sorted(resting):
                yield f"{path}.steps[{place}].citations", f"{step.id} rests on {text(resting)}, not on {text(cited)}"
            if sorted(step.rulings) != sorted(published["rulings"]):
                stated = f"{text(list(published['rulings']))}, not on {text(list(step.rulings))}"
                yield f"{path}.steps[{place}].rulings", f"{step.id} rests on {stated}"


def _lines(citation: Any) -> str:
    last = f"-{citation.last_line}" if citation.last_line != citation.first_line else ""
    return f"{citation.document}:{citation.first_line}{last}"


def one_currency(question: Asked) -> Found:
    """All amounts of an order are in one currency; only local amounts and prices that were given may be in another."""
    if question.answer.DESCRIPTOR.name not in _ORDERS:
        return
    codes: dict[str, str] = {}
    for path, message in question.messages:
        if message.DESCRIPTOR.full_name == "google.type.Money" and "local_amounts" not in path:
            codes.setdefault(message.currency_code, path)
    if len(codes) > 1:
        yield "", "amounts in " + " and ".join(f"{code} ({path})" for code, path in sorted(codes.items()))


def _sums(path: str, name: str, total: Any, parts: list[Any], of: str) -> Found:
    if total is not None and all(each is not None for each in parts):
        added = sum(map(_amount, parts))
        if added != _amount(total):
            yield (
                f"{path}.{name}".lstrip("."),
                f"{short(total)} is not the sum of {of}: {text(list(map(short, parts)))}",
            )


def totals_add_up(question: Asked) -> Found:
    """Net, fee and tax add up to the total; list prices less discounts and credits are the net amount."""
    for path, message in question.messages:
        net, tax = _get(message, "net_total"), _get(message, "tax_total")
        if net is None:
            continue
        listed, taken = _get(message, "list_total"), _get(message, "discount_total")
        if listed is not None and taken is not None and _amount(listed) - _amount(taken) != _amount(net):
            yield f"{path}.net_total".lstrip("."), f"{short(net)} is not {short(listed)} less {short(taken)}"
        if tax is not None:
            parts = [each for each in (net, _fee(message), tax) if each is not None]
            yield from _sums(path, "total", _get(message, "total"), parts, "net, fee and tax")


def _has(message: Message, name: str) -> bool:
    return name in message.DESCRIPTOR.fields_by_name


def _fee(message: Message) -> Any:
    """The fee of an order, whether it stands as an amount or with its rate."""
    fee = _get(message, "fee")
    return _get(fee, "amount") if fee is not None else _get(message, "fee_amount") or _get(message, "fee_total")


def lines_add_up(question: Asked) -> Found:
    """The lines add up to each total of their order, and the taxes to the tax total."""
    for path, message in question.messages:
        if _has(message, "tax_components") and _has(message, "tax_total"):
            components = [_get(each, "amount") for each in message.tax_components]
            yield from _sums(path, "tax_total", _get(message, "tax_total"), components, "the taxes")
        if message.DESCRIPTOR.name == "AssessRefundResponse":
            amounts = [line.amounts for line in message.lines if line.HasField("amounts")]
            for part, whole in (("net_amount", "net_total"), ("fee_amount", "fee_total")):
                shares = [each for each in (_get(one, part) for one in amounts) if each is not None]
                yield from _sums(path, whole, _get(message, whole), shares, f"lines[].amounts.{part}")
        if message.DESCRIPTOR.name != "PriceQuoteResponse":
            continue
        lines = message.lines
        totals = {name: _get(message, name) for name in ("list_total", "net_total", "tax_total")}
        for part, whole in (
            ("prorated_amount", "list_total"),
            ("net_amount", "net_total"),
            ("tax_amount", "tax_total"),
        ):
            yield from _sums(path, whole, totals[whole], [_get(each, part) for each in lines], f"lines[].{part}")
        if (fee := _fee(message)) is not None:
            shares = [each for each in (_get(line, "fee_amount") for line in lines) if each is not None]
            yield from _sums(path, "fee.amount", fee, shares, "lines[].fee_amount")


_OF_LINES = {"prorated_amount": "list_total", "net_amount": "net_total", "tax_amount": "tax_total"}


def parts_add_up(question: Asked) -> Found:
    """The parts of a tax or a fee by line are as many as its lines and add up to it."""
    for path, message in question.messages:
        if not (_has(message, "lines") and _has(message, "line_amounts")):
            continue
        lines, parts = list(message.lines), list(message.line_amounts)
        if parts and len(lines) != len(parts):
            yield f"{path}.line_amounts", f"{len(parts)} parts of {len(lines)} lines"
        if parts:
            yield from _sums(path, "amount", _get(message, "amount"), parts, "its parts by line")


def total_where_granted(question: Asked) -> Found:
    """An order has a total when everything is granted, and only then; a granted one has all amounts of its lines."""
    if question.answer.DESCRIPTOR.name not in _ORDERS:
        return
    answer, total = _get(question.answer, "answer"), _get(question.answer, "total")
    if answer is not None and (total is not None) != (answer.outcome == GRANTED):
        yield (
            "total",
            f"{'absent' if total is None else short(total)} where the answer is {_OUTCOMES.get(answer.outcome)}",
        )
    for path in _unsaid(question.answer) if answer is not None and answer.outcome == GRANTED else ():
        yield path, "absent where the answer is GRANTED"


def _unsaid(order: Any) -> Iterator[str]:
    """Amounts of a granted order that are absent, of the order and of each of its lines."""
    priced = order.DESCRIPTOR.name == "PriceQuoteResponse"
    totals = ("list_total", "discount_total", "net_total", "tax_total") if priced else ("net_total", "tax_total")
    yield from (name for name in totals if _get(order, name) is None)
    for place, line in enumerate(order.lines if priced else ()):
        for name in ("list_amount", "prorated_amount", "net_amount", "tax_amount"):
            if _get(line, name) is None:
                yield f"lines[{place}].{name}"


INVARIANTS: Mapping[str, Callable[[Asked], Found]] = {
    check.__name__.replace("_", "-"): check
    for check in (
        edition_asked,
        outcome_of_weakest,
        missing_is_a_field,
        missing_where_open,
        reasons_catalogued,
        rules_exist,
        rules_named,
        citations_in_edition,
        steps_complete,
        steps_as_published,
        one_currency,
        totals_add_up,
        lines_add_up,
        parts_add_up,
        total_where_granted,
    )
}
"""The invariants by name; what each says is its docstring."""
