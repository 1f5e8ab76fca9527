"""Engines that cheat, and how many vectors each may pass at most: ``python conformance/cheats.py``.

A yardstick must fail those who know nothing: who answer everything alike, say yes to everything, echo the question, or
have learnt the most common answer of each call and edition. Each of them names the edition that was asked, and the last
the rules that go with its answer, lest they fail for that alone.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from quotary_conformance.contract import Call, call_of, entries_of, expand, message_class
from quotary_conformance.running import Manner, Verdict, judge
from quotary_conformance.vectors import Vector

Engine = Callable[[Vector, Call], Message]

FEW, LEARNT = 0.005, 0.03
"""Shares of all vectors that a cheat may pass: one that knows nothing, and one that learnt the commonest answers."""


@dataclass(frozen=True, slots=True)
class Cheat:
    """An engine that knows nothing, and the largest share of vectors that it may pass."""

    name: str
    engine: Engine
    limit: float


def _blank(call: Call) -> Any:
    return message_class(call.response.full_name)()


def empty(vector: Vector, call: Call) -> Message:
    """Nothing at all."""
    nothing: Message = _blank(call)
    return nothing


def constant(outcome: int) -> Engine:
    """The same outcome for everything."""

    def answer(vector: Vector, call: Call) -> Message:
        made: Message = _blank(call)
        if "answer" in call.response.fields_by_name:
            said: Any = made
            said.answer.outcome, said.answer.edition = outcome, vector.edition
        return made

    return answer


def yes(vector: Vector, call: Call) -> Message:
    """Granted, and every yes or no a yes."""
    made = constant(1)(vector, call)
    fields: Any = call.response.fields
    for field in fields:
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL and not field.is_repeated:
            setattr(made, field.name, True)
    return made


def echo(vector: Vector, call: Call) -> Message:
    """Granted, with whatever the question has of the answer's fields."""
    made = constant(1)(vector, call)
    request: Any = call.requests(vector)[0]
    asked: dict[str, Any] = {}
    _by_name(request, asked)
    fields: Any = call.response.fields
    for field in fields:
        value = asked.get(field.name)
        same = isinstance(value, Message) and field.message_type == value.DESCRIPTOR and not field.is_repeated
        if same:
            getattr(made, field.name).CopyFrom(value)
        elif isinstance(value, str | bool | int) and not field.is_repeated and field.message_type is None:
            try:
                setattr(made, field.name, value)
            except (TypeError, ValueError):
                continue
    return made


def _by_name(message: Message, found: dict[str, Any]) -> None:
    for field, value in message.ListFields():
        found.setdefault(field.name, value)
        if isinstance(value, Message) and not value.DESCRIPTOR.full_name.startswith("google."):
            _by_name(value, found)


def commonest(vectors: Iterable[Vector]) -> Engine:
    """What the vectors of a call and an edition expect most often, with the rules that go with it."""
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for vector in vectors:
        expect = vector.expect if vector.expect is not None or not vector.readings else vector.readings[0].expect
        if isinstance(expect, dict):
            seen[vector.call, vector.edition][json.dumps([expect, vector.rules], sort_keys=True)] += 1

    def answer(vector: Vector, call: Call) -> Message:
        counted = seen.get((vector.call, vector.edition))
        expect, rules = json.loads(counted.most_common(1)[0][0]) if counted else ({}, [])
        made: Message = json_format.ParseDict(_plain(expect, call.response), _blank(call))
        if "answer" in call.response.fields_by_name:
            said: Any = made
            said.answer.edition = vector.edition
            said.answer.rule_ids.extend(id for id in rules if id not in said.answer.rule_ids)
        return made

    return answer


def _plain(expect: Any, descriptor: Descriptor) -> Any:
    """A message that holds just what is expected."""
    if descriptor.full_name.startswith("google."):
        return expand(expect, descriptor)
    made = {}
    for name, value in expand(expect, descriptor).items():
        field: Any = descriptor.fields_by_name[name]
        of = field.message_type
        if value is None:
            continue
        if not field.is_repeated:
            made[name] = _plain(value, of) if of is not None else value
        elif of is not None and of.GetOptions().map_entry:
            made[name] = value
        else:
            made[name] = [_plain(each, of) if of is not None else each for each in entries_of(value) or ()]
    return made


def cheats(vectors: Iterable[Vector]) -> list[Cheat]:
    """The table."""
    outcomes = {"granted": 1, "not covered": 2, "undetermined": 3, "refused": 4}
    return [
        Cheat("nothing at all", empty, 0.0),
        *(Cheat(f"always {name}", constant(outcome), FEW) for name, outcome in outcomes.items()),
        Cheat("yes to everything", yes, FEW),
        Cheat("an echo of the question", echo, FEW),
        Cheat("the commonest answer of each call and edition", commonest(vectors), LEARNT),
    ]


def passed(cheat: Cheat, vectors: Iterable[Vector], manner: Manner) -> list[str]:
    """The names of the vectors that a cheat passes."""
    found = []
    for vector in vectors:
        call = call_of(vector)
        if vector.error is not None:
            continue
        verdict = judge(vector, call, [cheat.engine(vector, call)], "", manner).verdict
        if verdict is Verdict.AGREED:
            found.append(vector.name)
    return found


def table(vectors: list[Vector], manner: Manner) -> Mapping[str, tuple[int, float]]:
    """For each cheat how many vectors it passes, and the share that it may pass."""
    return {each.name: (len(passed(each, vectors, manner)), each.limit) for each in cheats(vectors)}
